-- Seals: numbered, chained, signed statements of how far every chain had come; also written outside the database.

CREATE TABLE audit_seal (
  number     bigint      PRIMARY KEY CHECK (number > 0),
  sealed_at  timestamptz NOT NULL,
  text       text        NOT NULL,
  digest     text        NOT NULL,
  previous   text        NOT NULL,
  key_id     text        NOT NULL,
  signature  text        NOT NULL
);
-- An index of what the texts of the seals say, so that the next seal need not read them.
CREATE TABLE audit_sealed_head (
  stream    text   COLLATE "C" NOT NULL,
  sequence  bigint NOT NULL,
  hash      text   NOT NULL,
  number    bigint NOT NULL REFERENCES audit_seal (number),
  PRIMARY KEY (stream, sequence)
);

CREATE FUNCTION audit_chain_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  last_seal record;
BEGIN
  SELECT s.number, s.digest INTO last_seal FROM audit_seal s ORDER BY s.number DESC LIMIT 1;
  IF NEW.number <> coalesce(last_seal.number, 0) + 1 OR NEW.previous <> coalesce(last_seal.digest, repeat('0', 64)) THEN
    RAISE EXCEPTION 'Seal % does not follow the last one.', NEW.number USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.digest <> encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') THEN
    RAISE EXCEPTION 'Seal % is not the digest of its text.', NEW.number USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

-- The heads that moved since they were last sealed. One index probe per stream, for the event table may be very long:
-- each step of the recursion jumps to the next stream. As the owner, for a seal covers what no single reader may see;
-- it gives away names, numbers and hashes only.
CREATE FUNCTION audit_new_heads() RETURNS TABLE (stream text, sequence bigint, hash text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH RECURSIVE names AS (
    (SELECT e.stream FROM audit_event e ORDER BY e.stream LIMIT 1)
    UNION ALL
    SELECT (SELECT e.stream FROM audit_event e WHERE e.stream > names.stream ORDER BY e.stream LIMIT 1)
      FROM names WHERE names.stream IS NOT NULL
  )
  SELECT names.stream, head.sequence, head.hash
    FROM names
    CROSS JOIN LATERAL (SELECT e.sequence, e.hash FROM audit_event e
                         WHERE e.stream = names.stream ORDER BY e.sequence DESC LIMIT 1) head
   WHERE head.sequence > coalesce((SELECT h.sequence FROM audit_sealed_head h
                                    WHERE h.stream = names.stream ORDER BY h.sequence DESC LIMIT 1), 0)
   ORDER BY names.stream
$$;

REVOKE ALL ON FUNCTION audit_chain_seal(), audit_new_heads() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_new_heads() TO edc_app;

CREATE TRIGGER audit_seal_chain BEFORE INSERT ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_chain_seal();
CREATE TRIGGER audit_seal_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_rewrite();
CREATE TRIGGER audit_sealed_head_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_sealed_head
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_rewrite();

REVOKE ALL ON audit_seal, audit_sealed_head FROM PUBLIC, edc_app;
GRANT SELECT, INSERT ON audit_seal, audit_sealed_head TO edc_app;
