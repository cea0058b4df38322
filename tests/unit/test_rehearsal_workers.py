"""Several processes of one rehearsal: what they tell, in which order they come, and what happens where one fails."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from rehearsal.cast import Cast
from rehearsal.fates import Dealt, Fate
from rehearsal.turns import Alone
from rehearsal.walk import Course, Walk
from rehearsal.workers import WorkerFailed, walk_apart

NOW = datetime(2024, 5, 6, 9, 0, tzinfo=UTC)


def _dealt(*walks: Callable[..., Any]) -> list[Dealt]:
    return [Dealt(Fate(str(n), 1, (0, 0), each), Course(str(n)), NOW) for n, each in enumerate(walks)]


def _walk(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
    with cast.turn.to_be_listed():
        listed = time.monotonic()
    return Walk(cast, SimpleNamespace(pk=course.seed, listed=listed), course, at)  # type: ignore[arg-type]


def _slow_to_be_allocated(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
    here = _walk(cast, course, at, now)
    time.sleep(0.3)
    return _allocated(here)


def _fast_to_be_allocated(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
    return _allocated(_walk(cast, course, at, now))


def _allocated(here: Walk) -> Walk:
    with here.cast.turn.to_be_allocated():
        here.subject.allocated = time.monotonic()  # type: ignore[attr-defined]
    return here


def _fail(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
    raise LookupError("Expected somebody, got nobody.")


def _die(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
    os._exit(9)


def test_the_walks_come_back_in_the_order_dealt_with_the_cast_of_the_parent():
    cast = Cast({})

    walks = walk_apart(cast, _dealt(*[_walk] * 5), workers=2, at=NOW, each=None)

    assert [walk.subject.pk for walk in walks] == ["0", "1", "2", "3", "4"]
    assert all(walk.cast is cast and isinstance(walk.cast.turn, Alone) for walk in walks)


def test_subjects_are_listed_in_the_order_dealt_whoever_walks_them():
    listed = [each.subject.listed for each in walk_apart(Cast({}), _dealt(*[_walk] * 6), workers=3, at=NOW, each=None)]

    assert listed == sorted(listed)


def test_a_fast_subject_waits_for_the_allocation_of_a_slow_one_before_it_and_for_nobody_who_ends_without():
    dealt = _dealt(_slow_to_be_allocated, _walk, _fast_to_be_allocated)

    slow, _never, fast = walk_apart(Cast({}), dealt, workers=3, at=NOW, each=None)

    assert slow.subject.allocated < fast.subject.allocated


@pytest.mark.parametrize(
    ("breaks", "sentence"),
    [
        (_fail, "A process of the rehearsal failed; the others were ended.\n(.|\n)*Expected somebody, got nobody."),
        (_die, "A process of the rehearsal died; the others were ended."),
    ],
)
def test_where_one_process_fails_or_dies_nobody_waits_for_it(breaks: Callable[..., Any], sentence: str):
    began = time.monotonic()

    with pytest.raises(WorkerFailed, match=sentence):
        walk_apart(Cast({}), _dealt(breaks, _fast_to_be_allocated, _walk), workers=2, at=NOW, each=None)

    assert time.monotonic() - began < 5


def test_each_walk_is_told_of_as_it_is_done():
    told: list[tuple[str, Any]] = []

    walk_apart(
        Cast({}),
        _dealt(_walk, _walk),
        workers=2,
        at=NOW,
        each=lambda one, walk: told.append((one.fate.name, walk.subject.pk)),
    )

    assert sorted(told) == [("0", "0"), ("1", "1")]


def test_whose_turn_it_is_makes_no_other_cast():
    assert replace(Cast({}), turn=Alone()) == Cast({})
