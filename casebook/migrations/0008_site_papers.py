"""Consent versions, transfers and what else a site keeps on paper."""

from django.db import migrations, models
from django.db.models import F, Q

RECONSENT = [
    ("nobody", "Nobody"),
    ("everyone", "Everyone still in the trial"),
    ("before randomization", "Those not randomized yet"),
    ("after randomization", "Those randomized"),
]


class Migration(migrations.Migration):
    dependencies = [("casebook", "0007_files")]
    operations = [
        migrations.AddField("consentform", "note", models.CharField(blank=True, default="", max_length=300)),
        migrations.AddField(
            "consentform", "reconsent", models.CharField(choices=RECONSENT, default="nobody", max_length=24)
        ),
        migrations.AddField("consentform", "reconsent_by", models.DateField(blank=True, null=True)),
        migrations.AddConstraint(
            "consentform",
            models.CheckConstraint(
                condition=Q(reconsent__in=[value for value, _word in RECONSENT]), name="consent_reconsent_known"
            ),
        ),
        migrations.AddConstraint(
            "consentform",
            models.CheckConstraint(
                condition=Q(reconsent="nobody", reconsent_by__isnull=True)
                | (~Q(reconsent="nobody") & Q(reconsent_by__gte=F("effective_on"))),
                name="consent_asked_again_by_a_day",
            ),
        ),
    ]
