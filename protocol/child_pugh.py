"""The Child-Pugh score of a subject on a day, from the clinical items and the blood results of their windows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial

from protocol.assumptions import CHILD_PUGH_PREFERS_INR, CHILD_PUGH_WINDOW_DAYS, CHOLESTATIC_BILIRUBIN, LAB_WINDOW_DAYS
from protocol.comparing import Measured
from protocol.facts import Fact, Facts, unknown
from protocol.language import UNKNOWN
from protocol.ranges import readable
from protocol.record import Evidence, Judgement, Need, Told, Untold, told
from protocol.scores import (
    ASCITES_POINTS,
    ENCEPHALOPATHY_POINTS,
    INR_LIMITS,
    PROTHROMBIN_LIMITS_S,
    albumin_points,
    bilirubin_points,
    rising_points,
)
from protocol.values import plain
from protocol.words import N_, sentence


@plain()
class Scored:
    """One value with its points, and how many days it may be used."""

    fact: Fact
    points: int
    days: int


@plain()
class ChildPugh:
    """The points with the values they rest on, and the last day all of these lie in their windows."""

    points: int
    scored: tuple[Scored, ...]
    valid_until: date | None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The values, each with its points."""
        return _evidence(self.scored)


def child_pugh(facts: Facts) -> ChildPugh | Judgement:
    """Return the score; UNKNOWN while any of the five components is missing, for a part is never a score."""
    parts = [
        _laboratory(facts, "CH", "bilirubin"),
        _laboratory(facts, "CH", "albumin"),
        _clotting(facts),
        _clinical(facts, "ascites", ASCITES_POINTS),
        _clinical(facts, "encephalopathy", ENCEPHALOPATHY_POINTS),
    ]
    missing = [part for part in parts if isinstance(part, Judgement)]
    scored = [part for part in parts if isinstance(part, Scored)]
    if missing:
        return _incomplete(missing, scored)
    ends = [part.fact.on + timedelta(days=part.days) for part in scored if part.fact.on is not None]
    return ChildPugh(sum([part.points for part in scored]), tuple(scored), min(ends, default=None))


def _incomplete(missing: list[Judgement], scored: list[Scored]) -> Judgement:
    return Untold(UNKNOWN, partial(_told_incomplete, missing, scored))


def _told_incomplete(missing: list[Judgement], scored: list[Scored]) -> Told:
    reason = missing[0].reason
    for also in missing[1:]:
        reason = sentence(N_("%(first)s %(second)s"), first=reason, second=also.reason)
    return told(
        N_("The Child-Pugh score is not complete: %(reason)s"),
        needs=tuple(need for part in missing for need in part.needs),
        evidence=(*_evidence(scored), *(each for part in missing for each in part.evidence)),
        reason=reason,
    )


def _evidence(scored: Iterable[Scored]) -> tuple[Evidence, ...]:
    return tuple(part.fact.evidence(note=sentence(N_("Points: %(points)s."), points=part.points)) for part in scored)


def _clinical(facts: Facts, item: str, points: dict[str, int]) -> Scored | Judgement:
    fact = facts.latest("CP", item, CHILD_PUGH_WINDOW_DAYS)
    if isinstance(fact, Judgement):
        return fact
    scored = points.get(fact.answer.value)
    return facts.absent("CP", item) if scored is None else Scored(fact, scored, CHILD_PUGH_WINDOW_DAYS)


def _laboratory(facts: Facts, crf: str, item: str) -> Scored | Judgement:
    fact = facts.latest(crf, item, LAB_WINDOW_DAYS)
    if isinstance(fact, Judgement):
        return fact
    measured = readable(fact)
    if isinstance(measured, Judgement):
        return measured
    points = _points(facts, item, measured, fact.answer.unit)
    return _open(fact) if points is None else Scored(fact, points, LAB_WINDOW_DAYS)


def _points(facts: Facts, item: str, measured: Measured, unit: str) -> int | None:
    match item:
        case "bilirubin":
            return bilirubin_points(measured, unit, cholestatic=_is_cholestatic(facts))
        case "albumin":
            return albumin_points(measured, unit)
        case "inr":
            return rising_points(measured, INR_LIMITS)
        case _:
            return rising_points(measured, PROTHROMBIN_LIMITS_S)


def _is_cholestatic(facts: Facts) -> bool:
    if not CHOLESTATIC_BILIRUBIN:
        return False
    aetiology = facts.undated("HCC", "aetiology")
    return aetiology is not None and aetiology.value == "cholestatic"


def _clotting(facts: Facts) -> Scored | Judgement:
    first, second = ("inr", "pt_prolonged") if CHILD_PUGH_PREFERS_INR else ("pt_prolonged", "inr")
    found = _laboratory(facts, "CO", first)
    if isinstance(found, Scored):
        return found
    other = _laboratory(facts, "CO", second)
    return other if isinstance(other, Scored) else found


def _open(fact: Fact) -> Judgement:
    return unknown(
        N_("%(item)s %(value)s of %(on)s does not tell its Child-Pugh points."),
        needs=(Need(crf=fact.form.crf, item=fact.path),),
        evidence=(fact.evidence(),),
        item=fact.term(),
        value=fact.shown,
        on=fact.on or "",
    )
