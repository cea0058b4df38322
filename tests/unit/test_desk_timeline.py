"""The course on a time axis: a logarithmic scale, a limit that stands at one, gaps that are not bridged."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from casebook.models import Visit
from casebook.states import VisitState
from desk.selectors.course import Course, Imaged, Level, Treatment
from desk.timeline import LEFT, PLOT, RIGHT, WIDTH, Timeline, timeline_of

R = date(2025, 6, 2)
TODAY = date(2025, 12, 1)


def level(day: int, multiple: float | None) -> Level:
    return Level(R + timedelta(days=day), multiple, "said", bool(multiple and multiple > 1))


def drawn(*levels: Level, treatments: tuple[Treatment, ...] = (), visits: tuple[Visit, ...] = ()) -> Timeline:
    course = Course(R, {"AFP": levels, "PIVKA-II": ()}, (Imaged(R, "CR", "good"),), treatments)
    found = timeline_of(course, visits, today=TODAY)
    assert found is not None
    return found


def test_nothing_is_drawn_before_anything_has_a_day():
    assert timeline_of(Course(None, {"AFP": ()}, (), ()), (), today=TODAY) is None


def test_a_value_at_its_upper_limit_stands_on_the_limit():
    (curve,) = drawn(level(0, 1.0)).curves

    assert curve.dots[0].y == drawn(level(0, 1.0)).limit_y
    assert curve.dots[0].kind == "normal"


def test_ten_times_more_is_the_same_distance_everywhere():
    (curve,) = drawn(level(0, 0.1), level(30, 1.0), level(60, 10.0), level(90, 100.0)).curves
    heights = [dot.y for dot in curve.dots]

    assert {one - other for one, other in itertools.pairwise(heights)} == {PLOT // 3}


def test_a_value_below_the_scale_stands_at_its_foot():
    found = drawn(level(0, 0.0001), level(30, 0.0))

    assert {dot.y for dot in found.curves[0].dots} == {found.plot_bottom}


def test_a_draw_that_did_not_measure_the_marker_breaks_the_line():
    (curve,) = drawn(level(0, 2.0), level(30, 3.0), level(60, None), level(90, 0.5), level(120, 0.4)).curves

    assert len(curve.pieces) == 2
    assert len(curve.dots) == 4


def test_a_single_value_between_two_gaps_is_a_point_without_a_line():
    (curve,) = drawn(level(0, None), level(30, 3.0), level(60, None)).curves

    assert (curve.pieces, len(curve.dots)) == ((), 1)


def test_everything_stands_between_the_edges():
    visit = Visit(code="M24", opens_on=R + timedelta(700), closes_on=R + timedelta(760), state=VisitState.OPEN)
    given = Treatment(R - timedelta(400), None, "prior", "Agent", "said")

    found = drawn(level(0, 1.0), treatments=(given,), visits=(visit,))

    bars = [*found.bars, *found.windows]
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH - RIGHT for bar in bars)
    assert found.bars[0].x + found.bars[0].width == found.today_x


def test_treatments_at_one_time_stand_under_each_other():
    one, other = (Treatment(R, R + timedelta(90), "prior", word, "said") for word in ("A", "B"))
    later = Treatment(R + timedelta(400), R + timedelta(500), "later", "C", "said")

    first, second, third = drawn(level(0, 1.0), treatments=(one, other, later)).bars

    assert first.y < second.y
    assert third.y == first.y


def test_a_visit_that_was_cancelled_is_not_drawn():
    visit = Visit(code="M1", opens_on=R, closes_on=R, state=VisitState.CANCELLED)

    assert drawn(level(0, 1.0), visits=(visit,)).windows == ()


def test_the_axis_has_a_handful_of_months_however_long_it_is():
    for days in (10, 100, 1000, 10_000):
        assert 0 <= len(drawn(level(0, 1.0), level(-days, 1.0)).ticks) <= 12


def test_the_table_says_everything_by_day():
    course = Course(R, {"AFP": (level(5, 2.0),)}, (Imaged(R, "CR", "good"),), ())

    assert [row[0] for row in course.rows()] == [R, R + timedelta(days=5)]
