"""The endpoints of randomized subjects.

To a reader who may not know the arms they are read without the arm and without every form that would tell it. Data cuts
are free, so a figure that hangs on such a form would tell the arm of a single subject.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from accounts.models import Site, User
from casebook.models import Subject
from casebook.selectors.records import records_of
from casebook.selectors.sight import REVEALING_CRFS, REVEALING_VISITS
from casebook.selectors.standing import day_at
from outcomes.selectors.population import counted_subjects, may_know_arms
from protocol.endpoint_course import Outcome
from protocol.endpoint_reading import Allocated, assessed_until, course_of, surgery_of
from protocol.endpoints import WITHOUT_INTRAOPERATIVE, os, pfs, ttf
from protocol.happenings import Happened, happened
from protocol.pathological import PathologicalResponse, Surgery, pcr
from protocol.record import FormRecord, Record
from randomization.models import Allocation
from randomization.selectors import allocation_of

TOGETHER = 200  # records read at once, so that memory stays flat
UNTOLD = ""  # the arm, to a reader who may not know it


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """All endpoints of one subject on the day of a data cut, as their reader may know them."""

    subject: Subject
    given: Allocated
    happened: Happened
    surgery: Surgery
    pfs: Outcome
    os: Outcome
    ttf: Outcome
    pcr: PathologicalResponse


def endpoints_of(user: User, subject: Subject, *, on: date) -> Endpoints | None:
    """Return the endpoints of one subject by the data up to a day; None before randomization. Three queries."""
    allocation = allocation_of(subject)
    if allocation is None:
        return None
    knows_arm = may_know_arms(user, [subject.site])
    given = allocated(subject, allocation, cut_on=on, knows_arm=knows_arm)
    return read(subject, records_of([subject])[subject.pk], given)


def all_endpoints(user: User, sites: list[Site], *, cut_on: date) -> list[Endpoints]:
    """Return the endpoints of everyone randomized up to the cut, by number; two queries for each 200 subjects."""
    return list(_all(user, sites, cut_on))


def _all(user: User, sites: list[Site], cut_on: date) -> Iterator[Endpoints]:
    knows_arm = may_know_arms(user, sites)
    counted = counted_subjects(user, sites).values("pk")
    allocations = Allocation.objects.filter(subject__in=counted).select_related("subject__site")
    all_of_them = iter(allocations.order_by("subject__number"))
    while together := list(islice(all_of_them, TOGETHER)):
        known = [(each.subject, allocated(each.subject, each, cut_on=cut_on, knows_arm=knows_arm)) for each in together]
        inside = [(subject, given) for subject, given in known if given.randomized_on <= cut_on]
        records = records_of(subject for subject, _ in inside)
        for subject, given in inside:
            yield read(subject, records[subject.pk], given)


def allocated(subject: Subject, allocation: Allocation, *, cut_on: date, knows_arm: bool) -> Allocated:
    """Return the allocation as endpoints read it, dated by the site's calendar."""
    randomized_on = day_at(subject.site, allocation.allocated_at)
    return Allocated(arm=allocation.arm if knows_arm else UNTOLD, randomized_on=randomized_on, cut_on=cut_on)


def read(subject: Subject, record: Record, given: Allocated) -> Endpoints:
    """Return the endpoints that a record gives; without an arm, by nothing that would tell it."""
    if given.arm == UNTOLD:
        record = without_arm(record)
    assessed = assessed_until(record, given.cut_on)
    known = happened(record, randomized_on=given.randomized_on, assessed=assessed)
    course, surgery = course_of(record, known, given, assessed=assessed), surgery_of(record, given)
    return Endpoints(
        subject=subject,
        given=given,
        happened=known,
        surgery=surgery,
        pfs=_untold(pfs(course)) if given.arm == UNTOLD else pfs(course),
        os=os(course),
        ttf=ttf(course),
        pcr=pcr(surgery),
    )


def without_arm(record: Record) -> Record:
    """Return the record without the forms that tell the arm, as its reader sees the casebook."""
    return replace(record, forms=tuple(form for form in record.forms if not _tells_arm(form)))


def _tells_arm(form: FormRecord) -> bool:
    return form.crf in REVEALING_CRFS or form.visit.partition("/")[0] in REVEALING_VISITS


def _untold(outcome: Outcome) -> Outcome:
    """Return the outcome without the reading that differs by what was found at an operation."""
    kept = tuple(each for each in outcome.alternatives if each[0] != WITHOUT_INTRAOPERATIVE)
    return replace(outcome, alternatives=kept)
