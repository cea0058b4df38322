"""A surgeon evaluates once a round, and nobody in a round that is closed: the law of `casebook.rules.evaluating`, by SQL too.

What two surgeons signed in the same round stays as it is: nobody corrects it having read the other's.
"""

from django.db import migrations

# Which question in which round an evaluation answers; nothing of a record of the chart, and of what is unfinished.
PLACE = """
CREATE FUNCTION casebook_evaluates(f casebook_form) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE WHEN f.crf = 'SU' AND f.answers->'source'->>'value' IS DISTINCT FROM 'chart record'
               AND f.answers->'question'->>'value' <> '' AND f.answers->'round'->>'value' ~ '^[0-9]+(\\.[0-9]+)?$'
              THEN concat_ws(' ', f.answers->'question'->>'value', trunc((f.answers->'round'->>'value')::numeric)::integer)
         END
$$;
"""
# The surgeons who signed an evaluation of this question in this round, as it stands.
SIGNED = """
CREATE FUNCTION casebook_evaluated_by(its_subject uuid, place text, without uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT o.entered_by_id), '{}') FROM casebook_form o
   WHERE o.subject_id = its_subject AND o.crf = 'SU' AND o.state = 'complete' AND casebook_evaluates(o) = place
     AND o.id IS DISTINCT FROM without
     AND EXISTS (SELECT FROM accounts_signature g WHERE g.about_kind = 'form' AND g.about_id = o.id
                    AND g.form_version = o.version AND g.signer_id = o.entered_by_id)
$$;
"""
REFUSES = """
CREATE FUNCTION casebook_refuse_evaluation(f casebook_form, is_signing boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  place text := casebook_evaluates(f);
  number integer := split_part(place, ' ', 2)::integer;
  before text := concat_ws(' ', split_part(place, ' ', 1), number - 1);
  signed uuid[];
BEGIN
  IF place IS NULL THEN RETURN; END IF;
  -- As the door does: two evaluations of one subject are looked at one after the other.
  PERFORM FROM casebook_subject s WHERE s.id = f.subject_id FOR NO KEY UPDATE;
  signed := casebook_evaluated_by(f.subject_id, place, f.id);
  IF f.entered_by_id = ANY (signed) OR (NOT is_signing AND EXISTS (
       SELECT FROM casebook_form o WHERE o.subject_id = f.subject_id AND o.crf = 'SU' AND o.state = 'complete'
          AND o.id <> f.id AND o.entered_by_id = f.entered_by_id AND casebook_evaluates(o) = place)) THEN
    RAISE EXCEPTION 'A surgeon evaluates a question once in a round.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF cardinality(signed) >= 2 THEN
    RAISE EXCEPTION 'Round % of this question is closed: two surgeons signed in it.', number
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF number > 1 AND cardinality(casebook_evaluated_by(f.subject_id, before, f.id)) < 2 THEN
    RAISE EXCEPTION 'Round % of this question begins when two surgeons have signed in round %.', number, number - 1
      USING ERRCODE = 'insufficient_privilege';
  END IF;
END $$;
"""
OF_FORM = """
CREATE FUNCTION casebook_evaluates_once() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (OLD.subject_id, OLD.crf, OLD.answers, OLD.state, OLD.version, OLD.entered_by_id)
       IS NOT DISTINCT FROM (NEW.subject_id, NEW.crf, NEW.answers, NEW.state, NEW.version, NEW.entered_by_id) THEN
      RETURN NEW;
    END IF;
    IF OLD.state = 'complete' AND casebook_evaluates(OLD) IS NOT NULL
       AND cardinality(casebook_evaluated_by(OLD.subject_id, casebook_evaluates(OLD), NULL)) >= 2
       AND EXISTS (SELECT FROM accounts_signature g WHERE g.about_kind = 'form' AND g.about_id = OLD.id
                      AND g.form_version = OLD.version AND g.signer_id = OLD.entered_by_id) THEN
      RAISE EXCEPTION 'What two surgeons signed in the same round stays as it was signed.'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  IF NEW.state = 'complete' THEN PERFORM casebook_refuse_evaluation(NEW, false); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER casebook_evaluates_once BEFORE INSERT OR UPDATE ON casebook_form
  FOR EACH ROW WHEN (NEW.crf = 'SU') EXECUTE FUNCTION casebook_evaluates_once();
CREATE TRIGGER casebook_stays_an_evaluation BEFORE UPDATE ON casebook_form
  FOR EACH ROW WHEN (OLD.crf = 'SU' AND NEW.crf <> 'SU') EXECUTE FUNCTION casebook_evaluates_once();
"""
OF_SIGNATURE = """
CREATE FUNCTION casebook_signs_once() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  f casebook_form;
BEGIN
  SELECT * INTO f FROM casebook_form WHERE id = NEW.about_id AND crf = 'SU' AND state = 'complete';
  IF FOUND AND NEW.signer_id = f.entered_by_id AND NOT EXISTS (
       SELECT FROM accounts_signature g WHERE g.about_kind = 'form' AND g.about_id = f.id
          AND g.form_version = f.version AND g.signer_id = f.entered_by_id) THEN
    PERFORM casebook_refuse_evaluation(f, true);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER casebook_signs_once BEFORE INSERT ON accounts_signature
  FOR EACH ROW WHEN (NEW.about_kind = 'form') EXECUTE FUNCTION casebook_signs_once();
"""
OWNED = """
REVOKE ALL ON FUNCTION casebook_evaluates(casebook_form), casebook_evaluated_by(uuid, text, uuid),
  casebook_refuse_evaluation(casebook_form, boolean), casebook_evaluates_once(), casebook_signs_once() FROM PUBLIC;
"""
UNDO = """
DROP TRIGGER casebook_signs_once ON accounts_signature;
DROP TRIGGER casebook_stays_an_evaluation ON casebook_form;
DROP TRIGGER casebook_evaluates_once ON casebook_form;
DROP FUNCTION casebook_signs_once();
DROP FUNCTION casebook_evaluates_once();
DROP FUNCTION casebook_refuse_evaluation(casebook_form, boolean);
DROP FUNCTION casebook_evaluated_by(uuid, text, uuid);
DROP FUNCTION casebook_evaluates(casebook_form);
"""


class Migration(migrations.Migration):
    dependencies = [("casebook", "0013_consent_changed"), ("accounts", "0001_accounts")]
    operations = [migrations.RunSQL(PLACE + SIGNED + REFUSES + OF_FORM + OF_SIGNATURE + OWNED, UNDO)]
