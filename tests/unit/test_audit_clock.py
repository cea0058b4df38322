"""The moment to act at: the clock's own; a demonstration alone can be moved on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from audit import clock


@pytest.fixture
def demonstration(settings, tmp_path: Path) -> Path:
    settings.CLOCK_FILE = str(tmp_path / "clock")
    return tmp_path / "clock"


def test_nobody_moved_the_clock():
    assert clock.days_ahead() == 0
    assert abs(clock.now() - timezone.now()) < timedelta(seconds=1)


def test_days_pass_in_a_demonstration_and_add_up(demonstration: Path):
    clock.move_on(24)

    assert clock.move_on(7) == 31
    assert timedelta(days=31) <= clock.now() - timezone.now() + timedelta(seconds=1) < timedelta(days=31, seconds=2)


@pytest.mark.parametrize("days", [0, -1, clock.MOST_DAYS_AHEAD + 1])
def test_time_never_goes_back_nor_further_than_a_trial_lasts(demonstration: Path, days: int):
    with pytest.raises(ValueError, match="Expected 1 to"):
        clock.move_on(days)

    assert clock.days_ahead() == 0


def test_production_has_no_other_time(settings, demonstration: Path):
    clock.move_on(5)
    settings.PRODUCTION = True

    assert clock.days_ahead() == 0
    with pytest.raises(ValueError, match="in a demonstration"):
        clock.move_on(1)


def test_a_file_that_says_nothing_moves_nothing(demonstration: Path):
    demonstration.write_text("")

    assert clock.days_ahead() == 0
