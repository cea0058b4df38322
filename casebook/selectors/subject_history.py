"""The history of a whole subject: each answer that changed and each mark that came or went, one line each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Signature, User
from casebook.models import Form, Lock, Review, Subject, Verification, Visit
from casebook.selectors.records import in_order
from casebook.selectors.sight import NOT_SHOWN, tells_arm, visible_forms, visible_queries, visible_visits
from protocol.language import Group
from protocol.record import BLANK, Answer
from protocol.trial import TRIAL

MANY_AT_ONCE = 10  # changed answers in one save that a review of the trail looks at
DAY_BEGINS, DAY_ENDS = 7, 20  # the hours of work, by the clock of the site
TABLES = (
    "casebook_form", "casebook_visit", "casebook_query", "casebook_verification", "casebook_review", "casebook_lock",
    "casebook_subject", "accounts_signature",
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
         CASE WHEN table_name IN ('casebook_query', 'casebook_verification') THEN new ->> 'path' ELSE '' END,
         CASE table_name WHEN 'casebook_form' THEN 'form' WHEN 'casebook_visit' THEN 'visit'
              WHEN 'casebook_query' THEN 'query' WHEN 'casebook_verification' THEN 'verified'
              WHEN 'casebook_review' THEN 'reviewed' WHEN 'casebook_lock' THEN 'locked'
              WHEN 'casebook_subject' THEN 'subject' ELSE 'signed' END,
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
              ELSE 'signed' END,
         CASE table_name WHEN 'casebook_subject' THEN old ->> 'stage' WHEN 'casebook_form' THEN old ->> 'state'
              WHEN 'casebook_visit' THEN old ->> 'target_on' END,
         CASE table_name WHEN 'casebook_subject' THEN new ->> 'stage' WHEN 'casebook_form' THEN new ->> 'state'
              WHEN 'casebook_visit' THEN coalesce(new ->> 'attended_on', new ->> 'target_on')
              WHEN 'casebook_query' THEN new ->> 'check_id' WHEN 'accounts_signature' THEN new ->> 'meaning' END,
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
ORDERS = {
    "newest": " ORDER BY id DESC, path",
    "oldest": " ORDER BY id, path",
    "item": " ORDER BY form, path, id",
    "user": " ORDER BY actor_name, id DESC, path",
}
KINDS = (
    "entered",
    "changed",
    "removed",
    "form",
    "query",
    "verified",
    "reviewed",
    "signed",
    "locked",
    "visit",
    "subject",
)
FLAGS = ("after completion", "after signature", "many at once", "out of hours")


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """What of the history is asked for; days are those of the site, both ends inclusive.

    Between two moments the first is left out: what was recorded then stood already.
    """

    form: str = ""
    path: str = ""  # of this very item: its changes and marks, and the signatures over it
    item: str = ""  # items whose title holds this
    who: str = ""
    kind: str = ""
    flag: str = ""
    since: date | None = None
    until: date | None = None
    after: datetime | None = None
    upto: datetime | None = None
    order: str = "newest"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One change: of one answer (`path`), or of a form, visit or mark (`what`)."""

    at: datetime
    recorded_at: datetime
    by_name: str
    by_role: str
    form: Form | None
    visit: Visit | None
    path: str
    kind: str
    what: str
    old: Answer
    new: Answer
    old_text: str
    new_text: str
    reason: str
    flags: tuple[str, ...]


def history_of(
    subject: Subject, user: User, asked: Narrowed, *, first: int = 0, most: int | None = None
) -> tuple[list[Line], int]:
    """Return these lines of the history as far as the user may see it, and how many there are. Four queries."""
    forms = {str(form.pk): form for form in forms_in_sight(subject, user)}
    visits = {str(visit.pk): visit for visit in visible_visits(user).filter(subject=subject)}
    rows = _rows_in_sight(subject, user, list(forms.values()), list(visits.values()))
    with connection.cursor() as cursor:
        sql = LINES_SQL + ORDERS.get(asked.order, ORDERS["newest"]) + " LIMIT %(most)s OFFSET %(first)s"
        cursor.execute(sql, {**_asked(subject, asked), "rows": rows, "most": most, "first": first})
        found = cursor.fetchall()
    return [_line(row, forms, visits, user) for row in found], found[0][-1] if found else 0


def forms_in_sight(subject: Subject, user: User) -> list[Form]:
    """Return the forms of the subject that the user may read, in the order of visits. One query."""
    forms = visible_forms(user).filter(subject=subject).select_related("visit", "subject", "site")
    return in_order(forms.defer("answers"))


def _rows_in_sight(subject: Subject, user: User, forms: list[Form], visits: list[Visit]) -> list[str]:
    """Return the keys of everything whose changes the user may read."""
    locks = Lock.objects.filter(subject=subject)
    on_them = (
        *(Q.objects.filter(form__in=forms) for Q in (Verification, Review)),
        visible_queries(user).filter(subject=subject),
        Signature.objects.filter(about_kind="form", about_id__in=[form.pk for form in forms]),
        locks.filter(form__in=forms) | locks.filter(form=None, visit__in=visits) | locks.filter(form=None, visit=None),
    )
    first, *rest = (rows.order_by().values_list("pk", flat=True) for rows in on_them)
    keys: QuerySet[Any, UUID] = first.union(*rest, all=True)
    return [str(key) for key in (subject.pk, *(row.pk for row in (*forms, *visits)), *keys)]


def _asked(subject: Subject, asked: Narrowed) -> dict[str, Any]:
    zone = subject.site.zone
    until = asked.until + timedelta(days=1) if asked.until else None
    return {
        "tables": list(TABLES),
        "form": asked.form,
        "path": asked.path,
        "names": sorted(_names_like(asked.item)) if asked.item.strip() else None,
        "who": asked.who.strip(),
        "kind": asked.kind,
        "flag": asked.flag,
        "since": datetime.combine(asked.since, datetime.min.time(), zone) if asked.since else None,
        "until": datetime.combine(until, datetime.min.time(), zone) if until else None,
        "after": asked.after,
        "upto": asked.upto,
        "zone": str(zone),
        "many": MANY_AT_ONCE,
        "begins": DAY_BEGINS,
        "ends": DAY_ENDS,
    }


def _names_like(text: str) -> Iterator[str]:
    """Yield the names of the items whose title, in the reader's language, or name holds the text."""
    wanted = text.strip().casefold()
    for item in _all_items():
        if wanted in _(item.title).casefold() or wanted == item.name:
            yield item.name


def _all_items() -> Iterable[Any]:
    for crf in TRIAL.crfs:
        for item in crf.items:
            yield item
            if isinstance(item, Group):
                yield from item.items


def _line(row: tuple[Any, ...], forms: dict[str, Form], visits: dict[str, Visit], user: User) -> Line:
    (_id, at, recorded, name, role, form_key, visit_key, path, kind, what, old, new, reason, *weighed) = row
    was_complete, after_signature, at_once, _all = weighed
    form = forms.get(form_key)
    hides = bool(path and form and tells_arm(form, path, user))
    is_answer = not what
    flags = (("after completion", was_complete), ("after signature", after_signature))
    return Line(
        at=at,
        recorded_at=recorded,
        by_name=name,
        by_role=role,
        form=form,
        visit=visits.get(visit_key),
        path=path,
        kind=kind,
        what=what,
        old=_answer(old, hides=hides) if is_answer else BLANK,
        new=_answer(new, hides=hides) if is_answer else BLANK,
        old_text="" if is_answer else old or "",
        new_text="" if is_answer else new or "",
        reason="" if hides else reason,
        flags=(
            *(flag for flag, is_so in flags if is_so),
            *(["many at once"] if kind in ("changed", "removed") and at_once >= MANY_AT_ONCE else []),
        ),
    )


def _answer(text: str | None, *, hides: bool) -> Answer:
    if hides:
        return NOT_SHOWN
    return Answer.from_json(json.loads(text)) if text else BLANK
