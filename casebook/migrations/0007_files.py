"""Files beside forms, kept in the database."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from audit.walls import ActionOnly

PERSON = settings.AUTH_USER_MODEL
TIES = [
    ("file", "subject_id, site_id", "subject (id, site_id)"),
    ("file", "form_id, subject_id", "form (id, subject_id)"),
    ("filepart", "file_id, site_id", "file (id, site_id)"),
]
# The trail leaves the bytes out and keeps their digest; so the database itself holds the bytes to it.
SAYS_ITS_BYTES = """
ALTER TABLE casebook_filepart ADD CONSTRAINT file_part_says_its_bytes
CHECK (content = ''::bytea OR sha256 = encode(sha256(content), 'hex'))
"""
# Bytes never change. They go, where a file shows who the person is; then its head says so before, on record.
ONLY_ERASED = """
CREATE FUNCTION casebook_only_erased() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.content <> ''::bytea OR NOT EXISTS (SELECT FROM casebook_file f WHERE f.id = OLD.file_id AND f.erased) THEN
    RAISE EXCEPTION 'The bytes of a file never change; they can only go with a file that is erased.'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION casebook_only_erased() FROM PUBLIC;
CREATE TRIGGER casebook_only_erased BEFORE UPDATE ON casebook_filepart FOR EACH ROW EXECUTE FUNCTION casebook_only_erased();
REVOKE UPDATE ON casebook_file, casebook_filepart FROM edc_app;
GRANT UPDATE (withdrawn_at, withdrawn_by_id, withdrawn_because, erased) ON casebook_file TO edc_app;
GRANT UPDATE (content) ON casebook_filepart TO edc_app;
"""
ONLY_ERASED_UNDO = """
DROP TRIGGER casebook_only_erased ON casebook_filepart;
DROP FUNCTION casebook_only_erased();
"""
# Neither brought nor taken back under a freeze or a lock, not by SQL either.
HELD = """
CREATE FUNCTION casebook_guard_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM casebook_refuse_held(NEW.site_id, NEW.subject_id,
    (SELECT f.visit_id FROM casebook_form f WHERE f.id = NEW.form_id), NEW.form_id, true);
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION casebook_guard_file() FROM PUBLIC;
CREATE TRIGGER casebook_held BEFORE INSERT OR UPDATE ON casebook_file FOR EACH ROW EXECUTE FUNCTION casebook_guard_file();
"""
HELD_UNDO = "DROP TRIGGER casebook_held ON casebook_file; DROP FUNCTION casebook_guard_file();"


def tied(number, table, columns, to):
    name = f"casebook_{table}_file_tie_{number}"
    return migrations.RunSQL(
        f"ALTER TABLE casebook_{table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES casebook_{to}",
        f"ALTER TABLE casebook_{table} DROP CONSTRAINT {name}",
    )


def belongs_to(model, name="+", **more):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=name, to=model, **more)


def own_key():
    return models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)


FILE = migrations.CreateModel(
    name="File",
    fields=[
        ("id", own_key()),
        ("title", models.CharField(max_length=120)),
        ("kind", models.CharField(choices=[("pdf", "PDF"), ("jpeg", "JPEG"), ("png", "PNG")], max_length=8)),
        ("size", models.PositiveIntegerField()),
        ("sha256", models.CharField(max_length=64)),
        ("brought_sha256", models.CharField(max_length=64)),
        ("brought_at", models.DateTimeField()),
        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
        ("withdrawn_because", models.CharField(blank=True, max_length=500)),
        ("erased", models.BooleanField(default=False)),
        ("brought_by", belongs_to(PERSON)),
        ("form", belongs_to("casebook.form", "files", blank=True, null=True)),
        ("site", belongs_to("accounts.site")),
        ("subject", belongs_to("casebook.subject", "files")),
        ("withdrawn_by", belongs_to(PERSON, blank=True, null=True)),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(fields=("id", "site"), name="file_with_site"),
            models.UniqueConstraint(
                condition=Q(withdrawn_at__isnull=True),
                fields=("subject", "form", "brought_sha256"),
                name="file_once_at_a_place",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(kind__in=["pdf", "jpeg", "png"]), name="file_kind_known"),
            models.CheckConstraint(condition=~Q(title=""), name="file_has_a_title"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_because="")),
                name="file_withdrawn_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(erased=False) | Q(withdrawn_at__isnull=False), name="file_erased_is_withdrawn"
            ),
        ]
    },
)
PART = migrations.CreateModel(
    name="FilePart",
    fields=[
        ("id", own_key()),
        ("number", models.PositiveIntegerField()),
        ("sha256", models.CharField(max_length=64)),
        ("content", models.BinaryField()),
        ("file", belongs_to("casebook.file", "parts")),
        ("site", belongs_to("accounts.site")),
    ],
    options={"constraints": [models.UniqueConstraint(fields=("file", "number"), name="file_part_once")]},
)


class Migration(migrations.Migration):
    dependencies = [("casebook", "0006_locks"), migrations.swappable_dependency(PERSON)]
    operations = [
        FILE,
        PART,
        *(tied(number, *tie) for number, tie in enumerate(TIES, 1)),
        migrations.RunSQL(SAYS_ITS_BYTES, "ALTER TABLE casebook_filepart DROP CONSTRAINT file_part_says_its_bytes"),
        # Packed already: another attempt would only cost time.
        migrations.RunSQL(
            "ALTER TABLE casebook_filepart ALTER COLUMN content SET STORAGE EXTERNAL", migrations.RunSQL.noop
        ),
        ActionOnly("casebook_file"),
        ActionOnly("casebook_filepart", exclude=["content"]),
        migrations.RunSQL(ONLY_ERASED, ONLY_ERASED_UNDO),
        migrations.RunSQL(HELD, HELD_UNDO),
    ]
