"""The list of queries within sight: narrowed by what a reader chose, counted by kind and state, with their ages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    Func,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from accounts.models import User
from casebook.models import Comment, Query, QueryMessage
from casebook.selectors.queries import LEFT_OPEN_CHECK, STANDING
from casebook.selectors.sight import visible_comments, visible_queries
from casebook.selectors.standing import day_at
from casebook.states import QueryState
from casebook.words import answer_in_words
from protocol.language import Item
from protocol.record import BLANK, Answer
from protocol.trial import TRIAL
from protocol.words import N_

# How long an open query may wait for its answer, and an answered one for whoever closes it.
TURN_DAYS: Final = 14
CHECK, PERSON, IMPORT = "check", "person", "import"
KINDS: Final[Mapping[str, str]] = {CHECK: N_("Of checks"), PERSON: N_("Of people"), IMPORT: N_("Of imports")}
ALL, MINE, NOBODYS = "all", "mine", "nobody"
AGES: Final = ("7", "14", "28", "overdue")
ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "oldest": ("opened_at", "id"),
    "newest": ("-opened_at", "id"),
    "waiting": ("changed_at", "id"),
    "subject": ("subject__number", "opened_at", "id"),
    "form": ("form__crf", "path", "opened_at", "id"),
    "check": ("check_id", "opened_at", "id"),
}
KIND = Case(
    When(check_id="", then=Value(PERSON)),
    When(check_id=LEFT_OPEN_CHECK, then=Value(IMPORT)),
    default=Value(CHECK),
    output_field=CharField(),
)


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What a reader chose to see; every field stands in the address of the page. Empty: what is open or answered."""

    site: str = ""  # key of the site; "0" for all
    state: str = ""  # a QueryState, or "all"
    kind: str = ""
    check: str = ""
    assignee: str = ""  # "mine" or "nobody"
    age: str = ""  # open for so many days or longer, or past its turn
    number: str = ""
    order: str = "oldest"

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Chosen:
        """Return what the address says; a value that is on no list counts as not chosen."""
        known = {
            "state": {ALL, *QueryState.values},
            "kind": set(KINDS),
            "assignee": {MINE, NOBODYS},
            "age": set(AGES),
            "order": set(ORDERS),
        }
        said = {each.name: str(query.get(each.name, "")).replace("\x00", "").strip()[:80] for each in fields(cls)}
        return cls(**{name: value for name, value in said.items() if value and value in known.get(name, {value})})

    def to_query(self) -> dict[str, str]:
        """Return what the address says again."""
        return {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name)}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the list: the query, what it is about, the value by now, and how long it has stood."""

    query: Query
    item: str
    more: int
    value: str
    coded: str  # the same with its unit as it is stored
    last: str
    age: int
    since: int
    due_on: date | None
    is_late: bool


def queries_in(user: User, chosen: Chosen, *, at: datetime) -> QuerySet[Query]:
    """Return the queries within sight that the reader chose, in the chosen order, with what a line needs."""
    said = QueryMessage.objects.filter(query=OuterRef("pk")).exclude(text="").order_by("-said_at", "-id")
    found = _narrowed(user, chosen, at=at).filter(_of_state(chosen), _of_kind(chosen))
    now = Func(F("form__answers"), F("path"), function="jsonb_extract_path", output_field=JSONField())
    found = found.annotate(now=now, last=Subquery(said.values("text")[:1]))
    related = found.select_related("form__subject", "form__visit", "site", "opened_by", "assigned_to")
    return related.defer("form__answers").order_by(*ORDERS[chosen.order])


def matrix_of(user: User, chosen: Chosen, *, at: datetime) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return kind by state with counts, under every other choice of the reader. One query."""
    counted = (
        _narrowed(user, chosen, at=at).order_by().annotate(kind=KIND).values("kind", "state").annotate(n=Count("pk"))
    )
    counts = {(row["kind"], row["state"]): row["n"] for row in counted}
    return [(kind, [(state, counts.get((kind, state), 0)) for state in QueryState.values]) for kind in KINDS]


def rows_of(queries: Iterable[Query], *, at: datetime) -> list[Row]:
    """Return the lines of these queries; `queries` come from `queries_in`. No query."""
    return [_row(query, at=at) for query in queries]


def _row(query: Query, *, at: datetime) -> Row:
    item = item_of(query.form.crf, query.path)
    today = day_at(query.site, at)
    due = day_at(query.site, query.changed_at) + timedelta(days=TURN_DAYS) if query.state in STANDING else None
    answer = Answer.from_json(query.now) if item and query.now else BLANK  # type: ignore[attr-defined]
    return Row(
        query=query,
        item=item.title if item else "",
        more=len(query.further),
        value=answer_in_words(item, answer) if item else "",
        coded=answer_in_words(item, answer, coded=True) if item else "",
        last=query.last or "",  # type: ignore[attr-defined]
        age=(today - day_at(query.site, query.opened_at)).days,
        since=(today - day_at(query.site, query.changed_at)).days,
        due_on=due,
        is_late=due is not None and today > due,
    )


def item_of(crf: str, path: str) -> Item | None:
    """Return the item at a path; None for a whole form, and where an earlier definition had the item."""
    try:
        return TRIAL.crf(crf).item(path) if path else None
    except KeyError:
        return None


def _narrowed(user: User, chosen: Chosen, *, at: datetime) -> QuerySet[Query]:
    queries = visible_queries(user)
    if chosen.site.isdecimal() and chosen.site != "0" and len(chosen.site) < 9:
        queries = queries.filter(site=int(chosen.site))
    if chosen.check:
        queries = queries.filter(check_id=chosen.check)
    if chosen.number:
        queries = queries.filter(subject__number__icontains=chosen.number)
    if chosen.assignee:
        queries = queries.filter(assigned_to=user if chosen.assignee == MINE else None)
    return queries.filter(_of_age(chosen, at=at))


def _of_age(chosen: Chosen, *, at: datetime) -> Q:
    if chosen.age == "overdue":
        return Q(state__in=STANDING, changed_at__lt=at - timedelta(days=TURN_DAYS))
    return Q(opened_at__lte=at - timedelta(days=int(chosen.age))) if chosen.age else Q()


def _of_state(chosen: Chosen) -> Q:
    if chosen.state == ALL:
        return Q()
    return Q(state=chosen.state) if chosen.state else Q(state__in=STANDING)


def _of_kind(chosen: Chosen) -> Q:
    match chosen.kind:
        case "person":
            return Q(check_id="")
        case "import":
            return Q(check_id=LEFT_OPEN_CHECK)
        case "check":
            return ~Q(check_id__in=["", LEFT_OPEN_CHECK])
    return Q()


def comments_in(user: User, chosen: Chosen) -> QuerySet[Comment]:
    """Return the comments within sight of the chosen site and subject, the newest first, with what a line needs."""
    comments = visible_comments(user)
    if chosen.site.isdecimal() and chosen.site != "0" and len(chosen.site) < 9:
        comments = comments.filter(site=int(chosen.site))
    if chosen.number:
        comments = comments.filter(subject__number__icontains=chosen.number)
    related = comments.select_related("form__subject", "form__visit", "site", "said_by")
    return related.defer("form__answers").order_by("-said_at", "-id")
