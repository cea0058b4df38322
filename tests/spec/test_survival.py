"""Chapter 5.5: the arithmetic of survival against reference numbers computed elsewhere (R 4.2.2, survival 3.5.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.survival import Time, kaplan_meier, log_rank, rate


def times(moments: tuple[float, ...], events: tuple[int, ...]) -> list[Time]:
    return [Time(moment, bool(event)) for moment, event in zip(moments, events, strict=True)]


A = times((2, 4, 4, 6, 8, 9, 12, 15, 18, 24, 24, 24), (1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0))
B = times((1, 3, 3, 5, 6, 7, 10, 11, 14, 20, 24, 24), (1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0))


@pytest.mark.parametrize(
    ("moment", "survival", "error", "low", "high"),
    [(6, 0.741, 0.1295, 0.391, 0.909), (12, 0.529, 0.1567, 0.205, 0.774), (24, 0.397, 0.1641, 0.108, 0.681)],
)
def test_the_curve_agrees_with_the_reference(moment, survival, error, low, high):
    step = kaplan_meier(A).at(moment)

    assert (round(step.survival, 3), round(step.error, 4)) == (survival, error)
    assert (round(step.low, 3), round(step.high, 3)) == (low, high)


def test_the_median_agrees_with_the_reference():
    assert kaplan_meier(A).median() == (18, 4, None)


def test_the_log_rank_agrees_with_the_reference():
    found = log_rank(A, B)

    assert (round(found.expected_a, 2), round(found.expected_b, 2)) == (7.39, 6.61)
    assert (round(found.chi_square, 4), round(found.p, 4)) == (0.5595, 0.4545)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (0, 30, 0, 0.1157),
        (1, 30, 0.0008, 0.1722),
        (12, 30, 0.2266, 0.5940),
        (15, 30, 0.3130, 0.6870),
        (30, 30, 0.8843, 1),
        (7, 28, 0.1069, 0.4487),
    ],
)
def test_the_exact_interval_agrees_with_the_reference(count, of, low, high):
    found = rate(count, of)

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_numbers_at_risk_count_who_is_observed_just_before():
    curve = kaplan_meier(A)

    assert [curve.at_risk(moment) for moment in (0, 4, 6, 12, 24, 25)] == [12, 11, 9, 6, 3, 0]


def test_at_a_tie_the_event_comes_first():
    assert kaplan_meier([Time(5, True), Time(5, False)]).at(5).survival == 0.5


def test_of_nobody_there_is_a_curve_without_a_step():
    curve = kaplan_meier([])

    assert (curve.subjects, curve.steps, curve.at(12).survival, curve.median()) == (0, (), 1.0, (None, None, None))


def test_where_all_had_the_event_the_band_ends():
    last = kaplan_meier([Time(1, True), Time(2, True)]).steps[-1]

    assert (last.survival, last.error, last.low, last.high) == (0, None, None, None)


def test_without_an_event_nothing_is_compared():
    assert log_rank([Time(1, False)], [Time(2, False)]) is None
    assert log_rank([], []) is None


def test_no_rate_of_nobody_and_none_of_more_than_all():
    assert rate(0, 0).rate is None
    with pytest.raises(ValueError, match="3 of 2 is no rate"):
        rate(3, 2)


TIMES = st.lists(st.builds(Time, st.floats(0, 40), st.booleans()), max_size=40)


@given(TIMES)
def test_any_curve_falls_within_its_band(known):
    curve = kaplan_meier(known)
    heights = [1.0, *(step.survival for step in curve.steps)]

    assert heights == sorted(heights, reverse=True)
    for step in curve.steps:
        if step.low is not None:
            assert 0 <= step.low <= step.survival + 1e-9 <= step.high + 2e-9 <= 1 + 3e-9


@given(TIMES, TIMES)
def test_any_two_groups_are_compared_alike_either_way(first, second):
    one, other = log_rank(first, second), log_rank(second, first)

    assert (one is None) == (other is None)
    if one is not None:
        assert one.chi_square == pytest.approx(other.chi_square, abs=1e-6)
        assert 0 <= one.p <= 1


@given(st.integers(0, 200), st.integers(0, 200))
def test_any_rate_lies_in_its_interval(count, more):
    found = rate(count, count + more)

    if found.rate is not None:
        assert 0 <= found.low <= found.rate <= found.high <= 1
