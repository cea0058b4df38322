"""The endpoints of each subject with the rule applied, in the words its reader may have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from casebook.words import said
from outcomes.selectors.endpoints import Endpoints, all_endpoints
from protocol.endpoint_course import Outcome
from protocol.words import N_
from reports.response import STANDINGS
from reports.shape import READ_WITHOUT_ARM, Asked, Cell, Column, Link, Report, Table


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One endpoint as the page of a subject shows it."""

    title: str
    outcome: Outcome


TITLES = (
    ("pfs", N_("Progression-free survival")),
    ("os", N_("Overall survival")),
    ("ttf", N_("Time to treatment failure")),
)


def shown(endpoints: Endpoints) -> Iterator[Shown]:
    """Yield the endpoints of time."""
    for name, title in TITLES:
        yield Shown(title=_(title), outcome=getattr(endpoints, name))


def status_of(outcome: Outcome) -> str:
    """Return what the outcome is, in a word."""
    if not outcome.is_known:
        return _("day missing")
    return _("event") if outcome.event else _("censored")


def endpoints(asked: Asked) -> Report:
    """Return a line for each randomized subject."""
    everyone = all_endpoints(asked.user, asked.sites, cut_on=asked.cut_on)
    columns = [Column(_("Subject")), Column(_("Randomized on"))]
    for title in ("PFS", "OS"):
        columns += [
            Column(title),
            Column(_("%(endpoint)s until") % {"endpoint": title}),
            Column(_("%(endpoint)s days") % {"endpoint": title}, True),
            Column(_("%(endpoint)s rule") % {"endpoint": title}, is_long=True),
        ]
    if asked.may_see_arms:
        columns += [Column("pCR"), Column(_("pCR rule"), is_long=True)]
    rows = [tuple(_row(each, asked)) for each in everyone]
    return Report(
        title=_("Endpoints by subject"),
        says=_("Each endpoint by the data up to the cut, with the rule that decided it."),
        tables=[Table(name="endpoints", says=_("Randomized subjects"), columns=columns, rows=rows)],
        notes=[
            _("Days count from randomization, which is day 1."),
            *([] if asked.may_know_arms else [_(READ_WITHOUT_ARM)]),
        ],
        empty="" if everyone else _("Here will stand a line for each randomized subject."),
    )


def _row(each: Endpoints, asked: Asked) -> Iterator[Cell]:
    address = f"{reverse('subject-endpoints', args=[each.subject.pk])}?{asked.query}"
    yield Link(each.subject.number, address)
    yield each.given.randomized_on.isoformat()
    for one in list(shown(each))[:2]:
        outcome = one.outcome
        yield status_of(outcome)
        yield outcome.on.isoformat() if outcome.on else ""
        yield outcome.days if outcome.days is not None else ""
        yield said(outcome.rule)
    if asked.may_see_arms:
        yield _(STANDINGS[each.pcr.standing])
        yield said(each.pcr.rule)
