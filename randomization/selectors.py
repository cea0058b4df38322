"""Reads for randomization: who sees which arm, the list that serves a subject, and how many were enrolled.

`allocation_of` knows no user and is for the machinery alone: an arm is shown only by `arm_of` and `arms_of`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from accounts.models import DatabaseClock, Grant, Site, User
from accounts.roles import Permission, permissions_of
from accounts.selectors import workers_of
from casebook.models import Subject
from casebook.selectors.sight import visible_subjects
from casebook.selectors.transfers import owing_consent
from casebook.states import Stage
from protocol.arms import STRATA
from protocol.blocks import stratum_code
from protocol.derivations import derive
from protocol.record import Record
from protocol.roles import Role
from protocol.words import Sentence
from randomization.models import Allocation, AllocationList, ListOpening, Slot, Stratum
from randomization.states import ListState


@dataclass(frozen=True)
class Levels:
    """The level of every stratification factor as the answers give it, and why one is not known."""

    known: Mapping[str, str]
    why_not: tuple[Sentence, ...] = ()

    @property
    def code(self) -> str:
        """Return the code of the stratum; every level has to be known."""
        return stratum_code(dict(self.known))


def levels_of(record: Record, *, on: date) -> Levels:
    """Return the stratum by the answers of the casebook, never by what a page posts."""
    known, why_not = dict[str, str](), list[Sentence]()
    for stratum in STRATA:
        derived = derive(stratum.derivation, crf="", answers={}, record=record, on=on)
        if derived.value:
            known[stratum.code] = derived.value
        else:
            why_not.append(derived.why or Sentence(stratum.title))
    return Levels(known, tuple(why_not))


def may_see_arm(user: User, site: Site | int) -> bool:
    """Whether the user may know the arms of this site's subjects."""
    return user.holds(Permission.ARM_READ, at=site)


def arm_of(user: User, subject: Subject) -> str | None:
    """Return the arm of a subject to whoever may know it; None to all others, and before the allocation."""
    return arms_of(user, [subject]).get(subject.pk)


def arms_of(user: User, subjects: Iterable[Subject]) -> dict[UUID, str]:
    """Return the arms of those of these subjects whose arm the user may know. One query."""
    chosen = [subject for subject in subjects if subject.site_id in user.site_ids()]
    sites = {subject.site_id for subject in chosen}
    open_sites = {site for site in sites if may_see_arm(user, site)}
    asked = [subject.pk for subject in chosen if subject.site_id in open_sites]
    if not asked:
        return {}
    return dict(Allocation.objects.filter(subject__in=asked).values_list("subject_id", "arm"))


def hidden_rows(user: User) -> set[tuple[str, str]]:
    """Return table and key of the allocations whose arm the user may not know: the audit page leaves them out."""
    sites = [site for site in user.site_ids() if not may_see_arm(user, site)]
    if not sites:
        return set()
    keys = Allocation.objects.filter(site__in=sites).values_list("pk", flat=True)
    return {(Allocation._meta.db_table, str(key)) for key in keys}


def allocation_of(subject: Subject) -> Allocation | None:
    """Return the allocation of a subject, with who made it and from which stratum. Knows no user."""
    found = Allocation.objects.filter(subject=subject.pk)
    # The snapshot holds every answer judged: nobody who asks for an allocation reads it along.
    return (
        found.select_related("allocated_by", "slot__stratum__list", "determination")
        .defer("determination__snapshot")
        .first()
    )


def arm_and_moment(subject: Subject) -> tuple[str, datetime] | None:
    """Return the arm of a subject and the moment of its allocation, for what follows from them. Knows no user."""
    return Allocation.objects.filter(subject=subject.pk).values_list("arm", "allocated_at").first()


def visible_allocations(user: User) -> QuerySet[Allocation]:
    """Return the allocations of subjects in sight. That somebody was randomized is no secret; the arm is."""
    return Allocation.objects.filter(subject__in=visible_subjects(user)).defer("arm").select_related("subject", "site")


def candidates(user: User) -> QuerySet[Subject]:
    """Return the subjects in sight that wait for randomization; none who came from another site and owes a consent."""
    waiting = visible_subjects(user).filter(stage=Stage.ELIGIBLE, allocation=None).exclude(owing_consent())
    return waiting.select_related("site")


def counts_for_trial(subject: Subject) -> bool:
    """Whether the subject counts in the trial's figures: a list of the trial serves these alone."""
    return subject.site.counts and not subject.synthetic


def serving_list(*, for_trial: bool) -> AllocationList | None:
    """Return the list that serves now."""
    return AllocationList.objects.filter(for_trial=for_trial, state=ListState.SERVING).first()


def stratum_in(serving: AllocationList, code: str) -> Stratum | None:
    """Return the stratum of the list with these levels."""
    return Stratum.objects.filter(list=serving, code=code).first()


def enrolled(*, for_trial: bool) -> int:
    """Return how many subjects were randomized at all sites; what sites share is counted without looking into them."""
    counted = Stratum.objects.filter(list__for_trial=for_trial).aggregate(used=Sum("used"))["used"]
    return counted or 0


def lists() -> QuerySet[AllocationList]:
    """Return the lists, the newest first."""
    return AllocationList.objects.select_related("generated_by", "ended_by").order_by("-number")


def waiting_openings() -> QuerySet[ListOpening]:
    """Return the openings that somebody asked for and nobody has confirmed."""
    return ListOpening.objects.filter(opened_at=None).select_related("list", "asked_by").order_by("asked_at", "pk")


def slots_of(allocation_list: AllocationList) -> QuerySet[Slot]:
    """Return the slots of a list in the order in which its commitment was made."""
    return (
        Slot.objects.filter(stratum__list=allocation_list)
        .select_related("stratum")
        .order_by("stratum__position", "number")
    )


def told_of(site: Site) -> list[User]:
    """Return who is told of an allocation at once: those who randomize at the site and may see arms."""
    roles = [role for role in Role if {Permission.RANDOMIZE, Permission.ARM_READ} <= permissions_of(role)]
    standing = Grant.objects.filter(site=site, role__in=roles, valid_from__lte=DatabaseClock()).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=DatabaseClock())
    )
    return list(workers_of(site).filter(pk__in=standing.values("user_id")))


def stratum_counts() -> dict[UUID, list[Stratum]]:
    """Return the strata of every list in their order, by list. One query."""
    found: dict[UUID, list[Stratum]] = defaultdict(list)
    for stratum in Stratum.objects.order_by("list", "position"):
        found[stratum.list_id].append(stratum)
    return found
