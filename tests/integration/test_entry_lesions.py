"""Lesions over the scans of a subject: what was found on one is to be read on every later one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from casebook.models import Draft, Form
from casebook.states import FormState
from tests.casebook_ground import a_coordinator, a_key, a_monitor, a_subject, again, queries_on, site_of, the_form
from tests.integration.test_entry_pages import box, browser_of, post, text_of

SCAN = {
    "modality": "mri",
    "arterial_phase": "Y",
    "lipiodol": "N",
    "chest_ct": "Y",
    "new_lesion": "no",
    "slice_thickness": "3",
    "slice_thickness.unit": "mm",
}
KNOWN = {"class": "target", "organ": "liver", "segment": "5"}
NOT_YET = "not yet read on this scan"

pytestmark = pytest.mark.django_db


def lesion(key: str, *, size: str = "30") -> dict[str, str]:
    """Return a target lesion of the liver, read."""
    row = f"lesions/{key}"
    return {
        f"{row}/class": "target",
        f"{row}/organ": "liver",
        f"{row}/segment": "5",
        f"{row}/evaluable": "Y",
        f"{row}/enhancement": "present",
        f"{row}/viable_diameter": size,
        f"{row}/viable_diameter.unit": "mm",
    }


def typed(on: str, timepoint: str, *keys: str) -> dict[str, str]:
    """Return a whole scan with these lesions."""
    rows: dict[str, str] = {}
    for key in keys:
        rows |= lesion(key)
    return {"scan_on": on, "timepoint": timepoint, "lesions.rows": " ".join(keys), **SCAN, **rows}


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def reader(coordinator) -> Client:
    return browser_of(coordinator)


@pytest.fixture
def scan_of(coordinator, reader) -> Callable[..., Form]:
    """Return the scans of one subject by number; a second one and more are added."""
    subject = a_subject(coordinator)

    def scan(number: int = 1) -> Form:
        if not Form.objects.filter(subject=subject, crf="TA", repeat=number).exists():
            first = the_form(subject, "TA", by=coordinator)
            added = {"crf": "TA", "visit": str(first.visit_id), "key": a_key()}
            reader.post(reverse("form-add", args=[subject.pk]), added)
        return the_form(subject, "TA", by=coordinator, repeat=number)

    return scan


def checks_on(scan: Form, coordinator: User) -> list[tuple[str, str]]:
    return [(query.check_id, query.state) for query in queries_on(scan, by=coordinator)]


def opened(reader: Client, scan: Form) -> Any:
    return reader.get(reverse("form", args=[scan.pk]))


@pytest.fixture
def late(coordinator, reader, scan_of) -> Form:
    """A follow-up scan completed without a row, before its baseline was given two lesions."""
    baseline, follow_up = scan_of(), scan_of(2)
    post(reader, baseline, typed("2025-01-06", "baseline"), act="complete")
    post(reader, follow_up, typed("2025-02-10", "follow-up"), act="complete")
    given = typed("2025-01-06", "baseline", "T1", "T2")
    assert post(reader, again(baseline, by=coordinator), given, act="complete", foreseen="1").status_code == 302
    return again(follow_up, by=coordinator)


class TestALesionAddedToAnEarlierScan:
    def test_stands_ready_on_a_scan_that_was_complete(self, reader, late):
        page = opened(reader, late)

        assert late.state == FormState.COMPLETE
        assert 'value="T1 T2"' in box(page, "lesions.rows")
        assert text_of(page).count(NOT_YET) == 2
        assert 'name="lesions/T1/evaluable"' in page.content.decode()
        assert '<option value="target" selected>' in page.content.decode()

    def test_is_asked_for_when_the_changes_are_saved(self, reader, late, coordinator):
        known = {f"lesions/{key}/{item}": value for key in ("T1", "T2") for item, value in KNOWN.items()}
        sent = typed("2025-02-10", "follow-up") | known | {"lesions.rows": "T1 T2"}

        refused = post(reader, late, sent, act="complete")

        assert refused.status_code == 422
        assert "Lesion T1, Evaluable on this scan" in text_of(refused)
        assert again(late, by=coordinator).version == late.version

    def test_is_kept_when_it_is_read(self, reader, late, coordinator):
        sent = typed("2025-02-10", "follow-up", "T1", "T2")

        saved = post(reader, late, sent, act="complete", foreseen="1")

        assert saved.status_code == 302
        kept = again(late, by=coordinator)
        assert kept.state == FormState.COMPLETE
        assert kept.answers["lesions/T2/viable_diameter"]["value"] == "30"
        assert NOT_YET not in text_of(opened(reader, kept))

    def test_may_be_left_for_later_without_losing_the_form(self, reader, late, coordinator):
        sent = typed("2025-02-10", "follow-up") | {"lesions.rows": ""}

        assert post(reader, late, sent, act="complete").status_code == 302
        assert again(late, by=coordinator).version == late.version

    def test_stands_ready_on_a_scan_that_is_in_progress(self, reader, scan_of, coordinator):
        baseline, follow_up = scan_of(), scan_of(2)
        post(reader, follow_up, {"scan_on": "2025-02-10", "lesions.rows": ""})
        post(reader, baseline, typed("2025-01-06", "baseline", "T1"))

        page = opened(reader, again(follow_up, by=coordinator))

        assert 'value="T1"' in box(page, "lesions.rows")

    def test_joins_those_of_the_scan_itself(self, reader, late, coordinator):
        post(reader, late, typed("2025-02-10", "follow-up", "T2"), act="save", foreseen="1")

        page = opened(reader, again(late, by=coordinator))

        assert 'value="T1 T2"' in box(page, "lesions.rows")
        assert text_of(page).count(NOT_YET) == 1

    def test_joins_what_a_draft_had(self, reader, late, coordinator):
        kept = {"based_on": str(late.version), "scan_on": "2025-02-10", "lesions.rows": ""}
        reader.post(reverse("form-draft", args=[late.pk]), kept)

        page = opened(reader, late)

        assert Draft.objects.filter(form=late).exists()
        assert 'value="T1 T2"' in box(page, "lesions.rows")

    def test_asks_nothing_of_who_only_reads(self, late, coordinator):
        page = opened(browser_of(a_monitor(site_of(coordinator))), late)

        assert page.status_code == 200
        assert "No row yet." in text_of(page)


class TestARowThatWasRemoved:
    """A follow-up scan completed with one of the two lesions of its baseline; the row of the other was removed."""

    @pytest.fixture
    def without(self, coordinator, reader, scan_of) -> Form:
        baseline, follow_up = scan_of(), scan_of(2)
        post(reader, baseline, typed("2025-01-06", "baseline", "T1", "T2"), act="complete")
        post(reader, follow_up, typed("2025-02-10", "follow-up", "T1"), act="complete")
        return again(follow_up, by=coordinator)

    def test_is_asked_for_by_a_query_and_offered_again(self, reader, without, coordinator):
        assert without.state == FormState.COMPLETE
        assert ("TA.lesions.without_row", "open") in checks_on(without, coordinator)
        assert 'value="T1 T2"' in box(opened(reader, without), "lesions.rows")

    def test_hinders_no_other_correction(self, reader, without, coordinator):
        known = {f"lesions/T2/{item}": value for item, value in KNOWN.items()}
        corrected = typed("2025-02-10", "follow-up", "T1") | known | {"lesions.rows": "T1 T2", "slice_thickness": "4"}

        saved = post(reader, without, corrected, act="complete", foreseen="1", why="Typed wrongly.")

        assert saved.status_code == 302
        kept = again(without, by=coordinator)
        assert (kept.version, kept.answers["slice_thickness"]["value"]) == (without.version + 1, "4")
        assert not [path for path in kept.answers if path.startswith("lesions/T2/")]

    def test_is_asked_for_item_by_item_once_it_is_begun(self, reader, without, coordinator):
        begun = {f"lesions/T2/{item}": value for item, value in KNOWN.items()} | {"lesions/T2/evaluable": "Y"}
        sent = typed("2025-02-10", "follow-up", "T1") | begun | {"lesions.rows": "T1 T2"}

        refused = post(reader, without, sent, act="complete", foreseen="1")

        assert refused.status_code == 422
        assert "Lesion T2, Arterial enhancement" in text_of(refused)

    def test_that_is_read_closes_the_query(self, reader, without, coordinator):
        post(reader, without, typed("2025-02-10", "follow-up", "T1", "T2"), act="complete", foreseen="1")

        assert ("TA.lesions.without_row", "closed") in checks_on(without, coordinator)


class TestALesionOfALaterScan:
    def test_is_not_asked_of_an_earlier_one(self, reader, scan_of, coordinator):
        baseline, follow_up = scan_of(), scan_of(2)
        post(reader, baseline, typed("2025-01-06", "baseline", "T1"))
        new = {"lesions/N1/class": "new", "lesions/N1/organ": "liver", "lesions.rows": "T1 N1"}
        post(reader, follow_up, typed("2025-02-10", "follow-up", "T1") | new)

        page = opened(reader, again(baseline, by=coordinator))

        assert 'value="T1"' in box(page, "lesions.rows")

    def test_is_not_asked_while_its_scan_has_no_day(self, reader, scan_of, coordinator):
        first, second = scan_of(), scan_of(2)
        post(reader, first, {"scan_on": "2025-02-10", "lesions.rows": ""})
        post(reader, second, {"lesions.rows": "T1", "lesions/T1/organ": "liver"})

        page = opened(reader, again(first, by=coordinator))

        assert 'value=""' in box(page, "lesions.rows")


class TestAScanWithoutALesion:
    def test_opens_a_query_when_it_is_complete_at_baseline(self, reader, scan_of, coordinator):
        baseline = scan_of()

        post(reader, baseline, typed("2025-01-06", "baseline"))
        before = queries_on(baseline, by=coordinator)
        post(reader, again(baseline, by=coordinator), typed("2025-01-06", "baseline"), act="complete")

        assert before == []
        assert checks_on(baseline, coordinator) == [("TA.lesions.none_at_baseline", "open")]

    def test_that_is_given_its_lesions_closes_the_query(self, reader, late, scan_of, coordinator):
        assert checks_on(scan_of(), coordinator) == [("TA.lesions.none_at_baseline", "closed")]

    def test_opens_a_query_when_earlier_scans_show_lesions(self, reader, scan_of, coordinator):
        post(reader, scan_of(), typed("2025-01-06", "baseline", "T1"), act="complete")
        post(reader, scan_of(2), typed("2025-02-10", "follow-up"), act="complete")

        assert checks_on(scan_of(2), coordinator) == [("TA.lesions.none_read", "open")]
        assert "Earlier scans show T1" in text_of(opened(reader, scan_of(2)))
