"""What became of a visit, and the few that are due found without reading the rest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_accounts"),
        ("casebook", "0002_walls"),
    ]

    operations = [
        migrations.AddField(
            model_name="visit",
            name="cancelled_because",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="visit",
            name="reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="visit",
            name="state",
            field=models.CharField(
                choices=[("open", "Open"), ("attended", "Attended"), ("missed", "Missed"), ("cancelled", "Cancelled")],
                default="open",
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["site", "opens_on"], name="visit_open_by_opening"
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["site", "closes_on"], name="visit_open_by_closing"
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(fields=["site", "target_on"], name="visit_by_target"),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "attended", "missed", "cancelled"])), name="visit_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attended_on__isnull", False), ("state", "attended")),
                    models.Q(models.Q(("state", "attended"), _negated=True), ("attended_on__isnull", True)),
                    _connector="OR",
                ),
                name="visit_attended_on_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "missed"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="visit_missed_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "cancelled"), models.Q(("cancelled_because", ""), _negated=True)),
                    models.Q(models.Q(("state", "cancelled"), _negated=True), ("cancelled_because", "")),
                    _connector="OR",
                ),
                name="visit_cancelled_with_cause",
            ),
        ),
    ]
