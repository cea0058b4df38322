"""Beside the diameter of today a reader sees what the scans before it measured of that lesion."""

from __future__ import annotations

import pytest

from casebook.models import Form
from casebook.words import box_id
from tests.casebook_ground import again
from tests.integration.test_entry_lesions import coordinator, lesion, opened, reader, scan_of, typed
from tests.integration.test_entry_pages import post

__all__ = ["coordinator", "reader", "scan_of"]  # fixtures
pytestmark = pytest.mark.django_db


@pytest.fixture
def third(reader, scan_of) -> Form:
    """An empty third scan: T1 had 40 mm at baseline and 12 mm later, the new one was found on the second."""
    for number, (on, timepoint, sizes) in enumerate(
        [("2025-01-06", "baseline", {"T1": "40"}), ("2025-02-10", "follow-up", {"T1": "12", "N1": "16"})], 1
    ):
        scan = typed(on, timepoint, *sizes) | {"lesions.rows": " ".join(sizes)}
        for key, size in sizes.items():
            scan |= lesion(key, size=size)
        assert post(reader, scan_of(number), scan, act="complete").status_code == 302
    return scan_of(3)


def test_what_was_measured_before_stands_beside_the_diameter_of_today(reader, third):
    page = opened(reader, third).content.decode()

    for key, said in {
        "T1": "Baseline 40 mm (6 Jan 2025) · smallest 12 mm (10 Feb 2025)",
        "N1": "smallest 16 mm (10 Feb 2025)",
    }.items():
        beside = page.partition(f'id="{box_id("lesions/" + key + "/viable_diameter")}-about"')[2].partition("</div>")[0]
        assert f'<p class="help">{said}</p>' in beside


def test_the_baseline_says_nothing_of_what_came_later(reader, third, scan_of, coordinator):
    page = opened(reader, again(scan_of(1), by=coordinator)).content.decode()

    assert "smallest" not in page


def test_a_scan_between_knows_only_the_scans_before_it(reader, third, scan_of, coordinator):
    page = opened(reader, again(scan_of(2), by=coordinator)).content.decode()

    assert "Baseline 40 mm (6 Jan 2025) · smallest 40 mm (6 Jan 2025)" in page
    assert "16 mm" not in page
