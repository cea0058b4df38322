"""How a criterion is judged: the sentences of a limit, a declared answer, and how several parts make one verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from protocol.comparing import Relation, holds, shown
from protocol.facts import NUMBERS, Fact, Facts, unknown
from protocol.language import Verdict
from protocol.ranges import Limited, noted, readable, upper_limit
from protocol.record import Evidence, Judgement, Need
from protocol.units import Inconvertible, factor
from protocol.words import N_, Param, Sentence, sentence

Judge = Callable[[Facts], Judgement]

_PASSES: Final[Mapping[Relation, str]] = {
    Relation.ABOVE: N_("%(item)s %(value)s of %(on)s is above %(limit)s."),
    Relation.AT_LEAST: N_("%(item)s %(value)s of %(on)s is at least %(limit)s."),
    Relation.AT_MOST: N_("%(item)s %(value)s of %(on)s is at most %(limit)s."),
    Relation.BELOW: N_("%(item)s %(value)s of %(on)s is below %(limit)s."),
}
_FAILS: Final[Mapping[Relation, str]] = {
    Relation.ABOVE: N_("%(item)s %(value)s of %(on)s is not above %(limit)s; %(limit)s itself does not pass."),
    Relation.AT_LEAST: N_("%(item)s %(value)s of %(on)s is below %(limit)s; %(limit)s itself passes."),
    Relation.AT_MOST: N_("%(item)s %(value)s of %(on)s is above %(limit)s; %(limit)s itself passes."),
    Relation.BELOW: N_("%(item)s %(value)s of %(on)s is not below %(limit)s; %(limit)s itself does not pass."),
}
_OPEN: Final = N_("%(item)s %(value)s of %(on)s leaves open on which side of %(limit)s it lies.")
_SIGN: Final = {Relation.ABOVE: ">", Relation.AT_LEAST: "≥", Relation.AT_MOST: "≤", Relation.BELOW: "<"}


def said(
    verdict: Verdict,
    message: str,
    *,
    evidence: tuple[Evidence, ...] = (),
    valid_until: date | None = None,
    needs: tuple[Need, ...] = (),
    **params: Param,
) -> Judgement:
    """Return a judgement with its sentence."""
    return Judgement(
        verdict=verdict,
        reason=Sentence(message, tuple(params.items())),
        evidence=evidence,
        valid_until=valid_until,
        needs=needs,
    )


# --- one value against one limit ------------------------------------------------------------------------------


def against(
    fact: Fact,
    is_held: bool | None,
    relation: Relation,
    limit: str,
    *,
    days: int,
    note: Sentence | None = None,
    limit_shown: str = "",
) -> Judgement:
    """Return the judgement of a value beside its limit: passed, failed, or open because of a comparator."""
    verdict = Verdict.UNKNOWN if is_held is None else Verdict.PASS if is_held else Verdict.FAIL
    message = _OPEN if is_held is None else (_PASSES if is_held else _FAILS)[relation]
    return said(
        verdict,
        message,
        evidence=(fact.evidence(limit=limit_shown or f"{_SIGN[relation]} {limit}", note=note),),
        valid_until=fact.on + timedelta(days=days) if fact.on is not None and is_held is not None else None,
        needs=(Need(crf=fact.form.crf, item=fact.path),) if is_held is None else (),
        item=fact.term(),
        value=fact.shown,
        on=fact.on or "",
        limit=limit,
    )


def judge_limit(
    facts: Facts,
    crf: str,
    item: str,
    *,
    relation: Relation,
    limit: Decimal,
    unit: str,
    days: int,
    note: Sentence | None = None,
) -> Judgement:
    """Return whether the latest value of the window stands so to a limit given in `unit`, compared exactly."""
    fact = facts.latest(crf, item, days=days)
    if isinstance(fact, Judgement):
        return fact
    measured = readable(fact)
    if isinstance(measured, Judgement):
        return measured
    try:
        by = factor(NUMBERS[(crf, item)].analyte, fact.answer.unit, unit)
    except Inconvertible as fault_of_units:
        return Judgement(
            verdict=Verdict.UNKNOWN,
            reason=fault_of_units.sentence,
            evidence=(fact.evidence(),),
            needs=(Need(crf=crf, item=item),),
        )
    is_held = holds(measured.scaled(Decimal(by.numerator)), relation, limit * by.denominator)
    return against(fact, is_held, relation, f"{limit} {unit}".strip(), days=days, note=note)


def judge_ratio(facts: Facts, crf: str, item: str, *, relation: Relation, times: Decimal, days: int) -> Judgement:
    """Return whether the latest value of the window stands so to `times` its laboratory's upper limit of that day."""
    limited = limited_value(facts, crf, item, days=days)
    if isinstance(limited, Judgement):
        return limited
    return against_upper(limited, relation=relation, times=times, days=days)


def limited_value(facts: Facts, crf: str, item: str, *, days: int) -> Limited | Judgement:
    """Return the latest value of the window beside its upper limit, or why that cannot be known."""
    fact = facts.latest(crf, item, days=days)
    return fact if isinstance(fact, Judgement) else upper_limit(facts, fact)


def against_upper(limited: Limited, *, relation: Relation, times: Decimal, days: int) -> Judgement:
    """Return the judgement of a value beside so many times its upper limit."""
    product = f"{limited.high * times:f} {limited.range.unit}".strip()
    limit = product if times == 1 else f"{times} × ULN = {product}"
    note = None
    if limited.converted is not None:
        note = sentence(
            N_("Converted to the unit of the reference range: %(value)s %(unit)s."),
            value=shown(limited.converted),
            unit=limited.range.unit,
        )
    note = noted(note, assumed=limited.range.assumed)
    is_held = holds(limited.measured, relation, limited.upper * times)
    return against(limited.fact, is_held, relation, limit, days=days, note=note)


# --- a declared answer ----------------------------------------------------------------------------------------


def unsigned(fact: Fact) -> Judgement:
    """Return UNKNOWN for a judgement that nobody signed: it does not stand yet."""
    return unknown(
        N_("%(item)s is answered on %(on)s, but the form is not signed; it waits for an investigator's signature."),
        needs=(Need(crf=fact.form.crf, signature=True),),
        item=fact.term(),
        on=fact.on or "",
    )


def until(fact: Fact, days: int | None) -> date | None:
    """Return the last day on which a dated answer still lies in its window."""
    return fact.on + timedelta(days=days) if fact.on is not None and days is not None else None


ABSENT: Final = N_("%(item)s: no, on %(on)s.")
PRESENT: Final = N_("%(item)s: yes, on %(on)s.")


def no_passes(fact: Fact | Judgement, *, days: int) -> Judgement:
    """Return the judgement of an answer that must be no; why there is none is passed on."""
    if isinstance(fact, Judgement):
        return fact
    is_absent = fact.value == "N"
    return said(
        Verdict.PASS if is_absent else Verdict.FAIL,
        ABSENT if is_absent else PRESENT,
        evidence=(fact.evidence(limit="N"),),
        valid_until=until(fact, days),
        item=fact.term(),
        on=fact.on or "",
    )


# --- several parts --------------------------------------------------------------------------------------------

# A part that fails decides; then what is not known; a review is asked for only when everything else is known.
_WEIGHT: Final = {Verdict.FAIL: 3, Verdict.UNKNOWN: 2, Verdict.REVIEW: 1, Verdict.PASS: 0}


def all_of(parts: Sequence[Judgement]) -> Judgement:
    """Return one judgement of parts that must all pass: the gravest speaks, the evidence of all is kept."""
    verdict = max([part.verdict for part in parts], key=_WEIGHT.__getitem__)
    speaking = [part for part in parts if part.verdict is verdict]
    reason = speaking[0].reason
    for also in speaking[1:]:
        reason = sentence(N_("%(first)s %(second)s"), first=reason, second=also.reason)
    ends = [part.valid_until for part in speaking if part.valid_until is not None]
    evidence: list[Evidence] = []
    needs: list[Need] = []
    for part in parts:
        evidence += part.evidence
        if part.verdict is not Verdict.PASS:
            needs += part.needs
    return Judgement(
        verdict=verdict,
        reason=reason,
        evidence=tuple(evidence),
        valid_until=min(ends, default=None),
        needs=tuple(needs),
    )
