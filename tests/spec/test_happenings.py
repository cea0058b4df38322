"""What happened after randomization, as days: operation, progression, death, withdrawal, new therapy, last proof of life.

The subject is randomized on 7 April 2025, after a baseline of one lesion of 40 mm and two complete responses.
"""

from __future__ import annotations

from datetime import date

import pytest

from protocol.happenings import happened
from protocol.record import Record
from tests.protocol_ground import R, form, lesion, scan

SCREENING = (
    scan("2024-10-01", lesion("T1", "40"), timepoint="baseline", visit="SCR"),
    scan("2025-02-20", lesion("T1", "0"), visit="SCR"),
    scan("2025-03-24", lesion("T1", "0"), visit="SCR"),
)
GONE = lesion("T1", "0")


def after(*forms, randomized_on=R):
    """Return what happened to a subject with these forms besides those of screening."""
    return happened(Record(subject="S", forms=(*SCREENING, *forms)), randomized_on=randomized_on)


def seen(on, *lesions, **items):
    return scan(on, *lesions, visit="M2", **items)


def operation(on, purpose="primary", finding="none", **more):
    return form(
        "OP", visit="", performed="Y", operated_on=on, purpose=purpose, procedure="anatomical", finding=finding, **more
    )


def no_operation(on, reason="refusal", **more):
    return form("OP", visit="", performed="N", not_performed_on=on, not_performed_reason=reason, **more)


def therapy(on, kind="targeted", conversion="N", **more):
    return form("NT", on, visit="", kind=kind, of_conversion_regimen=conversion, **more)


def withdrawal(on, of, **more):
    return form("WD", on, visit="", of=of, **more)


def death(on, **more):
    return form("DT", on, visit="", cause="hcc", **more)


def end(on, how, **more):
    return form("ES", on, visit="", how=how, **more)


def contact(on, status):
    return form("SS", on, visit="SFU", status=status)


def days(text):
    return date.fromisoformat(text) if text else None


# --- nothing ------------------------------------------------------------------------------------------------------


def test_nothing_happens_to_a_subject_just_randomized_but_that_he_lives():
    found = after()

    assert found.last_alive_on == date(2025, 3, 24)
    assert (found.operation_on, found.not_operated_on, found.progression_on, found.died_on) == (None,) * 4
    assert (found.died_partial, found.end_how, found.public_records_allowed, found.is_dead) == ("", "", False, False)
    assert (found.withdrawn_treatment_on, found.withdrawn_visits_on, found.withdrawn_consent_on) == (None,) * 3
    assert (found.lost_on, found.ended_on, found.new_therapy_on) == (None,) * 3


def test_an_empty_record_says_nothing():
    assert happened(Record(subject="S"), randomized_on=None).last_alive_on is None


# --- operation ----------------------------------------------------------------------------------------------------

OPERATIONS = {
    # forms: (operated on, purpose, not operated on, why not)
    "operated": ((operation("2025-04-20"),), ("2025-04-20", "primary", None, "")),
    "on the day of randomization": ((operation("2025-04-07"),), ("2025-04-07", "primary", None, "")),
    "before randomization": ((operation("2025-04-06"),), (None, "", None, "")),
    "refused": ((no_operation("2025-04-20"),), (None, "", "2025-04-20", "refusal")),
    "refused, then operated": (
        (no_operation("2025-04-20"), operation("2025-05-02")),
        ("2025-05-02", "primary", None, ""),
    ),
    "the first of two": (
        (operation("2025-09-01", "salvage"), operation("2025-04-20")),
        ("2025-04-20", "primary", None, ""),
    ),
    "crossover": ((operation("2025-08-01", "crossover"),), ("2025-08-01", "crossover", None, "")),
    "not complete": ((operation("2025-04-20", complete=False),), (None, "", None, "")),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_operation(name):
    forms, (on, purpose, not_on, why_not) = OPERATIONS[name]

    found = after(*forms)

    assert (found.operation_on, found.operation_purpose) == (days(on), purpose)
    assert (found.not_operated_on, found.not_operated_reason) == (days(not_on), why_not)


def test_the_last_word_on_why_there_was_no_operation_counts():
    found = after(no_operation("2025-04-20", "unfit", repeat=1), no_operation("2025-04-25", "progression", repeat=2))

    assert (found.not_operated_on, found.not_operated_reason) == (date(2025, 4, 25), "progression")


# --- progression --------------------------------------------------------------------------------------------------

TYPICAL = {"new_pattern": "typical"}
PROGRESSIONS = {
    "still gone": ((seen("2025-06-05", GONE),), None),
    "a new lesion": ((seen("2025-06-05", GONE, lesion("N1", "12", **TYPICAL), new_lesion="yes"),), "2025-06-05"),
    "the lesion is back": ((seen("2025-06-05", lesion("T1", "15")),), "2025-06-05"),
    "the first of two": (
        (
            seen("2025-08-05", lesion("T1", "30")),
            seen("2025-06-05", lesion("T1", "15")),
        ),
        "2025-06-05",
    ),
    "seen first when it was still doubtful": (
        (seen("2025-06-05", lesion("T1", "6")), seen("2025-07-10", lesion("T1", "15"))),
        "2025-06-05",
    ),
    "a scan that is not complete": ((seen("2025-06-05", lesion("T1", "15"), complete=False),), None),
    "a scan before randomization": ((seen("2025-04-01", lesion("T1", "15")),), None),
    "a scan on the day of randomization": ((seen("2025-04-07", lesion("T1", "15")),), None),
    "doubtful before randomization, progression after": (
        (seen("2025-04-01", lesion("T1", "6")), seen("2025-06-05", lesion("T1", "15"))),
        "2025-06-05",
    ),
    "found at operation": ((operation("2025-04-20", finding="extrahepatic"),), "2025-04-20"),
    "nothing found at operation": ((operation("2025-04-20"),), None),
    "found at operation, and by a later scan": (
        (operation("2025-04-20", finding="unresectable"), seen("2025-06-05", lesion("T1", "15"))),
        "2025-04-20",
    ),
    "suspected without a scan": (
        (form("VR", "2025-06-05", visit="M2", relapse_suspected="Y", relapse_basis="Weight loss"),),
        None,
    ),
}


@pytest.mark.parametrize("name", PROGRESSIONS)
def test_progression(name):
    forms, expected = PROGRESSIONS[name]

    assert after(*forms).progression_on == days(expected)


def test_nothing_is_a_progression_of_a_subject_that_is_not_randomized():
    found = after(
        seen("2025-06-05", lesion("T1", "15")),
        operation("2025-04-20", finding="extrahepatic"),
        therapy("2025-05-01"),
        randomized_on=None,
    )

    assert (found.progression_on, found.operation_on, found.new_therapy_on) == (None, None, None)


# --- new therapy --------------------------------------------------------------------------------------------------

THERAPIES = {
    "another agent": ((therapy("2025-06-01"),), "2025-06-01"),
    "an agent of the conversion treatment": ((therapy("2025-06-01", conversion="Y"),), None),
    "arterial, though of the conversion treatment": ((therapy("2025-06-01", "arterial", "Y"),), "2025-06-01"),
    "on the day of randomization": ((therapy("2025-04-07"),), None),
    "the day after": ((therapy("2025-04-08"),), "2025-04-08"),
    "the first of two": ((therapy("2025-08-01"), therapy("2025-06-01", "radiotherapy")), "2025-06-01"),
    "in a month": ((therapy("2025-06"),), "2025-06-01"),
    "in the month of randomization": ((therapy("2025-04-UNK"),), "2025-04-08"),
    "at a time unknown": ((therapy("UNK"),), None),
    "crossover to surgery": ((operation("2025-07-01", "crossover"),), "2025-07-01"),
    "salvage by surgery": ((operation("2025-07-01", "salvage"),), "2025-07-01"),
    "surgery as the arm asks": ((operation("2025-04-20"),), None),
    "not complete": ((therapy("2025-06-01", complete=False),), None),
}


@pytest.mark.parametrize("name", THERAPIES)
def test_new_therapy(name):
    forms, expected = THERAPIES[name]

    assert after(*forms).new_therapy_on == days(expected)


# --- death, withdrawal, end ---------------------------------------------------------------------------------------

DEATHS = {
    "2025-08-10": ("2025-08-10", ""),
    "2025-08": (None, "2025-08"),
    "2025-UNK": (None, "2025-UNK"),
    "UNK": (None, "UNK"),
}


@pytest.mark.parametrize("said", DEATHS)
def test_a_day_of_death_that_is_not_known_is_kept_as_far_as_it_is(said):
    on, partial = DEATHS[said]

    found = after(death(said))

    assert (found.died_on, found.died_partial) == (days(on), partial)
    assert found.is_dead


def test_a_death_that_is_not_complete_has_not_happened_yet():
    assert not after(death("2025-08-10", complete=False)).is_dead


@pytest.mark.parametrize("of", ["treatment", "visits", "consent"])
def test_each_kind_of_withdrawal_has_its_own_day_and_the_first_counts(of):
    found = after(withdrawal("2025-09-01", of), withdrawal("2025-06-01", of))

    said = {
        "treatment": found.withdrawn_treatment_on,
        "visits": found.withdrawn_visits_on,
        "consent": found.withdrawn_consent_on,
    }
    assert said == {kind: date(2025, 6, 1) if kind == of else None for kind in said}


@pytest.mark.parametrize(("said", "allowed"), [("Y", True), ("N", False), (None, False)])
def test_public_records_are_allowed_by_the_consent_form_alone(said, allowed):
    assert after(withdrawal("2025-06-01", "consent", public_records=said)).public_records_allowed is allowed


ENDS = {
    "completed": (None, "2027-04-10"),
    "lost": ("2027-04-10", "2027-04-10"),
    "physician": (None, "2027-04-10"),
}


@pytest.mark.parametrize("how", ENDS)
def test_the_end_of_the_study(how):
    lost_on, ended_on = ENDS[how]

    found = after(end("2027-04-10", how))

    assert (found.end_how, found.lost_on, found.ended_on) == (how, days(lost_on), days(ended_on))


def test_who_is_heard_of_again_is_not_lost():
    assert after(end("2025-12-01", "lost", complete=False)).lost_on is None


# --- the last proof of life ---------------------------------------------------------------------------------------

LIVES = {
    "a visit": ((form("VR", "2025-06-05", visit="M2"),), "2025-06-05"),
    "a scan": ((seen("2025-06-06", GONE),), "2025-06-06"),
    "a sample": ((form("MK", "2025-06-07", visit="M2"),), "2025-06-07"),
    "the latest of all": (
        (seen("2025-06-06", GONE), form("HE", "2025-06-09", visit="M2"), form("VR", "2025-06-05", visit="M2")),
        "2025-06-09",
    ),
    "heard of alive": ((contact("2025-09-01", "alive"),), "2025-09-01"),
    "not reached": ((contact("2025-09-01", "not reached"),), "2025-03-24"),
    "heard of dead": ((contact("2025-09-01", "dead"),), "2025-03-24"),
    "assessed after the operation": ((form("PO", "2025-05-20", visit="POD30", alive="Y"),), "2025-05-20"),
    "said to be dead after the operation": ((form("PO", "2025-05-20", visit="POD30", alive="N"),), "2025-03-24"),
    "a report of pathology": ((form("PA", "2025-05-20", visit="", operated_on="2025-04-20"),), "2025-03-24"),
    "withdrawn by the subject": ((withdrawal("2025-07-01", "visits", decided_by="subject"),), "2025-07-01"),
    "withdrawn by the investigator": ((withdrawal("2025-07-01", "visits", decided_by="investigator"),), "2025-03-24"),
    "not complete": ((form("VR", "2025-06-05", visit="M2", complete=False),), "2025-03-24"),
    "on the day of death": ((form("MK", "2025-08-10", visit="M4"), death("2025-08-10")), "2025-08-10"),
    "after the day of death": ((form("MK", "2025-08-11", visit="M4"), death("2025-08-10")), "2025-03-24"),
    "in the month of death": ((form("MK", "2025-08-20", visit="M4"), death("2025-08-UNK")), "2025-08-20"),
    "after the month of death": ((form("MK", "2025-09-01", visit="M4"), death("2025-08-UNK")), "2025-03-24"),
    "death at a time unknown": ((form("MK", "2025-09-01", visit="M4"), death("UNK")), "2025-09-01"),
}


@pytest.mark.parametrize("name", LIVES)
def test_the_last_proof_of_life(name):
    forms, expected = LIVES[name]

    assert after(*forms).last_alive_on == days(expected)


def test_the_order_the_forms_are_given_in_does_not_matter():
    forms = (
        operation("2025-04-20"),
        seen("2025-06-05", lesion("T1", "15")),
        therapy("2025-07-01"),
        death("2026-01-02"),
    )

    assert after(*forms) == after(*reversed(forms))
