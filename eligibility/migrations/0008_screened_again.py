"""The screening log: a person assessed again has a new line, tied to the line of the attempt before."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

# Both lines stay in the log of the site that assessed, also when the subject moves; the tie can wait as all others do.
TIED = """
ALTER TABLE eligibility_screeningline ADD CONSTRAINT screening_line_again_tie
FOREIGN KEY (again_of_id, site_id) REFERENCES eligibility_screeningline (id, site_id)
DEFERRABLE INITIALLY IMMEDIATE
"""
UNTIED = "ALTER TABLE eligibility_screeningline DROP CONSTRAINT screening_line_again_tie"


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0005_screening_log")]

    operations = [
        migrations.AddField(
            model_name="screeningline",
            name="again_of",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="again_as",
                to="eligibility.screeningline",
            ),
        ),
        migrations.AddConstraint(
            model_name="screeningline",
            constraint=models.UniqueConstraint(fields=("id", "site"), name="screening_line_with_site"),
        ),
        migrations.AddConstraint(
            model_name="screeningline",
            constraint=models.CheckConstraint(
                condition=Q(("again_of__isnull", True), Q(("again_of", F("id")), _negated=True), _connector="OR"),
                name="screening_line_after_another",
            ),
        ),
        migrations.RunSQL(TIED, UNTIED),
    ]
