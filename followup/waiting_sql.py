"""The statements of the sweep for what people owe: surgeons an evaluation or a signature, a site a pathology report.

They follow the idiom of reminder_sql: what was told stays, what no longer holds is taken back before anybody is told.
"""

# ruff: noqa: S608 -- put together from constants of this module; every value is a parameter

from __future__ import annotations

from typing import Final

from followup.reminder_sql import GROUND, INSERT, NOBODY_TO_TELL

# ---- Evaluations: of each question that lacks one, every surgeon of the site who did not answer it in this round.
ROUND: Final = (
    "CASE WHEN f.answers->'round'->>'value' ~ '^[0-9]+$' THEN (f.answers->'round'->>'value')::numeric ELSE 1 END"
)
EVALUATED_ON: Final = """
CASE WHEN f.answers->'evaluated_on'->>'value' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
     THEN (f.answers->'evaluated_on'->>'value')::date END
"""
OF_THE_QUESTION_AT_ALL: Final = """
f.subject_id = c.subject_id AND f.crf = %(evaluation)s AND f.state = %(complete)s
  AND f.answers->'question'->>'value' = asks.question
"""
OF_THE_QUESTION: Final = f"""
{OF_THE_QUESTION_AT_ALL} AND f.answers->'source'->>'value' = %(own)s
"""
# A round that enough surgeons signed in is over: whoever evaluates now does so in the next one.
SIGNED_ROUNDS: Final = f"""
SELECT {ROUND} AS number
  FROM casebook_form f
  JOIN accounts_signature g ON g.about_kind = 'form' AND g.about_id = f.id
   AND g.form_version = f.version AND g.signer_id = f.entered_by_id
 WHERE {OF_THE_QUESTION}
 GROUP BY 1 HAVING count(DISTINCT f.entered_by_id) >= %(needed)s
"""
ASKING: Final = """
     asks AS (SELECT * FROM unnest(%(asked_kinds)s::text[], %(anew_kinds)s::text[], %(criteria)s::text[],
                                   %(questions)s::text[], %(windows)s::integer[])
              AS a(kind, anew, criterion, question, days))
"""
WAITING: Final = f"""
today
  JOIN eligibility_criterionverdict c ON c.site_id = today.site_id AND c.verdict = ANY (%(verdicts)s)
   AND c.criterion = ANY (%(criteria)s) AND c.needs @> %(needs)s::jsonb
  JOIN asks ON asks.criterion = c.criterion
  JOIN casebook_subject s ON s.id = c.subject_id AND s.stage = ANY (%(stages)s)
  JOIN eligibility_criterionverdict i ON i.subject_id = c.subject_id AND i.criterion = %(response)s
   AND i.verdict = ANY (%(reached)s)
  JOIN person p ON p.site_id = c.site_id
 CROSS JOIN LATERAL (SELECT coalesce(max(signed.number), 0) + 1 AS number FROM ({SIGNED_ROUNDS}) AS signed) AS round
 CROSS JOIN LATERAL (SELECT count(DISTINCT f.answers->'finding'->>'value') > 1 AS disagreed
                       FROM casebook_form f WHERE {OF_THE_QUESTION_AT_ALL} AND {ROUND} = round.number - 1) AS before
 CROSS JOIN LATERAL (SELECT count(g.id) AS signed, count(*) - count(g.id) AS unsigned
                       FROM casebook_form f
                       LEFT JOIN accounts_signature g ON g.about_kind = 'form' AND g.about_id = f.id
                        AND g.form_version = f.version AND g.signer_id = f.completed_by_id
                      WHERE {OF_THE_QUESTION} AND f.completed_by_id = p.user_id AND {ROUND} >= round.number
                        AND (asks.days IS NULL OR {EVALUATED_ON} >= today.day - asks.days)) AS own
 CROSS JOIN LATERAL (SELECT CASE WHEN own.unsigned > 0 THEN %(unsigned)s
                                 WHEN NOT (c.needs @> %(lacks)s::jsonb OR c.needs @> %(lacks_round)s::jsonb) THEN NULL
                                 WHEN before.disagreed THEN asks.anew
                                 ELSE asks.kind
                            END AS kind) AS due
"""
EVALUATIONS: Final = f"""
{GROUND},{ASKING}{INSERT}
SELECT due.kind, s.id, p.user_id, c.site_id, s.number,
       jsonb_build_object('message', kind.message, 'params', jsonb_build_object(
           'subject', s.number, 'round', round.number, 'before', round.number - 1)),
       replace(%(path)s, %(placeholder)s, s.id::text), today.day, %(at)s
  FROM {WAITING}
  JOIN kind ON kind.name = due.kind
 WHERE own.signed = 0 AND NOT EXISTS (
       SELECT FROM outbox_notice n WHERE n.kind = due.kind AND n.about = s.id AND n.recipient_id = p.user_id
          AND n.due_on > today.day - %(every_days)s)
 ORDER BY due.kind, s.id, p.user_id
    ON CONFLICT DO NOTHING
"""
EVALUATIONS_TAKEN_BACK: Final = f"""
{GROUND},{ASKING}
DELETE FROM outbox_notice n
 WHERE n.digest_id IS NULL AND n.kind = ANY (%(kinds)s) AND ({NOBODY_TO_TELL} OR NOT EXISTS (
       SELECT FROM {WAITING}
        WHERE s.id = n.about AND p.user_id = n.recipient_id AND own.signed = 0 AND due.kind = n.kind))
"""

# ---- Pathology: of an operation that took something out, a report in time, or a word why there is none.
OPERATED_ON: Final = """
CASE WHEN o.answers->'operated_on'->>'value' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
     THEN (o.answers->'operated_on'->>'value')::date END
"""
WITHOUT_REPORT: Final = f"""
today
  JOIN casebook_form o ON o.site_id = today.site_id AND o.crf = %(operation)s AND o.state = %(complete)s
   AND o.answers->'performed'->>'value' = 'Y' AND o.answers->'procedure'->>'value' <> %(exploration)s
 CROSS JOIN LATERAL (SELECT {OPERATED_ON} AS operated_on) AS day
  JOIN casebook_subject s ON s.id = o.subject_id AND day.operated_on + %(within_days)s < today.day
   AND NOT EXISTS (
       SELECT FROM casebook_form r WHERE r.subject_id = o.subject_id AND r.crf = %(report)s
          AND (r.state = %(complete)s AND r.answers->'operated_on'->>'value' = o.answers->'operated_on'->>'value'
               OR r.state = %(not_done)s AND r.repeat = o.repeat))
   -- Whoever withdrew consent is reminded of nothing any more.
   AND NOT EXISTS (
       SELECT FROM casebook_form w WHERE w.subject_id = o.subject_id AND w.crf = %(withdrawal)s
          AND w.state = %(complete)s AND w.answers->'of'->>'value' = %(of_consent)s)
"""
REPORTS: Final = f"""
{GROUND}{INSERT}
SELECT kind.name, o.id, p.user_id, o.site_id, s.number,
       jsonb_build_object('message', kind.message, 'params', jsonb_build_object(
           'subject', s.number, 'days', %(within_days)s::integer)),
       replace(%(path)s, %(placeholder)s, s.id::text),
       today.day - (today.day - day.operated_on - %(within_days)s - 1) %% %(every_days)s, %(at)s
  FROM {WITHOUT_REPORT}
 CROSS JOIN kind
  JOIN person p ON p.site_id = o.site_id AND p.sees_arm
 ORDER BY o.id, p.user_id
    ON CONFLICT DO NOTHING
"""
REPORTS_TAKEN_BACK: Final = f"""
{GROUND}
DELETE FROM outbox_notice n
 WHERE n.digest_id IS NULL AND n.kind = ANY (%(kinds)s) AND ({NOBODY_TO_TELL} OR NOT EXISTS (
       SELECT FROM {WITHOUT_REPORT}
        WHERE o.id = n.about AND n.due_on > day.operated_on + %(within_days)s
          AND (n.due_on - day.operated_on - %(within_days)s - 1) %% %(every_days)s = 0))
"""
