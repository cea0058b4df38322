"""Records for the tests of the trial's rules: an eligible candidate, and what is changed about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from protocol.crfs import CRFS
from protocol.criteria import judge
from protocol.facts import DATED_BY, NUMBERS
from protocol.language import Missing, Verdict
from protocol.record import Answer, ConsentVersion, Conversion, FormRecord, Judgement, Record, ReferenceRange

R = date(2025, 4, 7)
LAB = "Central"
SURGEON, OTHER_SURGEON, INVESTIGATOR = "surgeon-1", "surgeon-2", "investigator-1"

CODES = {crf.code for crf in CRFS}
Said = str | tuple[str, str] | Missing | Answer | None


def answer(crf: str, item: str, said: Said) -> Answer:
    """Return an answer: `"<0.61"` has its comparator, a number without a unit is in the first unit of the item."""
    match said:
        case None:
            return Answer()
        case Answer():
            return said
        case Missing():
            return Answer(missing=said)
        case (value, unit):
            comparator, number = re.fullmatch(r"(<=|>=|<|>)?(.*)", value).groups()
            return Answer(value=number, unit=unit, comparator=comparator or "")
    units = NUMBERS[(crf, item)].units if (crf, item) in NUMBERS else ()
    return answer(crf, item, (said, units[0])) if (crf, item) in NUMBERS and units else answer(crf, item, (said, ""))


ROW_UNITS = {"viable_diameter": "mm", "whole_diameter": "mm", "qt": "ms", "heart_rate": "/min"}


def row(group: str, key: str, **items: Said) -> dict[str, Answer]:
    """Return the answers of one row by path."""

    def with_unit(item: str, said: Said) -> Said:
        is_plain = isinstance(said, str) and not isinstance(said, Missing)
        return (said, ROW_UNITS.get(item, "")) if is_plain else said

    return {f"{group}/{key}/{item}": answer("", item, with_unit(item, said)) for item, said in items.items()}


_count = iter(range(1, 10**9))


def form(
    crf: str,
    on: date | str = "",
    *,
    visit: str = "SCR",
    repeat: int = 1,
    complete: bool = True,
    by: str = "coordinator-1",
    signed: tuple[str, ...] = (),
    rows: Mapping[str, Answer] | None = None,
    id: str = "",
    **items: Said,
) -> FormRecord:
    """Return a form with its day and answers."""
    assert crf in CODES
    answers = {item: answer(crf, item, said) for item, said in items.items() if said is not None}
    if on:
        answers[DATED_BY[crf]] = Answer(value=str(on))
    return FormRecord(
        id=id or f"{crf}-{next(_count)}",
        crf=crf,
        visit=visit,
        repeat=repeat,
        complete=complete,
        answers={**answers, **(rows or {})},
        entered_by=by,
        signed_by=signed,
    )


# --- scans ----------------------------------------------------------------------------------------------------


def lesion(key: str, viable: str | None, *, organ: str = "liver", kind: str = "", **items: Said) -> dict[str, Answer]:
    """Return a lesion row: a viable diameter, `0` for no enhancement, `-` for not evaluable, None for not entered."""
    kind = kind or {"T": "target", "N": "new"}.get(key[0] if not key.startswith("NT") else "", "non-target")
    said: dict[str, Said] = {"class": kind, "organ": organ}
    match viable:
        case "-":
            said |= {"evaluable": "N"}
        case "0":
            said |= {"evaluable": "Y", "enhancement": "absent", "viable_diameter": "0"}
        case None:
            pass
        case _:
            said |= {"evaluable": "Y", "enhancement": "present", "viable_diameter": viable}
    return row("lesions", key, **(said | items))


def scan(on: date | str, *lesions: Mapping[str, Answer], timepoint: str = "follow-up", **items: Said) -> FormRecord:
    """Return a tumour assessment with its lesions."""
    said: dict[str, Said] = {
        "timepoint": timepoint,
        "modality": "mri",
        "arterial_phase": "Y",
        "slice_thickness": "3",
        "lipiodol": "N",
        "chest_ct": "Y",
        "new_lesion": None if timepoint == "baseline" else "no",
    }
    rows: dict[str, Answer] = {}
    for each in lesions:
        rows |= each
    return form("TA", on, rows=rows, **(said | items))


def baseline(on: date | str = "2024-10-01") -> FormRecord:
    """Return the last imaging before conversion therapy: one target, one non-target."""
    return scan(on, lesion("T1", "62"), lesion("NT1", "8"), timepoint="baseline")


def complete_response(on: date | str, **items: Said) -> FormRecord:
    """Return a scan on which nothing of the baseline enhances any more."""
    return scan(on, lesion("T1", "0"), lesion("NT1", "0"), **items)


def markers(on: date | str, afp: Said = "8", pivka: Said = "25", **items: Said) -> FormRecord:
    """Return a draw of the tumour markers."""
    return form("MK", on, **({"laboratory": LAB, "afp": afp, "pivka": pivka} | items))


# --- the eligible candidate -----------------------------------------------------------------------------------


def limit(analyte: str, high: str | None, unit: str, **more: object) -> ReferenceRange:
    """Return a reference range of the laboratory, valid since 2020."""
    upper = None if high is None else Decimal(high)
    said = {"laboratory": LAB, "low": None, "valid_from": date(2020, 1, 1), "id": f"{analyte} {high} {unit} {more}"}
    return ReferenceRange(**(said | {"analyte": analyte, "high": upper, "unit": unit} | more))


RANGES = (
    limit("AFP", "20", "ng/mL"),
    limit("PIVKA-II", "40", "mAU/mL"),
    limit("total bilirubin", "20.5", "µmol/L"),
    limit("ALT", "40", "U/L"),
    limit("AST", "40", "U/L"),
    limit("creatinine", "80", "µmol/L", sex="male"),
    limit("creatinine", "70", "µmol/L", sex="female"),
    limit("INR", "1.2", ""),
    limit("PT", "14", "s"),
    limit("APTT", "37", "s"),
)
IU_FACTOR = Conversion(laboratory=LAB, analyte="AFP", unit_from="IU/mL", unit_to="ng/mL", factor=Decimal("1.21"))
CONSENT_VERSIONS = (ConsentVersion(version="2.0", effective_from=date(2025, 1, 1)),)


def evaluation(question: str, finding: str, *, by: str, on: date | str = "2025-04-02", **items: Said) -> FormRecord:
    """Return a surgeon's own evaluation, signed by the surgeon."""
    said = {"question": question, "source": "own evaluation", "round": "1", "finding": finding} | items
    return form("SU", on, by=by, signed=(by,), **said)


def tracing(key: str, qt: str, rate: str) -> dict[str, Answer]:
    """Return one tracing of an ECG."""
    return row("tracings", key, qt=qt, heart_rate=rate)


def candidate(*, sex: str = "male") -> Record:
    """Return a subject who passes every criterion on R."""
    forms = (
        form("ICF", "2025-03-01T09:30", version="2.0", copy_given="Y", privacy="Y", tissue="Y"),
        form("DM", birth_date="1970-05-05", sex=sex, childbearing="childbearing" if sex == "female" else None),
        form(
            "HCC",
            diagnosed_on="2024-09",
            hcc_diagnosis="Y",
            basis="imaging",
            aetiology="hbv",
            cirrhosis="Y",
            tumour_count="1",
            largest_diameter="62",
            macrovascular_invasion="Y",
            metastasis_initial="N",
            metastasis_screening="N",
        ),
        form("PT", "2024-10-10", kind="tace", first_line="Y", ongoing="N", ended_on="2025-01-15"),
        form("PT", "2024-10-12", repeat=2, kind="targeted", targeted_agent="lenvatinib", first_line="Y", ongoing="Y"),
        form("PT", "2024-10-12", repeat=3, kind="ici", agent="camrelizumab", first_line="Y", ongoing="Y"),
        baseline(),
        complete_response("2025-03-03"),
        complete_response("2025-03-31"),
        markers("2024-10-05", "1200", "3000"),
        markers("2025-03-03", "12", "25"),
        markers("2025-03-31", "8", "30"),
        form("HE", "2025-04-01", laboratory=LAB, platelets="120", leukocytes="4.5", neutrophils="2.6"),
        form("CH", "2025-04-01", laboratory=LAB, bilirubin="15", albumin="40", alt="30", ast="32", creatinine="70"),
        form("CO", "2025-04-01", laboratory=LAB, inr="1.1", pt="13", aptt="33"),
        form("EG", "2025-04-01", rows=tracing("1", "400", "60")),
        form("VS", "2025-04-03", ecog="0"),
        form("CP", "2025-04-01", encephalopathy="none", ascites="none"),
        form(
            "MH",
            "2025-04-01",
            other_treatment="N",
            tcm_antitumour="N",
            myocardial_infarction="N",
            angina="N",
            bypass="N",
            heart_failure="N",
            stroke="N",
            pulmonary_embolism="N",
            arrhythmia="N",
            anticoagulation="none",
            dialysis="N",
            second_malignancy="N",
            brain_lesion="N",
            transplant="none",
            hiv="negative",
            chemotherapy_allergy="N",
        ),
        evaluation("initial", "unresectable", by=SURGEON, on="2025-03-20"),
        evaluation("initial", "unresectable", by=OTHER_SURGEON, on="2025-03-21"),
        evaluation("present", "resectable", by=SURGEON),
        evaluation("present", "resectable", by=OTHER_SURGEON, on="2025-04-03"),
        form(
            "IJ",
            "2025-04-04",
            signed=(INVESTIGATOR,),
            by=INVESTIGATOR,
            life_expectancy_over_3m="Y",
            organ_dysfunction="N",
            bleeding_tendency="N",
            other_condition="N",
        ),
    )
    if sex == "female":
        forms += (
            form(
                "PG",
                "2025-04-02",
                pregnant="N",
                lactating="N",
                tested_on="2025-04-02",
                specimen="serum",
                result="negative",
            ),
        )
    return Record(
        subject="001", forms=forms, ranges=RANGES, conversions=(IU_FACTOR,), consent_versions=CONSENT_VERSIONS
    )


# --- what is changed about them -------------------------------------------------------------------------------


def with_answers(record: Record, crf: str, **items: Said) -> Record:
    """Return the record with answers changed in every form of a CRF; None takes the answer away."""

    def changed(each: FormRecord) -> FormRecord:
        answers = dict(each.answers)
        for item, said in items.items():
            answers.pop(item, None)
            if said is not None:
                answers[item] = answer(crf, item, said)
        return replace(each, answers=answers)

    return replace(record, forms=tuple(changed(each) if each.crf == crf else each for each in record.forms))


def with_forms(record: Record, *forms: FormRecord) -> Record:
    """Return the record with further forms."""
    return replace(record, forms=(*record.forms, *forms))


def without(record: Record, *crfs: str, where: Callable[[FormRecord], bool] = lambda each: True) -> Record:
    """Return the record without the forms of the CRFs."""
    return replace(record, forms=tuple(each for each in record.forms if each.crf not in crfs or not where(each)))


def replaced(record: Record, *forms: FormRecord) -> Record:
    """Return the record with all forms of these CRFs replaced."""
    return with_forms(without(record, *{each.crf for each in forms}), *forms)


def with_ranges(record: Record, ranges: Iterable[ReferenceRange]) -> Record:
    """Return the record with other reference ranges."""
    return replace(record, ranges=tuple(ranges))


def judged(code: str, record: Record, on: date = R) -> Judgement:
    """Return the judgement of one criterion on R."""
    return judge(code, record, on)


def verdict(code: str, record: Record, on: date = R) -> Verdict:
    """Return the verdict of one criterion on R."""
    return judge(code, record, on).verdict


def days_before(days: int) -> date:
    """Return the day so many days before R."""
    return R - timedelta(days=days)
