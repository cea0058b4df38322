"""The plan of source data verification, monitoring visits, and marks that fall by themselves."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audit.walls import ActionOnly, AppendOnly, Machinery

TIES = [
    ("monitoringnote", "monitoring_visit_id, site_id"),
    ("verification", "monitoring_visit_id, site_id"),
]
# A mark stands only while the value is the one that was compared, letter by letter: whoever changes it, by whatever
# way, lets the mark fall in the same transaction. Whose rights write the answers need not write the marks.
MARKS_FALL = """
CREATE FUNCTION casebook_marks_fall() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE casebook_verification v
     SET fallen_at = clock_timestamp(),
         fallen_by_id = (SELECT u.id FROM accounts_user u WHERE u.id::text = audit_actor())
   WHERE v.form_id = NEW.id AND v.fallen_at IS NULL
     AND (NEW.answers -> v.path)::text IS DISTINCT FROM v.value::text;
  UPDATE casebook_markcount c SET answered = (SELECT count(*) FROM jsonb_object_keys(NEW.answers))
   WHERE c.form_id = NEW.id;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION casebook_marks_fall() FROM PUBLIC;
CREATE TRIGGER marks_fall AFTER UPDATE ON casebook_form FOR EACH ROW
  WHEN (OLD.answers::text IS DISTINCT FROM NEW.answers::text) EXECUTE FUNCTION casebook_marks_fall();
"""
# What a list asks of each of many forms is counted when a mark is set or falls, not when the list is read.
MARKS_COUNTED = """
CREATE FUNCTION casebook_count_marks(its_form uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO casebook_markcount (form_id, site_id, answered, marked, fallen)
  SELECT f.id, f.site_id, (SELECT count(*) FROM jsonb_object_keys(f.answers)),
         count(*) FILTER (WHERE v.fallen_at IS NULL),
         coalesce(bool_or(v.fallen_at IS NOT NULL AND jsonb_exists(f.answers, v.path) AND NOT EXISTS (
           SELECT FROM casebook_verification n
            WHERE n.form_id = f.id AND n.path = v.path AND n.fallen_at IS NULL)), false)
    FROM casebook_form f JOIN casebook_verification v ON v.form_id = f.id
   WHERE f.id = its_form GROUP BY f.id
  ON CONFLICT (form_id) DO UPDATE
     SET answered = excluded.answered, marked = excluded.marked, fallen = excluded.fallen
$$;
CREATE FUNCTION casebook_marks_counted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM casebook_count_marks(r.form_id) FROM (SELECT DISTINCT form_id FROM marks) r;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION casebook_count_marks(uuid), casebook_marks_counted() FROM PUBLIC;
CREATE TRIGGER marks_counted AFTER INSERT ON casebook_verification REFERENCING NEW TABLE AS marks
  FOR EACH STATEMENT EXECUTE FUNCTION casebook_marks_counted();
CREATE TRIGGER marks_counted_again AFTER UPDATE ON casebook_verification REFERENCING NEW TABLE AS marks
  FOR EACH STATEMENT EXECUTE FUNCTION casebook_marks_counted();
SELECT casebook_count_marks(form_id) FROM (SELECT DISTINCT form_id FROM casebook_verification) r;
REVOKE INSERT, UPDATE, DELETE ON casebook_markcount FROM edc_app;
"""
MARKS_UNCOUNTED = """
DROP TRIGGER marks_counted ON casebook_verification;
DROP TRIGGER marks_counted_again ON casebook_verification;
DROP FUNCTION casebook_marks_counted();
DROP FUNCTION casebook_count_marks(uuid);
"""
MARKS_STAY = "DROP TRIGGER marks_fall ON casebook_form; DROP FUNCTION casebook_marks_fall();"


def tied(number, table, columns):
    name = f"casebook_{table}_monitoring_tie_{number}"
    return migrations.RunSQL(
        f"ALTER TABLE casebook_{table} ADD CONSTRAINT {name} FOREIGN KEY ({columns})"
        " REFERENCES casebook_monitoringvisit (id, site_id)",
        f"ALTER TABLE casebook_{table} DROP CONSTRAINT {name}",
    )


def key():
    return models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)


def to(model, **more):
    said = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+", **more}
    return models.ForeignKey(to=model, **said)


PERSON = settings.AUTH_USER_MODEL


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_follow_up_and_export"), ("casebook", "0004_queries")]
    operations = [
        migrations.CreateModel(
            name="VerificationPlan",
            fields=[
                ("id", key()),
                ("number", models.PositiveIntegerField(unique=True)),
                ("rates", models.JSONField()),
                ("first_subjects", models.PositiveIntegerField()),
                ("reason", models.TextField()),
                ("set_at", models.DateTimeField()),
                ("set_by", to(PERSON)),
            ],
        ),
        migrations.CreateModel(
            name="MonitoringVisit",
            fields=[
                ("id", key()),
                ("site", to("accounts.site")),
                ("number", models.PositiveIntegerField()),
                ("kind", models.CharField(choices=[("on-site", "On site"), ("remote", "Remote")], max_length=12)),
                (
                    "state",
                    models.CharField(choices=[("open", "Open"), ("closed", "Closed")], default="open", max_length=8),
                ),
                ("began_on", models.DateField()),
                ("ended_on", models.DateField(blank=True, null=True)),
                ("monitor", to(PERSON)),
                ("opened_at", models.DateTimeField()),
                ("opened_by", to(PERSON)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("closed_by", to(PERSON, blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("site", "number"), name="monitoring_number_once_per_site"),
                    models.UniqueConstraint(fields=("id", "site"), name="monitoring_with_site"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("site", "monitor"),
                        name="monitoring_open_once_per_monitor",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["on-site", "remote"])), name="monitoring_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ended_on__isnull", True))
                        | models.Q(("ended_on__gte", models.F("began_on"))),
                        name="monitoring_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at__isnull", True),
                            ("closed_by__isnull", True),
                            ("ended_on__isnull", True),
                            ("state", "open"),
                        )
                        | models.Q(
                            ("closed_at__isnull", False),
                            ("closed_by__isnull", False),
                            ("ended_on__isnull", False),
                            ("state", "closed"),
                        ),
                        name="monitoring_closed_at_and_by",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="MonitoringNote",
            fields=[
                ("id", key()),
                ("site", to("accounts.site")),
                ("monitoring_visit", to("casebook.monitoringvisit", related_name="notes")),
                ("kind", models.CharField(choices=[("finding", "Finding"), ("action", "Action")], max_length=8)),
                ("text", models.TextField()),
                ("written_at", models.DateTimeField()),
                ("written_by", to(PERSON)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["finding", "action"])), name="monitoring_note_kind_known"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="SourceNote",
            fields=[
                ("id", key()),
                ("site", to("accounts.site")),
                ("crf", models.CharField(max_length=16)),
                ("place", models.TextField()),
                ("since", models.DateField()),
                ("noted_at", models.DateTimeField()),
                ("noted_by", to(PERSON)),
            ],
            options={"indexes": [models.Index(fields=["site", "crf"], name="source_note_by_site")]},
        ),
        migrations.CreateModel(
            name="MarkCount",
            fields=[
                (
                    "form",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="mark_count",
                        serialize=False,
                        to="casebook.form",
                    ),
                ),
                ("site", to("accounts.site", on_delete=django.db.models.deletion.CASCADE)),
                ("answered", models.PositiveIntegerField()),
                ("marked", models.PositiveIntegerField()),
                ("fallen", models.BooleanField()),
            ],
        ),
        migrations.AddField(
            model_name="verification",
            name="taken_back_because",
            field=models.CharField(blank=True, default="", max_length=500),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="verification",
            name="monitoring_visit",
            field=to("casebook.monitoringvisit", blank=True, null=True, related_name="verifications"),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken_back_because", "")) | models.Q(("fallen_at__isnull", False)),
                name="verification_taken_back_is_fallen",
            ),
        ),
        *(tied(number, *tie) for number, tie in enumerate(TIES, 1)),
        AppendOnly("casebook_verificationplan", site_column=None),
        ActionOnly("casebook_monitoringvisit"),
        AppendOnly("casebook_monitoringnote"),
        AppendOnly("casebook_sourcenote"),
        Machinery("casebook_markcount", site_column="site_id"),
        migrations.RunSQL(MARKS_FALL, MARKS_STAY),
        migrations.RunSQL(MARKS_COUNTED, MARKS_UNCOUNTED),
    ]
