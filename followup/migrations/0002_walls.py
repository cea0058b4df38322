"""Walls what follow-up keeps, and ties each row to subject, site and form."""

from django.db import migrations

from audit.walls import ActionOnly

TIES = [
    ("relapsesign", "subject_id, site_id", "subject (id, site_id)"),
    ("relapsesign", "form_id, subject_id", "form (id, subject_id)"),
    ("deviation", "subject_id, site_id", "subject (id, site_id)"),
]


def tied(number, table, columns, to):
    name = f"followup_{table}_tie_{number}"
    return migrations.RunSQL(
        f"ALTER TABLE followup_{table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES casebook_{to}",
        f"ALTER TABLE followup_{table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("followup", "0001_safety"), ("casebook", "0002_walls"), ("audit", "0001_trail")]
    operations = [
        *(tied(number, *tie) for number, tie in enumerate(TIES, 1)),
        ActionOnly("followup_relapsesign"),
        ActionOnly("followup_deviation"),
    ]
