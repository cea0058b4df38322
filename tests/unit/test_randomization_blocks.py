"""The generator of the list: reproducible, balanced, and no way to guess what follows but counting."""

from __future__ import annotations

from itertools import groupby

import pytest

from protocol.arms import ARMS, RESECTION, WATCH_AND_WAIT
from protocol.assumptions import BLOCK_SIZES
from protocol.blocks import SEED_BYTES, below, blocks_of, numbers, strata_codes, whole_list

SEED = bytes(range(SEED_BYTES))
# Published in docs/randomization.md: R is resection, W watch and wait; the seed is 00 01 02 ... 1f.
VECTOR = {
    "MVI=Y HAI=haic": "RWWRRW RWWRRW",
    "MVI=Y HAI=tace": "WRRW RWWR RWWR",
    "MVI=N HAI=haic": "WWRR RWRRWW WRWR",
    "MVI=N HAI=tace": "WWRRRW RWWRWR",
}
FIRST_NUMBERS = ["f1435e4f", "dbe9906e", "7e0faf6f", "1c4dd7c1"]
LISTS, LENGTH = 10_000, 18


def letters(places) -> str:
    """Return the blocks as they are printed."""
    blocks = groupby(places, key=lambda place: place.block)
    return " ".join("".join("R" if each.arm == RESECTION else "W" for each in block) for _, block in blocks)


@pytest.fixture(scope="module")
def simulated():
    """So many lists of one stratum, each from a seed of its own."""
    return [blocks_of(number.to_bytes(SEED_BYTES, "big"), "MVI=Y HAI=haic", at_least=LENGTH) for number in range(LISTS)]


def test_the_published_vector_is_made_again():
    places = whole_list(SEED, at_least=12)

    made = {code: letters([place for place in places if place.stratum == code]) for code in strata_codes()}
    assert made == VECTOR


def test_the_stream_is_the_published_one():
    stream = numbers(SEED, "MVI=Y HAI=haic")

    assert [f"{next(stream):08x}" for _ in range(4)] == FIRST_NUMBERS


def test_another_seed_or_stratum_gives_another_list():
    here = letters(blocks_of(SEED, "MVI=Y HAI=haic", at_least=60))

    assert here != letters(blocks_of(SEED, "MVI=Y HAI=tace", at_least=60))
    assert here != letters(blocks_of(bytes(SEED_BYTES), "MVI=Y HAI=haic", at_least=60))


def test_a_longer_list_begins_with_the_shorter_one():
    assert blocks_of(SEED, "x", at_least=60)[:20] == blocks_of(SEED, "x", at_least=18)[:20]


@pytest.mark.parametrize("at_least", [1, 4, 5, 60, 74])
def test_a_list_is_long_enough_and_ends_with_a_whole_block(at_least):
    places = blocks_of(SEED, "x", at_least=at_least)

    assert at_least <= len(places) < at_least + max(BLOCK_SIZES)
    assert [place.number for place in places] == list(range(1, len(places) + 1))


def test_every_complete_block_is_balanced(simulated):
    halves = {size: size // 2 for size in BLOCK_SIZES}

    for places in simulated:
        for _, block in groupby(places, key=lambda place: place.block):
            arms = [place.arm for place in block]
            assert arms.count(RESECTION) == halves[len(arms)]


def test_the_arms_never_differ_by_more_than_three_in_any_prefix(simulated):
    furthest = 0
    for places in simulated:
        lead = 0
        for place in places:
            lead += 1 if place.arm == RESECTION else -1
            furthest = max(furthest, abs(lead))

    assert furthest == max(BLOCK_SIZES) // 2


def test_every_place_is_either_arm_as_often(simulated):
    for place in range(LENGTH):
        share = sum(places[place].arm == WATCH_AND_WAIT for places in simulated) / LISTS
        assert abs(share - 0.5) < 0.025  # five standard errors of 10,000


def test_both_block_sizes_come_as_often_and_do_not_depend_on_the_block_before(simulated):
    sizes = [[len(list(block)) for _, block in groupby(places, key=lambda place: place.block)] for places in simulated]

    for before in BLOCK_SIZES:
        after = [chosen[1] for chosen in sizes if chosen[0] == before]
        assert abs(after.count(BLOCK_SIZES[0]) / len(after) - 0.5) < 0.036
        assert len(after) > LISTS * 0.45


def test_every_order_of_a_block_of_four_is_as_likely(simulated):
    orders = ["".join(place.arm[0] for place in places[:4]) for places in simulated if places[4].block == 2]

    counts = {order: orders.count(order) for order in set(orders)}
    assert len(counts) == 6
    assert all(abs(count / len(orders) - 1 / 6) < 0.027 for count in counts.values())


def test_numbers_of_the_uneven_rest_are_thrown_away():
    assert below(3, iter([2**32 - 1, 5])) == 2


@pytest.mark.parametrize(("seed", "sizes"), [(b"short", (4, 6)), (SEED, (4, 5))])
def test_a_seed_or_size_that_does_not_fit_is_refused(seed, sizes):
    with pytest.raises(ValueError, match="Expected"):
        blocks_of(seed, "x", at_least=4, sizes=sizes)


def test_arms_of_the_trial_have_room_in_a_slot():
    from randomization.sealed import ARM_BYTES

    assert all(len(arm.code.encode()) <= ARM_BYTES for arm in ARMS)
