"""A superuser changes the sealed list past every wall: the verification names the first slot that differs."""

from __future__ import annotations

import pytest

from randomization.models import AllocationList
from randomization.proof import faults_of
from scripts.embedded_postgres import Server
from tests.databases import superuser_sql
from tests.randomization_ground import a_list

FIRST = "(SELECT s.id FROM randomization_slot s JOIN randomization_stratum t ON t.id = s.stratum_id"
FIRST += " WHERE t.position = 1 AND s.number = {number})"
FIRST_SLOT, SECOND_SLOT, FOURTH_SLOT = (FIRST.format(number=number) for number in (1, 2, 4))
SWAP = """
UPDATE randomization_slot a SET {columns} FROM randomization_slot b
 WHERE (a.id = {one} AND b.id = {other}) OR (a.id = {other} AND b.id = {one})
"""
PAST_THE_WALLS = "SET session_replication_role = replica"


@pytest.fixture
def made(committing_db: str) -> AllocationList:
    return a_list()


def swap(columns: str) -> str:
    return SWAP.format(columns=columns, one=FIRST_SLOT, other=SECOND_SLOT)


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        ([swap("sealed = b.sealed")], "Slot 1 of stratum MVI=Y HAI=haic cannot be opened"),
        ([swap("sealed = b.sealed, leaf = b.leaf")], "Slot 1 of stratum MVI=Y HAI=haic cannot be opened"),
        ([swap("leaf = b.leaf")], "Slot 1 of stratum MVI=Y HAI=haic is not what the seed makes of it"),
        (
            [
                f"UPDATE randomization_slot SET number = 1000 WHERE id = {FIRST_SLOT}",
                f"UPDATE randomization_slot SET number = 1 WHERE id = {SECOND_SLOT}",
                "UPDATE randomization_slot SET number = 2 WHERE number = 1000",
            ],
            "Slot 1 of stratum MVI=Y HAI=haic is not what the seed makes of it",
        ),
        ([f"DELETE FROM randomization_slot WHERE id = {FOURTH_SLOT}"], "the list holds"),
        ([f"UPDATE randomization_slot SET leaf = repeat('0', 64) WHERE id = {FOURTH_SLOT}"], "Slot 4 of stratum"),
        (["UPDATE randomization_allocationlist SET commitment = repeat('0', 64)"], "published commitment"),
        (["UPDATE randomization_allocationlist SET seed_hash = repeat('0', 64)"], "whose hash was published"),
        (["UPDATE randomization_allocationlist SET sealed_seed = '\\x00'"], "cannot be opened with this key"),
        (["UPDATE randomization_allocationlist SET at_least = 40"], "The seed makes"),
        (["UPDATE randomization_stratum SET code = 'MVI=? HAI=haic' WHERE position = 1"], "stands where slot 1"),
    ],
)
def test_what_was_changed_past_every_wall_is_named(
    made: AllocationList, committing_db: str, postgres: Server, statements: list[str], named: str
):
    superuser_sql(postgres, committing_db, PAST_THE_WALLS, *statements)
    made.refresh_from_db()

    assert named in next(faults_of(made))


def test_a_list_that_nobody_touched_has_no_fault(made: AllocationList):
    assert list(faults_of(made)) == []
