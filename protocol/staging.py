"""The BCLC stage that the data suggest. Source: BCLC strategy, 2022 edition; the investigator's stage counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from protocol.child_pugh import child_pugh
from protocol.comparing import Measured, Relation, holds
from protocol.facts import Facts, titled
from protocol.record import BLANK, Answer, Judgement, Record
from protocol.scores import BCLC_EARLY_NODULES, bclc_of_tumour, child_pugh_class
from protocol.units import Inconvertible, convert
from protocol.words import N_, Sentence, sentence

END_STAGE_ECOG: Final = ("3", "4")
UNAFFECTED_ECOG: Final = "0"

Answers = Mapping[str, Answer]


def bclc_stage(answers: Answers, record: Record, on: date) -> str | Sentence:
    """Return 0, A, B, C or D from the staging form, ECOG and Child-Pugh of the record, or why it is open."""
    facts = Facts(record, on)
    ecog = facts.newest("VS", "ecog")
    liver = _liver_class(facts)
    if (ecog is not None and ecog.value in END_STAGE_ECOG) or liver == "C":
        return "D"
    invasion, spread = (answers.get(item, BLANK).value for item in ("macrovascular_invasion", "metastasis_initial"))
    for item, value in (("macrovascular_invasion", invasion), ("metastasis_initial", spread)):
        if not value and "Y" not in (invasion, spread):
            return _missing("HCC", item)
    if ecog is None:
        return _missing("VS", "ecog")
    if isinstance(liver, Sentence):
        return liver
    if "Y" in (invasion, spread):
        return "C"
    tumour = _tumour(answers)
    if isinstance(tumour, Sentence) or ecog.value == UNAFFECTED_ECOG:
        return tumour
    return sentence(
        N_("ECOG %(ecog)s: stage C if it is due to the tumour, otherwise %(stage)s; the investigator decides."),
        ecog=ecog.value,
        stage=tumour,
    )


def _missing(crf: str, item: str) -> Sentence:
    return sentence(N_("“%(item)s” is not entered."), item=titled(crf, item))


def _liver_class(facts: Facts) -> str | Sentence:
    # Staged on the day of the newest clinical items: their blood results lie in the window before it.
    newest = facts.newest("CP", "ascites")
    score = child_pugh(facts if newest is None or newest.on is None else Facts(facts.record, newest.on))
    return score.reason if isinstance(score, Judgement) else child_pugh_class(score.points)


def _tumour(answers: Answers) -> str | Sentence:
    count = answers.get("tumour_count", BLANK)
    largest = answers.get("largest_diameter", BLANK)
    nodules, diameter = count.number, largest.number
    if nodules is None or nodules < 1:
        return _missing("HCC", "tumour_count")
    if count.comparator:
        is_many = holds(Measured(nodules, count.comparator), Relation.ABOVE, Decimal(BCLC_EARLY_NODULES))
        return "B" if is_many else _missing("HCC", "tumour_count")
    try:
        millimetres = None if diameter is None else convert(diameter, "", largest.unit, "mm")
    except Inconvertible as fault:
        return fault.sentence
    if millimetres is None or largest.comparator:
        return _missing("HCC", "largest_diameter")
    return bclc_of_tumour(nodules=int(nodules), largest_mm=millimetres)
