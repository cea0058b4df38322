"""Criteria on history and on the investigator's judgement: declared answers, dated events, the QTc."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

from protocol.assumptions import CARDIOVASCULAR_MONTHS, ECG_WINDOW_DAYS, JUDGEMENT_WINDOW_DAYS
from protocol.criteria.judging import (
    ABSENT,
    PRESENT,
    Judge,
    contradicted,
    earlier,
    no_passes,
    once,
    said,
    told_of,
    unsigned,
)
from protocol.dates import PossibleDays, add_months, exactly
from protocol.facts import Fact, Facts, days_of, unknown
from protocol.language import FAIL, PASS, REVIEW, UNKNOWN, Verdict
from protocol.qtc import QTc, qtc_of
from protocol.record import Judgement, Need, Told, Untold, told
from protocol.words import N_

ARRHYTHMIA_FROM_GRADE: Final = 2
QTC_AT_MOST_MS: Final = {"male": Decimal(450), "female": Decimal(470)}


def _history(facts: Facts, item: str) -> Fact | Judgement:
    return facts.latest("MH", item, JUDGEMENT_WINDOW_DAYS)


# --- yes or no ------------------------------------------------------------------------------------------------


def absent_now(item: str) -> Judge:
    """Return the judge of a present condition that the history must deny."""
    return partial(_absent, item)


def _absent(item: str, facts: Facts) -> Judgement:
    return no_passes(facts.latest("MH", item, JUDGEMENT_WINDOW_DAYS))


def absent_ever(item: str) -> Judge:
    """Return the judge of a condition that must never have been: a yes does not grow old, a no does."""
    return partial(_never, item)


def _never(item: str, facts: Facts) -> Judgement:
    fact = facts.latest("MH", item, JUDGEMENT_WINDOW_DAYS, lasting=("Y",))
    return once(facts, fact)


def judged_absent(item: str) -> Judge:
    """Return the judge of a condition that the investigator denies and signs."""
    return partial(_judged, item, "N")


def judged_present(item: str) -> Judge:
    """Return the judge of a condition that the investigator confirms and signs."""
    return partial(_judged, item, "Y")


def _judged(item: str, asked: str, facts: Facts) -> Judgement:
    fact = facts.latest("IJ", item, JUDGEMENT_WINDOW_DAYS)
    if isinstance(fact, Judgement):
        return fact
    if not fact.form.signed_by:
        return unsigned(fact)
    value = fact.answer.value
    return Untold(
        PASS if value == asked else FAIL,
        lambda: told_of(fact, PRESENT if value == "Y" else ABSENT, asked),
        fact.until,
    )


# --- one of several -------------------------------------------------------------------------------------------


def declared_as(item: str, verdicts: dict[str, tuple[Verdict, str]]) -> Judge:
    """Return the judge of a choice of the history: each code has its verdict and its sentence."""
    return partial(_declared, item, verdicts)


def _declared(item: str, verdicts: dict[str, tuple[Verdict, str]], facts: Facts) -> Judgement:
    # What excludes for ever does not grow old; what is harmless is asked anew.
    fact = facts.latest("MH", item, JUDGEMENT_WINDOW_DAYS, lasting=EXCLUDES_FOR_EVER)
    if isinstance(fact, Judgement):
        return fact
    if fact.answer.value not in verdicts:
        return _unreadable(fact)
    now = _stated(fact, verdicts)
    if now.verdict is FAIL or not (before := earlier(facts, fact, EXCLUDES_FOR_EVER)):
        return now
    return contradicted(now, _stated(before, verdicts))


def _stated(fact: Fact, verdicts: dict[str, tuple[Verdict, str]]) -> Judgement:
    verdict, message = verdicts[fact.answer.value]
    return Untold(
        verdict,
        lambda: told(message, evidence=(fact.evidence(),), on=fact.on or ""),
        fact.until,
    )


def _unreadable(fact: Fact) -> Judgement:
    return unknown(
        N_("%(item)s holds %(value)s, which is not one of its answers."),
        needs=(Need(crf=fact.form.crf, item=fact.path),),
        evidence=(fact.evidence(),),
        item=fact.term(),
        value=fact.value,
    )


EXCLUDES_FOR_EVER: Final = ("organ", "positive")
ANTICOAGULATION: Final = {
    "none": (PASS, N_("No anticoagulation on %(on)s.")),
    "prophylactic": (PASS, N_("Anticoagulation on %(on)s is prophylactic, which is allowed.")),
    "therapeutic": (FAIL, N_("Anticoagulation on %(on)s is in therapeutic dose.")),
}
TRANSPLANT: Final = {
    "none": (PASS, N_("No transplant, asked on %(on)s.")),
    "organ": (FAIL, N_("An organ was transplanted, stated on %(on)s.")),
    "cornea or bone marrow": (REVIEW, N_("Cornea or bone marrow was transplanted, stated on %(on)s.")),
}
HIV: Final = {
    "positive": (FAIL, N_("HIV infection is known, stated on %(on)s.")),
    "negative": (PASS, N_("The HIV test is negative, stated on %(on)s.")),
    "not tested": (PASS, N_("HIV was not tested, stated on %(on)s; a test is not required.")),
}


def judge_allergy(facts: Facts) -> Judgement:
    """Return whether there is no allergy to a chemotherapy drug; one tolerated since is a review."""
    fact = _history(facts, "chemotherapy_allergy")
    if isinstance(fact, Judgement) or fact.answer.value == "N":
        return once(facts, fact)
    tolerated = fact.form.answer("tolerated_since").value
    if not tolerated:
        return unknown(
            N_("There is an allergy to a chemotherapy drug; whether it was tolerated since is not answered."),
            needs=(Need(crf="MH", item="tolerated_since"),),
            evidence=(fact.evidence(limit="N"),),
        )
    agent = fact.form.answer("allergy_agent").value or "-"
    return said(
        REVIEW if tolerated == "Y" else FAIL,
        N_("Allergy to %(agent)s, tolerated since.") if tolerated == "Y" else N_("Allergy to %(agent)s."),
        evidence=(fact.evidence(limit="N"),),
        valid_until=fact.until,
        agent=agent,
    )


# --- heart and vessels ----------------------------------------------------------------------------------------


def no_event(item: str) -> Judge:
    """Return the judge of an event that must not lie in the 12 calendar months before the day."""
    return partial(_event, item)


def _event(item: str, facts: Facts) -> Judgement:
    current = facts.latest("MH", item, JUDGEMENT_WINDOW_DAYS)
    newest = facts.newest("MH", item) if isinstance(current, Judgement) else current
    if newest is not None and newest.answer.value == "Y":
        event = _dated_event(facts, newest)
        # An event of the last 12 months excludes however old the form; anything milder needs a current history.
        if event.verdict is FAIL or not isinstance(current, Judgement):
            return event
        return no_passes(current)
    judgement = no_passes(current)
    if isinstance(current, Judgement) or not (before := earlier(facts, current, ("Y",))):
        return judgement
    # One that lies far enough back by now excludes no more, whoever forgot it.
    event = _dated_event(facts, before)
    return judgement if event.verdict is PASS else contradicted(judgement, event)


def _dated_event(facts: Facts, fact: Fact) -> Judgement:
    answer = fact.form.answer(f"{fact.path}_on")
    days = days_of(answer.value) if answer.value else PossibleDays(None, None)
    cutoff = add_months(facts.on, -CARDIOVASCULAR_MONTHS)
    event = Fact(fact.form, f"{fact.path}_on", answer)
    is_before = days.is_before(exactly(cutoff))
    if is_before is None:
        is_unobtainable = answer.missing is not None or days.unobtainable
        return _event_undated(fact, event, days, is_unobtainable=is_unobtainable)
    return said(
        PASS if is_before else FAIL,
        N_("%(item)s of %(event)s lies before %(cutoff)s, more than %(months)s months ago.")
        if is_before
        else N_("%(item)s of %(event)s lies within %(months)s months, on or after %(cutoff)s."),
        evidence=(fact.evidence(), event.evidence(limit=f"< {cutoff}", on=answer.value)),
        valid_until=fact.until if is_before else _leaves_window(days.earliest),
        item=fact.term(),
        event=answer.value,
        cutoff=cutoff,
        months=CARDIOVASCULAR_MONTHS,
    )


def _leaves_window(day: date | None) -> date | None:
    """Return the last day on which an event of that day still lies in the window."""
    return None if day is None else add_months(day, CARDIOVASCULAR_MONTHS)


def _event_undated(fact: Fact, event: Fact, days: PossibleDays, *, is_unobtainable: bool) -> Judgement:
    return said(
        REVIEW if is_unobtainable else UNKNOWN,
        N_("%(item)s: the date %(event)s leaves open whether it lies within %(months)s months and cannot be found out.")
        if is_unobtainable
        else N_("%(item)s: the date %(event)s leaves open whether it lies within %(months)s months."),
        evidence=(fact.evidence(), event.evidence(on=event.value)),
        valid_until=_leaves_window(days.latest),
        needs=() if is_unobtainable else (Need(crf="MH", item=event.path),),
        item=fact.term(),
        event=event.value or "-",
        months=CARDIOVASCULAR_MONTHS,
    )


def judge_arrhythmia(facts: Facts) -> Judgement:
    """Return whether there is no ongoing arrhythmia of CTCAE grade 2 or more."""
    fact = _history(facts, "arrhythmia")
    if isinstance(fact, Judgement) or fact.value == "N":
        return no_passes(fact)
    grade = fact.form.answer("arrhythmia_grade")
    if grade.number is None:
        return unknown(
            N_("There is an ongoing arrhythmia; its grade is not entered."),
            needs=(Need(crf="MH", item="arrhythmia_grade"),),
            evidence=(fact.evidence(),),
        )
    graded = Fact(fact.form, "arrhythmia_grade", grade, fact.on)
    is_mild = grade.number < ARRHYTHMIA_FROM_GRADE
    return said(
        PASS if is_mild else FAIL,
        N_("Ongoing arrhythmia of grade %(grade)s is below grade %(limit)s.")
        if is_mild
        else N_("Ongoing arrhythmia of grade %(grade)s is grade %(limit)s or more."),
        evidence=(fact.evidence(), graded.evidence(limit=f"< {ARRHYTHMIA_FROM_GRADE}")),
        valid_until=fact.until,
        grade=grade.value,
        limit=ARRHYTHMIA_FROM_GRADE,
    )


def judge_qtc(facts: Facts) -> Judgement:
    """Return whether the QTc (Fridericia, mean of the tracings) is at most 450 ms in men and 470 ms in women."""
    found = qtc_of(facts, days=ECG_WINDOW_DAYS)
    if isinstance(found, Judgement):
        return found
    # Without the sex the verdict is known only where both limits agree.
    limits = [QTC_AT_MOST_MS[facts.sex]] if facts.sex in QTC_AT_MOST_MS else sorted(QTC_AT_MOST_MS.values())
    within = {found.milliseconds <= limit for limit in limits}
    if len(within) > 1:
        return Untold(
            UNKNOWN,
            lambda: _told_qtc(
                found,
                limits,
                N_("QTc %(value)s of %(on)s lies between the limits of men and women (%(limit)s); the sex is missing."),
                (Need(crf="DM", item="sex"),),
            ),
        )
    is_short = within == {True}
    return Untold(
        PASS if is_short else FAIL,
        lambda: _told_qtc(
            found,
            limits,
            N_("QTc %(value)s of %(on)s (Fridericia) is at most %(limit)s.")
            if is_short
            else N_("QTc %(value)s of %(on)s (Fridericia) is above %(limit)s; %(limit)s itself passes."),
        ),
        found.valid_until,
    )


def _told_qtc(found: QTc, limits: Sequence[Decimal], message: str, needs: tuple[Need, ...] = ()) -> Told:
    limit = " / ".join(f"{each} ms" for each in limits)
    return told(
        message,
        evidence=tuple(each.evidence(limit=f"QTc ≤ {limit}") for each in found.facts),
        needs=needs,
        value=f"{found.milliseconds:.1f} ms",
        on=found.on,
        limit=limit,
    )
