"""Lays the trail: changes, events, and the triggers that write and chain them."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            (SQL / "0001_trail.sql").read_text(),
            (SQL / "0001_trail_undo.sql").read_text(),
            state_operations=[
                migrations.CreateModel(
                    name="Change",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("txid", models.TextField()),
                        ("actor_id", models.TextField()),
                        ("table_name", models.TextField()),
                        ("row_id", models.TextField()),
                        ("operation", models.TextField()),
                        ("site_id", models.IntegerField(null=True)),
                        ("old", models.TextField(null=True)),
                        ("new", models.TextField(null=True)),
                        ("recorded_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "audit_change",
                        "managed": False,
                    },
                ),
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("txid", models.TextField()),
                        ("stream", models.TextField()),
                        ("sequence", models.BigIntegerField()),
                        ("recorded_at", models.DateTimeField()),
                        ("at", models.DateTimeField()),
                        ("actor_id", models.TextField()),
                        ("actor_name", models.TextField()),
                        ("actor_role", models.TextField()),
                        ("kind", models.TextField()),
                        ("subject_id", models.UUIDField(null=True)),
                        ("site_id", models.IntegerField(null=True)),
                        ("reason", models.TextField()),
                        ("facts", models.TextField()),
                        ("message", models.TextField()),
                        ("english", models.TextField()),
                        ("protocol", models.TextField()),
                        ("request_id", models.TextField()),
                        ("hash_version", models.SmallIntegerField()),
                        ("first_change", models.BigIntegerField(null=True)),
                        ("last_change", models.BigIntegerField(null=True)),
                        ("changes_digest", models.TextField()),
                        ("previous_hash", models.TextField()),
                        ("hash", models.TextField()),
                    ],
                    options={
                        "db_table": "audit_event",
                        "managed": False,
                    },
                ),
            ],
        ),
    ]
