"""After a withdrawal of consent nothing dated later comes in; what is older, and what ends the study, still does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from audit.decision import Refusal
from protocol.arms import WATCH_AND_WAIT
from rehearsal.answers import markers
from rehearsal.walk import Walk
from tests.followup_safety_ground import NORMAL, Patient, of_both_arms
from tests.randomization_ground import a_list
from tests.rehearsal_ground import a_cast, taken_back

LOST = {"how": "lost"}


@pytest.fixture(scope="module")
def walks(module_db: str) -> dict[str, Walk]:
    cast = a_cast()
    a_list()
    return of_both_arms(cast)


@pytest.fixture
def patient(walks: dict[str, Walk]) -> Iterator[Patient]:
    with taken_back():
        yield Patient(walks[WATCH_AND_WAIT])


def withdraw(patient: Patient, day: int, *, records: str = "N", of: str = "consent") -> None:
    typed = {
        "withdrawn_on": patient.day(day).isoformat(),
        "of": of,
        "decided_by": "subject",
        "reason": "Moves away",
        **({"public_records": records} if of == "consent" else {}),
    }
    patient.log("WD", typed, patient.day(day))


def event(patient: Patient, day: int) -> dict[str, str]:
    return {"term": "Fatigue", "onset_on": patient.day(day).isoformat()}


def test_an_event_that_began_after_the_withdrawal_is_refused(patient):
    withdraw(patient, 40)
    form = patient.add("AE", patient.day(50))

    with pytest.raises(Refusal) as refused:
        patient.fill(form, event(patient, 41), patient.day(50), complete=False)

    assert str(refused.value) == (
        f"{patient.subject.number} withdrew consent on {patient.day(40)}, and {patient.day(41)} is later: "
        "nothing dated after the withdrawal is entered. What was entered before stays."
    )


@pytest.mark.parametrize("day", [39, 40])
def test_an_event_that_began_before_is_still_entered(patient, day):
    withdraw(patient, 40)

    patient.log("AE", event(patient, day), patient.day(50), complete=False)

    assert patient.form("AE").answers["term"] == {"value": "Fatigue"}


def test_the_outcome_of_an_earlier_event_is_still_entered(patient):
    form = patient.log("AE", event(patient, 30), patient.day(35), complete=False)
    withdraw(patient, 40)

    patient.fill(form, {"ongoing": "N", "ended_on": patient.day(60).isoformat()}, patient.day(61), complete=False)

    assert patient.form("AE").answers["ended_on"]["value"] == patient.day(60).isoformat()


def test_blood_drawn_before_is_entered_and_drawn_after_is_not(patient):
    patient.attend("M1", patient.day(30))
    withdraw(patient, 30)

    with pytest.raises(Refusal, match="nothing dated after the withdrawal is entered"):
        patient.fill(patient.form("MK", "M1"), markers(patient.day(31), days_ago=0, **NORMAL), patient.day(33))
    patient.fill(patient.form("MK", "M1"), markers(patient.day(30), days_ago=0, **NORMAL), patient.day(33))


def test_a_form_entered_before_is_corrected_even_where_it_is_dated_later(patient):
    form = patient.draw("M1", patient.day(30))
    withdraw(patient, 25)

    patient.fill(form, {"afp": "5.0 ng/mL"}, patient.day(33), reason="Mistyped")

    assert patient.form("MK", "M1").answers["afp"]["value"] == "5.0"


def test_no_form_is_added_to_a_later_visit(patient):
    withdraw(patient, 20)

    with pytest.raises(Refusal, match="nothing dated after the withdrawal is entered"):
        patient.add("MK", patient.day(30), "M1")


@pytest.mark.parametrize("of", ["treatment", "visits"])
def test_a_withdrawal_of_treatment_or_visits_closes_nothing(patient, of):
    withdraw(patient, 40, of=of)

    patient.log("AE", event(patient, 41), patient.day(50), complete=False)

    assert patient.form("AE").answers["term"] == {"value": "Fatigue"}


@pytest.mark.parametrize(
    ("records", "source", "why"),
    [
        ("Y", "register", ""),
        ("N", "register", "the consent form does not allow public death records to be looked up"),
        ("Y", "relative", "only a public register may be the source, as the consent form allows"),
        ("N", "relative", "nothing dated after the withdrawal is entered"),
    ],
)
def test_a_later_death_comes_from_a_register_only_where_the_consent_form_allows_it(patient, records, source, why):
    withdraw(patient, 40, records=records)
    form = patient.add("DT", patient.day(90))
    typed = {"died_on": patient.day(80).isoformat(), "cause": "unknown", "source": source}

    if not why:
        patient.fill(form, typed, patient.day(90))
        assert patient.form("DT").answers["source"] == {"value": "register"}
        return
    with pytest.raises(Refusal, match=why):
        patient.fill(form, typed, patient.day(90))


def attempts(patient: Patient, *kinds: str) -> dict[str, str]:
    rows = {f"attempts/{number}/kind": kind for number, kind in enumerate(kinds, 1)}
    return rows | {f"attempts/{number}/on": patient.day(number).isoformat() for number in range(1, len(kinds) + 1)}


@pytest.mark.parametrize(
    ("kinds", "count", "found"),
    [(("phone", "letter"), 2, 2), (("phone", "phone", "phone"), 3, 1)],
)
def test_a_subject_is_lost_only_after_three_attempts_of_two_kinds(patient, kinds, count, found):
    typed = {**LOST, "ended_on": patient.day(90).isoformat(), **attempts(patient, *kinds)}
    form = patient.add("ES", patient.day(90))

    with pytest.raises(Refusal) as refused:
        patient.fill(form, typed, patient.day(90))

    assert str(refused.value) == (
        f"A subject counts as lost after 3 dated attempts of 2 kinds; {count} of {found} are entered. "
        "Add the attempts, or save without completing."
    )
    patient.fill(form, typed, patient.day(90), complete=False)


def test_a_subject_is_lost_after_three_attempts_of_two_kinds(patient):
    typed = {**LOST, "ended_on": patient.day(90).isoformat(), **attempts(patient, "phone", "phone", "letter")}

    patient.log("ES", typed, patient.day(90))

    assert patient.form("ES").state == "complete"
