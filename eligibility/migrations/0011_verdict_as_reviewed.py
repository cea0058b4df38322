"""The verdict that two persons settled stands beside the one that was judged. Rows kept before learn it when judged next."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0010_screened_after_a_subject")]

    operations = [
        migrations.AddField(
            model_name="criterionverdict",
            name="reviewed",
            field=models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
        migrations.AddConstraint(
            model_name="criterionverdict",
            constraint=models.CheckConstraint(
                condition=models.Q(("reviewed", ""))
                | models.Q(("reviewed__in", ["pass", "fail"]), ("verdict", "review")),
                name="verdict_reviewed_known",
            ),
        ),
    ]
