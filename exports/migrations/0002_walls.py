"""Walls the files: each exists for its owner alone, and for the part of the system that sees to it that it is written."""

from django.db import migrations

from audit.walls import Machinery

# The system user "export", as accounts named it once and for ever.
WRITER = "6b5a7edd-47bc-540d-8709-5a121e812eb7"
TABLES = ("exports_download", "exports_downloadpart")
POLICY = "CREATE POLICY writer ON {table} USING (nullif(current_setting('edc.actor', true), '') = '{writer}')"


class Migration(migrations.Migration):
    dependencies = [
        ("exports", "0001_downloads"),
        ("audit", "0001_trail"),
        ("accounts", "0004_follow_up_and_export"),
    ]

    operations = [
        *(Machinery(table, owner_column="owner_id") for table in TABLES),
        *(
            migrations.RunSQL(POLICY.format(table=table, writer=WRITER), f"DROP POLICY writer ON {table}")
            for table in TABLES
        ),
    ]
