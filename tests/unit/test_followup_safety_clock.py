"""The 24 hours of a serious adverse event, at their edges."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from followup.safety_clock import Clock, ClockState, clock_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
LISBON = ZoneInfo("Europe/Lisbon")
FRIDAY = datetime(2025, 3, 28, 16, 0, tzinfo=SHANGHAI)


def clock(reported: datetime | None = None) -> Clock:
    return Clock(aware_at=FRIDAY, reported_at=reported)


@pytest.mark.parametrize(
    ("reported", "state", "late"),
    [
        (FRIDAY + timedelta(hours=23, minutes=59), ClockState.IN_TIME, 0),
        (FRIDAY + timedelta(hours=24), ClockState.IN_TIME, 0),
        (FRIDAY + timedelta(hours=24, minutes=1), ClockState.LATE, 1),
    ],
)
def test_a_report_of_saturday_is_in_time_until_the_hour_of_friday(reported, state, late):
    assert clock(reported).state(reported) is state
    assert clock(reported).minutes_late() == late


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (FRIDAY + timedelta(hours=24), ClockState.RUNNING),
        (FRIDAY + timedelta(hours=24, seconds=1), ClockState.OVERDUE),
    ],
)
def test_what_is_not_reported_is_overdue_after_the_last_moment(at, state):
    assert clock().state(at) is state


def test_the_time_left_turns_negative():
    assert clock().left(FRIDAY + timedelta(hours=20)) == timedelta(hours=4)
    assert clock().left(FRIDAY + timedelta(hours=25)) == -timedelta(hours=1)


def test_hours_are_hours_in_the_night_the_clocks_are_put_forward():
    aware = datetime(2025, 3, 29, 16, 0, tzinfo=LISBON)

    assert Clock(aware_at=aware, reported_at=None).due_at == datetime(2025, 3, 30, 17, 0, tzinfo=LISBON)


def test_the_moments_of_a_form_are_those_of_its_site():
    answers = {"aware_at": {"value": "2025-03-28T16:00"}, "reported_at": {"value": "2025-03-29T16:01"}}

    found = clock_of(answers, zone=SHANGHAI, entered_at=FRIDAY)

    assert found.aware_at == FRIDAY
    assert found.state(FRIDAY) is ClockState.LATE
    assert found.is_known


def test_without_a_moment_of_awareness_the_clock_runs_from_the_first_entry():
    found = clock_of({"reported_at": {"missing": "unknown"}}, zone=SHANGHAI, entered_at=FRIDAY)

    assert (found.aware_at, found.reported_at, found.is_known) == (FRIDAY, None, False)
