"""The derived values of the forms and of the strata, by name: computed from the record, never stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from protocol.assessments import Assessment, assess, at_baseline
from protocol.assumptions import LAB_WINDOW_DAYS
from protocol.child_pugh import ChildPugh, child_pugh
from protocol.codelists import ARTERIAL
from protocol.derivations_base import Answers, Derivation, not_known
from protocol.derivations_followup import highest_grade, hours_to_report, organ_class_ae, organ_class_sae, pcr
from protocol.facts import DATED_BY, Facts, day_of, titled
from protocol.imaging import scans_of
from protocol.mrecist import Category, New
from protocol.qtc import bazett, fridericia, mean_qtc
from protocol.ranges import readable
from protocol.record import FormRecord, Judgement, Record
from protocol.scores import albi_grade, albi_score, child_pugh_class
from protocol.staging import bclc_stage
from protocol.units import convert
from protocol.words import N_, Sentence, sentence

Derive = Callable[[Answers, Record, date], Derivation]


def derive(name: str, *, crf: str, answers: Answers, record: Record, on: date) -> Derivation:
    """Return the derived value for a form as it stands (saved or not). Raises KeyError for a name that is none.

    `crf` is the form's own CRF, empty for a value of the whole subject; `on` is the day of entry.
    """
    if crf:
        record = _with_own(crf, answers, record)
    return DERIVATIONS[name](answers, record, on)


def _with_own(crf: str, answers: Answers, record: Record) -> Record:
    # The form on the page takes the place of the saved one, so that no answer counts twice.
    own = FormRecord(id="", crf=crf, complete=True, answers=answers)
    dated_by = DATED_BY[crf]
    day = own.answer(dated_by).value if dated_by else ""
    others = tuple(form for form in record.forms if form.crf != crf or (crf == "TA" and _is_earlier(form, day)))
    return replace(record, forms=(*others, own))


def _is_earlier(form: FormRecord, day: str) -> bool:
    return form.answer("scan_on").value < day


def _day(crf: str, answers: Answers) -> date | None:
    answer = answers.get(DATED_BY[crf])
    return day_of(answer.value) if answer is not None else None


def _undated(crf: str) -> Derivation:
    return not_known(N_("“%(item)s” is not entered."), item=titled(crf, DATED_BY[crf]))


# --- ECG ------------------------------------------------------------------------------------------------------


def _qtc(answers: Answers, correct: Callable[[Decimal, Decimal], Decimal | None]) -> Derivation:
    mean = mean_qtc(FormRecord(id="", crf="EG", answers=answers).rows("tracings"), correct)
    if mean is None:
        return not_known(N_("Every tracing needs QT in ms and heart rate per minute."))
    return Derivation(f"{mean:.1f}", "ms")


def qtcf(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the mean QTc after Fridericia in ms, QT / RR^(1/3). Source: Fridericia 1920."""
    return _qtc(answers, fridericia)


def qtcb(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the mean QTc after Bazett in ms, QT / RR^(1/2). Source: Bazett 1920."""
    return _qtc(answers, bazett)


# --- liver function -------------------------------------------------------------------------------------------


def _score(answers: Answers, record: Record) -> ChildPugh | Derivation:
    day = _day("CP", answers)
    if day is None:
        return _undated("CP")
    found = child_pugh(Facts(record, day))
    return Derivation(why=found.reason) if isinstance(found, Judgement) else found


def child_pugh_points(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the Child-Pugh points, 5 to 15, from this form and the blood results of its day. Source: Pugh 1973."""
    score = _score(answers, record)
    return score if isinstance(score, Derivation) else Derivation(str(score.points))


def child_pugh_class_of(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the Child-Pugh class: A to 6 points, B to 9, C above. Source: Pugh 1973."""
    score = _score(answers, record)
    return score if isinstance(score, Derivation) else Derivation(child_pugh_class(score.points))


def _albi(answers: Answers, record: Record) -> Decimal | Derivation:
    day = _day("CP", answers)
    if day is None:
        return _undated("CP")
    facts = Facts(record, day)
    values = []
    for item, analyte, unit in (("bilirubin", "total bilirubin", "µmol/L"), ("albumin", "albumin", "g/L")):
        found = _exact(facts, item, analyte, unit)
        if isinstance(found, Derivation):
            return found
        values.append(found)
    score = albi_score(bilirubin_umol_l=values[0], albumin_g_l=values[1])
    return not_known(N_("Bilirubin must be above 0.")) if score is None else score


def _exact(facts: Facts, item: str, analyte: str, unit: str) -> Decimal | Derivation:
    fact = facts.latest("CH", item, LAB_WINDOW_DAYS)
    if isinstance(fact, Judgement):
        return Derivation(why=fact.reason)
    measured = readable(fact)
    if isinstance(measured, Judgement):
        return Derivation(why=measured.reason)
    if measured.comparator:
        return not_known(N_("%(item)s %(value)s is not an exact value."), item=fact.term(), value=fact.shown)
    return convert(measured.number, analyte, fact.answer.unit, unit)


def albi_score_of(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the ALBI score, 0.66 × log10(bilirubin µmol/L) − 0.085 × albumin g/L. Source: Johnson 2015."""
    score = _albi(answers, record)
    return score if isinstance(score, Derivation) else Derivation(f"{score:.3f}")


def albi_grade_of(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the ALBI grade: 1 up to −2.60, 2 up to −1.39, 3 above. Source: Johnson 2015."""
    score = _albi(answers, record)
    return score if isinstance(score, Derivation) else Derivation(str(albi_grade(score)))


# --- tumour assessment ----------------------------------------------------------------------------------------


def _assessment(answers: Answers, record: Record) -> Assessment | Derivation:
    day = _day("TA", answers)
    if day is None:
        return _undated("TA")
    scans = scans_of(Facts(record, day))
    own = next(scan for scan in scans if scan.form.id == "")  # it has a day, so it is among them
    if own.is_baseline:
        return at_baseline(own)
    assessed = [each for each in assess(scans) if each.scan.form.id == ""]
    return assessed[-1] if assessed else not_known(N_("The scan is not later than the baseline."))


def _category(answers: Answers, record: Record, of: Callable[[Assessment], Category | New | None]) -> Derivation:
    found = _assessment(answers, record)
    if isinstance(found, Derivation):
        return found
    if found.scan.is_baseline:
        return not_known(N_("The baseline has no response; later scans are compared with it."))
    category = of(found)
    why = found.reasons[0] if found.reasons else sentence(N_("The lesions are not completely read."))
    if category is None:
        return Derivation(why=why)
    # Codes such as CR are the same in every language; whether a lesion is new is said in words.
    return Derivation(category.value, in_words=isinstance(category, New))


def sum_viable(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the sum of the viable diameters of the target lesions in mm. Source: Lencioni and Llovet 2010."""
    found = _assessment(answers, record)
    if isinstance(found, Derivation):
        return found
    if found.sum_viable is None:
        return not_known(N_("Not every target lesion is measured."))
    return Derivation(f"{found.sum_viable:f}", "mm")


def baseline_sum(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the sum at the baseline that this scan is compared with, in mm. Source: Lencioni and Llovet 2010."""
    return _millimetres(answers, record, lambda found: found.baseline_sum)


def nadir(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the smallest sum before this scan, the baseline included, in mm. Source: Lencioni and Llovet 2010."""
    return _millimetres(answers, record, lambda found: found.nadir)


def _millimetres(answers: Answers, record: Record, of: Callable[[Assessment], Decimal | None]) -> Derivation:
    found = _assessment(answers, record)
    if isinstance(found, Derivation):
        return found
    if found.scan.is_baseline:
        return not_known(N_("This is the baseline; later scans are compared with it."))
    total = of(found)
    if found.target is Category.NA:
        return not_known(N_("The baseline has no target lesion."))
    if total is None:
        return not_known(N_("The target lesions of the baseline are not all measured."))
    return Derivation(f"{total:f}", "mm")


def new_lesion(answers: Answers, record: Record, on: date) -> Derivation:
    """Return whether there is a new lesion, as the rows show it. Source: Lencioni and Llovet 2010."""
    return _category(answers, record, lambda found: found.new)


def target_response(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the response of the target lesions. Source: Lencioni and Llovet 2010."""
    return _category(answers, record, lambda found: found.target)


def non_target_response(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the response of the non-target lesions. Source: Lencioni and Llovet 2010."""
    return _category(answers, record, lambda found: found.non_target)


def overall_response(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the overall response. Source: Lencioni and Llovet 2010."""
    return _category(answers, record, lambda found: found.overall)


def lesions_without_row(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the lesions of baseline and earlier scans that are to be read on this scan and have no row here."""
    found = _assessment(answers, record)
    if isinstance(found, Derivation):
        return found
    if not found.without_row:
        return not_known(N_("Every lesion that is to be read has a row."))
    return Derivation(", ".join(found.without_row))


# --- staging and strata ---------------------------------------------------------------------------------------


def stratum_macrovascular_invasion(answers: Answers, record: Record, on: date) -> Derivation:
    """Return whether there was macrovascular invasion at diagnosis (Y or N)."""
    facts = Facts(record, on)
    fact = facts.undated("HCC", "macrovascular_invasion")
    if fact is None:
        return Derivation(why=facts.absent("HCC", "macrovascular_invasion").reason)
    return Derivation(fact.value)


def stratum_arterial_therapy(answers: Answers, record: Record, on: date) -> Derivation:
    """Return haic where the first line held infusion chemotherapy, tace where it held chemoembolization only."""
    given = [form for form in Facts(record, on).treatments() if form.answer("kind").value in ARTERIAL]
    lines = {(form.answer("kind").value, form.answer("first_line").value) for form in given}
    if ("haic", "Y") in lines:
        return Derivation("haic")
    if any(line == "" for _, line in lines):
        return not_known(N_("Whether the arterial therapy was first-line is not answered."))
    return (
        Derivation("tace") if ("tace", "Y") in lines else not_known(N_("No first-line arterial therapy is on record."))
    )


def bclc_suggested(answers: Answers, record: Record, on: date) -> Derivation:
    """Return the BCLC stage the data suggest; the investigator's stage is the data point. Source: BCLC 2022."""
    stage = bclc_stage(answers, record, on)
    return Derivation(why=stage) if isinstance(stage, Sentence) else Derivation(stage)


DERIVATIONS: Final[Mapping[str, Derive]] = {
    "qtcf": qtcf,
    "qtcb": qtcb,
    "child_pugh_points": child_pugh_points,
    "child_pugh_class": child_pugh_class_of,
    "albi_score": albi_score_of,
    "albi_grade": albi_grade_of,
    "bclc_suggested": bclc_suggested,
    "sum_viable": sum_viable,
    "baseline_sum": baseline_sum,
    "nadir": nadir,
    "new_lesion": new_lesion,
    "target_response": target_response,
    "non_target_response": non_target_response,
    "overall_response": overall_response,
    "lesions_without_row": lesions_without_row,
    "pcr": pcr,
    "highest_grade": highest_grade,
    "hours_to_report": hours_to_report,
    "organ_class_ae": organ_class_ae,
    "organ_class_sae": organ_class_sae,
    "stratum_macrovascular_invasion": stratum_macrovascular_invasion,
    "stratum_arterial_therapy": stratum_arterial_therapy,
}
