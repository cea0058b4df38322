"""Randomization under load: eighty threads on forty subjects, what an allocation costs, and nothing half done."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from statistics import median

import pytest
from django.utils import timezone

from audit.decision import Refusal
from casebook import actions as casebook
from casebook.models import Form
from protocol.blocks import blocks_of
from protocol.roles import Role
from randomization.models import Allocation, Stratum
from rehearsal import answers
from rehearsal.walk import Walk, enter, read_all
from tests.casebook_ground import a_key, again
from tests.integration.test_casebook_at_once import at_once
from tests.randomization_ground import SEED, a_list, an_eligible_subject, randomize
from tests.rehearsal_ground import a_cast, judging

SUBJECTS, CLICKS = 40, 2
ROUNDS = 12


@pytest.mark.usefixtures("committing_db")
def test_forty_subjects_clicked_twice_by_eighty_threads(figures):
    cast = a_cast()
    a_list(at_least=SUBJECTS)
    waiting = [an_eligible_subject(cast, f"bench {number}") for number in range(SUBJECTS)]

    results = at_once(lambda number: randomize(waiting[number // CLICKS]), CLICKS * SUBJECTS)

    refused = [each for each in results if isinstance(each, Refusal) and "was randomized already, on" in str(each)]
    assert sum(isinstance(each, Allocation) for each in results) == SUBJECTS
    figures.count("randomize, 80 threads on 40 subjects: not refused politely", SUBJECTS - len(refused), at_most=0)
    figures.count("randomize, 80 threads on 40 subjects: slots out of order or passed over", out_of_order(), at_most=0)


def out_of_order() -> int:
    """Return how many slots were not given in the order of the list."""
    given = defaultdict(dict)
    with judging():
        for each in Allocation.objects.select_related("slot__stratum"):
            given[each.slot.stratum.code][each.slot.number] = each.arm
    assert sum(Stratum.objects.values_list("used", flat=True)) == SUBJECTS
    wrong = 0
    for code, slots in given.items():
        listed = {place.number: place.arm for place in blocks_of(SEED, code, at_least=SUBJECTS)[: len(slots)]}
        wrong += sum(slots.get(number) != arm for number, arm in listed.items())
    return wrong


@pytest.mark.usefixtures("committing_db")
def test_what_an_allocation_costs_against_a_save(figures):
    cast = a_cast()
    a_list(at_least=4 * ROUNDS)
    waiting = [an_eligible_subject(cast, f"cost {number}") for number in range(ROUNDS)]
    forms = [begun(here) for here in waiting]

    saves, allocations = [], []
    for here, form in zip(waiting, forms, strict=True):  # in turns, so that a noisy machine disturbs both alike
        saves.append(seconds(lambda here=here, form=form: saved(here, form)))
        allocations.append(seconds(lambda here=here: randomize(here)))

    figures.ratio("randomize, against a form save", median(allocations[1:]), bare=median(saves[1:]), at_most=3)


def begun(here: Walk) -> Form:
    """Return a form in progress, which no criterion reads yet."""
    form = enter(here, "VS", {"ecog": "0"}, at=timezone.now(), number=2, complete=False)
    return again(form, by=here.one(Role.COORDINATOR))


def saved(here: Walk, form: Form) -> None:
    """Save a whole form: locked, checked, judged, recorded."""
    casebook.save_form(
        form,
        by=here.one(Role.COORDINATOR),
        at=timezone.now(),
        answers=read_all("VS", answers.vitals("again", here.on, days_ago=3)),
        based_on=form.version,
        key=a_key(),
    )


def seconds(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
