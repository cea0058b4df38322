"""Walls tokens and counts: each exists for its owner, and for the log-in, which must know whose a token is."""

from django.db import migrations

from audit.walls import Machinery

# The system user "log-in", as accounts named it once and for ever.
LOG_IN = "bb4e75bb-ecf0-5e41-b8f6-2f1f8f6137f6"
TABLES = ("api_token", "api_calls")
POLICY = "CREATE POLICY log_in ON {table} USING (nullif(current_setting('edc.actor', true), '') = '{log_in}')"


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0001_tokens"),
        ("audit", "0001_trail"),
        ("accounts", "0003_system_users"),
    ]

    operations = [
        *(Machinery(table, owner_column="owner_id") for table in TABLES),
        *(
            migrations.RunSQL(POLICY.format(table=table, log_in=LOG_IN), f"DROP POLICY log_in ON {table}")
            for table in TABLES
        ),
    ]
