"""Names two more parts of the system that act by themselves: what keeps the visits in time, and what writes exports."""

import json
from importlib import import_module
from uuid import uuid5

from django.db import migrations

NAMES = ("follow-up", "export")
ACTOR = "system:migration:accounts.0004_follow_up_and_export"
# The words of these statements are frozen where they were first written.
first = import_module("accounts.migrations.0003_system_users")


def name_them(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(first.ACTING_SQL, [ACTOR, ACTOR])
        for name in NAMES:
            user = [str(uuid5(first.NAMESPACE, name)), f"{name}@system.invalid", f"System: {name}"]
            cursor.execute(first.USER_SQL, user)
        cursor.execute(first.EVENT_SQL, [json.dumps({"names": NAMES}, separators=(",", ":"))])
        cursor.execute(first.NOBODY_SQL)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_system_users")]
    operations = [
        # Users are never deleted, and the trail keeps what was done: there is no way back.
        migrations.RunPython(name_them, migrations.RunPython.noop),
    ]
