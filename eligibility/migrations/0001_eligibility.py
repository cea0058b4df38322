"""The judgements of the day, per subject and criterion."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_accounts"),
        ("casebook", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="CriterionVerdict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("criterion", models.CharField(max_length=12)),
                ("verdict", models.CharField(max_length=8)),
                ("reason", models.JSONField()),
                ("evidence", models.JSONField(default=list)),
                ("needs", models.JSONField(default=list)),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("judged_on", models.DateField()),
                ("judged_at", models.DateTimeField()),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.site"
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="verdicts", to="casebook.subject"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["verdict", "criterion"], name="verdict_by_criterion"),
                    models.Index(fields=["valid_until"], name="verdict_valid_until"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subject", "criterion"), name="verdict_once_per_criterion"),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["pass", "fail", "unknown", "review"])), name="verdict_known"
                    ),
                ],
            },
        ),
    ]
