"""Randomizing a subject: gate, slot, allocation, stage, mail and what apps above do, all or nothing."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from audit.decision import Decision, Refusal
from audit.door import action, record
from casebook.actions import advance
from casebook.models import Subject
from casebook.states import Stage
from eligibility.actions import pass_gate
from eligibility.models import Determination
from eligibility.rules import gate
from eligibility.selectors import judged_of, standing_determination
from outbox.posting import tell
from protocol.arms import ARMS
from protocol.words import N_, Param, Sentence, sentence
from randomization.models import Allocation, AllocationList, Slot, Stratum
from randomization.ports import after_allocation
from randomization.rules import NO_LIST, USED_UP, has_left, has_room, has_slot, may_click, may_try, whom
from randomization.sealed import SealBroken, allocation_key, leaf_of, open_slot
from randomization.selectors import Levels, counts_for_trial, levels_of, told_of
from randomization.states import ListState

TITLES = {arm.code: arm.title for arm in ARMS}
MAIL_SUBJECT = N_("%(subject)s was randomized: %(arm)s")
MAIL_BODY = N_(
    "Subject %(subject)s was randomized on %(on)s at %(time)s (time of the site) by %(by)s, as number %(number)s. "
    "The arm is: %(arm)s."
)


@action(may_click)
def randomize(subject: Subject, *, by: User, at: datetime, attests: bool) -> Allocation:
    """Give the subject the next slot of its stratum. Irrevocable. Raises Refusal, SealBroken.

    `attests`: whoever clicks says that nothing happened since the determination, and that the subject is willing.
    """
    judged = judged_of(subject, at=at)
    determination = standing_determination(subject)
    if determination is None:
        raise Refusal.of(gate(subject, at=at, judged=judged))
    pass_gate(determination, by=by, at=at, judged=judged)
    levels = levels_of(judged.record, on=judged.on)
    _demand(has_slot(subject, levels))
    slot = _next_slot(levels, for_trial=counts_for_trial(subject))
    subject = advance(subject, by=by, at=at, to=Stage.RANDOMIZED)
    allocation = _allocate(subject, slot, levels, determination, by=by, at=at)
    _record(allocation, by=by, at=at)
    _tell(allocation, at=at)
    after_allocation(allocation, by=by, at=at)
    return allocation


def _next_slot(levels: Levels, *, for_trial: bool) -> Slot:
    """Return the next slot of the stratum, which stays locked until the end. Raises Refusal."""
    # Lock the stratum, not the slot: it is the queue, and who comes second waits until the first is in or gone.
    stratum = _locked_stratum(_serving(for_trial=for_trial), levels.code)
    # Read behind the lock: whoever ends a list holds all its strata.
    serving = _serving(for_trial=for_trial)
    if stratum is None or stratum.list_id != serving.pk:
        raise Refusal(sentence(USED_UP, stratum=levels.code))
    _demand(has_left(stratum, levels.code))
    stratum.list = serving
    stratum.used += 1
    stratum.save(update_fields=["used"])
    slot = Slot.objects.get(stratum=stratum, number=stratum.used)
    slot.stratum = stratum
    return slot


def _serving(*, for_trial: bool) -> AllocationList:
    """Return the list that serves; where enrolment has a limit, under a lock by which all strata are counted at once."""
    rows = AllocationList.objects.filter(for_trial=for_trial, state=ListState.SERVING)
    if settings.ENROLMENT_CAP is not None:
        rows = rows.select_for_update(no_key=True)
    if (serving := rows.first()) is None:
        raise Refusal(sentence(NO_LIST, whom=whom(for_trial=for_trial)))
    _demand(has_room(for_trial=for_trial))
    return serving


def _locked_stratum(serving: AllocationList, code: str) -> Stratum | None:
    return Stratum.objects.select_for_update(no_key=True).filter(list=serving, code=code).first()


def _demand(decision: Decision) -> None:
    if not decision:
        raise Refusal.of(decision)


def _allocate(
    subject: Subject, slot: Slot, levels: Levels, determination: Determination, *, by: User, at: datetime
) -> Allocation:
    stratum = slot.stratum
    return Allocation.objects.create(
        subject=subject,
        site_id=subject.site_id,
        slot=slot,
        number=f"{stratum.list.number}-{stratum.position}-{slot.number:03d}",
        arm=_arm_in(slot),
        strata=dict(levels.known),
        determination=determination,
        allocated_at=at,
        allocated_by=by,
    )


def _arm_in(slot: Slot) -> str:
    """Return the arm a slot hides, once it proves to be the one that was committed to. Raises SealBroken."""
    opened = open_slot(allocation_key(), slot.sealed, allocation_list=slot.stratum.list_id, slot=slot.pk)
    stratum = slot.stratum
    leaf = leaf_of(
        opened.salt, allocation_list=stratum.list_id, stratum=stratum.code, number=slot.number, arm=opened.arm
    )
    if leaf != slot.leaf:
        raise SealBroken(f"Slot {slot.number} of {slot.stratum.code} is not the slot that was committed to.")
    return opened.arm


def _record(allocation: Allocation, *, by: User, at: datetime) -> None:
    # The arm stands in the row alone, behind its own rule; of an event many more people read the facts.
    stratum = allocation.slot.stratum
    facts = {
        "allocation": str(allocation.pk),
        "number": allocation.number,
        "list": str(stratum.list_id),
        "stratum": stratum.code,
        "slot": allocation.slot.number,
        "determination": str(allocation.determination_id),
        "algorithm": stratum.list.algorithm,
    }
    record("randomization.subject.randomized", subject=allocation.subject, by=by, at=at, facts=facts)


def _tell(allocation: Allocation, *, at: datetime) -> None:
    """Tell those who randomize at the site, all of whom may see arms."""
    subject = allocation.subject
    there = at.astimezone(subject.site.zone)
    words: dict[str, Param] = {"subject": subject.number, "arm": sentence(TITLES[allocation.arm])}
    when: dict[str, Param] = {"on": there.date(), "time": f"{there:%H:%M}", "by": allocation.allocated_by.name}
    tell(
        kind="randomization.randomized",
        about=str(allocation.pk),
        users=told_of(subject.site),
        subject=sentence(MAIL_SUBJECT, **words),
        body=sentence(MAIL_BODY, **words, **when, number=allocation.number),
        path=reverse("allocation", args=[subject.pk]),
        at=at,
    )


@action(may_try)
def record_refused_attempt(subject: Subject, *, by: User, at: datetime, why: Sentence) -> None:
    """Put on record that somebody tried to randomize and was refused; the attempt itself was undone."""
    record("randomization.subject.refused", subject=subject, by=by, at=at, message=why)
