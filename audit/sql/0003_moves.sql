-- A subject that is transferred takes its rows along: their site changes, nothing else, in a transaction that is
-- registered for it. What the trail recorded of them before stays as it is, and is read where they are now.

-- Which transaction may change which site for which; empty between transactions, and nobody's but the owner's.
CREATE TABLE audit_moving (
  txid       xid8    PRIMARY KEY,
  from_site  integer NOT NULL,
  to_site    integer NOT NULL CHECK (from_site <> to_site)
);
-- Where rows that moved are now. Their history is found by it: no other row stands here.
CREATE TABLE audit_moved (
  table_name  text    NOT NULL,
  row_id      text    COLLATE "C" NOT NULL,
  site_id     integer NOT NULL,
  PRIMARY KEY (row_id, table_name)
);
CREATE INDEX audit_moved_site ON audit_moved (site_id, table_name);
REVOKE ALL ON audit_moving, audit_moved FROM PUBLIC, edc_app;
ALTER TABLE audit_moved ENABLE ROW LEVEL SECURITY;
CREATE POLICY sites ON audit_moved FOR SELECT USING (
  current_setting('edc.actor', true) <> ''
  AND site_id = ANY (string_to_array(nullif(current_setting('edc.sites', true), ''), ',')::integer[]));
GRANT SELECT ON audit_moved TO edc_app;

-- Of a table that only grows nothing is rewritten but the site, row by row looked at by audit_only_moves.
CREATE OR REPLACE FUNCTION audit_refuse_rewrite() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND TG_NAME = 'audit_only_grows' THEN
    IF EXISTS (SELECT FROM audit_moving m WHERE m.txid = pg_current_xact_id_if_assigned()) THEN
      RETURN NULL;
    END IF;
  END IF;
  RAISE EXCEPTION '% only grows: % is refused.', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

-- The argument names columns that a move may change besides the site, joined by commas.
CREATE FUNCTION audit_only_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  old_row jsonb := to_jsonb(OLD);
  new_row jsonb := to_jsonb(NEW);
  moving  text[] := string_to_array(coalesce(TG_ARGV[0], ''), ',') || 'site_id'::text;
BEGIN
  IF NOT EXISTS (SELECT FROM audit_moving m WHERE m.txid = pg_current_xact_id_if_assigned()
                  AND m.from_site = (old_row ->> 'site_id')::integer AND m.to_site = (new_row ->> 'site_id')::integer) THEN
    RAISE EXCEPTION 'The site of a row of % changes only with a transfer of its subject.', TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- As text, as the trail compares.
  IF (old_row - moving)::text IS DISTINCT FROM (new_row - moving)::text THEN
    RAISE EXCEPTION 'A transfer changes the site of a row of % and nothing else.', TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

-- Asked only of rows that the reader's sites do not show already.
CREATE FUNCTION audit_moved_here(its_table text, its_row text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM audit_moved m WHERE m.row_id = its_row AND m.table_name = its_table
    AND m.site_id = ANY (string_to_array(nullif(current_setting('edc.sites', true), ''), ',')::integer[]));
END $$;

REVOKE ALL ON FUNCTION audit_only_moves(), audit_refuse_rewrite(), audit_moved_here(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_moved_here(text, text) TO edc_app;

ALTER POLICY sites ON audit_change USING (
  current_setting('edc.actor', true) <> ''
  AND (site_id IS NULL OR site_id = ANY (string_to_array(nullif(current_setting('edc.sites', true), ''), ',')::integer[])
       OR audit_moved_here(table_name, row_id)));
ALTER POLICY sites ON audit_event USING (
  current_setting('edc.actor', true) <> ''
  AND (site_id IS NULL OR site_id = ANY (string_to_array(nullif(current_setting('edc.sites', true), ''), ',')::integer[])
       OR audit_moved_here('casebook_subject', subject_id::text)));

-- The tables that are walled already; whatever is walled from now on gets the same from its wall.
DO $$
DECLARE
  walled record;
BEGIN
  FOR walled IN
    SELECT c.oid::regclass AS name, bool_or(t.tgname = 'audit_only_grows') AS only_grows
      FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
       AND (t.tgname = 'audit_only_grows' OR EXISTS (
         SELECT FROM pg_policy p JOIN pg_attribute a ON a.attrelid = p.polrelid AND a.attname = 'site_id'
          WHERE p.polrelid = c.oid AND p.polname = 'sites_changed'))
     GROUP BY c.oid
  LOOP
    EXECUTE format('CREATE TRIGGER audit_only_moves BEFORE UPDATE ON %s FOR EACH ROW %s EXECUTE FUNCTION audit_only_moves()',
      walled.name, CASE WHEN walled.only_grows THEN '' ELSE 'WHEN (OLD.site_id IS DISTINCT FROM NEW.site_id)' END);
  END LOOP;
END $$;
