"""Filters of lists that a person keeps under a name."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audit.walls import Machinery


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_access_review")]
    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("list_name", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=1000)),
                ("saved_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "list_name", "name"), name="saved_filter_once_by_name")
                ],
            },
        ),
        Machinery("accounts_savedfilter", owner_column="owner_id"),
    ]
