"""What became of each randomized subject, as the flow diagram counts it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date

import pytest

from casebook.models import Subject
from outcomes.selectors.endpoints import Endpoints, read, without_arm
from outcomes.selectors.flow import _randomized
from protocol.endpoint_reading import Allocated
from protocol.record import FormRecord, Record
from tests.protocol_ground import baseline, complete_response, form, lesion, scan

RESECTED = Allocated(arm="RESECT", randomized_on=date(2025, 1, 15), cut_on=date(2025, 12, 31))
WATCHED = replace(RESECTED, arm="WW")


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


def test_a_death_without_its_day_is_not_analysed():
    dead = _randomized(endpoints(WATCHED, form("DT", died_on="2025-03", cause="hcc")))

    assert (dead.analysed, dead.why_not_analysed) == (False, "A day the endpoint asks for is known only in part")


def test_a_rule_told_without_the_arm_speaks_of_no_operation():
    found = endpoints(RESECTED, operated("2025-02-10", finding="extrahepatic", finding_basis="pathology"))
    told = without_arm(found.pfs)

    assert told.rule.english() == "Progression: the event is that of 2025-02-10."
    assert (told.on, told.cnsr, told.alternatives) == (found.pfs.on, 0, ())
