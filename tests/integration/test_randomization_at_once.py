"""Two clicks on each of several subjects at the same moment: every slot in order, no hole, and a polite refusal."""

from __future__ import annotations

from collections import defaultdict

import pytest

from audit.decision import Refusal
from protocol.blocks import blocks_of
from randomization.models import Allocation, Stratum
from tests.integration.test_casebook_at_once import at_once
from tests.randomization_ground import SEED, a_list, an_eligible_subject, randomize
from tests.rehearsal_ground import a_cast, judging

SUBJECTS = 4


@pytest.mark.usefixtures("committing_db")
def test_each_of_several_subjects_clicked_twice_is_randomized_once_and_in_order():
    cast = a_cast()
    a_list()
    waiting = [an_eligible_subject(cast, f"at once {number}") for number in range(SUBJECTS)]

    results = at_once(lambda number: randomize(waiting[number // 2]), 2 * SUBJECTS)

    allocated = [each for each in results if isinstance(each, Allocation)]
    refused = [each for each in results if isinstance(each, Refusal)]
    assert (len(allocated), len(refused)) == (SUBJECTS, SUBJECTS)
    assert all("was randomized already, on" in str(each) for each in refused)
    given = defaultdict(list)
    with judging():
        for each in Allocation.objects.select_related("slot__stratum"):
            given[each.slot.stratum.code].append((each.slot.number, each.arm))
    for code, slots in given.items():
        listed = [(place.number, place.arm) for place in blocks_of(SEED, code, at_least=12)]
        assert sorted(slots) == listed[: len(slots)]
        assert Stratum.objects.get(code=code).used == len(slots)
