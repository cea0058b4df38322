"""Walls the sealed list and the allocations; and what no model can say: slots are given in the order of the list."""

from django.db import migrations

from audit.walls import AppendOnly, Reference

TIE = """
ALTER TABLE randomization_allocation ADD CONSTRAINT allocation_subject_tie
FOREIGN KEY (subject_id, site_id) REFERENCES casebook_subject (id, site_id)
"""
# The count of a stratum goes up by one and never down: no slot is given twice, and none is passed over.
COUNT = """
CREATE FUNCTION randomization_count_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.used NOT IN (OLD.used, OLD.used + 1)
     OR (NEW.id, NEW.list_id, NEW.position, NEW.code, NEW.levels, NEW.size)
        IS DISTINCT FROM (OLD.id, OLD.list_id, OLD.position, OLD.code, OLD.levels, OLD.size) THEN
    RAISE EXCEPTION 'A stratum only counts up, one slot at a time.' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER randomization_count_up BEFORE UPDATE ON randomization_stratum
FOR EACH ROW EXECUTE FUNCTION randomization_count_up();
"""
COUNT_UNDO = """
DROP TRIGGER randomization_count_up ON randomization_stratum;
DROP FUNCTION randomization_count_up();
"""
# What was generated stays; only the state of a list changes, and never back.
FIXED = """
CREATE FUNCTION randomization_list_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - '{state,ended_at,ended_by_id}'::text[]
     IS DISTINCT FROM to_jsonb(OLD) - '{state,ended_at,ended_by_id}'::text[]
     OR (OLD.state <> 'serving' AND NEW.state = 'serving') THEN
    RAISE EXCEPTION 'A generated list stays as it is.' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER randomization_list_fixed BEFORE UPDATE ON randomization_allocationlist
FOR EACH ROW EXECUTE FUNCTION randomization_list_fixed();
"""
FIXED_UNDO = """
DROP TRIGGER randomization_list_fixed ON randomization_allocationlist;
DROP FUNCTION randomization_list_fixed();
"""
# The slot that is given is the one its stratum has just counted, of a list that serves.
IN_ORDER = """
CREATE FUNCTION randomization_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM randomization_slot s
      JOIN randomization_stratum t ON t.id = s.stratum_id
      JOIN randomization_allocationlist l ON l.id = t.list_id
     WHERE s.id = NEW.slot_id AND s.number = t.used AND l.state = 'serving') THEN
    RAISE EXCEPTION 'A slot is given in the order of its list only.' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER randomization_in_order BEFORE INSERT ON randomization_allocation
FOR EACH ROW EXECUTE FUNCTION randomization_in_order();
"""
IN_ORDER_UNDO = """
DROP TRIGGER randomization_in_order ON randomization_allocation;
DROP FUNCTION randomization_in_order();
"""


class Migration(migrations.Migration):
    dependencies = [("randomization", "0001_sealed_list"), ("audit", "0001_trail")]
    operations = [
        migrations.RunSQL(TIE, "ALTER TABLE randomization_allocation DROP CONSTRAINT allocation_subject_tie"),
        migrations.RunSQL(COUNT, COUNT_UNDO),
        migrations.RunSQL(FIXED, FIXED_UNDO),
        migrations.RunSQL(IN_ORDER, IN_ORDER_UNDO),
        # No row of these belongs to a site; what they hide is sealed.
        Reference("randomization_allocationlist"),
        Reference("randomization_stratum"),
        AppendOnly("randomization_slot", site_column=None),
        AppendOnly("randomization_allocation"),
        Reference("randomization_listopening"),
    ]
