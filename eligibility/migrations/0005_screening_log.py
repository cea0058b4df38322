"""The screening log: who was assessed and is no subject, and the weeks in which nobody was."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audit.walls import ActionOnly, AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_accounts"),
        ("casebook", "0002_walls"),
        ("eligibility", "0004_signature_walls"),
        ("audit", "0001_trail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="QuietWeek",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("monday", models.DateField()),
                ("confirmed_at", models.DateTimeField()),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("site", "monday"), name="quiet_week_once_per_site"),
                    models.CheckConstraint(
                        condition=models.Q(("monday__iso_week_day", 1)), name="quiet_week_begins_on_monday"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScreeningLine",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sequence", models.PositiveIntegerField()),
                ("assessed_on", models.DateField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("undecided", "Not decided yet"),
                            ("declined", "Declined to participate"),
                            ("not eligible", "Not eligible, before consent"),
                            ("other", "Other reason"),
                        ],
                        max_length=16,
                    ),
                ),
                ("criteria", models.JSONField(default=list)),
                ("reason", models.CharField(blank=True, max_length=1000)),
                ("sex", models.CharField(blank=True, max_length=8)),
                ("age", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("entered_at", models.DateTimeField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
                (
                    "subject",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="screening_line",
                        to="casebook.subject",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("site", "sequence"), name="screening_line_once_per_site"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["undecided", "declined", "not eligible", "other"])),
                        name="screening_line_outcome_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sex__in", ["", "male", "female"])), name="screening_line_sex_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("age__isnull", True), ("age__lte", 120), _connector="OR"),
                        name="screening_line_age",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("outcome", "undecided"), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="screening_line_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "not eligible"), _negated=True),
                            models.Q(("criteria", []), _negated=True),
                            _connector="OR",
                        ),
                        name="screening_line_names_its_criteria",
                    ),
                ],
            },
        ),
        ActionOnly("eligibility_screeningline"),
        AppendOnly("eligibility_quietweek"),
    ]
