"""Walls the casebook: rights, rows by site, recorded changes; and what no model can say: ties of many columns."""

from django.db import migrations

from audit.walls import ActionOnly, AppendOnly, Machinery, Reference

# A row names its subject and its site; a tie of both columns keeps them from telling two stories.
TIES = [
    ("visit", "subject_id, site_id", "subject (id, site_id)"),
    ("form", "subject_id, site_id", "subject (id, site_id)"),
    ("form", "visit_id, subject_id", "visit (id, subject_id)"),
    ("lesion", "subject_id, site_id", "subject (id, site_id)"),
    ("lesion", "first_form_id, subject_id", "form (id, subject_id)"),
    ("query", "subject_id, site_id", "subject (id, site_id)"),
    ("query", "form_id, subject_id", "form (id, subject_id)"),
    ("querymessage", "query_id, site_id", "query (id, site_id)"),
    ("verification", "subject_id, site_id", "subject (id, site_id)"),
    ("verification", "form_id, subject_id", "form (id, subject_id)"),
    ("review", "subject_id, site_id", "subject (id, site_id)"),
    ("review", "form_id, subject_id", "form (id, subject_id)"),
    ("lock", "subject_id, site_id", "subject (id, site_id)"),
    ("lock", "visit_id, subject_id", "visit (id, subject_id)"),
    ("lock", "form_id, subject_id", "form (id, subject_id)"),
    ("importedrow", "subject_id, site_id", "subject (id, site_id)"),
    ("draft", "form_id, site_id", "form (id, site_id)"),
]

# Ranges as GiST knows them without an extension: a number is the range of itself, a text the range of its hash,
# a sex male 0, female 1, both 0 to 1. All ends inclusive.
NO_OVERLAP = """
ALTER TABLE casebook_referencerange ADD CONSTRAINT range_without_overlap EXCLUDE USING gist (
  int8range(laboratory_id, laboratory_id, '[]') WITH &&,
  int8range(hashtextextended(analyte || '|' || unit || '|' || method, 0),
            hashtextextended(analyte || '|' || unit || '|' || method, 0), '[]') WITH &&,
  int4range(CASE sex WHEN 'female' THEN 1 ELSE 0 END, CASE sex WHEN 'male' THEN 0 ELSE 1 END, '[]') WITH &&,
  int4range(age_from, age_to, '[]') WITH &&,
  daterange(valid_from, valid_to, '[]') WITH &&
)
"""
# A lock of the whole trial belongs to no site and holds at all of them.
TRIAL_LOCKS = """
CREATE POLICY trial_locks ON casebook_lock USING (site_id IS NULL AND (SELECT audit_actor()) IS NOT NULL)
WITH CHECK (site_id IS NULL AND (SELECT audit_actor()) IS NOT NULL)
"""


def tied(number, table, columns, to):
    name = f"casebook_{table}_tie_{number}"
    return migrations.RunSQL(
        f"ALTER TABLE casebook_{table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES casebook_{to}",
        f"ALTER TABLE casebook_{table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("casebook", "0001_casebook"), ("audit", "0001_trail")]
    operations = [
        *(tied(number, *tie) for number, tie in enumerate(TIES, 1)),
        migrations.RunSQL(NO_OVERLAP, "ALTER TABLE casebook_referencerange DROP CONSTRAINT range_without_overlap"),
        ActionOnly("casebook_subject"),
        ActionOnly("casebook_visit"),
        ActionOnly("casebook_form"),
        ActionOnly("casebook_lesion"),
        ActionOnly("casebook_query"),
        AppendOnly("casebook_querymessage"),
        ActionOnly("casebook_verification"),
        AppendOnly("casebook_review"),
        ActionOnly("casebook_lock"),
        migrations.RunSQL(TRIAL_LOCKS, "DROP POLICY trial_locks ON casebook_lock"),
        ActionOnly("casebook_importbatch"),
        ActionOnly("casebook_importedrow"),
        Reference("casebook_laboratory"),
        Reference("casebook_referencerange"),
        Reference("casebook_conversionfactor"),
        # Versions of a consent form are no secret between sites, and whoever administers has no clinical site.
        Reference("casebook_consentform"),
        Machinery("casebook_draft", owner_column="author_id"),
        Machinery("casebook_savereceipt", owner_column="author_id"),
    ]
