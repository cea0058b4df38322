"""The screening log: whoever was a screen failure and is assessed again without becoming a subject has a line."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0009_screening_from_the_trials_first_day")]

    operations = [
        migrations.AddField(
            model_name="screeningline",
            name="after_subject",
            # No tie to the site, as that of the subject has none: the line stays in the log of the site that assessed.
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="screening_line_after",
                to="casebook.subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="screeningline",
            constraint=models.CheckConstraint(
                condition=Q(("after_subject__isnull", True), ("again_of__isnull", True), _connector="OR"),
                name="screening_line_after_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="screeningline",
            constraint=models.CheckConstraint(
                condition=Q(
                    ("after_subject__isnull", True),
                    ("subject__isnull", True),
                    Q(("subject", F("after_subject")), _negated=True),
                    _connector="OR",
                ),
                name="screening_line_after_another_subject",
            ),
        ),
    ]
