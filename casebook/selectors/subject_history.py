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
from casebook.selectors.files import visible_files
from casebook.selectors.monitoring import notes_about
from casebook.selectors.records import in_order
from casebook.selectors.sight import (
    NOT_SHOWN,
    tells_arm,
    visible_comments,
    visible_forms,
    visible_queries,
    visible_visits,
)
from casebook.selectors.stage_told import is_stage_kept
from casebook.selectors.subject_history_sql import LINES_SQL, TABLES
from protocol.language import Group
from protocol.record import BLANK, Answer
from protocol.trial import TRIAL

MANY_AT_ONCE = 10  # changed answers in one save that a review of the trail looks at
DAY_BEGINS, DAY_ENDS = 7, 20  # the hours of work, by the clock of the site

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
    "comment",
    "file",
    "monitoring",
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
        visible_comments(user).filter(subject=subject),
        visible_files(user).filter(subject=subject),
        notes_about(user, forms),
        Signature.objects.filter(about_kind="form", about_id__in=[form.pk for form in forms]),
        locks.filter(form__in=forms) | locks.filter(form=None, visit__in=visits) | locks.filter(form=None, visit=None),
    )
    first, *rest = (rows.order_by().values_list("pk", flat=True) for rows in on_them)
    keys: QuerySet[Any, UUID] = first.union(*rest, all=True)
    # That the stage moved tells a second reader what the site saw.
    itself = () if is_stage_kept(subject, user) else (subject.pk,)
    return [str(key) for key in (*itself, *(row.pk for row in (*forms, *visits)), *keys)]


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
