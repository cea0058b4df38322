"""The course of one subject: which visits the schedule asks for, given what happened. A table a clinician can read."""

from __future__ import annotations

from datetime import date

import pytest

from protocol import course as words
from protocol.arms import RESECTION, WATCH_AND_WAIT
from protocol.course import course
from protocol.happenings import Happened

R = date(2025, 1, 15)
LATER = date(2027, 6, 1)
CALENDAR = ("M1", "M2", "M4", "M6", "M8", "M10", "M12", "M15", "M18", "M21", "M24")


def day(text: str) -> date:
    return date.fromisoformat(text)


def asked(arm: str = WATCH_AND_WAIT, *, randomized_on: date = R, on: date = LATER, **said: object):
    """Return the planned visits by name: M2, SFU/2."""
    happened = Happened(**{name: day(value) if name.endswith("_on") else value for name, value in said.items()})
    planned = course(arm, randomized_on=randomized_on, happened=happened, on=on)
    return {each.code if each.repeat == 1 else f"{each.code}/{each.repeat}": each for each in planned}


def due(visits) -> set[str]:
    return {name for name, each in visits.items() if each.cancelled is None and each.attended_on is None}


def why(visits, name: str) -> str:
    return visits[name].cancelled.message


def contacts(visits) -> list[date]:
    return [each.window.target for name, each in visits.items() if name.startswith("SFU") and not each.cancelled]


class TestWithoutAnythingSpecial:
    def test_both_arms_share_the_calendar(self):
        assert due(asked(WATCH_AND_WAIT)) == set(CALENDAR)
        assert due(asked(RESECTION)) == {*CALENDAR, "SURG"}

    def test_randomization_took_place_on_its_day(self):
        assert asked()["RAND"].attended_on == R

    @pytest.mark.parametrize(
        ("randomized_on", "visit", "target"),
        [
            ("2025-08-31", "M6", "2026-02-28"),
            ("2027-08-31", "M6", "2028-02-29"),
            ("2025-08-31", "M1", "2025-09-30"),
            ("2024-02-29", "M12", "2025-02-28"),
            ("2024-02-29", "M24", "2026-02-28"),
        ],
    )
    def test_targets_clamp_to_the_end_of_the_month(self, randomized_on, visit, target):
        assert asked(randomized_on=day(randomized_on))[visit].window.target == day(target)


class TestAnOperation:
    def test_is_the_visit_of_surgery_and_opens_what_follows_it(self):
        visits = asked(RESECTION, operation_on="2025-02-10")

        assert visits["SURG"].attended_on == day("2025-02-10")
        assert visits["SURG"].window.closes == day("2025-02-12")
        assert visits["POD30"].window.target == day("2025-03-12")
        assert visits["POD90"].window.target == day("2025-05-11")
        assert due(visits) == {*CALENDAR, "POD30", "POD90"}

    @pytest.mark.parametrize("purpose", ["crossover", "salvage"])
    def test_under_watch_and_wait_opens_the_same_visits(self, purpose):
        visits = asked(WATCH_AND_WAIT, operation_on="2025-06-02", operation_purpose=purpose)

        assert visits["SURG"].attended_on == visits["SURG"].window.target == day("2025-06-02")
        assert {"POD30", "POD90"} <= due(visits)

    def test_that_was_not_performed_cancels_surgery_and_keeps_the_calendar(self):
        visits = asked(RESECTION, not_operated_on="2025-02-01", not_operated_reason="refusal")

        assert why(visits, "SURG") == words.NOT_PERFORMED
        assert "POD30" not in visits
        assert due(visits) == set(CALENDAR)

    def test_keeps_its_follow_up_through_progression(self):
        visits = asked(RESECTION, operation_on="2025-02-10", progression_on="2025-02-10")

        assert {"POD30", "POD90"} <= due(visits)

    def test_that_a_death_follows_cancels_what_was_to_come_after(self):
        visits = asked(RESECTION, operation_on="2025-02-10", died_on="2025-03-12")

        assert "POD30" in due(visits)
        assert why(visits, "POD90") == words.DIED


class TestProgression:
    def test_ends_the_later_tumour_visits_and_begins_contacts(self):
        visits = asked(progression_on="2025-05-13")

        assert due(visits) == {"M1", "M2", *(f"SFU/{n}" for n in range(2, 8)), "SFU"}
        assert why(visits, "M4") == words.PROGRESSED
        assert contacts(visits)[0] == day("2025-08-13")

    def test_on_the_target_day_leaves_that_visit_due(self):
        assert "M4" in due(asked(progression_on="2025-05-15"))
        assert "M4" not in due(asked(progression_on="2025-05-14"))

    def test_leaves_surgery_to_be_answered_for(self):
        assert "SURG" in due(asked(RESECTION, progression_on="2025-01-20"))

    @pytest.mark.parametrize(
        ("progression_on", "first", "last"),
        [
            ("2025-05-13", "2025-08-13", "2027-02-13"),
            ("2026-10-15", "2027-01-15", "2027-01-15"),  # the contact falls on month 24 itself
            ("2026-12-01", "2027-03-01", "2027-03-01"),  # the first one after month 24 says who was alive then
            ("2025-08-31", "2025-11-30", "2027-02-28"),
        ],
    )
    def test_contacts_come_every_three_months_until_month_24_is_known(self, progression_on, first, last):
        found = contacts(asked(progression_on=progression_on))

        assert (found[0], found[-1]) == (day(first), day(last))

    def test_after_month_24_asks_for_no_contact(self):
        assert contacts(asked(progression_on="2027-01-15")) == []

    def test_that_is_corrected_moves_the_contacts_and_restores_the_visits(self):
        assert contacts(asked(progression_on="2025-06-01"))[0] == day("2025-09-01")
        assert due(asked(progression_on="2025-06-01")) > {"M1", "M2", "M4"}
        assert due(asked()) == set(CALENDAR)


class TestAnEnd:
    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ({"died_on": "2025-05-14"}, words.DIED),
            ({"died_partial": "2025-05"}, words.DIED),
            ({"died_partial": "UNK", "last_alive_on": "2025-05-14"}, words.DIED),
            ({"withdrawn_consent_on": "2025-05-14"}, words.CONSENT_WITHDRAWN),
            ({"lost_on": "2025-05-14", "ended_on": "2025-05-14", "end_how": "lost"}, words.LOST),
            ({"ended_on": "2025-05-14", "end_how": "physician"}, words.ENDED),
        ],
    )
    def test_cancels_what_is_dated_after_it_and_keeps_what_was_due_before(self, said, reason):
        visits = asked(**said)

        assert due(visits) == {"M1", "M2"}
        assert {why(visits, name) for name in CALENDAR[2:]} == {reason}

    def test_of_the_same_day_leaves_the_visit_due(self):
        assert "M4" in due(asked(died_on="2025-05-15"))

    def test_ends_the_contacts_too(self):
        visits = asked(progression_on="2025-05-13", died_on="2025-09-01")

        assert contacts(visits) == [day("2025-08-13")]
        assert why(visits, "M4") == words.PROGRESSED
        assert why(visits, "SFU/2") == words.DIED

    def test_before_surgery_cancels_it(self):
        assert why(asked(RESECTION, died_on="2025-01-20"), "SURG") == words.DIED

    @pytest.mark.parametrize("of", ["withdrawn_visits_on", "withdrawn_treatment_on"])
    def test_of_visits_or_treatment_leaves_contacts_only(self, of):
        visits = asked(RESECTION, **{of: "2025-01-20"})

        assert {name.partition("/")[0] for name in due(visits)} == {"SFU"}
        assert contacts(visits)[0] == day("2025-04-20")

    def test_of_visits_ends_what_follows_an_operation_and_of_treatment_does_not(self):
        operated = {"operation_on": "2025-02-10"}

        assert "POD90" not in due(asked(RESECTION, **operated, withdrawn_visits_on="2025-03-20"))
        assert "POD90" in due(asked(RESECTION, **operated, withdrawn_treatment_on="2025-03-20"))


def test_what_is_dated_after_the_day_of_asking_is_not_known_yet():
    assert due(asked(died_on="2025-05-14", on=day("2025-05-13"))) == set(CALENDAR)
    assert due(asked(died_on="2025-05-14", on=day("2025-05-14"))) == {"M1", "M2"}


def test_the_order_of_what_is_known_changes_nothing():
    said = {"operation_on": "2025-02-10", "progression_on": "2025-08-01", "died_on": "2026-01-02"}

    assert asked(RESECTION, **said) == asked(RESECTION, **dict(reversed(said.items())))
