"""Lets the rows of a transferred subject change their site, and nothing else; their history is read where they are."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_seals")]
    operations = [
        migrations.RunSQL((SQL / "0003_moves.sql").read_text(), (SQL / "0003_moves_undo.sql").read_text()),
    ]
