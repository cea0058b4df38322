"""How a criterion is judged: the sentences of a limit, a declared answer, and how several parts make one verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from protocol.comparing import Relation, holds, shown
from protocol.facts import NUMBERS, Fact, Facts, unknown
from protocol.language import FAIL, PASS, REVIEW, UNKNOWN, Verdict
from protocol.ranges import Limited, noted, readable, upper_limit
from protocol.record import Evidence, Judgement, Need, Told, Untold, told
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

Bound = Callable[[], tuple[str, Sentence | None]]  # a limit in words, and what is noted beside it


def against(fact: Fact, is_held: bool | None, relation: Relation, bound: Bound) -> Judgement:
    """Return the judgement of a value beside its limit: passed, failed, or open because of a comparator."""

    def tell() -> Told:
        return _told_against(fact, is_held, relation, bound)

    if is_held is None:
        return Untold(UNKNOWN, tell)
    return Untold(PASS if is_held else FAIL, tell, fact.until)


def _told_against(fact: Fact, is_held: bool | None, relation: Relation, bound: Bound) -> Told:
    limit, note = bound()
    return told(
        _OPEN if is_held is None else (_PASSES if is_held else _FAILS)[relation],
        evidence=(fact.evidence(limit=f"{_SIGN[relation]} {limit}", note=note),),
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
    note: Callable[[Fact], Sentence | None] = lambda fact: None,
) -> Judgement:
    """Return whether the latest value of the window stands so to a limit given in `unit`, compared exactly."""
    fact = facts.latest(crf, item, days)
    if isinstance(fact, Judgement):
        return fact
    measured = readable(fact)
    if isinstance(measured, Judgement):
        return measured
    if fact.answer.unit == unit:
        is_held = holds(measured, relation, limit)
    else:
        try:
            by = factor(NUMBERS[(crf, item)].analyte, fact.answer.unit, unit)
        except Inconvertible as fault_of_units:
            return Judgement(
                verdict=UNKNOWN,
                reason=fault_of_units.sentence,
                evidence=(fact.evidence(),),
                needs=(Need(crf=crf, item=item),),
            )
        is_held = holds(measured.scaled(Decimal(by.numerator)), relation, limit * by.denominator)
    return against(fact, is_held, relation, lambda: (f"{limit} {unit}".strip(), note(fact)))


def judge_ratio(facts: Facts, crf: str, item: str, *, relation: Relation, times: Decimal, days: int) -> Judgement:
    """Return whether the latest value of the window stands so to `times` its laboratory's upper limit of that day."""
    limited = limited_value(facts, crf, item, days)
    return limited if isinstance(limited, Judgement) else against_upper(limited, relation, times)


def limited_value(facts: Facts, crf: str, item: str, days: int) -> Limited | Judgement:
    """Return the latest value of the window beside its upper limit, or why that cannot be known."""
    fact = facts.latest(crf, item, days)
    return fact if isinstance(fact, Judgement) else upper_limit(facts, fact)


def against_upper(limited: Limited, relation: Relation, times: Decimal) -> Judgement:
    """Return the judgement of a value beside so many times its upper limit."""
    is_held = holds(limited.measured, relation, limited.upper * times)
    return against(limited.fact, is_held, relation, lambda: _times_upper(limited, times))


def _times_upper(limited: Limited, times: Decimal) -> tuple[str, Sentence | None]:
    product = f"{limited.high * times:f} {limited.range.unit}".strip()
    note = None
    if limited.converted is not None:
        note = sentence(
            N_("Converted to the unit of the reference range: %(value)s %(unit)s."),
            value=shown(limited.converted),
            unit=limited.range.unit,
        )
    limit = product if times == 1 else f"{times} × ULN = {product}"
    return limit, noted(note, assumed=limited.range.assumed)


# --- a declared answer ----------------------------------------------------------------------------------------


def unsigned(fact: Fact) -> Judgement:
    """Return UNKNOWN for a judgement that nobody signed: it does not stand yet."""
    return unknown(
        N_("%(item)s is answered on %(on)s, but the form is not signed; it waits for an investigator's signature."),
        needs=(Need(crf=fact.form.crf, signature=True),),
        item=fact.term(),
        on=fact.on or "",
    )


ABSENT: Final = N_("%(item)s: no, on %(on)s.")
PRESENT: Final = N_("%(item)s: yes, on %(on)s.")


def no_passes(fact: Fact | Judgement) -> Judgement:
    """Return the judgement of an answer that must be no; why there is none is passed on."""
    if isinstance(fact, Judgement):
        return fact
    is_absent = fact.answer.value == "N"
    return Untold(PASS if is_absent else FAIL, lambda: told_of(fact, ABSENT if is_absent else PRESENT, "N"), fact.until)


def told_of(fact: Fact, message: str, asked: str) -> Told:
    """Return the words of one answer beside the one that is asked."""
    return told(message, evidence=(fact.evidence(limit=asked),), item=fact.term(), on=fact.on or "")


def earlier(facts: Facts, fact: Fact, values: Sequence[str]) -> Fact | None:
    """Return the latest answer to the same item, before this one, that is one of these values."""
    dated = facts.dated(fact.form.crf)
    if len(dated) == 1:  # as it is of most
        return None
    for on, form in dated:
        answer = form.answers.get(fact.path)
        if form is not fact.form and answer is not None and answer.value in values:
            return Fact(form, fact.path, answer, on)
    return None


CONTRADICTION: Final = N_("%(now)s %(earlier)s The later answer does not undo the earlier one: two persons settle it.")


def contradicted(now: Judgement, before: Judgement) -> Judgement:
    """Return REVIEW for an answer that passes where an earlier one said what excludes: both are named with their days."""
    return Untold(
        REVIEW,
        lambda: told(
            CONTRADICTION,
            evidence=(*now.evidence, *before.evidence),
            now=now.reason,
            earlier=before.reason,
        ),
        now.valid_until,
    )


def once(facts: Facts, fact: Fact | Judgement) -> Judgement:
    """Return the judgement of an answer that must be no, and must never have been yes."""
    judgement = no_passes(fact)
    if isinstance(fact, Judgement) or judgement.verdict is not PASS or not (before := earlier(facts, fact, ("Y",))):
        return judgement
    return contradicted(judgement, no_passes(before))


# --- several parts --------------------------------------------------------------------------------------------

# A part that fails decides; then what is not known; a review is asked for only when everything else is known.
_WEIGHT: Final = {FAIL: 3, UNKNOWN: 2, REVIEW: 1, PASS: 0}


def all_of(parts: Sequence[Judgement]) -> Judgement:
    """Return one judgement of parts that must all pass: the gravest speaks, the evidence of all is kept."""
    verdict, until = PASS, None
    for part in parts:
        if part.verdict is not verdict:
            if _WEIGHT[part.verdict] < _WEIGHT[verdict]:
                continue
            verdict, until = part.verdict, None  # the graver speaks alone
        if part.valid_until is not None and (until is None or part.valid_until < until):
            until = part.valid_until
    return Untold(verdict, lambda: _told_together(verdict, parts), until)


def _told_together(verdict: Verdict, parts: Sequence[Judgement]) -> Told:
    speaking = [part for part in parts if part.verdict is verdict]
    reason = speaking[0].reason
    for also in speaking[1:]:
        reason = sentence(N_("%(first)s %(second)s"), first=reason, second=also.reason)
    evidence: list[Evidence] = []
    needs: list[Need] = []
    for part in parts:
        evidence += part.evidence
        if part.verdict is not PASS:
            needs += part.needs
    return Told(reason, tuple(evidence), tuple(needs))
