"""Days as far as they are known: what can be said of them, and how calendars move them."""

from __future__ import annotations

from datetime import date

import pytest

from protocol.dates import (
    add_days,
    add_months,
    completed_years,
    completed_years_possible,
    days_between,
    exactly,
    possible_days,
)


class TestAPartialDate:
    @pytest.mark.parametrize(
        ("entered", "earliest", "latest", "unobtainable"),
        [
            ("2025", date(2025, 1, 1), date(2025, 12, 31), False),
            ("2024-02", date(2024, 2, 1), date(2024, 2, 29), False),
            ("2025-03-31", date(2025, 3, 31), date(2025, 3, 31), False),
            ("2025-03-31T14:05", date(2025, 3, 31), date(2025, 3, 31), False),
            ("2025-UNK", date(2025, 1, 1), date(2025, 12, 31), True),
            ("2025-03-UNK", date(2025, 3, 1), date(2025, 3, 31), True),
            ("UNK", None, None, True),
        ],
    )
    def test_means_every_day_it_can_be(self, entered, earliest, latest, unobtainable):
        days = possible_days(entered)

        assert (days.earliest, days.latest, days.unobtainable) == (earliest, latest, unobtainable)

    @pytest.mark.parametrize("text", ["", "2025-13", "2025-02-29", "2025-3-1", "2025-03-31-UNK", "31.3.2025"])
    def test_in_another_spelling_is_an_error(self, text):
        with pytest.raises(ValueError):  # noqa: PT011
            possible_days(text)

    def test_names_the_day_only_when_one_is_possible(self):
        assert possible_days("2025-03-31").day == date(2025, 3, 31)
        assert possible_days("2025-03").day is None
        assert possible_days("UNK").day is None


class TestComparing:
    @pytest.mark.parametrize(
        ("first", "second", "is_before"),
        [
            ("2025-03-30", "2025-03-31", True),
            ("2025-03-31", "2025-03-31", False),
            ("2025-04-01", "2025-03-31", False),
            ("2024", "2025-01-01", True),
            ("2025", "2025-12-31", None),  # any day of the year but the last is before
            ("2025", "2025-01-01", False),
            ("2025-03", "2025", None),
            ("UNK", "2025", None),
            ("2025", "UNK", None),
            ("UNK", "UNK", None),
        ],
    )
    def test_says_before_only_when_it_is_certain(self, first, second, is_before):
        assert possible_days(first).is_before(possible_days(second)) is is_before

    def test_after_is_before_seen_from_the_other_side(self):
        assert exactly(date(2025, 4, 1)).is_after(possible_days("2025-03")) is True


class TestCalendarMonths:
    @pytest.mark.parametrize(
        ("day", "months", "moved"),
        [
            (date(2025, 1, 15), 2, date(2025, 3, 15)),
            (date(2025, 8, 31), 6, date(2026, 2, 28)),
            (date(2023, 8, 31), 6, date(2024, 2, 29)),
            (date(2025, 12, 31), 2, date(2026, 2, 28)),
            (date(2025, 3, 31), -1, date(2025, 2, 28)),
            (date(2025, 1, 1), -12, date(2024, 1, 1)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2025, 5, 5), 0, date(2025, 5, 5)),
        ],
    )
    def test_keep_the_day_or_clamp_to_the_end_of_the_month(self, day, months, moved):
        assert add_months(day, months) == moved


def test_days_are_counted_between_days():
    assert days_between(date(2025, 3, 3), date(2025, 3, 31)) == 28
    assert days_between(date(2025, 3, 3), date(2025, 3, 3)) == 0
    assert days_between(date(2025, 3, 31), date(2025, 3, 3)) == -28
    assert add_days(date(2025, 3, 3), 28) == date(2025, 3, 31)


class TestAge:
    @pytest.mark.parametrize(
        ("birth", "on", "years"),
        [
            (date(2007, 5, 5), date(2025, 5, 4), 17),
            (date(2007, 5, 5), date(2025, 5, 5), 18),
            (date(2004, 2, 29), date(2022, 2, 28), 17),
            (date(2004, 2, 29), date(2022, 3, 1), 18),
        ],
    )
    def test_counts_completed_years(self, birth, on, years):
        assert completed_years(birth, on) == years

    def test_of_a_year_of_birth_is_a_span(self):
        assert completed_years_possible(possible_days("2007"), date(2025, 6, 1)) == (17, 18)
        assert completed_years_possible(possible_days("2006"), date(2025, 6, 1)) == (18, 19)
        assert completed_years_possible(possible_days("UNK"), date(2025, 6, 1)) is None
