"""Names the parts of the system that act by themselves; they have no password, so nobody logs in as one."""

import json
from uuid import UUID, uuid5

from django.db import migrations

NAMES = ("set-up", "import", "eligibility", "outbox", "log-in", "seal")
NAMESPACE = UUID("5f1b2b0a-6f5e-4c8e-9d0e-05349331ed00")
ACTOR = "system:migration:accounts.0003_system_users"

ACTING_SQL = (
    "SELECT set_config('edc.actor', %s, true), set_config('edc.actor_name', %s, true),"
    " set_config('edc.actor_role', 'System', true)"
)
NOBODY_SQL = (
    "SELECT set_config('edc.actor', '', true), set_config('edc.actor_name', '', true),"
    " set_config('edc.actor_role', '', true)"
)
USER_SQL = (
    "INSERT INTO accounts_user (id, email, name, organisation, language, is_active, is_system, password)"
    " VALUES (%s, %s, %s, '', 'en', true, true, '!')"
)
EVENT_SQL = (
    "INSERT INTO audit_event (stream, at, kind, reason, facts, message, english, protocol)"
    " VALUES ('accounts', now(), 'accounts.system_users.named', '', %s, '', '', '')"
)


def name_them(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(ACTING_SQL, [ACTOR, ACTOR])
        for name in NAMES:
            cursor.execute(USER_SQL, [str(uuid5(NAMESPACE, name)), f"{name}@system.invalid", f"System: {name}"])
        cursor.execute(EVENT_SQL, [json.dumps({"names": NAMES}, separators=(",", ":"))])
        cursor.execute(NOBODY_SQL)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_walls")]
    operations = [
        # Users are never deleted, and the trail keeps what was done: there is no way back.
        migrations.RunPython(name_them, migrations.RunPython.noop),
    ]
