"""The checker is believed because it finds each fault when it is planted."""

from __future__ import annotations

from contextlib import closing

import pytest

from tests.soak.checker import Version, _kept_once
from tests.soak.ledger import LOST, TAKEN, Ledger

ASKED = {"weight": "60.1", "height": "170.1"}
KEPT = Version("F", 1, ASKED)
OTHER = Version("F", 2, {"weight": "60.2", "height": "170.2"})
PLANTED = {
    "nothing": (TAKEN, [KEPT], None),
    "a save that was never acknowledged and is not there": (LOST, [], None),
    "a save that was never acknowledged and is there": (LOST, [KEPT], None),
    "an acknowledged save that is not there": (TAKEN, [], "Lost: "),
    "half a form": (LOST, [Version("F", 1, {"weight": "60.1"})], "Half: "),
    "a second effect of one key": (TAKEN, [KEPT, OTHER, Version("F", 3, ASKED)], "Twice: "),
    "a value that nobody typed": (TAKEN, [KEPT, OTHER], "From nowhere: "),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_the_checker_finds(planted, tmp_path):
    answer, history, sentence = PLANTED[planted]
    with closing(Ledger(tmp_path / "ledger.jsonl")) as ledger:
        wish = ledger.wish(who="a", about="F", key="k", based_on=0, typed=ASKED)
        ledger.sending(wish)
        ledger.answered(wish, answer)

        found = list(_kept_once(ledger, history))

    assert (not found) if sentence is None else any(each.startswith(sentence) for each in found)
