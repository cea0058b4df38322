"""The tumour assessments of a subject in their order: what each shows against baseline, nadir and earlier scans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from operator import attrgetter

from protocol.assessment_reasons import late_baseline, reasons_of, repeat_of
from protocol.lesions import Classes, Reading, Scan, classes_at, seen
from protocol.mrecist import (
    CR,
    EQUIVOCAL,
    GONE,
    NA,
    NE,
    NO,
    NOT_EVALUABLE,
    NOT_READ,
    PD,
    UNREAD,
    YES,
    Category,
    New,
    Seen,
    non_target_response,
    overall_response,
    returned,
    target_response,
    total_of,
)
from protocol.new_findings import READERS_OWN, NewFindings, equivocal_of, new_of
from protocol.values import plain
from protocol.words import N_, Sentence, sentence


@plain(kw_only=True)
class Assessment:
    """One scan judged. A category of None is not known yet, which is neither NE nor anything else."""

    scan: Scan
    baseline_sum: Decimal | None = None
    nadir: Decimal | None = None
    sum_viable: Decimal | None = None
    target: Category | None = None
    non_target: Category | None = None
    new: New | None = None
    overall: Category | None = None
    equivocal: frozenset[str] = frozenset()  # findings that demand a repeat scan
    resolved: bool = False  # a later scan showed every one of them gone
    progressed_on: date | None = None  # of a PD: the scan that first showed it
    reasons: tuple[Sentence, ...] = ()
    without_row: tuple[str, ...] = ()  # lesions that are to be read and of which no row speaks

    @property
    def on(self) -> date:
        return self.scan.on

    @property
    def is_qualifying(self) -> bool:
        """Whether it is a CR that can count towards a clinical complete response."""
        return self.overall is CR and (not self.equivocal or self.resolved)


@dataclass(kw_only=True)
class _Course:
    """What the scans so far have shown; it grows from scan to scan."""

    classes: Classes
    baseline_sum: Decimal | None
    nadir: Decimal | None
    findings: NewFindings
    gone: set[str] = field(default_factory=set)
    equivocal_since: dict[str, date] = field(default_factory=dict)


def assess(scans: Iterable[Scan]) -> tuple[Assessment, ...]:
    """Return the assessments after the latest baseline, by day; the order the scans are given in does not matter.

    The baseline is the last scan entered as one before therapy; a later one is judged as a follow-up.
    """
    ordered = sorted(scans, key=attrgetter("order"))
    baselines: list[Scan] = []
    follow_ups: list[Scan] = []
    for scan in ordered:
        (baselines if scan.is_baseline else follow_ups).append(scan)
    if not baselines:
        why = sentence(N_("The tumour assessment before conversion therapy (baseline) is missing."))
        return tuple(Assessment(scan=scan, reasons=(*late_baseline(scan), why)) for scan in ordered)
    baseline = baselines[-1]
    course = _begin(baseline)
    later = [scan for scan in follow_ups if scan.on > baseline.on]
    return _with_resolution([_assessed(scan, course) for scan in later])


def at_baseline(scan: Scan) -> Assessment:
    """Return what the baseline itself shows: its sum, and why a lesion entered as target is none."""
    course = _begin(scan)
    reasons = tuple(course.classes.why_not.values())
    # Without a target nothing was measured, and a sum of nothing is not 0 mm.
    total = course.baseline_sum if course.classes.targets else None
    return Assessment(scan=scan, baseline_sum=course.baseline_sum, sum_viable=total, reasons=reasons)


def _begin(baseline: Scan) -> _Course:
    classes = classes_at(baseline)
    by_key = {reading.key: reading for reading in baseline.readings}
    targets = [
        seen(by_key[key], baseline, key=key, measured=True, was_gone=False, thrombus=False) for key in classes.targets
    ]
    total = _sum(targets)
    known = frozenset((*classes.targets, *classes.non_targets))
    return _Course(classes=classes, baseline_sum=total, nadir=total, findings=NewFindings(known=known))


def _sum(lesions: Sequence[Seen]) -> Decimal | None:
    for lesion in lesions:
        if lesion.state in NOT_READ or lesion.diameter is None:
            return None
    return total_of(lesions)


def _assessed(scan: Scan, course: _Course) -> Assessment:
    readings = {reading.key: reading for reading in scan.readings}
    targets = _seen_at(scan, readings, course, course.classes.targets, measured=True)
    non_targets = _seen_at(scan, readings, course, course.classes.non_targets, measured=False)
    known = (*targets, *non_targets)
    omitted = course.findings.omitted_at(readings)
    statuses = course.findings.at(scan, readings, omitted)
    new = new_of(scan, statuses)
    target = _target(course, targets)
    non_target = non_target_response(non_targets)
    unread = tuple([lesion.key for lesion in known if lesion.state is UNREAD])
    overall = _overall(target, non_target, new, known=known, is_unread=bool(unread))
    equivocal = equivocal_of(known, statuses, new)
    reasons = reasons_of(
        scan,
        course.classes,
        baseline_sum=course.baseline_sum,
        unread=unread,
        known=known,
        statuses=statuses,
        omitted=omitted,
        new=new,
    )
    assessment = Assessment(
        scan=scan,
        baseline_sum=course.baseline_sum,
        nadir=course.nadir,
        sum_viable=_sum(targets) if targets else None,
        target=target if not unread or _certain(targets, target) else None,
        non_target=non_target if not unread or _certain(non_targets, non_target) else None,
        new=new,
        overall=overall,
        equivocal=equivocal,
        progressed_on=_progressed_on(scan, course, known, statuses) if overall is PD else None,
        reasons=(*reasons, *repeat_of(scan, equivocal, overall)),
        without_row=_without_row(unread, readings, omitted),
    )
    course.findings.remember(scan, statuses)
    _remember(course, scan, known, assessment)
    return assessment


def _without_row(
    unread: Sequence[str], readings: Mapping[str, Reading], omitted: Mapping[str, date]
) -> tuple[str, ...]:
    known = [key for key in unread if key not in readings]
    return (*known, *[f"{key} ({first_on})" for key, first_on in omitted.items()])


def _seen_at(
    scan: Scan, readings: Mapping[str, Reading], course: _Course, keys: Sequence[str], *, measured: bool
) -> list[Seen]:
    gone, thrombi = course.gone, course.classes.thrombi
    return [
        seen(readings.get(key), scan, key=key, measured=measured, was_gone=key in gone, thrombus=key in thrombi)
        for key in keys
    ]


def _target(course: _Course, targets: Sequence[Seen]) -> Category | None:
    if not targets:
        return NA
    if course.baseline_sum is None or course.nadir is None:
        return None
    return target_response(baseline=course.baseline_sum, nadir=course.nadir, lesions=targets)


def _certain(lesions: Sequence[Seen], category: Category | None) -> bool:
    return category is PD or UNREAD not in [lesion.state for lesion in lesions]


# --- overall --------------------------------------------------------------------------------------------------


def _overall(
    target: Category | None, non_target: Category, new: New | None, *, known: Sequence[Seen], is_unread: bool
) -> Category | None:
    overall = overall_response(target or NE, non_target, new or NO)
    if overall is PD:
        return overall
    if is_unread or target is None or new is None:
        return None
    for lesion in known:
        if lesion.was_gone and (lesion.state is NOT_EVALUABLE or returned(lesion) is EQUIVOCAL):
            return NE  # once gone, a lesion is never the ground of a partial response
    return overall


def _progressed_on(scan: Scan, course: _Course, known: Sequence[Seen], statuses: dict[str, New | None]) -> date:
    confirmed = {key for key, status in statuses.items() if status is YES}
    confirmed.update(lesion.key for lesion in known if returned(lesion) is YES)
    return min((course.equivocal_since.get(key, scan.on) for key in confirmed), default=scan.on)


def _remember(course: _Course, scan: Scan, known: Sequence[Seen], assessment: Assessment) -> None:
    course.gone.update([lesion.key for lesion in known if lesion.state is GONE])
    if assessment.sum_viable is not None and course.nadir is not None:
        course.nadir = min(course.nadir, assessment.sum_viable)
    for key in assessment.equivocal:
        course.equivocal_since.setdefault(key, scan.on)
    if course.equivocal_since and (assessment.new is NO or assessment.new is EQUIVOCAL):
        for key in [key for key in course.equivocal_since if key not in assessment.equivocal]:
            if not _is_open(key, assessment):
                del course.equivocal_since[key]


def _is_open(key: str, later: Assessment) -> bool:
    """Return whether a doubtful finding is still open after a later scan: it was not looked at, or it is still there."""
    if later.new is None or later.overall is None or later.overall is PD:
        return True
    if key in later.equivocal:
        return True
    return later.overall is NE or (later.new is EQUIVOCAL and READERS_OWN in (key, *later.equivocal))


def _with_resolution(assessments: Sequence[Assessment]) -> tuple[Assessment, ...]:
    settled: list[Assessment] = []
    for at, assessment in enumerate(assessments):
        if assessment.equivocal:
            later = assessments[at + 1 :]
            if all(_resolves(key, later) for key in assessment.equivocal):
                settled.append(replace(assessment, resolved=True))
                continue
        settled.append(assessment)
    return tuple(settled)


def _resolves(key: str, later: Sequence[Assessment]) -> bool:
    """Return whether the first later scan that says anything about the finding shows it gone."""
    for assessment in later:
        if assessment.overall is PD:
            return False
        if not _is_open(key, assessment):
            return True
    return False
