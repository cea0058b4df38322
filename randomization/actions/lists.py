"""Making a sealed list, ending it, and opening what it did not use: by two persons, on record."""

from __future__ import annotations

import hashlib
from datetime import datetime
from itertools import groupby
from uuid import UUID, uuid4

from django.db.models import Max

from accounts.models import User
from audit.door import action, record
from protocol.blocks import ALGORITHM, Planned, whole_list
from protocol.trial import TRIAL
from randomization.models import AllocationList, ListOpening, Slot, Stratum
from randomization.rules import may_ask_opening, may_end_list, may_make_list, may_open_list
from randomization.sealed import Opened, allocation_key, leaf_of, root_of, salt_of, seal_seed, seal_slot
from randomization.states import ListState

STREAM = "randomization"


@action(may_make_list, creates=True)
def make_list(
    target: None, *, by: User, at: datetime, name: str, for_trial: bool, seed: bytes, at_least: int
) -> AllocationList:
    """Make and seal a list of at least so many slots in each stratum; it serves from now on.

    `seed`: 32 bytes of chance from outside; sealed with the list, and what the whole list can be made again from.
    """
    key, made_id = allocation_key(), uuid4()
    places = whole_list(seed, at_least=at_least)
    slots = [_sealed(key, made_id, seed, place, index) for index, place in enumerate(places, 1)]
    made = AllocationList.objects.create(
        id=made_id,
        number=(AllocationList.objects.aggregate(last=Max("number"))["last"] or 0) + 1,
        name=name.strip(),
        for_trial=for_trial,
        algorithm=ALGORITHM,
        protocol=TRIAL.fingerprint,
        at_least=at_least,
        sealed_seed=seal_seed(key, seed, allocation_list=made_id),
        seed_hash=hashlib.sha256(seed).hexdigest(),
        commitment=root_of([slot.leaf for slot in slots]),
        generated_at=at,
        generated_by=by,
    )
    _lay_down(made, places, slots)
    _record(made, "made", by=by, at=at, seed_hash=made.seed_hash, commitment=made.commitment, slots=len(slots))
    return made


def _sealed(key: bytes, made: UUID, seed: bytes, place: Planned, index: int) -> Slot:
    salt = salt_of(seed, place.stratum, place.number)
    slot = Slot(id=uuid4(), number=place.number)
    opened = Opened(salt, place.block, place.arm)
    slot.sealed = seal_slot(key, opened, allocation_list=made, slot=slot.pk, place=index)
    slot.leaf = leaf_of(salt, allocation_list=made, stratum=place.stratum, number=place.number, arm=place.arm)
    return slot


def _lay_down(made: AllocationList, places: list[Planned], slots: list[Slot]) -> None:
    of_stratum = groupby(zip(places, slots, strict=True), key=lambda pair: pair[0].stratum)
    for position, (code, pairs) in enumerate(of_stratum, 1):
        held = [slot for _place, slot in pairs]
        levels = dict(part.split("=") for part in code.split(" "))
        stratum = Stratum.objects.create(list=made, position=position, code=code, levels=levels, size=len(held))
        for slot in held:
            slot.stratum = stratum
        Slot.objects.bulk_create(held)


@action(may_end_list)
def end_list(allocation_list: AllocationList, *, by: User, at: datetime, reason: str) -> AllocationList:
    """End a list, so that another one can serve; what it did not use stays sealed."""
    _end(allocation_list, ListState.RETIRED, by=by, at=at)
    _record(allocation_list, "ended", by=by, at=at, reason=reason.strip())
    return allocation_list


@action(may_ask_opening)
def ask_opening(allocation_list: AllocationList, *, by: User, at: datetime, reason: str) -> ListOpening:
    """Ask that the unused slots of a list be opened; nothing is opened before a second person agrees."""
    opening = ListOpening.objects.create(list=allocation_list, reason=reason.strip(), asked_at=at, asked_by=by)
    _record(allocation_list, "opening asked", by=by, at=at, reason=opening.reason, opening=str(opening.pk))
    return opening


@action(may_open_list)
def open_list(opening: ListOpening, *, by: User, at: datetime) -> ListOpening:
    """Open the unused slots of a list as the second person. From then on the list serves nobody."""
    opened = AllocationList.objects.select_for_update(no_key=True).get(pk=opening.list_id)
    opening.list = opened
    opening.opened_at, opening.opened_by = at, by
    opening.save(update_fields=["opened_at", "opened_by"])
    _end(opened, ListState.OPENED, by=by, at=at)
    facts = {"opening": str(opening.pk), "asked_by": str(opening.asked_by_id)}
    _record(opened, "opened", by=by, at=at, reason=opening.reason, **facts)
    return opening


def _end(ending: AllocationList, to: ListState, *, by: User, at: datetime) -> None:
    # Whoever takes a slot holds its stratum: behind these locks nobody does.
    list(Stratum.objects.select_for_update(no_key=True).filter(list=ending).order_by("position").values_list("pk"))
    ending.state, ending.ended_at, ending.ended_by = to, at, by
    ending.save(update_fields=["state", "ended_at", "ended_by"])


def _record(about: AllocationList, what: str, *, by: User, at: datetime, reason: str = "", **facts: str | int) -> None:
    whole = {"list": str(about.pk), "number": about.number, "for_trial": about.for_trial, **facts}
    record(f"randomization.list.{what}", stream=STREAM, by=by, at=at, reason=reason, facts=whole)
