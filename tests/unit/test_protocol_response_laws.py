"""Laws of the response over time, whatever the course: of order, of days, of what is not known, and of the next day given."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from protocol.assumptions import (
    IMAGING_WINDOW_DAYS,
    IMG_MAX_DAYS,
    IMG_MIN_DAYS,
    MARKER_AGE_DAYS,
    MARKER_MAX_DAYS,
    MARKER_MIN_DAYS,
    PAIR_GAP_DAYS,
)
from protocol.criteria import judge_all
from protocol.record import Answer, FormRecord, Record
from protocol.response import Response, response
from tests.protocol_ground import IU_FACTOR, LAB, RANGES, R, candidate, complete_response, form, lesion, markers, scan
from tests.protocol_ground import baseline as first_scan

LAWS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)

START = date(2025, 1, 1)
NORMAL, ABOVE, OPEN, ALONE = "normal", "above", "open", "alone"
CR, OTHER, NOT_EVALUABLE, UNREAD = "CR", "PR", "NE", "unread"
DRAWN = {
    NORMAL: [("8", "25"), ("20.0", "40"), ("<0.61", "<2"), (("16", "µg/L"), "25")],
    ABOVE: [("20.1", "25"), ("8", "40.1"), (">1000", "25"), (("16.6", "IU/mL"), "25"), ("90", None)],
    OPEN: [("<50", "25"), ("8", ("26", "ng/mL")), (("8", ""), "25")],
    ALONE: [("8", None), (None, "25")],
}


@dataclass(frozen=True)
class Course:
    """What was found on which day after the start; no two of a kind on one day or, of markers alone, near each other."""

    scans: tuple[tuple[int, str], ...]
    draws: tuple[tuple[int, str, int], ...]  # day, what, which of its ways to be so

    def forms(self, later: int = 0) -> tuple[FormRecord, ...]:
        """Return the forms of the course, all of it some days later."""
        scanned = [a_scan(START + timedelta(days=day + later), what) for day, what in self.scans]
        return (*scanned, *(a_draw(START + timedelta(days=day + later), *how) for day, *how in self.draws))

    def record(self, *more: FormRecord, later: int = 0) -> Record:
        """Return the course as a record."""
        forms = (first_scan("2024-06-01"), *self.forms(later), *more)
        return Record(subject="001", forms=forms, ranges=RANGES, conversions=(IU_FACTOR,))


def a_scan(on: date, what: str) -> FormRecord:
    shown = {OTHER: "20", NOT_EVALUABLE: "-", UNREAD: None}
    if what == CR:
        return complete_response(on, id=f"scan {on}")
    return scan(on, lesion("T1", shown[what]), lesion("NT1", "0"), id=f"scan {on}")


def a_draw(on: date, what: str, which: int) -> FormRecord:
    ways = DRAWN[what]
    return markers(on, *ways[which % len(ways)], id=f"draw {on}")


STEPS = [28] * 3 + [5, 14, 27, 30, 35, 42, 43]  # five at least: two markers alone are then never of one timepoint


def a_course(seed: int) -> tuple[Course, date]:
    """Return a course and a day to judge it for; most are good or nearly so, so that every verdict is reached."""
    chance = random.Random(seed)
    is_good = chance.random() < 0.7
    scans = _days(chance, [CR] * (30 if is_good else 6) + [OTHER, NOT_EVALUABLE, UNREAD], is_good=is_good)
    draws = _days(chance, [NORMAL] * (30 if is_good else 6) + [ABOVE, OPEN, ALONE], is_good=is_good)
    course = Course(scans, tuple((day, what, chance.randrange(15)) for day, what in draws))
    last = max((day for day, *_how in (*scans, *draws)), default=0)
    return course, START + timedelta(days=max(0, last + chance.choice([0, 0, 0, 0, 1, 9, 14, 15, 28, 29, -1, -28])))


def _days(chance: random.Random, found: list[str], *, is_good: bool) -> tuple[tuple[int, str], ...]:
    day, days = chance.randint(0, 9), []
    for _ in range(2 if is_good else chance.randint(0, 5)):
        days.append((day, chance.choice(found)))
        day += chance.choice(STEPS[:3] if is_good and chance.random() < 0.7 else STEPS)
    return tuple(days)


OTHER_RANGES = tuple(replace(each, laboratory="Other", id=f"Other {each.id}") for each in RANGES)
SEEDS = st.integers(0, 2**32)
COURSES = SEEDS.map(a_course)
PASSING = COURSES.filter(lambda found: response(found[0].record(), found[1]).verdict == "pass")
DAYS = st.integers(0, 140).map(lambda days: START + timedelta(days=days))
END = START + timedelta(days=172)  # no course is longer


def told(found: Response) -> tuple[object, ...]:
    """Return everything a reader is told, without the forms it comes from."""
    parts = [
        (part.verdict, part.reason, part.next_on, part.window, part.broken) for part in (found.imaging, found.marker)
    ]
    return (found.verdict, found.reason, found.first_on, found.confirmed_on, found.together, found.notes, *parts)


# --- order and days ------------------------------------------------------------------------------------------------


@LAWS
@given(COURSES, st.randoms(use_true_random=False))
def test_the_order_of_entry_never_matters(judged, shuffle: random.Random):
    course, on = judged
    record = course.record()
    forms = shuffle.sample(record.forms, len(record.forms))
    entered = tuple(replace(each, id=f"form {at}", repeat=at) for at, each in enumerate(forms, 1))

    assert response(replace(record, forms=tuple(forms)), on) == response(record, on)
    assert told(response(replace(record, forms=entered), on)) == told(response(record, on))


@LAWS
@given(COURSES, st.integers(1, 400))
def test_the_same_course_some_days_later_has_the_same_verdict(judged, later):
    course, on = judged
    now = response(course.record(), on)
    then = response(course.record(later=later), on + timedelta(days=later))

    assert then.verdict is now.verdict
    assert [each.gap_days for each in then.imaging.pairs] == [each.gap_days for each in now.imaging.pairs]
    for before, after in ((now.imaging, then.imaging), (now.marker, then.marker)):
        assert (before.next_on and before.next_on + timedelta(days=later)) == after.next_on


@LAWS
@given(COURSES, COURSES)
def test_what_is_dated_later_never_changes_an_earlier_verdict(judged, other):
    (course, on), (to_come, _day) = judged, other

    assert response(course.record(*to_come.forms(later=(on - START).days + 1)), on) == response(course.record(), on)


@LAWS
@given(COURSES, st.integers(0, 60))
def test_only_an_answer_ends_unknown_and_days_that_pass_make_nothing_better(judged, later):
    course, _on = judged
    ladder = ["unknown", "review", "pass"]
    now, then = (response(course.record(), END + timedelta(days=days)).verdict for days in (0, later))

    assert ladder.index(then) <= ladder.index(now)


# --- one value more, one value less --------------------------------------------------------------------------------


@LAWS
@given(COURSES)
def test_a_response_never_fails_by_itself(judged):
    course, on = judged
    assert response(course.record(), on).verdict in ("pass", "review", "unknown")


@LAWS
@given(PASSING, DAYS, st.integers(0, 2))
def test_one_more_normal_draw_or_complete_response_leaves_a_pass_a_pass(judged, day, which):
    course, on = judged
    more = (a_draw(day, NORMAL, which), replace(a_scan(day, CR), id="one more"))

    for each in more:
        assert response(course.record(replace(each, repeat=9)), on).verdict == "pass"


NORMAL_ALONE = [("8", None), (("16", "IU/mL"), None), (("20", "µg/L"), None), (None, "25"), (None, "40")]


def split(forms: Sequence[FormRecord], chance: random.Random) -> list[FormRecord]:
    """Return the forms with some draws as two, of one marker each, the one of them up to three days off."""
    found: list[FormRecord] = []
    for each in forms:
        if each.crf != "MK" or chance.random() < 0.5:
            found.append(each)
            continue
        on = date.fromisoformat(each.answers["sampled_on"].value) + timedelta(days=chance.randint(-3, 3))
        moved = {**each.answers, "sampled_on": Answer(value=on.isoformat())}
        parts = (
            ((each.answers, "pivka"), (moved, "afp"))
            if chance.random() < 0.5
            else ((moved, "pivka"), (each.answers, "afp"))
        )
        found += [
            replace(each, id=f"{each.id} without {less}", answers={**said, less: Answer()}) for said, less in parts
        ]
    return found


def a_lone_value(record: Record, chance: random.Random) -> FormRecord:
    """Return a normal value of one marker on any day, most often of one of the draws or a few days off."""
    draws = [date.fromisoformat(each.answers["sampled_on"].value) for each in record.forms if each.crf == "MK"]
    near = chance.choice(draws) + timedelta(days=chance.randint(-4, 4))
    on = near if chance.random() < 0.8 else START + timedelta(days=chance.randint(-5, 140))
    return markers(on, *chance.choice(NORMAL_ALONE), id="lone", laboratory=chance.choice([LAB, LAB, "Other"]))


@settings(LAWS, max_examples=150)
@given(COURSES, SEEDS)
def test_a_normal_value_of_one_marker_leaves_a_pass_a_pass_on_whatever_day(judged, seed):
    (course, on), chance = judged, random.Random(seed)
    record = course.record()
    ranges, factors = (*RANGES, *OTHER_RANGES), (IU_FACTOR, replace(IU_FACTOR, laboratory="Other"))
    record = replace(record, forms=tuple(split(record.forms, chance)), ranges=ranges, conversions=factors)
    before = response(record, on)
    assume(before.marker.verdict == "pass")

    for _ in range(4):
        after = response(replace(record, forms=(*record.forms, a_lone_value(record, chance))), on)
        assert after.marker.verdict == "pass"
        assert before.verdict != "pass" or after.verdict == "pass"


@LAWS
@given(PASSING, st.data())
def test_a_blank_marker_filled_in_with_a_normal_value_leaves_a_pass_a_pass(judged, data):
    course, on = judged
    record = course.record()
    seed = data.draw(SEEDS)
    record = replace(record, forms=tuple(split(record.forms, random.Random(seed))))
    halves = [each for each in record.forms if " without " in each.id]
    assume(halves and response(record, on).verdict == "pass")
    chosen = data.draw(st.sampled_from(halves))
    item = chosen.id.rpartition(" ")[2]
    filled = replace(chosen, answers={**chosen.answers, item: markers(on).answers[item]})
    forms = tuple(filled if each.id == chosen.id else each for each in record.forms)

    assert response(replace(record, forms=forms), on).verdict == "pass"


@LAWS
@given(COURSES, st.data())
def test_taking_unit_or_laboratory_off_a_value_never_makes_a_pass(judged, data):
    course, on = judged
    record = course.record()
    draws = [each for each in record.forms if each.crf == "MK"]
    assume(draws and response(record, on).verdict != "pass")
    chosen = data.draw(st.sampled_from(draws))
    item = data.draw(st.sampled_from(["afp", "pivka", "laboratory"]))
    said = chosen.answer(item)
    less = Answer() if item == "laboratory" else replace(said, unit="")
    poorer = replace(chosen, answers={**chosen.answers, item: less})
    forms = tuple(poorer if each.id == chosen.id else each for each in record.forms)

    assert response(replace(record, forms=forms), on).verdict != "pass"


@LAWS
@given(COURSES)
def test_without_reference_ranges_nothing_passes(judged):
    course, on = judged
    assert response(replace(course.record(), ranges=()), on).verdict == "unknown"


@LAWS
@given(COURSES, st.sampled_from([ABOVE, OPEN]), st.integers(0, 4))
def test_an_abnormal_or_open_value_of_today_always_ends_the_pass(judged, what, which):
    course, on = judged
    today = replace(a_draw(on, what, which), id="today", repeat=9)
    alone = Course(course.scans, tuple(each for each in course.draws if START + timedelta(days=each[0]) != on))

    assert response(alone.record(today), on).verdict == "unknown"


@settings(LAWS, max_examples=25)
@given(st.integers(0, 60), st.sampled_from(["MK", "HE", "CH", "CO", "TA"]), st.sampled_from(["male", "female"]))
def test_a_further_normal_value_never_fails_a_candidate_who_passed(days_ago, crf, sex):
    on = R - timedelta(days=days_ago)
    normal = {
        "MK": lambda: markers(on, "9", "26"),
        "HE": lambda: form("HE", on, laboratory=LAB, platelets="150", leukocytes="5", neutrophils="3"),
        "CH": lambda: form("CH", on, laboratory=LAB, bilirubin="12", albumin="41", alt="20", ast="22", creatinine="60"),
        "CO": lambda: form("CO", on, laboratory=LAB, inr="1.0", pt="12", aptt="30"),
        "TA": lambda: complete_response(on),
    }
    before = candidate(sex=sex)
    after = replace(before, forms=(*before.forms, replace(normal[crf](), repeat=9)))

    assert {each.verdict for each in judge_all(before, R).values()} == {"pass"}
    assert {each.verdict for each in judge_all(after, R).values()} == {"pass"}


# --- the verdict beside the plainest reading of the rule, and the days it gives --------------------------------------


def clear_pairs(points: Sequence[tuple[date, str]], counts: str, neither: str, least: int, most: int) -> list[date]:
    """Return the second days of the clear pairs, by trying each two points."""
    found = []
    for (at, (first, one)), (_also, (second, other)) in combinations(enumerate(points), 2):
        behind = [what for _day, what in points[at + 1 :]]
        unbroken = all(what in (counts, ALONE) for what in behind) and neither not in behind
        if one == other == counts and least <= (second - first).days <= most and unbroken:
            found.append(second)
    return found


@LAWS
@given(COURSES)
def test_it_passes_exactly_where_two_clear_pairs_lie_near_each_other_and_are_fresh(judged):
    course, on = judged
    scans = [(START + timedelta(days=day), what) for day, what in course.scans]
    draws = [(START + timedelta(days=day), what) for day, what, _which in course.draws]
    scans, draws = ([each for each in points if each[0] <= on] for points in (scans, draws))
    seconds = clear_pairs(scans, CR, NOT_EVALUABLE, IMG_MIN_DAYS, IMG_MAX_DAYS)
    drawn = clear_pairs(draws, NORMAL, "", MARKER_MIN_DAYS, MARKER_MAX_DAYS)
    near = any(abs((one - other).days) <= PAIR_GAP_DAYS for one in seconds for other in drawn)
    fresh = near and (
        max(day for day, what in scans if what == CR) >= on - timedelta(days=IMAGING_WINDOW_DAYS)
        and max(day for day, what in draws if what == NORMAL) >= on - timedelta(days=MARKER_AGE_DAYS)
    )

    assert (response(course.record(), on).verdict == "pass") == fresh


@LAWS
@given(COURSES, st.data())
def test_a_draw_in_the_days_given_makes_the_pair_and_one_before_does_not(judged, data):
    course, on = judged
    known = Course(course.scans, tuple(each for each in course.draws if START + timedelta(days=each[0]) < on))
    part = response(known.record(), on).marker
    assume(part.verdict == "unknown" and part.window is not None)
    day = on + timedelta(days=data.draw(st.integers(0, (part.next_by - on).days)))
    after = response(known.record(replace(a_draw(day, NORMAL, 0), id="next", repeat=9)), day).marker

    assert (after.verdict == "pass") == (day >= part.next_on)


@LAWS
@given(COURSES)
def test_what_broke_a_run_is_told_of_each_run_that_ended(judged):
    course, on = judged
    found = response(course.record(), on)

    for part, points in ((found.imaging, found.assessments), (found.marker, found.markers)):
        assert len(part.broken) == len(part.ended)
        for ended in part.ended:
            assert ended.counting
            assert max(ended.counting) < ended.by < len(points)
        pairs = [found.imaging_pair] if part is found.imaging else [found.marker_pair]
        assert all(pair is None or all(pair.first > ended.by for ended in part.ended) for pair in pairs)
