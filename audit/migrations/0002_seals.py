"""Adds the seals and the index of sealed heads."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_trail")]
    operations = [
        migrations.RunSQL(
            (SQL / "0002_seals.sql").read_text(),
            (SQL / "0002_seals_undo.sql").read_text(),
            state_operations=[
                migrations.CreateModel(
                    name="Seal",
                    fields=[
                        ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("sealed_at", models.DateTimeField()),
                        ("text", models.TextField()),
                        ("digest", models.TextField()),
                        ("previous", models.TextField()),
                        ("key_id", models.TextField()),
                        ("signature", models.TextField()),
                    ],
                    options={"db_table": "audit_seal", "managed": False},
                ),
            ],
        ),
    ]
