"""Walls the judgements by site, and ties each to the site of its subject."""

from django.db import migrations

from audit.walls import Machinery

TIE = """
ALTER TABLE eligibility_criterionverdict ADD CONSTRAINT verdict_subject_tie
FOREIGN KEY (subject_id, site_id) REFERENCES casebook_subject (id, site_id)
"""


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0001_eligibility"), ("audit", "0001_trail")]
    operations = [
        migrations.RunSQL(TIE, "ALTER TABLE eligibility_criterionverdict DROP CONSTRAINT verdict_subject_tie"),
        Machinery("eligibility_criterionverdict", site_column="site_id"),
    ]
