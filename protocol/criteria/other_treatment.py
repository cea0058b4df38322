"""The criterion on antitumour treatment other than that of the trial: from the log, and as declared."""

from __future__ import annotations

from typing import Final

from protocol.assumptions import JUDGEMENT_WINDOW_DAYS
from protocol.codelists import CONVERSION, TREATMENT_KIND
from protocol.criteria.judging import all_of, once, said
from protocol.facts import Fact, Facts, unknown
from protocol.language import FAIL, REVIEW, YES_NO
from protocol.record import BLANK, Judgement, Need
from protocol.words import N_

TRADITIONAL: Final = "tcm antitumour"


def judge_other_treatment(facts: Facts) -> Judgement:
    """Return whether no antitumour treatment other than arterial, targeted and immune therapy was ever given."""
    return all_of([*_logged(facts), _declared(facts, "other_treatment"), _declared(facts, "tcm_antitumour")])


def _logged(facts: Facts) -> list[Judgement]:
    judged = []
    for form in facts.treatments():
        kind = form.answers.get("kind", BLANK)
        if kind.value in CONVERSION:
            continue
        fact = Fact(form, "kind", kind)
        if not fact.value:
            judged.append(
                unknown(N_("The kind of a prior treatment is not entered."), needs=(Need(crf="PT", item="kind"),))
            )
        else:
            judged.append(_other(fact, fact.value == TRADITIONAL))
    return judged


def _other(fact: Fact, is_traditional: bool) -> Judgement:
    if is_traditional:
        return said(REVIEW, N_("Traditional medicine with an antitumour label was given."), evidence=(fact.evidence(),))
    return said(
        FAIL,
        N_("Another antitumour treatment was given: %(item)s %(value)s."),
        evidence=(fact.evidence(),),
        item=fact.term(),
        value=(TREATMENT_KIND if fact.path == "kind" else YES_NO).term(fact.value),
    )


def _declared(facts: Facts, item: str) -> Judgement:
    fact = facts.latest("MH", item, JUDGEMENT_WINDOW_DAYS, lasting=("Y",))
    if isinstance(fact, Fact) and fact.answer.value == "Y":
        return _other(fact, item == "tcm_antitumour")
    return once(facts, fact)
