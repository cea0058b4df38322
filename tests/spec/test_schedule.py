"""The visits of 24 months: targets, windows and the state of a visit on a day."""

from __future__ import annotations

from datetime import date

import pytest

from protocol.arms import RESECTION, WATCH_AND_WAIT
from protocol.schedule import VISITS, VisitStatus, status_of, target_on, visits_for, window_of
from protocol.trial import TRIAL

RANDOMIZED_ON = date(2025, 1, 15)
OPERATED_ON = date(2025, 2, 10)


def iso(*texts: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(text) for text in texts)


@pytest.mark.parametrize(
    ("visit", "target", "opens", "closes"),
    [
        ("RAND", "2025-01-15", "2025-01-15", "2025-01-15"),
        ("SURG", "2025-02-12", "2025-01-16", "2025-02-12"),  # the day after, to day 28
        ("M1", "2025-02-15", "2025-02-08", "2025-02-22"),
        ("M2", "2025-03-15", "2025-03-08", "2025-03-22"),
        ("M4", "2025-05-15", "2025-05-08", "2025-05-22"),
        ("M6", "2025-07-15", "2025-07-08", "2025-07-22"),
        ("M8", "2025-09-15", "2025-09-08", "2025-09-22"),
        ("M10", "2025-11-15", "2025-11-08", "2025-11-22"),
        ("M12", "2026-01-15", "2026-01-08", "2026-01-22"),
        ("M15", "2026-04-15", "2026-04-01", "2026-04-29"),
        ("M18", "2026-07-15", "2026-07-01", "2026-07-29"),
        ("M21", "2026-10-15", "2026-10-01", "2026-10-29"),
        ("M24", "2027-01-15", "2027-01-15", "2027-02-12"),  # nothing before 24 months
    ],
)
def test_a_visit_is_anchored_on_randomization(visit, target, opens, closes):
    window = window_of(TRIAL.visit(visit), RANDOMIZED_ON)

    assert (window.target, window.opens, window.closes) == iso(target, opens, closes)


@pytest.mark.parametrize(
    ("visit", "target", "opens", "closes"),
    [
        ("POD30", "2025-03-12", "2025-03-05", "2025-03-19"),
        ("POD90", "2025-05-11", "2025-04-27", "2025-05-25"),
    ],
)
def test_a_visit_after_surgery_is_anchored_on_the_operation(visit, target, opens, closes):
    window = window_of(TRIAL.visit(visit), OPERATED_ON)

    assert (window.target, window.opens, window.closes) == iso(target, opens, closes)


@pytest.mark.parametrize(
    ("randomized_on", "visit", "target"),
    [
        ("2025-08-31", "M6", "2026-02-28"),
        ("2023-08-31", "M6", "2024-02-29"),
        ("2024-02-29", "M12", "2025-02-28"),
        ("2025-12-31", "M2", "2026-02-28"),
    ],
)
def test_a_target_clamps_to_the_end_of_the_month(randomized_on, visit, target):
    assert target_on(TRIAL.visit(visit), date.fromisoformat(randomized_on)) == date.fromisoformat(target)


def test_survival_contacts_come_again_every_three_months():
    contacts = [target_on(TRIAL.visit("SFU"), date(2025, 8, 31), times=times) for times in (1, 2, 3)]

    assert contacts == list(iso("2025-11-30", "2026-02-28", "2026-05-31"))


class TestTheStateOfAVisit:
    MONTH_2 = TRIAL.visit("M2")  # 8 to 22 March

    @pytest.mark.parametrize(
        ("on", "status"),
        [
            ("2025-03-07", VisitStatus.UPCOMING),
            ("2025-03-08", VisitStatus.DUE),
            ("2025-03-22", VisitStatus.DUE),
            ("2025-03-23", VisitStatus.MISSED),
        ],
    )
    def test_before_it_took_place_follows_the_day(self, on, status):
        on_day = date.fromisoformat(on)

        assert status_of(self.MONTH_2, anchor=RANDOMIZED_ON, done_on=None, on=on_day) is status

    @pytest.mark.parametrize(
        ("done_on", "status"),
        [
            ("2025-03-07", VisitStatus.EARLY),
            ("2025-03-08", VisitStatus.IN_WINDOW),
            ("2025-03-22", VisitStatus.IN_WINDOW),
            ("2025-03-23", VisitStatus.LATE),
        ],
    )
    def test_once_it_took_place_follows_its_own_day(self, done_on, status):
        done = date.fromisoformat(done_on)

        assert status_of(self.MONTH_2, anchor=RANDOMIZED_ON, done_on=done, on=date(2026, 1, 1)) is status

    def test_without_its_anchor_is_not_planned(self):
        assert status_of(self.MONTH_2, anchor=None, done_on=None, on=RANDOMIZED_ON) is VisitStatus.NOT_PLANNED

    def test_of_a_visit_without_window_is_never_late(self):
        screening = TRIAL.visit("SCR")

        assert window_of(screening, RANDOMIZED_ON) is None
        assert status_of(screening, anchor=None, done_on=RANDOMIZED_ON, on=RANDOMIZED_ON) is VisitStatus.IN_WINDOW

    @pytest.mark.parametrize(
        ("on", "status"),
        [("2025-02-12", VisitStatus.DUE), ("2025-02-26", VisitStatus.DUE), ("2025-02-27", VisitStatus.MISSED)],
    )
    def test_of_surgery_leaves_fourteen_days_for_a_reason(self, on, status):
        surgery = TRIAL.visit("SURG")

        assert status_of(surgery, anchor=RANDOMIZED_ON, done_on=None, on=date.fromisoformat(on)) is status

    def test_of_surgery_after_day_28_is_late(self):
        surgery = TRIAL.visit("SURG")

        late = status_of(surgery, anchor=RANDOMIZED_ON, done_on=date(2025, 2, 13), on=date(2025, 3, 1))

        assert late is VisitStatus.LATE


def test_both_arms_share_the_calendar_and_only_resection_has_surgery():
    resection = {visit.code for visit in visits_for(RESECTION)}
    watch_and_wait = {visit.code for visit in visits_for(WATCH_AND_WAIT)}

    assert resection - watch_and_wait == {"SURG", "POD30", "POD90"}
    assert watch_and_wait < resection


def test_visits_are_numbered_in_their_order_and_ask_for_forms_that_exist():
    numbers = [visit.number for visit in VISITS]

    assert numbers == sorted(set(numbers))
    for visit in VISITS:
        assert visit.source
        for form in visit.forms:
            assert not TRIAL.crf(form).log, f"{form} belongs to the subject, not to {visit.code}"


def test_every_visit_with_imaging_asks_for_the_markers():
    for visit in VISITS:
        if "TA" in visit.forms:
            assert "MK" in visit.forms
