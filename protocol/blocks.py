"""The allocation list from its seed: stratified permuted blocks of random sizes, the same bytes on every machine.

Published so that anybody can make a list again: docs/randomization.md says every step, with a test vector. The chance
is HMAC-SHA256 under the seed, read as a stream of 32-bit numbers; nothing depends on a library's generator.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, product
from typing import Final

from protocol.arms import ARMS, STRATA
from protocol.assumptions import BLOCK_SIZES
from protocol.language import Arm, Stratum

ALGORITHM: Final = "edc-permuted-blocks-1"
SEED_BYTES: Final = 32
WORDS: Final = 2**32  # as many values as 32 bits have


@dataclass(frozen=True)
class Planned:
    """One place of the list: its stratum, its number there from 1, the number of its block from 1, and the arm."""

    stratum: str
    number: int
    block: int
    arm: str


def numbers(seed: bytes, label: str) -> Iterator[int]:
    """Yield 32-bit numbers: HMAC-SHA256(seed, "algorithm|label|counter"), eight big-endian numbers a digest."""
    for counter in count():
        digest = hmac.digest(seed, f"{ALGORITHM}|{label}|{counter}".encode(), hashlib.sha256)
        for start in range(0, len(digest), 4):
            yield int.from_bytes(digest[start : start + 4], "big")


def below(limit: int, chance: Iterator[int]) -> int:
    """Return a number from 0 to limit - 1, each as likely as any other: the uneven rest of 2^32 is thrown away."""
    fair = WORDS - WORDS % limit
    return next(number for number in chance if number < fair) % limit


def shuffled(cards: Sequence[str], chance: Iterator[int]) -> list[str]:
    """Return the cards in a random order. Source: Fisher and Yates 1938, as Durstenfeld 1964 wrote it, from the end."""
    mixed = list(cards)
    for last in range(len(mixed) - 1, 0, -1):
        chosen = below(last + 1, chance)
        mixed[last], mixed[chosen] = mixed[chosen], mixed[last]
    return mixed


def blocks_of(
    seed: bytes, stratum: str, *, at_least: int, sizes: Sequence[int] = BLOCK_SIZES, arms: Sequence[Arm] = ARMS
) -> list[Planned]:
    """Return the places of one stratum, in whole blocks, until there are `at_least` so many.

    Each block draws its size, then its order; it holds every arm by its share. Raises ValueError for a size that the
    shares do not divide, and for a seed of another length.
    """
    parts = sum(arm.share for arm in arms)
    if len(seed) != SEED_BYTES:
        raise ValueError(f"Expected a seed of {SEED_BYTES} bytes, got {len(seed)}.")
    if uneven := [size for size in sizes if size % parts]:
        raise ValueError(f"Expected block sizes that {parts} divides, got {uneven}.")
    chance, places = numbers(seed, stratum), list[Planned]()
    for block in count(1):
        if len(places) >= at_least:
            return places
        size = sizes[below(len(sizes), chance)]
        cards = [arm.code for arm in arms for _ in range(size // parts * arm.share)]
        order = shuffled(cards, chance)
        places += [Planned(stratum, len(places) + place, block, arm) for place, arm in enumerate(order, 1)]
    raise AssertionError("unreachable")  # pragma: no cover -- the count never ends


def strata_codes(strata: Sequence[Stratum] = STRATA) -> tuple[str, ...]:
    """Return the code of every combination of levels, in the order of the definition: `MVI=Y HAI=haic` and so on."""
    levels = [[(stratum.code, level.value) for level in stratum.levels] for stratum in strata]
    return tuple(stratum_code(dict(chosen)) for chosen in product(*levels))


def stratum_code(levels: dict[str, str]) -> str:
    """Return the code of one combination of levels, by the factors' order."""
    return " ".join(f"{stratum.code}={levels[stratum.code]}" for stratum in STRATA)


def whole_list(seed: bytes, *, at_least: int) -> list[Planned]:
    """Return the list of all strata, each `at_least` so long."""
    return [place for code in strata_codes() for place in blocks_of(seed, code, at_least=at_least)]
