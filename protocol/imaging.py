"""The scans over time: which complete responses make a pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from protocol.assessments import Assessment
from protocol.assumptions import IMG_MAX_DAYS, IMG_MIN_DAYS
from protocol.conversion import begun_by
from protocol.facts import Facts, day_of
from protocol.lesions import Scan, scan_of
from protocol.mrecist import Category
from protocol.pairs import (
    BREAKS,
    COUNTS,
    NEITHER,
    OPEN,
    Ended,
    Half,
    Pair,
    Part,
    Point,
    Run,
    Standing,
    Window,
    complete_on,
    ended_runs,
    half_of,
    next_on,
    paired,
    run_of,
    window_of,
)
from protocol.record import Need, Record
from protocol.words import N_, Sentence, sentence

NO_SCAN: Final = N_("No tumour assessment after the baseline is complete.")
SCAN_OPEN: Final = N_("The response of the scan of %(on)s is not known; read it completely.")
SCAN_BREAKS: Final = N_(
    "The scan of %(on)s is %(overall)s and breaks the run; a new pair of complete responses may begin on %(next_on)s "
    "and be complete not before %(complete_on)s."
)
SCAN_ALONE: Final = N_("A second complete response is needed: a scan not before %(next_on)s.")
SCAN_LATE: Final = N_(
    "A second complete response is needed: a scan from %(next_on)s on lies more than %(longest)s days after the first, "
    "so that two persons have to review the pair."
)
SCAN_NONE: Final = N_(
    "No complete response without an equivocal finding is on record; a scan may be added on %(next_on)s."
)
RUN_BROKEN: Final = N_("The run of complete responses of %(days)s was broken by the scan of %(on)s: %(overall)s.")
RUN_OPEN: Final = N_(
    "The run of complete responses of %(days)s stays open: the response of the scan of %(on)s is not known."
)
TOO_LONG: Final = N_(
    "The scans of %(first_on)s and %(second_on)s lie %(gap)s days apart, longer than %(longest)s days."
)
READ_OTHERWISE: Final = N_("The reader of the scan of %(on)s states %(stated)s, the lesions give %(computed)s.")
SCANS_PASS: Final = N_("Complete responses on %(first_on)s and %(second_on)s lie %(gap)s days apart.")


def scans_of(facts: Facts) -> list[Scan]:
    """Return the scans up to the day, the latest first."""
    scans: list[Scan] | None = facts.scanned
    if scans is None:
        dated = facts.dated("TA")
        begun = begun_by(facts.treatments()) if dated else None
        facts.scanned = scans = [scan_of(form, on, begun_by=begun) for on, form in dated]
    return scans


def unsigned_scans(record: Record, on: date) -> tuple[date, ...]:
    """Return the days, up to a day, of the complete readings that nobody signed as they stand."""
    forms = record.complete_forms("TA")
    days = [(day_of(form.answer("scan_on").value), bool(form.signed_by)) for form in forms]
    return tuple(sorted(day for day, is_signed in days if day is not None and day <= on and not is_signed))


_STANDING: Final = {None: OPEN, Category.NE: NEITHER}


def standing_of(assessment: Assessment) -> Standing:
    """Return what a scan does to a run; an unsettled CR neither counts nor breaks."""
    if assessment.overall is Category.CR:
        return COUNTS if assessment.is_qualifying else NEITHER
    return _STANDING.get(assessment.overall, BREAKS)


def _points(assessments: Sequence[Assessment]) -> list[Point]:
    return [Point(each.scan.on, each.scan.on, standing_of(each)) for each in assessments]


def imaging_half(assessments: Sequence[Assessment]) -> Half:
    """Return what the verdict asks of the scans up to a day."""
    return _half(assessments, _points(assessments))


def _half(assessments: Sequence[Assessment], points: Sequence[Point]) -> Half:
    run = run_of(points, shortest=IMG_MIN_DAYS, longest=IMG_MAX_DAYS, too_long=TOO_LONG)
    return half_of(run, [_reviewed(pair, assessments) for pair in run.pairs])


def read_otherwise(assessment: Assessment) -> Sentence | None:
    """Return that the reader states another overall response than the lesions give; None where they agree."""
    stated, computed = assessment.scan.said("reader_overall"), assessment.overall
    if not stated or computed is None or stated == computed.value:
        return None
    return sentence(READ_OTHERWISE, on=assessment.on, stated=stated, computed=computed.value)


def imaging_part(assessments: Sequence[Assessment], on: date) -> Part:
    """Return what the scans up to a day show."""
    points = _points(assessments)
    half = _half(assessments, points)
    doubtful = max((at for at, each in enumerate(assessments) if read_otherwise(each) is not None), default=-1)
    window = window_of(points, half.run, on=on, shortest=IMG_MIN_DAYS, longest=IMG_MAX_DAYS, doubtful=doubtful)
    when = next_on(points, half.run, window, on=on)
    needs = (Need(crf="TA", item="scan_on", not_before=when, not_after=window.last if window else None),)
    ended = ended_runs(points)
    part = (
        paired(half, points, when, SCANS_PASS, needs=needs)
        if half.pairs
        else Part(
            verdict=half.verdict,
            reason=_why_no_scans(assessments, half.run, window, when),
            next_on=when,
            complete_on=complete_on(points, half.run, when, shortest=IMG_MIN_DAYS),
            needs=needs,
        )
    )
    return replace(part, window=window, ended=ended, broken=tuple(_broken(each, assessments) for each in ended))


def _broken(ended: Ended, assessments: Sequence[Assessment]) -> Sentence:
    days = tuple(assessments[at].on for at in ended.counting)
    by = assessments[ended.by]
    if by.overall is None:
        return sentence(RUN_OPEN, days=days, on=by.on)
    return sentence(RUN_BROKEN, days=days, on=by.on, overall=by.overall.value)


def _reviewed(pair: Pair, assessments: Sequence[Assessment]) -> Pair:
    why: list[Sentence] = []
    for at in (pair.first, pair.second):
        scan = assessments[at].scan
        if scan.said("lipiodol") == "Y" and scan.said("modality") == "ct":
            why.append(
                sentence(N_("The scan of %(on)s is a CT with Lipiodol in a lesion; an MRI is asked for."), on=scan.on)
            )
    # What a reader doubts on any scan since the first, two persons settle: also beside or after the pair.
    why += [said for each in assessments[pair.first :] if (said := read_otherwise(each)) is not None]
    return Pair(pair.first, pair.second, pair.gap_days, (*pair.why, *why)) if why else pair


def _why_no_scans(assessments: Sequence[Assessment], run: Run, window: Window | None, when: date) -> Sentence:
    if not assessments:
        return sentence(NO_SCAN)
    ender = assessments[run.ended_by] if run.ended_by is not None else None
    if ender is not None and ender.overall is None:
        return ender.reasons[-1] if ender.reasons else sentence(SCAN_OPEN, on=ender.on)
    if run.counting and window is None:
        return sentence(SCAN_LATE, next_on=when, longest=IMG_MAX_DAYS)
    if run.counting:
        return sentence(SCAN_ALONE, next_on=when)
    if ender is None or ender.overall is None:
        return sentence(SCAN_NONE, next_on=when)
    return sentence(
        SCAN_BREAKS,
        on=ender.on,
        overall=ender.overall.value,
        next_on=when,
        complete_on=when + timedelta(days=IMG_MIN_DAYS),
    )
