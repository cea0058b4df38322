"""The derived values of the forms after randomization: pathological response, worst complication, time to report."""

from __future__ import annotations

from datetime import date
from typing import Final

from protocol.codelists_surgery import CLAVIEN_DINDO
from protocol.ctcae import CLASSES
from protocol.dates import hours_between
from protocol.derivations_base import Answers, Derivation, not_known
from protocol.facts import titled
from protocol.record import BLANK, FormRecord, Record
from protocol.words import N_

NO_COMPLICATION: Final = "none"
NOT_EVALUABLE: Final = "not evaluable"
EVALUABLE_WHEN: Final = (("beds_resected", "Y"), ("margin", "R0"), ("sampling_adequate", "Y"))
GRADES: Final = tuple(code.value for code in CLAVIEN_DINDO.codes)


def pcr(answers: Answers, record: Record, on: date) -> Derivation:
    """Return Y or N, or that the specimen is not evaluable. Source: domain decisions 5.2.

    Evaluable: every former lesion bed resected, margin R0, sampling adequate; then viable tumour decides.
    """
    said = {name: answers.get(name, BLANK).value for name, _wanted in EVALUABLE_WHEN}
    if any(said[name] not in ("", wanted) for name, wanted in EVALUABLE_WHEN):
        return Derivation(NOT_EVALUABLE)
    for name in (*said, "viable_tumour"):
        answer = answers.get(name, BLANK)
        if answer.missing is not None:
            return Derivation(NOT_EVALUABLE)
        if not answer.value:
            return not_known(N_("“%(item)s” is not entered."), item=titled("PA", name))
    return Derivation("Y" if answers["viable_tumour"].value == "none" else "N")


def highest_grade(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the worst Clavien-Dindo grade of the complications entered, or none. Source: Dindo 2004."""
    form = FormRecord(id="", crf="PO", answers=answers)
    if not form.answer("assessed_on").value:
        return not_known(N_("“%(item)s” is not entered."), item=titled("PO", "assessed_on"))
    grades = [row.get("grade", BLANK) for _key, row in form.rows("complications")]
    if any(grade.is_blank for grade in grades):
        return not_known(N_("Every complication needs its grade."))
    known = [grade.value for grade in grades if grade.value in GRADES]
    if grades and not known:
        return not_known(N_("No complication has a grade."))
    return Derivation(max(known, key=GRADES.index) if known else NO_COMPLICATION)


def hours_to_report(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the hours from the site's awareness of a serious event to its report, to the hundredth."""
    aware, reported = (answers.get(name, BLANK).value for name in ("aware_at", "reported_at"))
    hours = hours_between(aware, reported)
    if hours is None:
        missing = "reported_at" if aware else "aware_at"
        return not_known(N_("“%(item)s” is not entered."), item=titled("SAE", missing))
    return Derivation(f"{float(hours):.2f}", "h")


def organ_class_ae(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the system organ class of the term of an adverse event. Source: CTCAE v5.0."""
    return _organ_class("AE", answers)


def organ_class_sae(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the system organ class of the term of a serious event. Source: CTCAE v5.0."""
    return _organ_class("SAE", answers)


def _organ_class(crf: str, answers: Answers) -> Derivation:
    term = answers.get("ctcae_term", BLANK).value
    if term not in CLASSES:
        return not_known(N_("“%(item)s” is not entered."), item=titled(crf, "ctcae_term"))
    return Derivation(CLASSES[term], in_words=True)
