"""The endpoints of randomized subjects. They know the arm: whoever shows them asks `population` first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from accounts.models import Site, User
from casebook.models import Subject
from casebook.selectors.records import records_of
from casebook.selectors.standing import day_at
from outcomes.selectors.population import counted_subjects
from protocol.endpoint_course import Outcome
from protocol.endpoint_reading import Allocated, course_of, surgery_of
from protocol.endpoints import os, pfs, ttf
from protocol.happenings import Happened, happened
from protocol.pathological import PathologicalResponse, Surgery, pcr
from protocol.record import Record
from protocol.words import N_, sentence
from randomization.models import Allocation
from randomization.selectors import allocation_of

TOGETHER = 200  # records read at once, so that memory stays flat

WITHOUT_ARM = N_("Progression: the event is that of %(on)s.")


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """All endpoints of one subject on the day of a data cut."""

    subject: Subject
    given: Allocated
    happened: Happened
    surgery: Surgery
    pfs: Outcome
    os: Outcome
    ttf: Outcome
    pcr: PathologicalResponse


def endpoints_of(subject: Subject, *, on: date) -> Endpoints | None:
    """Return the endpoints of one subject by the data up to a day; None before randomization. Three queries."""
    allocation = allocation_of(subject)
    if allocation is None:
        return None
    return read(subject, records_of([subject])[subject.pk], allocated(subject, allocation, cut_on=on))


def all_endpoints(user: User, sites: list[Site], *, cut_on: date) -> list[Endpoints]:
    """Return the endpoints of everyone randomized up to the cut, by number; two queries for each 200 subjects."""
    return list(_all(user, sites, cut_on))


def _all(user: User, sites: list[Site], cut_on: date) -> Iterator[Endpoints]:
    counted = counted_subjects(user, sites).values("pk")
    allocations = Allocation.objects.filter(subject__in=counted).select_related("subject__site")
    all_of_them = iter(allocations.order_by("subject__number"))
    while together := list(islice(all_of_them, TOGETHER)):
        known = [(each.subject, allocated(each.subject, each, cut_on=cut_on)) for each in together]
        inside = [(subject, given) for subject, given in known if given.randomized_on <= cut_on]
        records = records_of(subject for subject, _ in inside)
        for subject, given in inside:
            yield read(subject, records[subject.pk], given)


def allocated(subject: Subject, allocation: Allocation, *, cut_on: date) -> Allocated:
    """Return the allocation as endpoints read it, dated by the site's calendar."""
    return Allocated(arm=allocation.arm, randomized_on=day_at(subject.site, allocation.allocated_at), cut_on=cut_on)


def read(subject: Subject, record: Record, given: Allocated) -> Endpoints:
    """Return the endpoints that a record gives."""
    known = happened(record, randomized_on=given.randomized_on)
    course, surgery = course_of(record, known, given), surgery_of(record, given)
    return Endpoints(
        subject=subject,
        given=given,
        happened=known,
        surgery=surgery,
        pfs=pfs(course),
        os=os(course),
        ttf=ttf(course),
        pcr=pcr(surgery),
    )


def without_arm(outcome: Outcome) -> Outcome:
    """Return the outcome with a rule that does not tell the arm, and without the readings whose difference would."""
    plain = replace(outcome, alternatives=())
    if not outcome.reveals_arm or outcome.on is None:
        return plain
    return replace(plain, rule=sentence(WITHOUT_ARM, on=outcome.on), reveals_arm=False)
