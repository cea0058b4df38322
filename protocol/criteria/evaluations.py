"""The evaluations of surgeons, and the records of the chart that stand for them: which are signed, which wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from protocol.facts import Fact, Facts
from protocol.record import BLANK, FormRecord, number_of
from protocol.values import plain

OWN: Final = "own evaluation"
CHART: Final = "chart record"


@plain()
class Evaluation:
    """One signed evaluation. `surgeon` is the person who made and signed it; a chart record has none."""

    fact: Fact
    on: date
    round: int
    surgeon: str = ""


def evaluations_of(facts: Facts, question: str) -> list[Evaluation]:
    """Return what is signed of this question: by the surgeon who evaluated, or as a record that names two."""
    found = []
    for on, form in facts.dated("SU"):
        answers = form.answers
        finding = answers.get("finding", BLANK)
        if not finding.value or answers.get("question", BLANK).value != question:
            continue
        # Only the person who entered an evaluation can sign it, and it counts once signed.
        is_own = answers.get("source", BLANK).value == OWN and form.entered_by in form.signed_by
        surgeon = form.entered_by if is_own else ""
        if surgeon or _is_signed_record(form):
            found.append(Evaluation(Fact(form, "finding", finding, on), on, _round(form), surgeon))
    return found


def _is_signed_record(form: FormRecord) -> bool:
    is_record = form.answer("source").value == CHART and form.answer("names_two_surgeons").value == "Y"
    return is_record and bool(form.signed_by)


def _round(form: FormRecord) -> int:
    number = number_of(form.answers.get("round", BLANK).value)
    return int(number) if number is not None else 1


def latest_round(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Return those of the last round."""
    last = max([each.round for each in evaluations], default=0)
    return [each for each in evaluations if each.round == last]


def by_surgeon(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Return the first evaluation of each surgeon in a round: a second one of the same surgeon does not count."""
    first: dict[str, Evaluation] = {}
    for each in evaluations:  # the latest day first: whatever comes later here is earlier
        if each.surgeon:
            first[each.surgeon] = each
    return list(first.values())


def is_disagreed(evaluations: Sequence[Evaluation]) -> bool:
    """Whether anybody found otherwise in this round; nobody's second evaluation in it takes back the first."""
    return len({each.fact.answer.value for each in evaluations}) > 1


def unsigned_of(facts: Facts, question: str, current: Sequence[Evaluation], since: date | None) -> list[FormRecord]:
    """Return the complete forms that would count once signed: one for each surgeon who has none that counts."""
    last = max((each.round for each in current), default=0)
    waiting: dict[str, FormRecord] = {}
    for on, form in facts.dated("SU"):
        if form.answer("question").value != question or not form.answer("finding").value or _round(form) < last:
            continue
        if (since is None or on >= since) and _waits(form, question):
            waiting.setdefault(author_of(form), form)
    return [form for author, form in waiting.items() if author not in {each.surgeon for each in current}]


def _waits(form: FormRecord, question: str) -> bool:
    if form.answer("source").value == OWN:
        return bool(form.entered_by) and form.entered_by not in form.signed_by
    is_record = form.answer("source").value == CHART and form.answer("names_two_surgeons").value == "Y"
    return is_record and question == "initial" and not form.signed_by


def author_of(form: FormRecord) -> str:
    """Return who evaluated, or that it is a record of the chart."""
    return form.entered_by if form.answer("source").value == OWN else CHART
