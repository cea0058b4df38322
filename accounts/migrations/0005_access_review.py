"""That somebody went through who has access at a site."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from audit.walls import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_follow_up_and_export"), ("audit", "0001_trail")]
    operations = [
        migrations.CreateModel(
            name="AccessReview",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("findings", models.CharField(max_length=1000)),
                ("people", models.PositiveIntegerField()),
                ("reviewed_at", models.DateTimeField()),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_reviews",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=~Q(findings=""), name="access_review_says_something")],
            },
        ),
        # No wall between sites: whoever administers works for none of them.
        AppendOnly("accounts_accessreview", site_column=None),
    ]
