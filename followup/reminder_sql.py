"""The statements of the sweep: what is due becomes notices inside the database, whatever the size of the trial.

Each begins with the sites, each with its own day, and the people to be told. An insert leaves alone what was told
before; a deletion takes back what nobody was told yet and what no longer holds.
"""

# ruff: noqa: S608 -- put together from constants of this module; every value is a parameter

from __future__ import annotations

from typing import Final

GROUND: Final = """
WITH today AS (SELECT * FROM unnest(%(sites)s::integer[], %(days)s::date[]) AS t(site_id, day)),
     person AS (SELECT * FROM unnest(%(person_sites)s::integer[], %(people)s::uuid[], %(see_arms)s::boolean[])
                AS p(site_id, user_id, sees_arm)),
     kind AS (SELECT * FROM unnest(%(kinds)s::text[], %(messages)s::text[]) AS k(name, message))
"""
INSERT: Final = """
INSERT INTO outbox_notice (kind, about, recipient_id, site_id, subject_number, text, path, due_on, created_at)
"""
NOBODY_TO_TELL: Final = """
NOT EXISTS (SELECT FROM person p WHERE p.site_id = n.site_id AND p.user_id = n.recipient_id)
"""

# ---- Visits. The first condition is what the index answers: closed, or closing within the longest window there is.
VISITS: Final = f"""
{GROUND}{INSERT}
SELECT due.kind, v.id, p.user_id, v.site_id, s.number,
       jsonb_build_object('message', called.message, 'params', jsonb_build_object(
           'subject', s.number,
           'visit', CASE WHEN v.repeat = 1 THEN called.title ELSE jsonb_build_object(
               'message', %(again)s, 'params', jsonb_build_object('visit', called.title, 'repeat', v.repeat)) END,
           'opens', v.opens_on::text, 'target', v.target_on::text, 'closes', v.closes_on::text,
           'last', called.last::text)),
       replace(%(path)s, %(placeholder)s, s.id::text), due.due_on, %(at)s
  FROM today
  JOIN casebook_visit v ON v.site_id = today.site_id AND v.state = %(open)s
   AND v.closes_on <= today.day + %(longest_window)s
 CROSS JOIN LATERAL (VALUES
       (%(opens)s, v.opens_on, v.closes_on),
       (%(target)s, v.target_on - 1, v.target_on),
       (%(closes)s, v.closes_on - %(closing_days)s, v.closes_on),
       (%(overdue)s, v.closes_on + 1 + (today.day - v.closes_on - 1) / %(every_days)s * %(every_days)s,
        CASE WHEN v.closes_on < today.day THEN 'infinity'::date ELSE '-infinity' END)
       ) AS due(kind, due_on, until)
  JOIN casebook_subject s ON s.id = v.subject_id
  JOIN kind ON kind.name = due.kind
  JOIN person p ON p.site_id = v.site_id
 CROSS JOIN LATERAL (SELECT jsonb_build_object('params', '{{}}'::jsonb, 'message',
                                 CASE WHEN p.sees_arm OR v.code <> ALL (%(revealing)s)
                                      THEN coalesce(%(titles)s::jsonb ->> v.code, v.code) ELSE %(neutral)s END),
                            CASE WHEN due.kind <> %(overdue)s OR v.code <> %(surgery)s OR NOT p.sees_arm
                                 THEN kind.message
                                 WHEN today.day <= v.closes_on + %(grace_days)s THEN %(surgery_in_grace)s
                                 ELSE %(surgery_overdue)s END,
                            v.closes_on + CASE WHEN v.code = %(surgery)s AND p.sees_arm THEN %(grace_days)s ELSE 0 END
                    ) AS called(title, message, last)
 WHERE today.day BETWEEN due.due_on AND due.until AND v.opens_on <= today.day + 1
 ORDER BY due.kind, v.id, p.user_id
    ON CONFLICT DO NOTHING
"""
VISITS_TAKEN_BACK: Final = f"""
{GROUND}
DELETE FROM outbox_notice n
 WHERE n.digest_id IS NULL AND n.kind = ANY (%(kinds)s) AND ({NOBODY_TO_TELL} OR NOT EXISTS (
       SELECT FROM casebook_visit v JOIN today USING (site_id)
        WHERE v.id = n.about AND v.state = %(open)s AND CASE n.kind
              WHEN %(opens)s THEN v.opens_on = n.due_on AND v.closes_on >= today.day
              WHEN %(target)s THEN v.target_on - 1 = n.due_on AND v.target_on >= today.day
              WHEN %(closes)s THEN v.closes_on - %(closing_days)s = n.due_on AND v.closes_on >= today.day
              ELSE v.closes_on < n.due_on AND (n.due_on - v.closes_on - 1) %% %(every_days)s = 0 END))
"""

# ---- The response: kept ahead of its day, because a judgement made on the day no longer knows when the day came.
NEEDS: Final = """
LATERAL (SELECT DISTINCT need ->> 'crf' AS crf, (need ->> 'not_before')::date AS from_on
           FROM jsonb_array_elements(c.needs) AS need WHERE need ? 'not_before') AS need
"""
RESPONSE: Final = f"""
{GROUND},
     after AS (SELECT * FROM unnest(%(kinds)s::text[], %(crfs)s::text[], %(offsets)s::integer[], %(spans)s::integer[])
               AS a(kind, crf, days, span))
{INSERT}
SELECT after.kind, s.id, p.user_id, c.site_id, s.number,
       jsonb_build_object('message', kind.message, 'params', jsonb_build_object(
           'subject', s.number, 'from', need.from_on::text, 'until', (need.from_on + after.span)::text)),
       replace(%(path)s, %(placeholder)s, s.id::text), need.from_on + after.days, %(at)s
  FROM today
  JOIN eligibility_criterionverdict c ON c.site_id = today.site_id AND c.criterion = %(criterion)s
 CROSS JOIN {NEEDS}
  JOIN after ON after.crf = need.crf
  JOIN casebook_subject s ON s.id = c.subject_id AND s.stage = ANY (%(stages)s)
  JOIN kind ON kind.name = after.kind
  JOIN person p ON p.site_id = c.site_id
 WHERE today.day <= need.from_on + after.span
   -- From tomorrow on means that a run broke today and begins anew: then there is no pair whose time could run out.
   AND need.from_on > c.judged_on + CASE WHEN after.days > 0 THEN 1 ELSE 0 END
 ORDER BY after.kind, s.id, p.user_id
    ON CONFLICT DO NOTHING
"""
RESPONSE_TAKEN_BACK: Final = f"""
{GROUND},
     after AS (SELECT * FROM unnest(%(kinds)s::text[], %(crfs)s::text[], %(offsets)s::integer[], %(spans)s::integer[])
               AS a(kind, crf, days, span))
DELETE FROM outbox_notice n USING after
 WHERE n.digest_id IS NULL AND n.kind = after.kind AND ({NOBODY_TO_TELL} OR NOT EXISTS (
       SELECT FROM eligibility_criterionverdict c JOIN today USING (site_id) JOIN casebook_subject s ON s.id = c.subject_id
        CROSS JOIN {NEEDS}
        WHERE c.subject_id = n.about AND c.criterion = %(criterion)s AND s.stage = ANY (%(stages)s)
          AND need.crf = after.crf AND today.day <= n.due_on - after.days + after.span
          AND (need.from_on = n.due_on - after.days
               OR (need.from_on = c.judged_on AND n.due_on - after.days <= c.judged_on))))
"""

# ---- The determination: the latest one, while it stands and nobody was randomized on it.
STANDING: Final = """
eligibility_determination d JOIN today USING (site_id)
  JOIN casebook_subject s ON s.id = d.subject_id AND s.stage = %(eligible)s
   AND d.valid_until BETWEEN today.day AND today.day + %(closing_days)s
   AND NOT EXISTS (SELECT FROM eligibility_revocation r WHERE r.determination_id = d.id)
   AND NOT EXISTS (SELECT FROM eligibility_determination l
                    WHERE l.subject_id = d.subject_id AND l.determined_at > d.determined_at)
"""
DETERMINATIONS: Final = f"""
{GROUND}{INSERT}
SELECT kind.name, d.id, p.user_id, d.site_id, s.number,
       jsonb_build_object('message', kind.message, 'params', jsonb_build_object(
           'subject', s.number, 'until', d.valid_until::text, 'criterion', d.limiting)),
       replace(%(path)s, %(placeholder)s, s.id::text), d.valid_until - %(closing_days)s, %(at)s
  FROM {STANDING}
 CROSS JOIN kind
  JOIN person p ON p.site_id = d.site_id
 ORDER BY d.id, p.user_id
    ON CONFLICT DO NOTHING
"""
DETERMINATIONS_TAKEN_BACK: Final = f"""
{GROUND}
DELETE FROM outbox_notice n
 WHERE n.digest_id IS NULL AND n.kind = ANY (%(kinds)s)
   AND ({NOBODY_TO_TELL} OR NOT EXISTS (SELECT FROM {STANDING} WHERE d.id = n.about))
"""
