"""The sweep of queries: what was asked of a person, or answered to one, becomes a line of the next morning's digest.

A line counts the queries of one form: what was said on a day is told from the next day on, once. What was told stays
told; what is settled before anybody was told is taken back. No line holds a question, an answer or a value.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q
from django.urls import reverse

from accounts.models import DatabaseClock, Grant, Site, User
from accounts.roles import Permission
from accounts.system import system_actor
from audit.acting import as_actor
from casebook.models import Query
from casebook.selectors.queries import BLINDED, STANDING
from casebook.selectors.sight import REVEALING_CRFS, REVEALING_VISITS
from casebook.selectors.standing import day_at
from casebook.states import QueryState
from outbox.models import Notice
from outbox.posting import notify, take_back
from protocol.roles import Role
from protocol.trial import TRIAL
from protocol.words import N_, Sentence, sentence

ASKED: Final = "queries asked"
ANSWERED: Final = "queries answered"
WORDS: Final[Mapping[str, str]] = {
    ASKED: N_("%(subject)s, %(form)s (%(visit)s): queries to answer: %(count)s."),
    ANSWERED: N_("%(subject)s, %(form)s (%(visit)s): queries of yours that were answered: %(count)s."),
}
LOG: Final = N_("Log")
# What is older stands on the work lists, and was told in its time.
TOLD_WITHIN: Final = timedelta(days=14)
# Any number that nothing else locks: two sweeps at once would only wait for each other.
ALONE_SQL: Final = "SELECT pg_try_advisory_xact_lock(20220414, 2)"

Key = tuple[str, UUID, UUID]  # kind, form, recipient


@dataclass(frozen=True)
class Ground:
    """The open sites with the day it is there, who is to be told, and up to which day each was told of each form."""

    days: Mapping[int, date]
    coordinators: Mapping[int, tuple[UUID, ...]]
    told: Mapping[Key, date]


def remind_queries(*, at: datetime) -> int:
    """Keep a notice for everyone who was asked or answered since they were told; return how many were new."""
    with as_actor(system_actor("follow-up")), connection.cursor() as cursor:
        cursor.execute(ALONE_SQL)
        if not cursor.fetchone()[0]:
            return 0  # another sweep is at it
        ground = _ground(at)
        wanted = {_identity(notice): notice for notice in _notices(ground, at=at)}
        waiting = {_identity(each): each for each in Notice.objects.filter(kind__in=WORDS, digest=None)}
        over = [each for key, each in waiting.items() if key not in wanted or each.text != wanted[key].text]
        take_back(over)
        kept = waiting.keys() - {_identity(each) for each in over}
        fresh = [notice for key, notice in wanted.items() if key not in kept]
        notify(fresh)
        return len(fresh)


def _identity(notice: Notice) -> tuple[Any, ...]:
    return notice.kind, notice.about, notice.recipient_id, notice.due_on


def _ground(at: datetime) -> Ground:
    days = {site.pk: day_at(site, at) for site in Site.objects.filter(is_open=True)}
    standing = Grant.objects.filter(role=Role.COORDINATOR.value, site__in=days, valid_from__lte=DatabaseClock())
    standing = standing.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=DatabaseClock()), user__is_active=True)
    people: dict[int, set[UUID]] = defaultdict(set)
    for site, user in standing.values_list("site_id", "user_id"):
        people[site].add(user)
    sent = Notice.objects.filter(kind__in=WORDS, digest__isnull=False).order_by()
    told = sent.values_list("kind", "about", "recipient_id").annotate(Max("due_on"))
    return Ground(
        days,
        {site: tuple(sorted(users)) for site, users in people.items()},
        {(kind, form, user): due_on for kind, form, user, due_on in told},
    )


def _notices(ground: Ground, *, at: datetime) -> Iterator[Notice]:
    """Yield one notice for each person and form with something new; the count is of what is new to the person."""
    queries = {query.pk: query for query in _recent(ground, at=at)}
    counts: Counter[Key] = Counter()
    of_form: dict[UUID, Query] = {}
    seeing = _sees_arms(queries.values())
    for query in queries.values():
        kind = ASKED if query.state == QueryState.OPEN else ANSWERED
        said_on = day_at(query.site, query.said_at)  # type: ignore[attr-defined]
        for person in _recipients(query, ground):
            key = (kind, query.form_id, person)
            is_new = said_on >= ground.told.get(key, date.min)
            if said_on < ground.days[query.site_id] and is_new and _may_be_named(query, person, seeing):
                counts[key] += 1
                of_form[query.form_id] = query
    for (kind, form_id, person), count in counts.items():
        yield _notice(kind, of_form[form_id], person, count, on=ground.days[of_form[form_id].site_id], at=at)


def _recent(ground: Ground, *, at: datetime) -> Iterable[Query]:
    standing = Query.objects.filter(site__in=ground.days, state__in=STANDING)
    said = standing.annotate(said_at=Max("messages__said_at")).filter(said_at__gte=at - TOLD_WITHIN)
    return said.select_related("form__visit", "subject", "site", "opened_by").defer("form__answers").order_by("pk")


def _recipients(query: Query, ground: Ground) -> tuple[UUID, ...]:
    if query.state == QueryState.ANSWERED:
        # Nobody asked what a check asked: it waits on the list of whoever closes.
        return () if query.check_id else (query.opened_by_id,)
    if query.assigned_to_id:
        return (query.assigned_to_id,)
    if query.form.crf in BLINDED:
        return (query.form.entered_by_id,) if query.form.entered_by_id else ()
    return ground.coordinators.get(query.site_id, ())


def _sees_arms(queries: Iterable[Query]) -> Mapping[UUID, User]:
    """Return the people named by queries on forms that tell an arm, to ask whether they may be told of these."""
    telling = [query for query in queries if _tells_arm(query)]
    named = {key for query in telling for key in (query.opened_by_id, query.assigned_to_id) if key is not None}
    return {user.pk: user for user in User.objects.filter(pk__in=named)}


def _may_be_named(query: Query, person: UUID, seeing: Mapping[UUID, User]) -> bool:
    # Coordinators see the arms at their site.
    user = seeing.get(person)
    return not _tells_arm(query) or user is None or user.holds(Permission.ARM_READ, at=query.site_id)


def _tells_arm(query: Query) -> bool:
    visit = query.form.visit
    return query.form.crf in REVEALING_CRFS or (visit is not None and visit.code in REVEALING_VISITS)


def _notice(kind: str, query: Query, person: UUID, count: int, *, on: date, at: datetime) -> Notice:
    visit, number = query.form.visit, query.subject.number
    text = sentence(
        WORDS[kind],
        subject=number,
        form=Sentence(TRIAL.crf(query.form.crf).title),
        visit=Sentence(TRIAL.visit(visit.code).title if visit else LOG),
        count=count,
    )
    return Notice(
        kind=kind,
        about=query.form_id,
        recipient_id=person,
        site_id=query.site_id,
        subject_number=number,
        text=text.to_json(),
        path=reverse("form", args=[query.form_id]),
        due_on=on,
        created_at=at,
    )
