"""The CONSORT flow: every number is the list of those behind it."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from outcomes.selectors.endpoints import all_endpoints
from outcomes.selectors.flow import people
from protocol.arms import ARMS
from protocol.flow import Box, Excluded, Flow, flow_of
from protocol.language import Criterion
from protocol.trial import TRIAL
from protocol.words import N_
from reports.flow_picture import Drawn, Line, flow_picture, narrow_flow_picture
from reports.shape import READ_WITHOUT_ARM, Asked, Column, Link, Report, Table

EXCLUDED = {
    Excluded.CRITERIA: N_("Not meeting the criteria"),
    Excluded.DECLINED: N_("Declined to participate"),
    Excluded.OTHER: N_("Other reasons"),
}
PARTS = {
    "allocated": N_("Allocated"),
    "received": N_("Received the allocated intervention"),
    "not_received": N_("Did not receive it"),
    "pending": N_("Not operated yet"),
    "lost": N_("Lost to follow-up"),
    "withdrew": N_("Withdrew consent"),
    "discontinued": N_("Discontinued the intervention"),
    "analysed": N_("Analysed for the primary outcome"),
    "not_analysed": N_("Excluded from the analysis"),
}
# Who had, refused or awaits an operation tells the arm: between two data cuts the number alone does.
TELLS_ARM = frozenset({"received", "not_received", "pending", "discontinued"})
BOXES = (
    ("allocated", "received", "not_received", "pending"),
    ("lost", "withdrew", "discontinued"),
    ("analysed", "not_analysed"),
)
LEFT_OUT = N_(
    "Who received, awaits or discontinued the allocated intervention is left out: you may not know the arms of all these subjects, and each of these numbers would tell one."
)
CRITERIA: dict[str, Criterion] = {criterion.code: criterion for criterion in TRIAL.criteria}


def flow(asked: Asked) -> Report:
    """Return the diagram; by arm for whoever may compare arms."""
    found = counted(asked)
    drawn = _drawn(found, asked)
    words = {"title": _("CONSORT flow"), "says": _("The table below says the same.")}
    return Report(
        title=_("CONSORT flow"),
        says=_("%(assessed)s assessed, %(excluded)s excluded, %(screening)s in screening, %(randomized)s randomized.")
        % {
            "assessed": found.assessed.count,
            "excluded": found.excluded_count,
            "screening": found.screening.count,
            "randomized": found.randomized.count,
        },
        picture=flow_picture(drawn, **words),
        narrow_picture=narrow_flow_picture(drawn, **words),
        tables=[_table(drawn), _criteria(found)],
        notes=list(_notes(asked)),
        empty=""
        if found.assessed.count
        else _(
            "Here will stand how many were assessed, excluded, randomized and analysed. It begins with the first entry of the screening log."
        ),
    )


def _notes(asked: Asked) -> Iterator[str]:
    yield _(
        "Each person is counted once, in the last attempt. Who is still in screening is neither excluded nor randomized."
    )
    yield _("Who was lost, withdrew or discontinued stays among the analysed: all are analysed as randomized.")
    if not asked.may_know_arms:
        yield _(LEFT_OUT)
        yield _(READ_WITHOUT_ARM)
        return
    yield _("In watch and wait the intervention is received as long as nobody resects before progression.")


def counted(asked: Asked) -> Flow:
    """Return the flow of what is asked."""
    endpoints = all_endpoints(asked.user, asked.sites, cut_on=asked.cut_on)
    everyone = people(asked.user, asked.sites, endpoints, cut_on=asked.cut_on)
    return flow_of(everyone, arms=[arm.code for arm in ARMS] if asked.by_arm else ())


def box_called(found: Flow, name: str, asked: Asked) -> tuple[str, Box]:
    """Return the words and the box of this name. Raises Http404 for none, and for one that would tell an arm."""
    for drawn in _drawn(found, asked):
        for line in drawn.lines:
            if line.name == name and line.is_open:
                return f"{_(drawn.title)}: {line.text}" if drawn.title else line.text, line.box
    raise Http404


def _drawn(found: Flow, asked: Asked) -> list[Drawn]:
    """Return the boxes of the diagram from top to bottom; columns side by side."""
    top = [
        Drawn("", (_line("assessed", _("Assessed for eligibility"), found.assessed, asked),), row=0, at=0),
        Drawn(_("Excluded"), tuple(_excluded(found, asked)), row=0, at=1),
        Drawn("", (_line("screening", _("Still in screening"), found.screening, asked),), row=1, at=1),
        Drawn("", (_line("randomized", _("Randomized"), found.randomized, asked),), row=1, at=0),
    ]
    titles = {arm.code: _(arm.title) for arm in ARMS}
    columns = []
    for at, column in enumerate(found.columns):
        title = titles.get(column.arm, _("Both arms"))
        for row, names in enumerate(BOXES):
            told = (name for name in names if asked.may_know_arms or name not in TELLS_ARM)
            lines = tuple(_part(name, column.arm, getattr(column, name), asked) for name in told)
            columns.append(Drawn(title, lines, row=row + 2, at=at))
    return [*top, *columns]


def _excluded(found: Flow, asked: Asked) -> Iterator[Line]:
    for kind, box in found.excluded.items():
        yield _line(f"excluded-{kind}", _(EXCLUDED[kind]), box, asked)


def _part(name: str, arm: str, box: Box, asked: Asked) -> Line:
    is_open = asked.may_see_arms if name in TELLS_ARM or arm else True
    # Pooled reasons belong to arms as well, so they are said to whoever may know an arm.
    reasons = [f"{_(reason)}: {count}" for reason, count in box.reasons] if is_open else []
    return _line(f"{arm or 'all'}-{name}", _(PARTS[name]), box, asked, is_open=is_open, reasons=tuple(reasons))


def _line(name: str, text: str, box: Box, asked: Asked, *, is_open: bool = True, reasons: tuple[str, ...] = ()) -> Line:
    url = f"{reverse('report-people', args=[name])}?{asked.query}" if is_open and box.count else ""
    return Line(name, text, box, url, is_open=is_open, reasons=reasons)


def _table(drawn: list[Drawn]) -> Table:
    rows = [
        (each.title, line.text, Link(line.box.count, line.url) if line.url else line.box.count, "; ".join(line.reasons))
        for each in drawn
        for line in each.lines
    ]
    columns = [Column(_("Part")), Column(_("Step")), Column(_("Subjects"), True), Column(_("Reasons"))]
    return Table(name="flow", says=_("The flow in numbers"), columns=columns, rows=rows)


def _criteria(found: Flow) -> Table:
    """Return how many failed each criterion; who fails several is counted at each."""
    rows = [
        (code, _(CRITERIA[code].short) if code in CRITERIA else code, count)
        for code, count in found.excluded[Excluded.CRITERIA].reasons
    ]
    columns = [Column(_("Code")), Column(_("Criterion")), Column(_("Subjects"), True)]
    return Table(name="criteria", says=_("Excluded, by criterion not met"), columns=columns, rows=rows)
