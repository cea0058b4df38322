"""The query behind the history of a subject: what its trail says, one line for each answer and each step."""

from __future__ import annotations

TABLES = (
    "casebook_form", "casebook_visit", "casebook_query", "casebook_verification", "casebook_review", "casebook_lock",
    "casebook_subject", "accounts_signature", "casebook_comment", "casebook_file", "casebook_monitoringnote",
)  # fmt: skip

FOUND_SQL = """
WITH found AS MATERIALIZED (
  SELECT c.id, c.table_name, c.row_id, c.operation, c.old::jsonb AS old, c.new::jsonb AS new, e.id AS event, e.at,
         e.recorded_at, e.actor_name, e.actor_role, e.reason, e.facts::jsonb AS facts
    FROM audit_change c JOIN audit_event e ON e.txid = c.txid AND c.id BETWEEN e.first_change AND e.last_change
   WHERE c.row_id = ANY(%(rows)s) AND c.table_name = ANY(%(tables)s)
     AND (e.kind <> 'casebook.subject.transferred' OR c.table_name = 'casebook_subject')
), said AS (
  SELECT id, event, at, recorded_at, actor_name, actor_role, row_id AS form, '' AS visit, path,
         CASE WHEN old -> 'answers' -> path IS NULL THEN 'entered' WHEN new -> 'answers' -> path IS NULL THEN 'removed'
              ELSE 'changed' END AS kind, '' AS what,
         (old -> 'answers' -> path)::text AS old, (new -> 'answers' -> path)::text AS new,
         coalesce(nullif(facts -> 'reasons' ->> path, ''), reason) AS reason, (old ->> 'version')::integer AS version,
         coalesce(old ->> 'completed_at', '') <> '' AS was_complete
    FROM found CROSS JOIN LATERAL jsonb_object_keys(coalesce(old -> 'answers', '{}') || (new -> 'answers')) AS path
   WHERE table_name = 'casebook_form' AND old -> 'answers' -> path IS DISTINCT FROM new -> 'answers' -> path
  UNION ALL
  SELECT id, event, at, recorded_at, actor_name, actor_role,
         CASE table_name WHEN 'casebook_form' THEN row_id WHEN 'accounts_signature' THEN new ->> 'about_id'
                         ELSE coalesce(new ->> 'form_id', '') END,
         CASE table_name WHEN 'casebook_visit' THEN row_id WHEN 'casebook_lock' THEN coalesce(new ->> 'visit_id', '')
                         ELSE '' END,
         CASE WHEN table_name IN ('casebook_query', 'casebook_verification', 'casebook_comment') THEN new ->> 'path'
              ELSE '' END,
         CASE table_name WHEN 'casebook_form' THEN 'form' WHEN 'casebook_visit' THEN 'visit'
              WHEN 'casebook_query' THEN 'query' WHEN 'casebook_verification' THEN 'verified'
              WHEN 'casebook_review' THEN 'reviewed' WHEN 'casebook_lock' THEN 'locked'
              WHEN 'casebook_subject' THEN 'subject' WHEN 'casebook_comment' THEN 'comment'
              WHEN 'casebook_file' THEN 'file' WHEN 'casebook_monitoringnote' THEN 'monitoring' ELSE 'signed' END,
         CASE table_name
              WHEN 'casebook_form' THEN CASE WHEN old IS NULL THEN 'form added'
                   WHEN old ->> 'state' = 'complete' THEN 'form reopened' ELSE 'form ' || (new ->> 'state') END
              WHEN 'casebook_visit' THEN CASE WHEN old IS NULL THEN 'visit added'
                   WHEN old ->> 'state' IS DISTINCT FROM new ->> 'state' THEN 'visit ' || (new ->> 'state')
                   ELSE 'visit moved' END
              WHEN 'casebook_query' THEN 'query ' || (new ->> 'state')
              WHEN 'casebook_verification' THEN CASE WHEN new ->> 'fallen_at' IS NULL THEN 'verified' ELSE 'mark fell' END
              WHEN 'casebook_review' THEN 'reviewed'
              WHEN 'casebook_lock' THEN CASE WHEN new ->> 'lifted_at' IS NOT NULL THEN 'unlocked'
                   WHEN new ->> 'kind' = 'freeze' THEN 'frozen' ELSE 'locked' END
              WHEN 'casebook_subject' THEN CASE WHEN old IS NULL THEN 'subject added'
                   WHEN old ->> 'site_id' IS DISTINCT FROM new ->> 'site_id' THEN 'subject transferred'
                   ELSE 'subject advanced' END
              WHEN 'casebook_comment' THEN 'comment'
              WHEN 'casebook_file' THEN CASE WHEN old IS NULL THEN 'file brought'
                   WHEN (new ->> 'erased')::boolean THEN 'file erased' ELSE 'file withdrawn' END
              WHEN 'casebook_monitoringnote' THEN 'monitoring ' || (new ->> 'kind')
              ELSE 'signed' END,
         CASE table_name WHEN 'casebook_subject' THEN old ->> 'stage' WHEN 'casebook_form' THEN old ->> 'state'
              WHEN 'casebook_visit' THEN old ->> 'target_on' END,
         CASE table_name WHEN 'casebook_subject' THEN new ->> 'stage' WHEN 'casebook_form' THEN new ->> 'state'
              WHEN 'casebook_visit' THEN coalesce(new ->> 'attended_on', new ->> 'target_on')
              WHEN 'casebook_query' THEN new ->> 'check_id' WHEN 'accounts_signature' THEN new ->> 'meaning'
              WHEN 'casebook_file' THEN new ->> 'title'
              WHEN 'casebook_comment' THEN new ->> 'text' WHEN 'casebook_monitoringnote' THEN new ->> 'text' END,
         reason, NULL, false
    FROM found
   WHERE operation = 'INSERT' OR table_name NOT IN ('casebook_form', 'casebook_query', 'casebook_subject')
      OR old ->> 'state' IS DISTINCT FROM new ->> 'state' OR old ->> 'stage' IS DISTINCT FROM new ->> 'stage'
      OR (table_name = 'casebook_subject' AND old ->> 'site_id' IS DISTINCT FROM new ->> 'site_id')
  UNION ALL
  SELECT f.id, f.event, f.at, f.recorded_at, f.actor_name, f.actor_role, f.row_id, '', '', 'signed', 'signature void',
         s.printed_name, '', f.reason, NULL, false
    FROM found f JOIN accounts_signature s
      ON s.about_kind = 'form' AND s.about_id::text = f.row_id AND s.form_version = (f.old ->> 'version')::integer
   WHERE f.table_name = 'casebook_form' AND f.old ->> 'version' IS DISTINCT FROM f.new ->> 'version'
), weighed AS (
  SELECT said.*, count(*) FILTER (WHERE kind IN ('changed', 'removed')) OVER (PARTITION BY event) AS at_once,
         said.version IS NOT NULL AND EXISTS (SELECT FROM accounts_signature s WHERE s.about_kind = 'form'
           AND s.about_id::text = said.form AND s.form_version <= said.version) AS after_signature
    FROM said
)
"""
LINES_SQL = (
    FOUND_SQL
    + """
SELECT id, at, recorded_at, actor_name, actor_role, form, visit, path, kind, what, old, new, reason, was_complete,
       after_signature, at_once, count(*) OVER ()
  FROM weighed
 WHERE (%(form)s = '' OR form = %(form)s)
   AND (%(path)s = '' OR path = %(path)s OR kind = 'signed')
   AND (%(names)s::text[] IS NULL OR path <> '' AND regexp_replace(path, '.*/', '') = ANY(%(names)s))
   AND (%(who)s = '' OR strpos(lower(actor_name), lower(%(who)s)) > 0)
   AND (%(kind)s = '' OR kind = %(kind)s)
   AND (%(since)s::timestamptz IS NULL OR recorded_at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR recorded_at < %(until)s)
   AND (%(after)s::timestamptz IS NULL OR recorded_at > %(after)s)
   AND (%(upto)s::timestamptz IS NULL OR recorded_at <= %(upto)s)
   AND CASE %(flag)s WHEN 'after signature' THEN after_signature WHEN 'after completion' THEN was_complete
            WHEN 'many at once' THEN kind IN ('changed', 'removed') AND at_once >= %(many)s
            WHEN 'out of hours' THEN extract(isodow FROM at AT TIME ZONE %(zone)s) > 5
              OR extract(hour FROM at AT TIME ZONE %(zone)s) < %(begins)s
              OR extract(hour FROM at AT TIME ZONE %(zone)s) >= %(ends)s
            ELSE true END
"""
)
