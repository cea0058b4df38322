"""What people ask about data: on several items, on a missing form, with comments beside; and how often checks refuse."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audit.walls import AppendOnly, Machinery

PERSON = settings.AUTH_USER_MODEL
TIES = [
    ("subject", "subject_id, site_id", "subject (id, site_id)"),
    ("form", "form_id, subject_id", "form (id, subject_id)"),
]


def belongs_to(model, name="+"):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=name, to=model)


def tied(name, columns, to):
    return migrations.RunSQL(
        f"ALTER TABLE casebook_comment ADD CONSTRAINT casebook_comment_tie_{name}"
        f" FOREIGN KEY ({columns}) REFERENCES casebook_{to}",
        f"ALTER TABLE casebook_comment DROP CONSTRAINT casebook_comment_tie_{name}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("casebook", "0003_visit_state"),
        ("accounts", "0004_follow_up_and_export"),
        migrations.swappable_dependency(PERSON),
    ]
    operations = [
        migrations.CreateModel(
            name="CheckRefusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("check_id", models.CharField(max_length=80)),
                ("times", models.PositiveIntegerField()),
                ("last_at", models.DateTimeField()),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.site"
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("site", "check_id"), name="check_refusal_once")]},
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("path", models.CharField(blank=True, max_length=120)),
                ("text", models.TextField()),
                ("said_at", models.DateTimeField()),
                ("subject", belongs_to("casebook.subject")),
                ("site", belongs_to("accounts.site")),
                ("form", belongs_to("casebook.form", "comments")),
                ("said_by", belongs_to(PERSON)),
            ],
            options={
                "indexes": [models.Index(fields=["site", "said_at"], name="comment_by_site")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="comment_says_something"
                    )
                ],
            },
        ),
        migrations.AddField(model_name="query", name="further", field=models.JSONField(blank=True, default=dict)),
        migrations.AddField(
            model_name="query",
            name="outcome",
            field=models.CharField(
                blank=True, choices=[("changed", "Value changed"), ("kept", "Value kept")], max_length=8
            ),
        ),
        migrations.AddField(
            model_name="querymessage",
            name="assigned_to",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=PERSON
            ),
        ),
        migrations.AddConstraint(
            model_name="query",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome", ""),
                    models.Q(("outcome__in", ["changed", "kept"]), ("state", "closed")),
                    _connector="OR",
                ),
                name="query_outcome_of_closed",
            ),
        ),
        *(tied(*tie) for tie in TIES),
        AppendOnly("casebook_comment"),
        # Its guard is the site; whose save was refused is nobody's business.
        Machinery("casebook_checkrefusal", site_column="site_id"),
    ]
