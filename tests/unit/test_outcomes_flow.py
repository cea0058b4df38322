"""What became of each randomized subject, as the flow diagram counts it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from casebook.models import Subject
from outcomes.selectors.endpoints import UNTOLD, Endpoints, read
from outcomes.selectors.flow import _randomized
from protocol.assessments import Assessment, assess
from protocol.endpoint_reading import Allocated
from protocol.lesions import Scan
from protocol.record import FormRecord, Record
from tests.protocol_ground import baseline, complete_response, form, lesion, scan

RESECTED = Allocated(arm="RESECT", randomized_on=date(2025, 1, 15), cut_on=date(2025, 12, 31))
WATCHED = replace(RESECTED, arm="WW")
UNKNOWING = replace(RESECTED, arm=UNTOLD)  # as a reader who may not know the arm


def endpoints(given: Allocated, *forms: FormRecord) -> Endpoints:
    record = Record(subject="001", forms=(baseline(), complete_response("2025-01-02"), *forms))
    return read(Subject(pk=uuid.uuid4(), number="001"), record, given)


def operated(on: str, purpose: str = "primary", **items: str) -> FormRecord:
    return form("OP", performed="Y", operated_on=on, purpose=purpose, **({"finding": "none"} | items))


def declined() -> FormRecord:
    return form("OP", performed="N", not_performed_on="2025-02-01", not_performed_reason="refusal")


PROGRESSED = scan("2025-03-15", lesion("T1", "15"), lesion("NT1", "0"))

CASES = {
    "not operated yet": (RESECTED, (), ("pending", "", "")),
    "operated": (RESECTED, (operated("2025-02-10"),), ("received", "", "")),
    "operation after the cut": (RESECTED, (operated("2026-01-10"),), ("pending", "", "")),
    "refused": (RESECTED, (declined(),), ("not received", "The subject refuses", "")),
    "explored only": (
        RESECTED,
        (operated("2025-02-10", procedure="exploration"),),
        ("not received", "Operated without resection", ""),
    ),
    "watched": (WATCHED, (), ("received", "", "")),
    "crossed over": (
        WATCHED,
        (operated("2025-02-10", "crossover"),),
        ("not received", "Resected without progression", "Resected without progression"),
    ),
    "resected after progression": (WATCHED, (PROGRESSED, operated("2025-04-10", "salvage")), ("received", "", "")),
    "treatment withdrawn": (
        WATCHED,
        (form("WD", "2025-02-20", of="treatment", decided_by="subject"),),
        ("received", "", "Treatment withdrawn"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_became_of_the_intervention(name):
    given, forms, expected = CASES[name]
    person = _randomized(endpoints(given, *forms))

    assert (person.received, person.why_not, person.discontinued) == expected


def test_the_lost_are_analysed():
    lost = _randomized(endpoints(WATCHED, form("ES", "2025-08-01", how="lost")))

    assert (lost.lost, lost.analysed) == (True, True)


WITHDREW = form("WD", "2025-08-01", of="consent", decided_by="subject", public_records="N")
ENDED = form("ES", "2025-08-01", how="consent withdrawn")


@pytest.mark.parametrize("forms", [(WITHDREW,), (ENDED,), (WITHDREW, ENDED)])
@pytest.mark.parametrize("given", [WATCHED, RESECTED, UNKNOWING])
def test_who_withdrew_consent_is_counted_from_that_day_and_analysed(given, forms):
    on_the_day, before = (replace(given, cut_on=date(2025, 8, 1)), replace(given, cut_on=date(2025, 7, 31)))
    person = _randomized(endpoints(on_the_day, *forms))

    assert (person.withdrew, person.lost, person.analysed) == (True, False, True)
    assert not _randomized(endpoints(before, *forms)).withdrew


@pytest.mark.parametrize("of", ["treatment", "visits"])
def test_who_ends_treatment_or_visits_did_not_withdraw_consent(of):
    ended = form("WD", "2025-08-01", of=of, decided_by="subject")

    assert not _randomized(endpoints(WATCHED, ended)).withdrew


def test_a_death_without_its_day_is_not_analysed():
    dead = _randomized(endpoints(WATCHED, form("DT", died_on="2025-03", cause="hcc")))

    assert (dead.analysed, dead.why_not_analysed) == (False, "A day the endpoint asks for is known only in part")


# --- scans are judged once ---------------------------------------------------------------------------------------


def test_the_scans_of_a_subject_are_judged_once(monkeypatch):
    judged: list[int] = []

    def counted(scans: Iterable[Scan]) -> tuple[Assessment, ...]:
        judged.append(1)
        return assess(scans)

    monkeypatch.setattr("protocol.endpoint_reading.assess", counted)
    monkeypatch.setattr("protocol.happenings.assess", counted)
    found = endpoints(WATCHED, PROGRESSED)

    assert found.happened.progression_on == found.pfs.on == date(2025, 3, 15)
    assert len(judged) == 1


def test_no_progression_is_read_from_a_scan_after_the_data_cut():
    cut = replace(WATCHED, cut_on=date(2025, 3, 14))

    assert endpoints(cut, PROGRESSED).happened.progression_on is None
    assert endpoints(replace(cut, cut_on=date(2025, 3, 15)), PROGRESSED).happened.progression_on == date(2025, 3, 15)


# --- to a reader who may not know the arm -------------------------------------------------------------------------

SEEN = (PROGRESSED, scan("2025-05-15", lesion("T1", "0"), lesion("NT1", "0")), form("ES", "2025-08-01", how="lost"))
TELLING = {
    "refused": (declined(),),
    "operated": (operated("2025-02-10"), form("PO", "2025-03-12", alive="Y")),
    "explored only": (operated("2025-02-10", procedure="exploration"),),
    "disease found": (operated("2025-02-10", finding="extrahepatic", finding_basis="pathology"),),
    "crossed over": (operated("2025-02-10", "crossover"),),
    "resected after progression": (operated("2025-04-10", "salvage"),),
    "reported": (operated("2025-02-10"), form("PA", operated_on="2025-02-10", reported_on="2025-02-20", margin="R0")),
    "seen at a visit after the operation": (replace(form("VR", "2025-07-01"), visit="POD90"),),
}


def told(found: Endpoints) -> tuple[object, ...]:
    """Return all that is shown of a subject, its key left out."""
    return found.pfs, found.os, found.ttf, found.pcr, found.happened, replace(_randomized(found), key="")


@pytest.mark.parametrize("seen", [(), SEEN], ids=["nothing else", "a course"])
@pytest.mark.parametrize("name", TELLING)
def test_what_happens_in_one_arm_only_changes_nothing_of_what_is_told_without_the_arm(name, seen):
    for cut_on in (date(2025, 2, 9), date(2025, 2, 10), date(2025, 3, 14), date(2025, 12, 31)):
        unknowing = replace(UNKNOWING, cut_on=cut_on)

        assert told(endpoints(unknowing, *seen, *TELLING[name])) == told(endpoints(unknowing, *seen))


def test_to_who_may_know_the_arm_an_operation_does_change_the_endpoints():
    found = operated("2025-02-10", finding="extrahepatic", finding_basis="pathology")

    assert endpoints(RESECTED, found).pfs.rule.english() == (
        "Progression found at the operation of 2025-02-10: the event is that day."
    )


def test_no_reading_beside_the_endpoint_names_the_operation_without_the_arm():
    names = {title for title, _ in endpoints(UNKNOWING).pfs.alternatives}
    known = {title for title, _ in endpoints(RESECTED).pfs.alternatives}

    assert known - names == {"Without progression found at operation"}
    assert len(names) == 2
