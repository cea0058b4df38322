"""The tables of moves: total, reachable, and drawn as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from casebook.drawings import states_markdown
from casebook.models import Form
from casebook.rules.forms import may_move
from casebook.states import (
    FORM_MOVES,
    IMPORT_MOVES,
    QUERY_MOVES,
    STAGE_MOVES,
    UNLOCK_MOVES,
    FormState,
    ImportState,
    QueryState,
    Stage,
    UnlockState,
)

TABLES = [
    (Stage, STAGE_MOVES, Stage.LISTED),
    (FormState, FORM_MOVES, FormState.NOT_STARTED),
    (QueryState, QUERY_MOVES, QueryState.OPEN),
    (ImportState, IMPORT_MOVES, ImportState.PREPARED),
    (UnlockState, UNLOCK_MOVES, UnlockState.WAITING),
]


@pytest.mark.parametrize(("states", "moves", "first"), TABLES)
def test_every_state_has_its_moves(states, moves, first):
    assert set(moves) == set(states)


@pytest.mark.parametrize(("states", "moves", "first"), TABLES)
def test_every_state_can_be_reached(states, moves, first):
    reached, waiting = {first}, [first]
    while waiting:
        for after in moves[waiting.pop()] - reached:
            reached.add(after)
            waiting.append(after)

    assert reached == set(states)


@pytest.mark.parametrize("state", list(FormState))
@pytest.mark.parametrize("to", list(FormState))
def test_a_form_moves_as_its_table_says(state, to):
    decision = may_move(Form(state=state), to=to)

    assert decision.allowed is (to in FORM_MOVES[state])
    if not decision:
        assert decision.why.english() == f"A form that is {state} cannot become {to}."


def test_the_drawing_shows_the_tables():
    assert Path("docs/states.md").read_text() == states_markdown()
