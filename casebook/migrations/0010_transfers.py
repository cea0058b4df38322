"""Takes a subject to another site with all its rows: two sites agree, one function moves, nothing else can."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from audit.walls import THEIR_SITES, ActionOnly, Machinery

PERSON = settings.AUTH_USER_MODEL
PROTECT = django.db.models.deletion.PROTECT
STATES = [("asked", "Asked for"), ("accepted", "Transferred"), ("declined", "Declined"), ("cancelled", "Taken back")]

# Both sites see the wish; only the other site accepts it, and what was settled stays so.
BOTH_SITES = f"""
CREATE POLICY other_site ON casebook_subjecttransfer FOR SELECT
  USING (to_site_id = ANY ((SELECT {THEIR_SITES})::integer[]));
CREATE POLICY other_site_settles ON casebook_subjecttransfer FOR UPDATE
  USING (to_site_id = ANY ({THEIR_SITES})) WITH CHECK (to_site_id = ANY ({THEIR_SITES}));
CREATE POLICY only_asked ON casebook_subjecttransfer AS RESTRICTIVE FOR INSERT WITH CHECK (state = 'asked');
CREATE POLICY only_other_site_accepts ON casebook_subjecttransfer AS RESTRICTIVE FOR UPDATE
  USING (true) WITH CHECK (state <> 'accepted' OR to_site_id = ANY ({THEIR_SITES}));
ALTER TABLE casebook_subjecttransfer ADD CONSTRAINT transfer_of_a_subject
  FOREIGN KEY (subject_id) REFERENCES casebook_subject (id);
CREATE FUNCTION casebook_transfer_settles_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  settling text[] := ARRAY['state', 'settled_at', 'settled_by_id', 'settled_because', 'copy_sha256'];
BEGIN
  IF OLD.state <> 'asked' OR to_jsonb(OLD) - settling IS DISTINCT FROM to_jsonb(NEW) - settling THEN
    RAISE EXCEPTION 'A transfer is settled once, and stays as it was asked for.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION casebook_transfer_settles_once() FROM PUBLIC;
CREATE TRIGGER casebook_transfer_settles_once BEFORE UPDATE ON casebook_subjecttransfer
  FOR EACH ROW EXECUTE FUNCTION casebook_transfer_settles_once();
REVOKE UPDATE, DELETE ON casebook_transfercopy FROM edc_app;
CREATE TRIGGER casebook_copy_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON casebook_transfercopy
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_rewrite();
"""  # noqa: S608 -- words of our own
BOTH_SITES_UNDO = """
DROP TRIGGER casebook_copy_stays ON casebook_transfercopy;
DROP TRIGGER casebook_transfer_settles_once ON casebook_subjecttransfer;
DROP FUNCTION casebook_transfer_settles_once();
ALTER TABLE casebook_subjecttransfer DROP CONSTRAINT transfer_of_a_subject;
DROP POLICY only_other_site_accepts ON casebook_subjecttransfer;
DROP POLICY only_asked ON casebook_subjecttransfer;
DROP POLICY other_site_settles ON casebook_subjecttransfer;
DROP POLICY other_site ON casebook_subjecttransfer;
"""

# What ties a row to the site of its subject is looked at when all of them have moved.
TIES_WAIT = """
DO $$
DECLARE
  tie record;
BEGIN
  FOR tie IN
    SELECT c.conrelid::regclass AS at, c.conname FROM pg_constraint c
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attname = 'site_id' AND a.attnum = ANY (c.conkey)
     WHERE c.contype = 'f' AND array_length(c.conkey, 1) > 1 AND c.connamespace = 'public'::regnamespace
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I {how}', tie.at, tie.conname);
  END LOOP;
END $$
"""
# A mark keeps the monitoring visit it was set in, which stays at the site that was visited. A row of a file stays
# where the file was brought.
LOOSER = """
ALTER TABLE casebook_verification DROP CONSTRAINT casebook_verification_monitoring_tie_2;
ALTER TABLE casebook_importedrow DROP CONSTRAINT casebook_importedrow_tie_16;
CREATE FUNCTION casebook_marked_at_its_site() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM casebook_monitoringvisit m WHERE m.id = NEW.monitoring_visit_id AND m.site_id = NEW.site_id) THEN
    RAISE EXCEPTION 'A mark is set in a monitoring visit of its own site.' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION casebook_marked_at_its_site() FROM PUBLIC;
CREATE TRIGGER casebook_marked_at_its_site BEFORE INSERT OR UPDATE OF monitoring_visit_id ON casebook_verification
  FOR EACH ROW WHEN (NEW.monitoring_visit_id IS NOT NULL) EXECUTE FUNCTION casebook_marked_at_its_site();
"""
LOOSER_UNDO = """
DROP TRIGGER casebook_marked_at_its_site ON casebook_verification;
DROP FUNCTION casebook_marked_at_its_site();
ALTER TABLE casebook_importedrow ADD CONSTRAINT casebook_importedrow_tie_16
  FOREIGN KEY (subject_id, site_id) REFERENCES casebook_subject (id, site_id);
ALTER TABLE casebook_verification ADD CONSTRAINT casebook_verification_monitoring_tie_2
  FOREIGN KEY (monitoring_visit_id, site_id) REFERENCES casebook_monitoringvisit (id, site_id);
"""
# A subject keeps its number; where it came from and when changes with its site only.
OF_SUBJECT = """
DROP TRIGGER IF EXISTS audit_only_moves ON casebook_subject;
CREATE TRIGGER audit_only_moves BEFORE UPDATE ON casebook_subject FOR EACH ROW
  WHEN ((OLD.site_id, OLD.origin_id, OLD.moved_at, OLD.moved_by_id)
        IS DISTINCT FROM (NEW.site_id, NEW.origin_id, NEW.moved_at, NEW.moved_by_id))
  EXECUTE FUNCTION audit_only_moves('origin_id,moved_at,moved_by_id');
"""
OF_SUBJECT_UNDO = """
DROP TRIGGER audit_only_moves ON casebook_subject;
CREATE TRIGGER audit_only_moves BEFORE UPDATE ON casebook_subject FOR EACH ROW
  WHEN (OLD.site_id IS DISTINCT FROM NEW.site_id) EXECUTE FUNCTION audit_only_moves();
"""
# The bytes of a file move with it; that they stay the same is seen to by audit_only_moves.
BYTES = """
CREATE OR REPLACE FUNCTION casebook_only_erased() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  {moves}
  IF NEW.content <> ''::bytea OR NOT EXISTS (SELECT FROM casebook_file f WHERE f.id = OLD.file_id AND f.erased) THEN
    RAISE EXCEPTION 'The bytes of a file never change; they can only go with a file that is erased.'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
"""
MOVES = """IF OLD.site_id IS DISTINCT FROM NEW.site_id THEN
    RETURN NEW;
  END IF;"""
# Forms and visits that are locked one by one go along as they are; only whoever is moving comes this far.
HELD = """
CREATE OR REPLACE FUNCTION casebook_refuse_held(
  its_site integer, its_subject uuid, its_visit uuid, its_form uuid, is_data boolean)
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
    {moves}
    RAISE EXCEPTION USING ERRCODE = 'EDC01', MESSAGE =
      CASE held.level WHEN 'trial' THEN 'The trial' ELSE 'This ' || held.level END
      || CASE WHEN held.kind = 'freeze' THEN ' is frozen. Ask the data manager to lift the freeze.'
              WHEN held.level IN ('form', 'visit') THEN ' is locked. Ask the data manager to unlock it.'
              ELSE ' is locked; two data managers together can unlock it.' END;
  END IF;
END $$;
"""
MOVING = """IF EXISTS (SELECT FROM audit_moving m WHERE m.txid = pg_current_xact_id_if_assigned()) THEN
      RETURN;
    END IF;"""

# The tables are found in the catalogue: what holds a subject and a site, and what hangs on a row of such a table. What
# stays with the old site is named: its screening log, its imports, its wishes for a transfer.
MOVE = """
CREATE FUNCTION casebook_moving_tables() RETURNS TABLE (moves text, via text, parent text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  WITH sited AS (
    SELECT c.oid, c.relname FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site_id' AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE 'audit\\_%'
       AND c.relname NOT IN (
         'accounts_delegation', 'casebook_draft', 'casebook_importedrow', 'eligibility_screeningline')
  ), own AS (
    SELECT s.oid, s.relname FROM sited s
      JOIN pg_attribute a ON a.attrelid = s.oid AND a.attname = 'subject_id' AND NOT a.attisdropped
  )
  SELECT relname::text, 'subject_id', NULL FROM own
  UNION ALL
  SELECT DISTINCT s.relname::text, a.attname::text, o.relname::text
    FROM sited s JOIN pg_constraint c ON c.conrelid = s.oid AND c.contype = 'f' AND array_length(c.conkey, 1) = 1
    JOIN own o ON o.oid = c.confrelid
    JOIN pg_attribute a ON a.attrelid = s.oid AND a.attnum = c.conkey[1]
   WHERE s.oid NOT IN (SELECT oid FROM own) AND s.relname <> 'casebook_subject'
$$;
CREATE FUNCTION casebook_move_subject(its_transfer uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  t      casebook_subjecttransfer;
  ties   text;
  each   record;
  moved  integer := 0;
  n      integer;
BEGIN
  SELECT * INTO t FROM casebook_subjecttransfer WHERE id = its_transfer;
  IF NOT FOUND OR t.state <> 'accepted' OR NOT EXISTS (
    SELECT FROM audit_change c
     WHERE c.row_id = its_transfer::text AND c.table_name = 'casebook_subjecttransfer'
       AND c.txid = pg_current_xact_id() AND c.old::jsonb ->> 'state' = 'asked' AND c.new::jsonb ->> 'state' = 'accepted') THEN
    RAISE EXCEPTION 'A subject moves only with a transfer that is accepted in the same transaction.'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM FROM casebook_subject s WHERE s.id = t.subject_id AND s.site_id = t.from_site_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'The subject of this transfer is not at the site that asked.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM casebook_refuse_held(t.from_site_id, t.subject_id, NULL, NULL, true);
  PERFORM casebook_refuse_held(t.to_site_id, t.subject_id, NULL, NULL, true);

  INSERT INTO audit_moving (txid, from_site, to_site) VALUES (pg_current_xact_id(), t.from_site_id, t.to_site_id);
  SELECT string_agg(DISTINCT format('%I', c.conname), ', ') INTO ties FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attname = 'site_id' AND a.attnum = ANY (c.conkey)
   WHERE c.contype = 'f' AND array_length(c.conkey, 1) > 1 AND c.condeferrable AND c.connamespace = 'public'::regnamespace;
  EXECUTE 'SET CONSTRAINTS ' || ties || ' DEFERRED';

  -- What somebody is still typing, and what people of the old site were to be reminded of.
  DELETE FROM casebook_draft d USING casebook_form f WHERE f.id = d.form_id AND f.subject_id = t.subject_id;
  DELETE FROM outbox_notice o WHERE o.site_id = t.from_site_id AND o.subject_number = t.number AND o.digest_id IS NULL;

  WITH gone AS (
    UPDATE casebook_subject SET site_id = t.to_site_id, origin_id = t.origin_id, moved_at = t.settled_at,
           moved_by_id = t.settled_by_id WHERE id = t.subject_id RETURNING id
  ) INSERT INTO audit_moved SELECT 'casebook_subject', id::text, t.to_site_id FROM gone
    ON CONFLICT (row_id, table_name) DO UPDATE SET site_id = excluded.site_id;
  FOR each IN
    SELECT m.moves, m.via, m.parent, k.attname AS key FROM casebook_moving_tables() m
      JOIN pg_index i ON i.indrelid = m.moves::regclass AND i.indisprimary
      JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = i.indkey[0]
     ORDER BY m.parent IS NOT NULL, m.moves
  LOOP
    EXECUTE format(
      'WITH gone AS (UPDATE %I x SET site_id = $2 WHERE %s AND x.site_id = $1 RETURNING x.%I::text AS key)
       INSERT INTO audit_moved SELECT %L, key, $2 FROM gone
       ON CONFLICT (row_id, table_name) DO UPDATE SET site_id = excluded.site_id',
      each.moves,
      CASE WHEN each.parent IS NULL THEN format('x.%I = $3', each.via)
           ELSE format('x.%I IN (SELECT p.id FROM %I p WHERE p.subject_id = $3)', each.via, each.parent) END,
      each.key, each.moves) USING t.from_site_id, t.to_site_id, t.subject_id;
    GET DIAGNOSTICS n = ROW_COUNT;
    moved := moved + n;
  END LOOP;
  EXECUTE 'SET CONSTRAINTS ' || ties || ' IMMEDIATE';
  DELETE FROM audit_moving m WHERE m.txid = pg_current_xact_id();
  RETURN moved + 1;
END $$;
REVOKE ALL ON FUNCTION casebook_moving_tables(), casebook_move_subject(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION casebook_move_subject(uuid) TO edc_app;
"""
MOVE_UNDO = "DROP FUNCTION casebook_move_subject(uuid); DROP FUNCTION casebook_moving_tables();"


def to(model, **more):
    return models.ForeignKey(on_delete=PROTECT, related_name="+", to=model, **more)


TRANSFER = migrations.CreateModel(
    name="SubjectTransfer",
    fields=[
        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
        ("subject_id", models.UUIDField()),
        ("number", models.CharField(max_length=32)),
        ("origin", to("accounts.site")),
        ("sequence", models.PositiveIntegerField()),
        ("from_site", to("accounts.site")),
        ("to_site", to("accounts.site")),
        ("reason", models.CharField(max_length=500)),
        ("state", models.CharField(choices=STATES, default="asked", max_length=12)),
        ("asked_at", models.DateTimeField()),
        ("asked_by", to(PERSON)),
        ("settled_at", models.DateTimeField(blank=True, null=True)),
        ("settled_by", to(PERSON, blank=True, null=True)),
        ("settled_because", models.CharField(blank=True, max_length=500)),
        ("copy_sha256", models.CharField(blank=True, max_length=64)),
    ],
    options={
        "constraints": [
            models.CheckConstraint(
                condition=Q(state__in=[state for state, _word in STATES]), name="transfer_state_known"
            ),
            models.CheckConstraint(condition=~Q(from_site=F("to_site")), name="transfer_between_two_sites"),
            models.CheckConstraint(condition=~Q(reason=""), name="transfer_with_reason"),
            models.CheckConstraint(
                condition=Q(state="asked", settled_at__isnull=True, settled_by__isnull=True)
                | ~Q(state="asked") & Q(settled_at__isnull=False, settled_by__isnull=False),
                name="transfer_settled_at_and_by",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | ~Q(settled_by=F("asked_by")) & ~Q(copy_sha256=""),
                name="transfer_accepted_by_another_with_a_copy",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["declined", "cancelled"]) | ~Q(settled_because=""),
                name="transfer_not_made_with_reason",
            ),
            models.UniqueConstraint(fields=["subject_id"], condition=Q(state="asked"), name="transfer_waits_once"),
        ],
        "indexes": [
            models.Index(fields=["from_site", "asked_at"], name="transfer_from_site"),
            models.Index(fields=["to_site", "asked_at"], name="transfer_to_site"),
        ],
    },
)
COPY = migrations.CreateModel(
    name="TransferCopy",
    fields=[
        (
            "transfer",
            models.OneToOneField(
                on_delete=PROTECT,
                primary_key=True,
                related_name="paper",
                serialize=False,
                to="casebook.subjecttransfer",
            ),
        ),
        ("site", to("accounts.site")),
        ("file_name", models.CharField(max_length=120)),
        ("content", models.BinaryField()),
        ("made_at", models.DateTimeField()),
        ("made_by", to(PERSON)),
    ],
)


class Migration(migrations.Migration):
    # Whatever ties rows to a site stands already.
    dependencies = [
        ("casebook", "0009_typing"),
        ("audit", "0003_moves"),
        ("outbox", "0004_notice_walls"),
        ("eligibility", "0005_screening_log"),
        ("randomization", "0002_walls"),
        ("followup", "0003_outdated_consent"),
        migrations.swappable_dependency(PERSON),
    ]
    operations = [
        migrations.AddField("subject", "origin", to("accounts.site", blank=True, null=True)),
        migrations.AddField("subject", "moved_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("subject", "moved_by", to(PERSON, blank=True, null=True)),
        migrations.RemoveConstraint("subject", "subject_number_once_per_site"),
        migrations.AddConstraint(
            "subject",
            models.UniqueConstraint(Coalesce("origin", "site"), F("sequence"), name="subject_number_once_per_site"),
        ),
        migrations.AddConstraint(
            "subject",
            models.CheckConstraint(
                condition=Q(origin__isnull=True, moved_at__isnull=True, moved_by__isnull=True)
                | Q(origin__isnull=False, moved_at__isnull=False, moved_by__isnull=False),
                name="subject_moved_at_and_by",
            ),
        ),
        TRANSFER,
        COPY,
        ActionOnly("casebook_subjecttransfer", site_column="from_site_id"),
        Machinery("casebook_transfercopy", site_column="site_id"),
        migrations.RunSQL(BOTH_SITES, BOTH_SITES_UNDO),
        migrations.RunSQL(LOOSER, LOOSER_UNDO),
        migrations.RunSQL(
            TIES_WAIT.format(how="DEFERRABLE INITIALLY IMMEDIATE"), TIES_WAIT.format(how="NOT DEFERRABLE")
        ),
        migrations.RunSQL(OF_SUBJECT, OF_SUBJECT_UNDO),
        migrations.RunSQL(BYTES.format(moves=MOVES), BYTES.format(moves="")),
        migrations.RunSQL(HELD.format(moves=MOVING), HELD.format(moves="")),
        migrations.RunSQL(MOVE, MOVE_UNDO),
    ]
