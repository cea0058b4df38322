"""Criteria on the person: performance status, pregnancy."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from protocol.assumptions import ECOG_WINDOW_DAYS, PREGNANCY_WINDOW_DAYS
from protocol.criteria.judging import all_of, no_passes, said
from protocol.facts import Fact, Facts, day_of, unknown
from protocol.language import FAIL, PASS
from protocol.record import Evidence, Judgement, Need, Untold, told
from protocol.words import N_

ECOG_ALLOWED: Final = ("0", "1")


def judge_ecog(facts: Facts) -> Judgement:
    """Return whether the ECOG performance status is 0 or 1."""
    fact = facts.latest("VS", "ecog", ECOG_WINDOW_DAYS)
    if isinstance(fact, Judgement):
        return fact
    is_fit = fact.value in ECOG_ALLOWED
    return Untold(
        PASS if is_fit else FAIL,
        lambda: told(
            N_("ECOG %(value)s on %(on)s is 0 or 1.") if is_fit else N_("ECOG %(value)s on %(on)s is not 0 or 1."),
            evidence=(fact.evidence(limit="0, 1"),),
            value=fact.value,
            on=fact.on or "",
        ),
        fact.until,
    )


# --- pregnancy ------------------------------------------------------------------------------------------------

BEYOND_PREGNANCY: Final = ("postmenopausal", "premenarche")
NOT_OF_POTENTIAL: Final = (*BEYOND_PREGNANCY, "sterilised")


def _male(facts: Facts) -> Judgement | None:
    if facts.sex == "male":
        return Untold(PASS, lambda: told(N_("The subject is male."), evidence=_demography(facts, "sex")))
    return None if facts.sex else facts.absent("DM", "sex")


def _demography(facts: Facts, item: str) -> tuple[Evidence, ...]:
    fact = facts.undated("DM", item)
    return () if fact is None else (fact.evidence(),)


def judge_pregnancy(facts: Facts) -> Judgement:
    """Return whether the subject is neither pregnant nor lactating."""
    if (settled := _male(facts)) is not None:
        return settled
    potential = facts.undated("DM", "childbearing")
    if potential is not None and potential.value in BEYOND_PREGNANCY:
        return said(
            PASS,
            N_("By her age of life the subject can be neither pregnant nor lactating."),
            evidence=_demography(facts, "childbearing"),
        )
    return all_of([_declared_absent(facts, item) for item in ("pregnant", "lactating")])


def _declared_absent(facts: Facts, item: str) -> Judgement:
    return no_passes(facts.latest("PG", item, PREGNANCY_WINDOW_DAYS))


def judge_pregnancy_test(facts: Facts) -> Judgement:
    """Return whether a woman of childbearing potential tested negative in the last 7 days; an older test fails."""
    if (settled := _male(facts)) is not None:
        return settled
    potential = facts.undated("DM", "childbearing")
    if potential is None:
        return facts.absent("DM", "childbearing")
    if potential.value in NOT_OF_POTENTIAL:
        return said(
            PASS,
            N_("The subject is not of childbearing potential; no test is needed."),
            evidence=(potential.evidence(),),
        )
    tests = [
        (tested_on, Fact(form, "result", form.answer("result"), tested_on))
        for form in facts.forms("PG")
        if form.answer("result").value
        and (tested_on := day_of(form.answer("tested_on").value)) is not None
        and tested_on <= facts.on
    ]
    if not tests:
        return _no_test(facts)
    return _tested(facts, max(tests, key=lambda test: (test[0], test[1].form.repeat, test[1].form.id))[1])


def _no_test(facts: Facts) -> Judgement:
    since = facts.on - timedelta(days=PREGNANCY_WINDOW_DAYS)
    return unknown(
        N_("No dated pregnancy test is on record; one from %(since)s on is needed."),
        needs=(
            Need(crf="PG", item="result", not_before=since),
            Need(crf="PG", item="tested_on", not_before=since),
        ),
        since=since,
    )


def _tested(facts: Facts, test: Fact) -> Judgement:
    since = facts.on - timedelta(days=PREGNANCY_WINDOW_DAYS)
    tested_on = test.on or since
    ends = tested_on + timedelta(days=PREGNANCY_WINDOW_DAYS)
    if test.value != "negative":
        message = N_("The pregnancy test of %(on)s is positive.")
        return Untold(FAIL, lambda: told(message, evidence=_of_test(test, since), on=tested_on), ends)
    if tested_on < since:
        return Untold(
            FAIL,
            lambda: told(
                N_("The pregnancy test of %(on)s is older than %(days)s days before %(day)s; a new test is needed."),
                evidence=_of_test(test, since),
                needs=(Need(crf="PG", item="result", not_before=since),),
                on=tested_on,
                days=PREGNANCY_WINDOW_DAYS,
                day=facts.on,
            ),
        )
    return Untold(
        PASS,
        lambda: told(
            N_("The pregnancy test of %(on)s is negative and at most %(days)s days old."),
            evidence=_of_test(test, since),
            on=tested_on,
            days=PREGNANCY_WINDOW_DAYS,
        ),
        ends,
    )


def _of_test(test: Fact, since: date) -> tuple[Evidence, ...]:
    return (test.evidence(limit=f"negative, ≥ {since}"),)
