"""Walls what people signed on the way to randomization: written once, by site, tied to its subject."""

from django.db import migrations

from audit.walls import AppendOnly

TABLES = ("responseconfirmation", "reviewresolution", "determination", "revocation", "gatepassage", "screenfailure")
# What is revoked or passed belongs to the subject whose determination it is.
DETERMINED = ("revocation", "gatepassage")
WITH_SUBJECT = "ALTER TABLE eligibility_determination ADD CONSTRAINT determination_with_subject UNIQUE (id, subject_id)"


def tied(table, columns, to, name):
    return migrations.RunSQL(
        f"ALTER TABLE eligibility_{table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {to}",
        f"ALTER TABLE eligibility_{table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0003_signatures"), ("casebook", "0002_walls"), ("audit", "0001_trail")]
    operations = [
        migrations.RunSQL(
            WITH_SUBJECT, "ALTER TABLE eligibility_determination DROP CONSTRAINT determination_with_subject"
        ),
        *(tied(table, "subject_id, site_id", "casebook_subject (id, site_id)", f"{table}_tie") for table in TABLES),
        *(
            tied(
                table,
                "determination_id, subject_id",
                "eligibility_determination (id, subject_id)",
                f"{table}_determination_tie",
            )
            for table in DETERMINED
        ),
        *(AppendOnly(f"eligibility_{table}") for table in TABLES),
    ]
