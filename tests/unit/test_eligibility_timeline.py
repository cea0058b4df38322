"""The response drawn on a time axis: what was found, what makes the pair, and the days on which a second one counts."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from eligibility.steps import Step, steps_of
from eligibility.timeline import WIDTH, Timeline, timeline_of
from protocol.reading import read
from protocol.record import Answer, FormRecord, Record, ReferenceRange
from protocol.response import response
from protocol.trial import TRIAL
from rehearsal import answers

ON = date(2025, 6, 16)


def as_answers(crf: str, typed: dict[str, str]) -> dict[str, Answer]:
    found = {}
    for path, text in typed.items():
        item = TRIAL.crf(crf).item(path)
        value, _, unit = text.partition(" ")
        found[path] = read(item, value, unit) if getattr(item, "units", ()) else read(item, text)
    return found


def form(number: int, crf: str, typed) -> FormRecord:
    return FormRecord(id=f"{crf}{number}", crf=crf, repeat=number, complete=True, answers=as_answers(crf, dict(typed)))


def ranges() -> tuple[ReferenceRange, ...]:
    from rehearsal.ranges import LABORATORY, RANGES

    return tuple(
        ReferenceRange(
            id=str(number),
            laboratory=LABORATORY,
            analyte=each.analyte,
            unit=each.unit,
            low=each.low,
            high=each.high,
            valid_from=date(2020, 1, 1),
            sex=each.sex,
        )
        for number, each in enumerate(RANGES)
    )


def shown(*, scans: tuple[int, ...], doubted: int | None) -> tuple[Timeline | None, list[Step]]:
    """Return the axis and the table of complete responses so many days ago; the reader states PD on the `doubted` one."""
    forms = [form(1, "TA", answers.scan("t", ON, days_ago=255, timepoint="baseline", viable=("52", "31")))]
    for at, days in enumerate(scans, 2):
        stated = {"reader_overall": "PD"} if days == doubted else {}
        said = answers.scan("t", ON, days_ago=days, timepoint="follow-up", viable=("0", "0"))
        forms.append(form(at, "TA", dict(said) | stated))
    found = response(Record(subject="T", forms=tuple(forms), ranges=ranges()), ON)
    candidate = SimpleNamespace(response=found, forms={}, on=ON, judged=SimpleNamespace(record=Record(subject="T")))
    return timeline_of(found), steps_of(candidate)


@pytest.mark.parametrize("doubted", [40, 12])
def test_a_scan_that_its_reader_reads_otherwise_is_not_shown_to_count(doubted):
    timeline, steps = shown(scans=(40, 12), doubted=doubted)

    day = ON - timedelta(days=doubted)
    assert [mark.day for mark in timeline.marks if not mark.counts] == [day]
    (step,) = (each for each in steps if each.standing != "counts")
    assert (step.first_on, step.standing) == (day, "to be reviewed: the reader states another response")
    assert step.reasons[-1].english() == f"The reader of the scan of {day} states PD, the lesions give CR."


def test_a_scan_that_its_reader_reads_alike_is_shown_to_count():
    timeline, steps = shown(scans=(40, 12), doubted=None)

    assert all(mark.counts for mark in timeline.marks)
    assert {step.standing for step in steps} == {"counts"}


def drawn(*, scans: tuple[int, ...] = (), markers: tuple[int, ...] = (), above: int | None = None) -> Timeline | None:
    """Return the axis for complete responses and markers so many days ago, all normal but the one `above`."""
    course = [(255, "baseline", ("52", "31")), *((days, "follow-up", ("0", "0")) for days in scans)]
    forms = [
        form(at, "TA", answers.scan("t", ON, days_ago=days, timepoint=point, viable=viable))
        for at, (days, point, viable) in enumerate(course, 1)
    ]
    forms += [
        form(at, "MK", answers.markers(ON, days_ago=days, afp="900" if at == above else "5.1", pivka="22"))
        for at, days in enumerate(markers)
    ]
    return timeline_of(response(Record(subject="T", forms=tuple(forms), ranges=ranges()), ON))


def test_without_a_scan_or_draw_nothing_is_drawn():
    assert drawn() is None


def test_a_single_response_shows_the_days_of_the_second():
    timeline = drawn(scans=(20,))

    [band] = timeline.bands
    first = ON - timedelta(days=20)
    assert (band.first, band.last) == (first + timedelta(days=28), first + timedelta(days=42))
    assert timeline.links == ()


def test_a_pair_is_linked_with_its_days_and_its_second_member_lies_in_the_band():
    timeline = drawn(scans=(45, 12), markers=(45, 11))

    assert [(band.filled, (band.last - band.first).days) for band in timeline.bands] == [(True, 14), (True, 14)]
    assert all(
        band.first <= ON - timedelta(days=days) <= band.last
        for band, days in zip(timeline.bands, (12, 11), strict=True)
    )
    assert [gap for *_place, gap in timeline.links] == [33, 34]
    assert all(mark.in_pair and mark.counts for mark in timeline.marks)


def test_a_broken_run_is_marked_and_has_no_band_any_more():
    timeline = drawn(scans=(45, 12), markers=(45, 11), above=1)

    markers = [mark for mark in timeline.marks if mark.y == timeline.markers_y]
    assert [(mark.kind, mark.word, mark.in_pair) for mark in markers] == [
        ("counts", "normal", False),
        ("breaks", "above", False),
    ]
    assert [band.y for band in timeline.bands] == [timeline.scans_y]


def test_what_lies_long_before_the_first_point_that_counts_takes_no_room():
    timeline = drawn(scans=(45, 12), markers=(240, 45, 11), above=0)

    assert [mark.word for mark in timeline.marks if mark.y == timeline.markers_y] == ["normal", "normal"]
    first, second = (mark.x for mark in timeline.marks if mark.y == timeline.scans_y)
    assert second - first > WIDTH / 5


@pytest.mark.parametrize("scans", [(20,), (45, 12), (200, 100, 50, 1), (0,)])
def test_everything_lies_within_the_picture_in_the_order_of_days(scans):
    timeline = drawn(scans=scans, markers=(3,))

    places = [mark.x for mark in timeline.marks if mark.y == timeline.scans_y]
    assert places == sorted(places)
    assert all(0 < mark.x < WIDTH for mark in timeline.marks)
    assert all(band.x > 0 and band.x + band.width <= WIDTH for band in timeline.bands)
    assert 0 < timeline.today_x < WIDTH
