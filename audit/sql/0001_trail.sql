-- The trail: every change a walled table takes, and the events that say who made it and why.
-- Written by triggers that run as the owner; the application may add events and read, nothing else.

DO $$
BEGIN
  IF current_setting('server_encoding') <> 'UTF8' THEN
    RAISE EXCEPTION 'The trail hashes UTF-8 bytes: create the database with ENCODING UTF8.';
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'edc_app') THEN
    RAISE EXCEPTION 'The group role edc_app is missing: run manage.py bootstrap_roles as a database administrator.';
  END IF;
END $$;

CREATE TABLE audit_change (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  txid         xid8        NOT NULL,
  actor_id     text        NOT NULL,
  table_name   text        NOT NULL,
  row_id       text        COLLATE "C" NOT NULL,
  operation    text        NOT NULL,
  site_id      integer,
  old          text,
  new          text,
  recorded_at  timestamptz NOT NULL
);
-- A row of a 40-item form is 2 to 6 kB as text: kept in the page, not compressed and moved out at every save.
ALTER TABLE audit_change SET (toast_tuple_target = 8160);
CREATE INDEX audit_change_transaction ON audit_change (txid, id);
-- The history at the value asks for one row.
CREATE INDEX audit_change_row ON audit_change (row_id, id);

CREATE TABLE audit_event (
  id              bigint      PRIMARY KEY,
  txid            xid8        NOT NULL,
  stream          text        COLLATE "C" NOT NULL,
  sequence        bigint      NOT NULL,
  recorded_at     timestamptz NOT NULL,
  at              timestamptz NOT NULL,
  actor_id        text        NOT NULL,
  actor_name      text        NOT NULL,
  actor_role      text        NOT NULL,
  kind            text        NOT NULL,
  subject_id      uuid,
  site_id         integer,
  reason          text        NOT NULL,
  facts           text        NOT NULL,
  message         text        NOT NULL,
  english         text        NOT NULL,
  protocol        text        NOT NULL,
  request_id      text        NOT NULL,
  hash_version    smallint    NOT NULL,
  first_change    bigint,
  last_change     bigint,
  changes_digest  text        NOT NULL,
  previous_hash   text        NOT NULL,
  hash            text        NOT NULL,
  UNIQUE (stream, sequence),
  -- A subject's events are clinical: without a site the wall between sites would not hold them back.
  CONSTRAINT audit_event_has_kind_and_stream_and_a_subject_its_site
    CHECK (kind <> '' AND stream <> '' AND (subject_id IS NULL OR site_id IS NOT NULL))
);
CREATE SEQUENCE audit_event_id_seq OWNED BY audit_event.id;
CREATE INDEX audit_event_transaction ON audit_event (txid, last_change);
CREATE INDEX audit_event_recorded ON audit_event USING brin (recorded_at);

-- What is hashed is the text of a JSON array of texts and nulls: one call, where a function per field cost a third
-- of a save. PostgreSQL writes it as most languages do, with ", " between the elements.
CREATE FUNCTION audit_moment(moment timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- For policies that other apps write themselves.
CREATE FUNCTION audit_sites() RETURNS integer[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(nullif(current_setting('edc.sites', true), ''), ',')::integer[] $$;

CREATE FUNCTION audit_actor() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('edc.actor', true), '') $$;

-- Arguments: the key column, the site column (or empty), the columns left out, joined by commas.
CREATE FUNCTION audit_record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO, YMD' SET intervalstyle = 'postgres'
SET bytea_output = 'hex' SET extra_float_digits = 1
AS $$
DECLARE
  acting   text := nullif(current_setting('edc.actor', true), '');
  old_row  jsonb;
  new_row  jsonb;
  old_text text;
  new_text text;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    old_row := to_jsonb(OLD);
    IF TG_ARGV[2] <> '' THEN
      old_row := old_row - string_to_array(TG_ARGV[2], ',');
    END IF;
    old_text := old_row::text;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    new_row := to_jsonb(NEW);
    IF TG_ARGV[2] <> '' THEN
      new_row := new_row - string_to_array(TG_ARGV[2], ',');
    END IF;
    new_text := new_row::text;
  END IF;
  -- As text, not as jsonb: to jsonb 1.10 equals 1.1, to a laboratory it does not.
  IF old_text = new_text THEN
    RETURN NULL;
  END IF;
  IF acting IS NULL THEN
    RAISE EXCEPTION 'Nobody is acting: % of % is refused without an actor.', TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege', HINT = 'Write through an action of the application.';
  END IF;
  IF TG_TABLE_SCHEMA <> 'public' THEN
    RAISE EXCEPTION 'Changes are recorded for tables of the schema public only.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'UPDATE' AND old_row ->> TG_ARGV[0] IS DISTINCT FROM new_row ->> TG_ARGV[0] THEN
    RAISE EXCEPTION 'The key of a row of % never changes.', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  INSERT INTO audit_change (txid, actor_id, table_name, row_id, operation, site_id, old, new, recorded_at)
  VALUES (pg_current_xact_id(), acting, TG_TABLE_NAME, coalesce(new_row, old_row) ->> TG_ARGV[0], TG_OP,
          (coalesce(new_row, old_row) ->> nullif(TG_ARGV[1], ''))::integer, old_text, new_text, clock_timestamp());
  RETURN NULL;
END $$;

-- A session keeps the plan it made while the trail was still short: never one that reads all of it.
CREATE FUNCTION audit_chain_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
  last_number bigint;
  last_hash   text;
  moment      timestamptz;
  change      record;
  digests     text[] := '{}';
BEGIN
  NEW.actor_id := nullif(current_setting('edc.actor', true), '');
  IF NEW.actor_id IS NULL THEN
    RAISE EXCEPTION 'Nobody is acting: an event is refused without an actor.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  NEW.actor_name := coalesce(current_setting('edc.actor_name', true), '');
  NEW.actor_role := coalesce(current_setting('edc.actor_role', true), '');
  NEW.request_id := coalesce(current_setting('edc.request', true), '');

  -- The stream is the queue: number and predecessor are read only when every earlier writer has committed.
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.stream, 20220414));
  SELECT e.sequence, e.hash INTO last_number, last_hash
    FROM audit_event e WHERE e.stream = NEW.stream ORDER BY e.sequence DESC LIMIT 1;

  -- Numbered under the lock, so that reading by id meets every stream in its own order.
  NEW.id := nextval('audit_event_id_seq');
  NEW.txid := pg_current_xact_id();
  NEW.sequence := coalesce(last_number, 0) + 1;
  NEW.previous_hash := coalesce(last_hash, repeat('0', 64));
  moment := clock_timestamp();
  NEW.recorded_at := moment;
  NEW.hash_version := 1;
  IF NEW.at NOT BETWEEN moment - interval '5 minutes' AND moment + interval '5 minutes' THEN
    IF coalesce(NEW.facts::jsonb ->> 'moment', '') NOT IN ('synthetic', 'import') THEN
      RAISE EXCEPTION 'The moment given, %, is more than five minutes from the clock of the database: only synthetic subjects and imports may be so.', NEW.at
        USING ERRCODE = 'check_violation';
    END IF;
  END IF;

  NEW.first_change := NULL;
  NEW.last_change := NULL;
  -- A loop, for most events cover one change: an aggregate would cost more to set up than to run.
  FOR change IN
    SELECT c.id, c.actor_id, json_build_array(
             'edc-change-1', c.id::text, c.txid::text, c.actor_id, c.table_name, c.row_id, c.operation,
             c.site_id::text, c.old, c.new, audit_moment(c.recorded_at))::text AS said
      FROM audit_change c
     WHERE c.txid = NEW.txid
       AND c.id > coalesce((SELECT max(e.last_change) FROM audit_event e WHERE e.txid = NEW.txid), 0)
     ORDER BY c.id
  LOOP
    IF change.actor_id <> NEW.actor_id THEN
      RAISE EXCEPTION 'Changes made as somebody else wait for their event: record it before acting as another.'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.first_change := coalesce(NEW.first_change, change.id);
    NEW.last_change := change.id;
    digests := array_append(digests, encode(sha256(convert_to(change.said, 'UTF8')), 'hex'));
  END LOOP;
  NEW.changes_digest := encode(sha256(decode(array_to_string(digests, ''), 'hex')), 'hex');

  NEW.hash := encode(sha256(convert_to(json_build_array(
    'edc-event-1', NEW.stream, NEW.sequence::text, NEW.txid::text, audit_moment(moment), audit_moment(NEW.at),
    NEW.actor_id, NEW.actor_name, NEW.actor_role, NEW.kind, NEW.subject_id::text, NEW.site_id::text, NEW.reason,
    NEW.facts, NEW.message, NEW.english, NEW.protocol, NEW.request_id, NEW.first_change::text, NEW.last_change::text,
    NEW.changes_digest, NEW.previous_hash)::text, 'UTF8')), 'hex');
  RETURN NEW;
END $$;

CREATE FUNCTION audit_demand_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off
AS $$
BEGIN
  -- Each event covers all changes since the one before it, so the last one of the transaction decides.
  IF coalesce((SELECT max(e.last_change) FROM audit_event e WHERE e.txid = NEW.txid), 0) < NEW.id THEN
    RAISE EXCEPTION 'No event says who changed % % and why: the transaction is refused.', NEW.table_name, NEW.row_id
      USING ERRCODE = 'integrity_constraint_violation', HINT = 'Write through an action of the application.';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION audit_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% only grows: % is refused.', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

-- Trigger functions are executable by PUBLIC unless revoked: the application could hang them on a table of its own.
REVOKE ALL ON FUNCTION audit_record_change(), audit_chain_event(), audit_demand_event(), audit_refuse_rewrite() FROM PUBLIC;

CREATE TRIGGER audit_event_chain BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_chain_event();
CREATE CONSTRAINT TRIGGER audit_change_event AFTER INSERT ON audit_change
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_demand_event();
CREATE TRIGGER audit_change_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_change
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_rewrite();
CREATE TRIGGER audit_event_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_rewrite();

ALTER TABLE audit_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
-- Said in place: a function or a sub-select here would be planned anew at every event.
CREATE POLICY sites ON audit_change FOR SELECT USING (
  current_setting('edc.actor', true) <> ''
  AND (site_id IS NULL OR site_id = ANY (string_to_array(nullif(current_setting('edc.sites', true), ''), ',')::integer[])));
CREATE POLICY sites ON audit_event FOR SELECT USING (
  current_setting('edc.actor', true) <> ''
  AND (site_id IS NULL OR site_id = ANY (string_to_array(nullif(current_setting('edc.sites', true), ''), ',')::integer[])));
CREATE POLICY sites_added ON audit_event FOR INSERT WITH CHECK (
  site_id IS NULL OR site_id = ANY (string_to_array(nullif(current_setting('edc.sites', true), ''), ',')::integer[]));

GRANT USAGE ON SCHEMA public TO edc_app;
REVOKE ALL ON audit_change, audit_event FROM PUBLIC, edc_app;
REVOKE ALL ON SEQUENCE audit_event_id_seq FROM PUBLIC, edc_app;
GRANT SELECT ON audit_change, audit_event TO edc_app;
GRANT INSERT (stream, at, kind, subject_id, site_id, reason, facts, message, english, protocol) ON audit_event TO edc_app;
