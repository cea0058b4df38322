"""The figures of the reports on subjects whose course is known to the day."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from accounts.models import Site, User
from casebook.models import Subject
from outcomes.selectors.endpoints import Endpoints, read
from protocol.endpoint_reading import Allocated
from protocol.record import FormRecord, Record
from reports import response, survival
from reports.shape import Asked, Report
from tests.protocol_ground import baseline, complete_response, form, lesion, scan

RESECTED = Allocated(arm="RESECT", randomized_on=date(2025, 1, 15), cut_on=date(2027, 12, 31))
WATCHED = replace(RESECTED, arm="WW")
ASKED = Asked(
    user=User(name="Somebody"),
    sites=[Site(code="S1")],
    choices=[],
    site=None,
    cut_on=RESECTED.cut_on,
    cut_text="",
    at=datetime(2028, 1, 1, tzinfo=UTC),
)


def subject(given: Allocated, *forms: FormRecord) -> Endpoints:
    record = Record(subject="001", forms=(baseline(), complete_response("2025-01-02"), *forms))
    return read(Subject(pk=uuid.uuid4(), number="001"), record, given)


def operated() -> FormRecord:
    return form("OP", performed="Y", operated_on="2025-02-10", purpose="primary", finding="none")


def specimen(viable: str) -> FormRecord:
    said = {"operated_on": "2025-02-10", "viable_tumour": viable, "margin": "R0"}
    return form("PA", "2025-02-20", sampling_adequate="Y", beds_resected="Y", **said)


PROGRESSED = scan("2025-05-15", lesion("T1", "15"), lesion("NT1", "0"))
CLEAR = tuple(complete_response(f"2025-{month:02}-15") for month in (3, 5, 7))
PEOPLE = (
    subject(RESECTED, *CLEAR, operated(), specimen("none")),
    subject(RESECTED, CLEAR[0], PROGRESSED, operated(), specimen("present")),
    subject(WATCHED, *CLEAR),
    subject(WATCHED, CLEAR[0], form("DT", died_on="2025-05-01", cause="hcc")),
    subject(WATCHED, CLEAR[0], form("DT", died_on="2025-05", cause="hcc")),
)


@pytest.fixture(autouse=True)
def _people(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (survival, response):
        monkeypatch.setattr(module, "all_endpoints", lambda *args, **kwargs: list(PEOPLE))


def rows(report: Report, name: str) -> list[tuple[object, ...]]:
    return [tuple(row) for table in report.tables if table.name == name for row in table.rows]


def test_pooled_survival_counts_all_and_names_no_arm():
    report = survival.survival("pfs")(ASKED)

    assert rows(report, "medians")[0][:3] == ("All", 4, 2)
    assert "Left out: 1, of whom a day is known only in part. Enter it." in report.notes
    assert not rows(report, "comparison")


def test_by_arm_each_has_its_line_and_both_are_compared():
    report = survival.survival("pfs")(replace(ASKED, by_arm=True))

    assert [row[:3] for row in rows(report, "medians")] == [("Liver resection", 2, 1), ("Watch and wait", 2, 1)]
    assert len(rows(report, "comparison")) == 1
    assert {row[1] for row in rows(report, "sensitivity")} == {"Liver resection", "Watch and wait"}


def test_the_other_readings_stand_beside():
    report = survival.survival("pfs")(ASKED)

    events = {row[0]: row[2] for row in rows(report, "sensitivity")}
    assert events["Time to progression: death does not count"] == 1


def test_overall_survival_leaves_out_who_died_on_no_known_day():
    assert rows(survival.survival("os")(ASKED), "medians")[0][:3] == ("All", 4, 1)


def test_beyond_the_last_observation_no_estimate_is_given():
    estimates = {row[1]: row[4] for row in rows(survival.survival("pfs")(ASKED), "estimates")}

    assert estimates[0] == "100.0% (100.0%–100.0%)"
    assert estimates[12] == "–"


def test_the_rate_of_response_has_both_denominators():
    report = response.response(ASKED)

    assert [row[:3] for row in rows(report, "rates")] == [
        ("Evaluable specimens", 1, 2),
        ("All allocated to resection", 1, 2),
    ]
    assert rows(report, "rates")[0][3] == "50.0% (1.3%–98.7%)"
    assert dict(rows(report, "specimens"))["Viable tumour left"] == 1
