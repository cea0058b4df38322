"""Kaplan–Meier estimates: pooled for the team, by arm for whoever may compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from outcomes.selectors.endpoints import Endpoints, all_endpoints
from paper.plots import Words, curve_plot
from protocol.arms import ARMS
from protocol.assumptions import PFS_COUNTS_DEATH
from protocol.endpoint_course import Outcome
from protocol.survival import Curve, Time, kaplan_meier, log_rank
from protocol.words import N_
from reports.shape import READ_WITHOUT_ARM, Asked, Column, Report, Table

MONTHS = 24
EVERY = 6
BEYOND = 6  # months drawn at most after the last one that is estimated

Read = Callable[[Endpoints], Outcome]


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of time: its title, how a subject's outcome is read, and what stays free of an event."""

    title: str
    read: Read
    free: str


ENDPOINTS: Mapping[str, Endpoint] = {
    "pfs": Endpoint(N_("Progression-free survival"), lambda each: each.pfs, N_("Free of progression and alive")),
    "os": Endpoint(N_("Overall survival"), lambda each: each.os, N_("Alive")),
    "ttf": Endpoint(N_("Time to treatment failure"), lambda each: each.ttf, N_("Free of failure")),
}
POOLED = N_("Both arms pooled: outcomes by arm are read by nobody of the team before the data are locked.")
BY_ARM = N_("Outcomes by arm. Share them with nobody before the data are locked.")
SMALL = N_("Few subjects: read the estimates with their intervals. The log-rank test is descriptive.")
SAME_AS_PFS = N_("Usually identical to progression-free survival: toxicity and withdrawal are no failure here.")
BAND = N_("Line: the estimate. Band: its pointwise interval of 95 %, log-log. Short strokes: censored subjects.")


def survival(which: str) -> Callable[[Asked], Report]:
    """Return the report of an endpoint."""
    return lambda asked: _survival(which, ENDPOINTS[which], asked)


def _survival(name: str, endpoint: Endpoint, asked: Asked) -> Report:
    everyone = all_endpoints(asked.user, asked.sites, cut_on=asked.cut_on)
    groups = _groups(everyone, endpoint.read, by_arm=asked.by_arm)
    says = "; ".join(_summary(title, curve) for title, curve in groups)
    until = min(max([MONTHS, *(curve.longest for _title, curve in groups)]), MONTHS + BEYOND)
    words = Words(name, _(endpoint.title), says, _("Months since randomization"), _(endpoint.free))
    return Report(
        title=_(endpoint.title),
        says=says,
        picture=curve_plot(words, groups, every=EVERY, until=until, at_risk=_("At risk")),
        tables=list(_tables(name, everyone, groups)),
        notes=list(_notes(name, asked, everyone, endpoint.read)),
        empty=""
        if everyone
        else _("Here will stand the estimated curve with the numbers at risk, once somebody is randomized."),
    )


def _groups(everyone: Sequence[Endpoints], read: Read, *, by_arm: bool) -> list[tuple[str, Curve]]:
    if not by_arm:
        return [(_("All"), _curve(everyone, read))]
    return [(_(arm.title), _curve([each for each in everyone if each.given.arm == arm.code], read)) for arm in ARMS]


def _curve(subjects: Sequence[Endpoints], read: Read) -> Curve:
    outcomes = [read(each) for each in subjects]
    return kaplan_meier(Time(each.months, each.event) for each in outcomes if each.months is not None)


def _summary(title: str, curve: Curve) -> str:
    step = curve.at(MONTHS)
    said = {"group": title, "events": curve.events, "count": curve.subjects, "months": MONTHS}
    if not curve.at_risk(MONTHS) and step.survival > 0:
        return (
            _("%(group)s: %(events)s of %(count)s had the event; nobody was observed for %(months)s months yet") % said
        )
    return _("%(group)s: %(events)s of %(count)s had the event; %(rate)s at %(months)s months") % {
        **said,
        "rate": _rate(step.survival, step.low, step.high),
    }


def _rate(rate: float, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"{rate:.1%}"
    return f"{rate:.1%} ({low:.1%}–{high:.1%})"


def _tables(name: str, everyone: Sequence[Endpoints], groups: Sequence[tuple[str, Curve]]) -> Iterator[Table]:
    yield Table(
        name="estimates",
        says=_("Estimates with intervals of 95 %"),
        columns=[
            Column(_("Group")),
            Column(_("Month"), True),
            Column(_("At risk"), True),
            Column(_("Events so far"), True),
            Column(_("Estimate"), True),
        ],
        rows=[row for title, curve in groups for row in _estimates(title, curve)],
    )
    yield Table(
        name="medians",
        says=_("Median in months"),
        columns=[
            Column(_("Group")),
            Column(_("Subjects"), True),
            Column(_("Events"), True),
            Column(_("Median (95 %)"), True),
        ],
        rows=[(title, curve.subjects, curve.events, _median(curve)) for title, curve in groups],
    )
    if len(groups) > 1:
        yield _comparison(groups)
    if name == "pfs":
        yield _beside(everyone, groups)


def _estimates(title: str, curve: Curve) -> Iterator[tuple[str | int, ...]]:
    for month in range(0, MONTHS + 1, EVERY):
        step = curve.at(month)
        events = sum(each.event and each.time <= month for each in curve.times)
        # Beyond the last observation the curve says nothing, unless everybody had the event.
        is_known = month <= curve.longest or step.survival == 0
        yield title, month, curve.at_risk(month), events, _rate(step.survival, step.low, step.high) if is_known else "–"


def _median(curve: Curve) -> str:
    median, low, high = (f"{value:.1f}" if value is not None else "–" for value in curve.median())
    return f"{median} ({low}–{high})" if median != "–" else _("not reached")


def _comparison(groups: Sequence[tuple[str, Curve]]) -> Table:
    found = log_rank(groups[0][1].times, groups[1][1].times)
    said = [f"{found.chi_square:.4f}", f"{found.p:.4f}"] if found else ["–", "–"]
    columns = [Column(_("Log-rank, chi-square"), True), Column("p", True)]
    return Table(name="comparison", says=_("Arms compared"), columns=columns, rows=[said])


def _beside(everyone: Sequence[Endpoints], groups: Sequence[tuple[str, Curve]]) -> Table:
    """Return what other readings of the same endpoint give for all, pooled; groups stay as in the picture."""
    arms = {_(arm.title): arm.code for arm in ARMS}
    names = [name for each in everyone[:1] for name, _outcome in each.pfs.alternatives]
    rows = []
    for name in names:
        for title, _curve_of_group in groups:
            inside = [each for each in everyone if title not in arms or each.given.arm == arms[title]]
            curve = _curve(inside, lambda each, name=name: dict(each.pfs.alternatives)[name])  # type: ignore[misc]
            step = curve.at(MONTHS)
            is_known = curve.longest >= MONTHS or step.survival == 0
            rows.append((_(name), title, curve.events, _rate(step.survival, step.low, step.high) if is_known else "–"))
    columns = [Column(_("Reading")), Column(_("Group")), Column(_("Events"), True), Column(_("At 24 months"), True)]
    return Table(name="sensitivity", says=_("Other readings, as sensitivity analyses"), columns=columns, rows=rows)


def _notes(name: str, asked: Asked, everyone: Sequence[Endpoints], read: Read) -> Iterator[str]:
    yield _(BY_ARM if asked.by_arm else POOLED)
    if not asked.may_know_arms:
        yield _(READ_WITHOUT_ARM)
    yield _(BAND)
    yield (
        _(SMALL)
        if asked.by_arm
        else _("Day 1 is the day of randomization, whether or not the subject was operated on.")
    )
    if name == "ttf":
        yield _(SAME_AS_PFS)
    if name == "pfs" and PFS_COUNTS_DEATH:
        yield _("Death of any cause counts as an event; see the assumptions of the trial.")
    unknown = sum(not read(each).is_known for each in everyone)
    if unknown:
        yield _("Left out: %(count)s, of whom a day is known only in part. Enter it.") % {"count": unknown}
