"""The screening log begins with the trial: no line and no quiet week is of a day before."""

from datetime import date

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations
from django.db.models import CheckConstraint, Q


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0008_screened_again")]

    # Lines mistyped before this was asked stay until they are corrected; whatever is written from now on is held to it.
    operations = [
        AddConstraintNotValid(
            "screeningline",
            CheckConstraint(
                condition=Q(("assessed_on__gte", date(2022, 5, 5))), name="screening_line_within_the_trial"
            ),
        ),
        AddConstraintNotValid(
            "quietweek",
            CheckConstraint(condition=Q(("monday__gte", date(2022, 5, 2))), name="quiet_week_within_the_trial"),
        ),
    ]
