"""One more kind of deviation: a newer version of the consent form was not signed in time."""

from django.db import migrations, models
from django.db.models import Q

KINDS = [
    ("visit early", "Visit before its window"),
    ("visit late", "Visit after its window"),
    ("visit missed", "Visit missed"),
    ("assessment missed", "Assessment not done"),
    ("surgery late", "Surgery late"),
    ("resected without PD", "Resection in watch and wait without progression"),
    ("ineligible", "Randomized, but not eligible"),
    ("early scan", "Scan soon after surgery"),
    ("consent outdated", "Consent to a newer version overdue"),
]


class Migration(migrations.Migration):
    dependencies = [("followup", "0002_walls")]
    operations = [
        migrations.AlterField("deviation", "kind", models.CharField(choices=KINDS, max_length=24)),
        migrations.RemoveConstraint("deviation", "deviation_kind_known"),
        migrations.AddConstraint(
            "deviation",
            models.CheckConstraint(
                condition=Q(kind__in=[value for value, _word in KINDS]), name="deviation_kind_known"
            ),
        ),
    ]
