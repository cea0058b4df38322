"""Criteria on the treatment before the trial: what was given, when it began, and the markers before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from protocol.assumptions import INITIAL_MARKER_WINDOW_DAYS
from protocol.codelists import ARTERIAL, CONVERSION, TARGETED_AGENT
from protocol.comparing import AT_LEAST, holds
from protocol.criteria.judging import all_of, said
from protocol.dates import PossibleDays
from protocol.facts import Fact, Facts, days_of, unknown
from protocol.language import FAIL, PASS, REVIEW, UNKNOWN
from protocol.markers import AFP, PIVKA, VALID
from protocol.ranges import factor_to, readable
from protocol.record import BLANK, Evidence, FormRecord, Judgement, Need, Untold, told
from protocol.units import Inconvertible
from protocol.words import N_, Sentence, sentence

LISTED_AGENTS: Final = ("sorafenib", "lenvatinib", "donafenib", "apatinib", "bevacizumab")
AFP_AT_LEAST_UG_L: Final = Decimal(400)
PIVKA_AT_LEAST_MAU_ML: Final = Decimal(1000)


def first_treatment(facts: Facts) -> PossibleDays | Judgement:
    """Return the days on which the first conversion treatment can have begun; UNKNOWN while a start is missing."""
    given = [form for form in facts.treatments() if form.answers.get("kind", BLANK).value in CONVERSION]
    if not given:
        return (
            facts.absent("PT", "kind")
            if not facts.forms("PT")
            else _no_start(N_("No conversion treatment is on record."))
        )
    earliest, latest = [], []
    for form in given:
        started = form.answers.get("started_on", BLANK).value
        days = days_of(started) if started else None
        if days is None or days.earliest is None or days.latest is None:
            return _no_start(N_("The start of a conversion treatment is missing, so the first one is not known."))
        earliest.append(days.earliest)
        latest.append(days.latest)
    return PossibleDays(min(earliest), min(latest))


def _no_start(message: str) -> Judgement:
    return unknown(message, needs=(Need(crf="PT", item="started_on"),))


# --- I04: the first-line treatment ----------------------------------------------------------------------------


def judge_first_line(facts: Facts) -> Judgement:
    """Return whether the first line held an arterial, a listed targeted and an immune checkpoint treatment."""
    given = facts.treatments()
    return all_of(
        [
            _component(given, ARTERIAL, N_("arterial therapy (TACE or HAIC)")),
            _targeted([form for form in given if form.answers.get("kind", BLANK).value == "targeted"]),
            _component(given, ("ici",), N_("immune checkpoint therapy (PD-1 or PD-L1)")),
        ]
    )


def _component(given: Sequence[FormRecord], kinds: tuple[str, ...], words: str) -> Judgement:
    of_kind = [form for form in given if form.answers.get("kind", BLANK).value in kinds]
    if not of_kind:
        return unknown(N_("No %(kind)s is on record."), needs=(Need(crf="PT", item="kind"),), kind=Sentence(words))
    lines = {form.answers.get("first_line", BLANK).value for form in of_kind}
    needs: tuple[Need, ...] = ()
    if "Y" in lines:
        verdict, message = PASS, N_("First line included %(kind)s.")
    elif "" in lines:
        verdict, message = UNKNOWN, N_("Whether %(kind)s was first-line is not answered.")
        needs = (Need(crf="PT", item="first_line"),)
    else:
        verdict, message = FAIL, N_("The %(kind)s on record was not first-line.")
    return Untold(verdict, lambda: told(message, evidence=_kinds(of_kind), needs=needs, kind=Sentence(words)))


def _kinds(given: Sequence[FormRecord]) -> tuple[Evidence, ...]:
    return tuple(Fact(form, "kind", form.answer("kind")).evidence(on=form.answer("started_on").value) for form in given)


def _targeted(given: Sequence[FormRecord]) -> Judgement:
    whole = _component(given, ("targeted",), N_("targeted therapy"))
    if whole.verdict is not PASS:
        return whole
    agents = []
    for form in given:
        if form.answers.get("first_line", BLANK).value == "Y":
            agent = form.answers.get("targeted_agent", BLANK)
            agents.append((agent.value, Fact(form, "targeted_agent", agent)))
    listed = [fact for agent, fact in agents if agent in LISTED_AGENTS]
    if listed:
        return Untold(
            PASS,
            lambda: told(
                N_("First line included a listed targeted agent."), evidence=tuple(fact.evidence() for fact in listed)
            ),
        )
    if any(not agent for agent, _ in agents):
        return unknown(N_("The targeted agent is not entered."), needs=(Need(crf="PT", item="targeted_agent"),))
    return said(
        REVIEW,
        N_("The targeted agent of the first line is not one of %(agents)s."),
        evidence=tuple(fact.evidence() for _, fact in agents),
        agents=tuple(TARGETED_AGENT.term(agent) for agent in LISTED_AGENTS),
    )


# --- I03: the markers before the first treatment --------------------------------------------------------------


class _Reached(NamedTuple):
    """One value before treatment: whether it reaches the threshold (None: open), or why that needs a review."""

    fact: Fact
    is_high: bool | None
    is_surely_in_window: bool
    review: bool = False
    why: Sentence | None = None


def judge_initial_markers(facts: Facts) -> Judgement:
    """Return whether AFP or PIVKA-II reached its threshold in the window before the first treatment."""
    first = first_treatment(facts)
    if isinstance(first, Judgement):
        return first
    if first.earliest is None or first.latest is None:
        return _no_start(N_("The start of the first conversion treatment is not known."))
    values = {marker: _before(facts, marker, first.earliest, first.latest) for marker in (AFP, PIVKA)}
    everything = [each for marker in (AFP, PIVKA) for each in values[marker]]
    high = [each for each in everything if each.is_high and each.is_surely_in_window]
    if high:
        return _reached(high, everything)
    return _not_reached(values, first.earliest, first.latest)


def _before(facts: Facts, marker: str, earliest: date, latest: date) -> list[_Reached]:
    window = timedelta(days=INITIAL_MARKER_WINDOW_DAYS)
    since, surely_since = earliest - window, latest - window
    found = []
    for on, form in reversed(facts.dated("MK")):
        if not since <= on <= latest:
            continue
        answer = form.answers.get(marker, BLANK)
        if answer.value and form.answers.get(VALID[marker], BLANK).value != "N":
            is_sure = surely_since <= on <= earliest
            found.append(_against_threshold(facts, Fact(form, marker, answer, on), is_sure))
    return found


def _against_threshold(facts: Facts, fact: Fact, is_sure: bool) -> _Reached:
    measured = readable(fact)
    if isinstance(measured, Judgement):
        return _Reached(fact, None, is_sure, why=measured.reason)
    if fact.path == PIVKA:
        if fact.answer.unit != "mAU/mL":
            return _Reached(fact, None, is_sure, review=True)
        return _Reached(fact, holds(measured, AT_LEAST, PIVKA_AT_LEAST_MAU_ML), is_sure)
    try:
        by = factor_to(facts, fact, "µg/L")
    except Inconvertible as fault:
        return _Reached(fact, None, is_sure, why=fault.sentence)
    scaled = measured.scaled(Decimal(by.numerator))
    return _Reached(fact, holds(scaled, AT_LEAST, AFP_AT_LEAST_UG_L * by.denominator), is_sure)


def _limit(each: _Reached) -> str:
    return f"≥ {AFP_AT_LEAST_UG_L} µg/L" if each.fact.path == AFP else f"≥ {PIVKA_AT_LEAST_MAU_ML} mAU/mL"


def _cited(values: Sequence[_Reached], note: Sentence | None = None) -> tuple[Evidence, ...]:
    return tuple(
        each.fact.evidence(limit=_limit(each), note=each.why or (note if not each.is_high else None)) for each in values
    )


def _reached(high: Sequence[_Reached], everything: Sequence[_Reached]) -> Judgement:
    best = high[-1]
    return Untold(
        PASS,
        lambda: told(
            N_("%(item)s %(value)s of %(on)s, before the first treatment, is %(limit)s."),
            evidence=_cited(everything, sentence(N_("Another value of the window is below the threshold."))),
            item=best.fact.term(),
            value=best.fact.shown,
            on=best.fact.on or "",
            limit=_limit(best),
        ),
    )


def _not_reached(values: dict[str, list[_Reached]], earliest: date, latest: date) -> Judgement:
    everything = [each for marker in values.values() for each in marker]
    evidence = _cited(everything)
    unclear = [each for each in everything if (each.is_high or each.is_high is None) and not each.review]
    absent = [marker for marker, found in values.items() if not any(each.is_surely_in_window for each in found)]
    since = latest - timedelta(days=INITIAL_MARKER_WINDOW_DAYS)
    if since > earliest:
        return _no_start(N_("The start of the first conversion treatment is too uncertain to date the markers."))
    needs = tuple(
        Need(crf="MK", item=item, not_before=since, not_after=earliest)
        for item in (*absent, *(each.fact.path for each in unclear))
    )
    if unclear:
        return Judgement(verdict=UNKNOWN, reason=_why_unclear(unclear[0]), evidence=evidence, needs=needs)
    if absent:
        return unknown(
            N_(
                "No value of %(items)s between %(since)s and %(until)s, in time before the first treatment, "
                "is on record, and no other reaches."
            ),
            needs=needs,
            evidence=evidence,
            items=tuple(sentence(N_("AFP") if marker == AFP else N_("PIVKA-II")) for marker in absent),
            since=since,
            until=earliest,
        )
    if any(each.review for each in everything):
        return said(REVIEW, N_("PIVKA-II in ng/mL cannot be compared with the threshold in mAU/mL."), evidence=evidence)
    return said(
        FAIL,
        N_("No value before the first treatment reaches AFP %(afp)s µg/L or PIVKA-II %(pivka)s mAU/mL."),
        evidence=evidence,
        afp=AFP_AT_LEAST_UG_L,
        pivka=PIVKA_AT_LEAST_MAU_ML,
    )


def _why_unclear(each: _Reached) -> Sentence:
    if each.why is not None:
        return each.why
    if each.is_high:
        return sentence(
            N_(
                "%(item)s %(value)s reaches the threshold, but the start of treatment is too uncertain to say it is in time."
            ),
            item=each.fact.term(),
            value=each.fact.shown,
        )
    return sentence(
        N_("%(item)s %(value)s leaves open whether it reaches %(limit)s."),
        item=each.fact.term(),
        value=each.fact.shown,
        limit=_limit(each),
    )
