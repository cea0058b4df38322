"""The shapes of the work list: who asks, one kind of work, one thing that waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from accounts.models import Site, User
from accounts.roles import Permission
from casebook.models import Form, Subject
from casebook.words import title_of, visit_title
from followup.selectors.due import Days

SHOWN = 8


@dataclass(frozen=True)
class Line:
    """One thing that waits: where it is done, whose it is, since when, and the window it has."""

    address: str
    subject: str
    text: str
    state: str = ""
    since: datetime | None = None
    zone: ZoneInfo | None = None
    strip: Mapping[str, int] | None = None  # places in the small picture of a window
    note: str = ""


@dataclass(frozen=True)
class Work:
    """One kind of work: how much there is, the first few, and where all of it stands."""

    title: str
    count: int
    lines: tuple[Line, ...]
    address: str = ""
    waits: bool = True  # what only informs waits for nobody
    note: str = ""


@dataclass(frozen=True)
class Asking:
    """Who asks what waits, at which sites, and when."""

    user: User
    sites: Collection[Site]
    at: datetime

    def where(self, *permissions: Permission) -> list[int]:
        """Return the sites where the person holds any of these."""
        user, clinical = self.user, self.user.site_ids()
        return [
            site.pk for site in self.sites if site.pk in clinical and any(user.holds(p, at=site) for p in permissions)
        ]

    @cached_property
    def days(self) -> Days:
        """Today at each of the sites."""
        return Days(self.sites, self.at)


def first_of(rows: QuerySet[Any]) -> tuple[list[Any], int]:
    """Return the first few of these rows, and how many there are. One query for both."""
    first = list(rows.annotate(every=Window(Count("pk")))[:SHOWN])
    return first, first[0].every if first else 0


def whether(condition: Q) -> Case:
    """Return a column that says whether a row fits; never null, so that rows can be parted by it."""
    return Case(When(condition, then=Value(True)), default=Value(False))


def first_of_each(rows: QuerySet[Any], part: str, *, order: Sequence[str]) -> dict[Any, tuple[list[Any], int]]:
    """Return of each part the first few of these rows, and how many there are. One query for all."""
    place = Window(RowNumber(), partition_by=part, order_by=order)
    placed = rows.annotate(every=Window(Count("pk"), partition_by=part), place=place)
    found: dict[Any, tuple[list[Any], int]] = defaultdict(lambda: ([], 0))
    for row in placed.filter(place__lte=SHOWN).order_by("place"):
        found[getattr(row, part)] = ([*found[getattr(row, part)][0], row], row.every)
    return found


def whole(address: str) -> str:
    """Return the address of a list as nothing narrows it: a tile that counts all leads to all."""
    return f"{address}?clear=1"


def forms_work(title: str, forms: QuerySet[Form], address: str = "", *, name: str = "form") -> Work:
    """Return forms as work, in their order. One query."""
    first, count = first_of(forms.select_related("subject", "visit", "site"))
    return Work(title, count, tuple(form_line(form, name) for form in first), address)


def form_line(form: Form, name: str = "form") -> Line:
    """Return a form as a line that leads to its page, or to another page of it."""
    text = f"{title_of(form)} · {visit_title(form.visit)}"
    since = form.completed_at or form.entered_at
    return Line(reverse(name, args=[form.pk]), form.subject.number, text, form.state, since, form.site.zone)


def subjects_work(title: str, subjects: Iterable[Subject], text: str, *, name: str, address: str = "") -> Work:
    """Return subjects already read as work that is done on one page of each."""
    found = list(subjects)
    lines = tuple(Line(reverse(name, args=[subject.pk]), subject.number, text) for subject in found[:SHOWN])
    return Work(title, len(found), lines, address)
