"""Locks that hold against every way in: no row under a lock is written, no answer under a freeze; not by SQL either."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from audit.walls import ActionOnly

# The sentence of `casebook.rules.locks`, in English: whoever meets it in a page reads it in their language.
# One look at the few locks of the subject, its site and the trial, by an index that holds standing ones only.
HELD = """
CREATE FUNCTION casebook_refuse_held(its_site integer, its_subject uuid, its_visit uuid, its_form uuid, is_data boolean)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  held record;
BEGIN
  SELECT l.kind, l.level INTO held
    FROM (SELECT * FROM casebook_lock WHERE lifted_at IS NULL AND subject_id = its_subject
          UNION ALL SELECT * FROM casebook_lock WHERE lifted_at IS NULL AND subject_id IS NULL) l
   WHERE (l.level = 'trial' OR (l.level = 'site' AND l.site_id = its_site) OR l.level = 'subject'
          OR (l.level = 'visit' AND l.visit_id = its_visit) OR (l.level = 'form' AND l.form_id = its_form))
     AND (is_data OR l.kind = 'lock')
   ORDER BY array_position(ARRAY['trial', 'site', 'subject', 'visit', 'form'], l.level::text), l.kind LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'EDC01', MESSAGE =
      CASE held.level WHEN 'trial' THEN 'The trial' ELSE 'This ' || held.level END
      || CASE WHEN held.kind = 'freeze' THEN ' is frozen. Ask the data manager to lift the freeze.'
              WHEN held.level IN ('form', 'visit') THEN ' is locked. Ask the data manager to unlock it.'
              ELSE ' is locked; two data managers together can unlock it.' END;
  END IF;
END $$;
"""
# A freeze stops data, that is answers and attendance, while cleaning and what the schedule plans go on; a lock stops
# everything. A row that would come under a lock is refused like one that stands under it.
OF_FORM = """PERFORM casebook_refuse_held(r.site_id, r.subject_id,
      (SELECT f.visit_id FROM casebook_form f WHERE f.id = r.form_id), r.form_id, false);"""
REFUSALS = {
    "subject": "PERFORM casebook_refuse_held(r.site_id, r.id, NULL, NULL, false);",
    "visit": """PERFORM casebook_refuse_held(r.site_id, r.subject_id, r.id, NULL, TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND
      (OLD.state, OLD.attended_on, OLD.reason) IS DISTINCT FROM (NEW.state, NEW.attended_on, NEW.reason));""",
    "form": """PERFORM casebook_refuse_held(r.site_id, r.subject_id, r.visit_id, r.id,
      TG_OP <> 'INSERT' OR r.state <> 'not started');""",
    "lesion": "PERFORM casebook_refuse_held(r.site_id, r.subject_id, NULL, r.first_form_id, true);",
    "query": OF_FORM,
    "querymessage": """PERFORM casebook_refuse_held(q.site_id, q.subject_id, f.visit_id, q.form_id, false)
      FROM casebook_query q LEFT JOIN casebook_form f ON f.id = q.form_id WHERE q.id = r.query_id;""",
    "comment": OF_FORM,
    "verification": OF_FORM,
    "review": OF_FORM,
}
SIGNATURE = """PERFORM casebook_refuse_held(f.site_id, f.subject_id, f.visit_id, f.id, false)
      FROM casebook_form f WHERE r.about_kind = 'form' AND f.id = r.about_id;"""
GUARD = """
CREATE FUNCTION casebook_guard_{name}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  r {table};
BEGIN
  IF TG_OP = 'INSERT' THEN r := NEW; ELSE r := OLD; END IF;
  {refusal}
  IF TG_OP = 'UPDATE' AND OLD.site_id IS DISTINCT FROM NEW.site_id THEN
    r := NEW;
    {refusal}
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER casebook_held BEFORE INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION casebook_guard_{name}();
"""
NO_GUARD = "DROP TRIGGER casebook_held ON {table}; DROP FUNCTION casebook_guard_{name}();"
# The wish to unlock the whole trial belongs to no site and is seen wherever somebody acts.
TRIAL_REQUESTS = """
CREATE POLICY trial_requests ON casebook_unlockrequest
USING (site_id IS NULL AND (SELECT audit_actor()) IS NOT NULL)
WITH CHECK (site_id IS NULL AND (SELECT audit_actor()) IS NOT NULL)
"""
TIE = """
ALTER TABLE casebook_unlockrequest ADD CONSTRAINT casebook_unlockrequest_tie
FOREIGN KEY (subject_id, site_id) REFERENCES casebook_subject (id, site_id)
"""
PERSON = settings.AUTH_USER_MODEL
PROTECT = django.db.models.deletion.PROTECT


def guarded(name, table, refusal):
    said = {"name": name, "table": table, "refusal": refusal}
    return migrations.RunSQL(GUARD.format(**said), NO_GUARD.format(**said))


def person(**options):
    return models.ForeignKey(on_delete=PROTECT, related_name="+", to=PERSON, **options)


class Migration(migrations.Migration):
    dependencies = [("casebook", "0005_verification"), ("accounts", "0001_accounts")]
    operations = [
        migrations.CreateModel(
            name="UnlockRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("confirmed", "Confirmed"), ("withdrawn", "Taken back")],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("asked_by", person()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("settled_by", person(blank=True, null=True)),
                (
                    "lock",
                    models.ForeignKey(on_delete=PROTECT, related_name="unlock_requests", to="casebook.lock"),
                ),
                (
                    "site",
                    models.ForeignKey(blank=True, null=True, on_delete=PROTECT, related_name="+", to="accounts.site"),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=PROTECT, related_name="+", to="casebook.subject"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(state__in=["waiting", "confirmed", "withdrawn"]), name="unlock_state_known"
                    ),
                    models.CheckConstraint(condition=~Q(reason=""), name="unlock_with_reason"),
                    models.CheckConstraint(
                        condition=Q(state="waiting", settled_at__isnull=True, settled_by__isnull=True)
                        | ~Q(state="waiting") & Q(settled_at__isnull=False, settled_by__isnull=False),
                        name="unlock_settled_at_and_by",
                    ),
                    models.CheckConstraint(
                        condition=~Q(state="confirmed") | ~Q(settled_by=F("asked_by")), name="unlock_by_two_persons"
                    ),
                    models.UniqueConstraint(
                        fields=["lock"], condition=Q(state="waiting"), name="unlock_waits_once_per_lock"
                    ),
                ]
            },
        ),
        migrations.AddIndex(
            model_name="lock",
            index=models.Index(
                condition=Q(lifted_at__isnull=True), fields=["subject"], name="lock_standing_of_subject"
            ),
        ),
        migrations.RunSQL(TIE, "ALTER TABLE casebook_unlockrequest DROP CONSTRAINT casebook_unlockrequest_tie"),
        ActionOnly("casebook_unlockrequest"),
        migrations.RunSQL(TRIAL_REQUESTS, "DROP POLICY trial_requests ON casebook_unlockrequest"),
        migrations.RunSQL(HELD, "DROP FUNCTION casebook_refuse_held(integer, uuid, uuid, uuid, boolean)"),
        *(guarded(name, f"casebook_{name}", refusal) for name, refusal in REFUSALS.items()),
        guarded("signature", "accounts_signature", SIGNATURE),
    ]
