"""Proofs of a sealed list: of one used slot alone, of the whole list from its seed, and what opening it shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from protocol.blocks import ALGORITHM, whole_list
from randomization.models import Allocation, AllocationList, Slot
from randomization.sealed import (
    Opened,
    SealBroken,
    allocation_key,
    leaf_of,
    open_seed,
    open_slot,
    path_of,
    root_by,
    root_of,
    salt_of,
)
from randomization.selectors import slots_of


@dataclass(frozen=True)
class Proof:
    """What an outsider needs to see that a used slot is the one that was committed to, and nothing of any other."""

    allocation_list: str
    commitment: str
    stratum: str
    number: int
    arm: str
    salt: str
    leaf: str
    path: tuple[tuple[str, str], ...]

    @property
    def holds(self) -> bool:
        """Whether salt and arm give the leaf, and the leaf leads to the published root."""
        place = f"{self.allocation_list}|{self.stratum}|{self.number}|{self.arm}".encode()
        leaf = hashlib.sha256(bytes.fromhex(self.salt) + place).hexdigest()
        return leaf == self.leaf and root_by(leaf, self.path) == self.commitment


def prove_slot(allocation: Allocation) -> Proof:
    """Return the proof of the slot that an allocation used. Raises SealBroken."""
    slot = allocation.slot
    serving = slot.stratum.list
    keys = list(slots_of(serving).values_list("pk", "leaf"))
    index = [key for key, _leaf in keys].index(slot.pk)
    opened = open_slot(allocation_key(), slot.sealed, allocation_list=serving.pk, slot=slot.pk)
    return Proof(
        allocation_list=str(serving.pk),
        commitment=serving.commitment,
        stratum=slot.stratum.code,
        number=slot.number,
        arm=opened.arm,
        salt=opened.salt.hex(),
        leaf=slot.leaf,
        path=tuple(path_of([leaf for _key, leaf in keys], index)),
    )


def unused_slots(opened: AllocationList) -> list[tuple[Slot, Opened]]:
    """Return what the unused slots of an opened list hide. Raises ValueError for one that is not opened."""
    if opened.state != "opened":
        raise ValueError(f"Expected a list that two persons opened, got one that is {opened.state}.")
    key, slots = allocation_key(), slots_of(opened)
    unused = [slot for slot in slots if slot.number > slot.stratum.used]
    return [(slot, open_slot(key, slot.sealed, allocation_list=opened.pk, slot=slot.pk)) for slot in unused]


def faults_of(made: AllocationList) -> Iterator[str]:
    """Make the list again from its sealed seed and yield each difference, the first differing slot first."""
    try:
        seed = open_seed(allocation_key(), made.sealed_seed, allocation_list=made.pk)
    except SealBroken as broken:
        yield str(broken)
        return
    if hashlib.sha256(seed).hexdigest() != made.seed_hash:
        yield "The seed is not the one whose hash was published."
    if made.algorithm != ALGORITHM:
        yield f"The list was made by {made.algorithm}; this version makes lists by {ALGORITHM}."
        return
    slots = list(slots_of(made))
    yield from _slot_faults(made, seed, slots)
    if root_of([slot.leaf for slot in slots]) != made.commitment:
        yield "The leaves do not lead to the published commitment."


def _slot_faults(made: AllocationList, seed: bytes, slots: list[Slot]) -> Iterator[str]:
    places = whole_list(seed, at_least=made.at_least)
    if len(places) != len(slots):
        yield f"The seed makes {len(places)} slots, the list holds {len(slots)}."
    key = allocation_key()
    for place, slot in zip(places, slots, strict=False):
        called = f"Slot {slot.number} of stratum {slot.stratum.code}"
        if (slot.stratum.code, slot.number) != (place.stratum, place.number):
            yield f"{called} stands where slot {place.number} of stratum {place.stratum} belongs."
            continue
        salt = salt_of(seed, place.stratum, place.number)
        leaf = leaf_of(salt, allocation_list=made.pk, stratum=place.stratum, number=place.number, arm=place.arm)
        try:
            opened = open_slot(key, slot.sealed, allocation_list=made.pk, slot=slot.pk)
        except SealBroken:
            yield f"{called} cannot be opened: it was sealed for another place."
            continue
        if opened != Opened(salt, place.block, place.arm) or slot.leaf != leaf:
            yield f"{called} is not what the seed makes of it."
