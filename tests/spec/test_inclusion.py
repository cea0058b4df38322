"""Chapter 4, part 1: the inclusion criteria. The candidate passes everything on R = 2025-04-07; each test changes one fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from protocol.assumptions import LAB_WINDOW_DAYS
from protocol.criteria import CRITERIA, judge_all
from protocol.language import Missing
from protocol.record import Answer, ConsentVersion, Record
from tests.protocol_ground import (
    IU_FACTOR,
    LAB,
    OTHER_SURGEON,
    RANGES,
    SURGEON,
    R,
    Said,
    candidate,
    days_before,
    evaluation,
    form,
    judged,
    lesion,
    limit,
    markers,
    replaced,
    scan,
    verdict,
    with_answers,
    with_forms,
    with_ranges,
    without,
)


@pytest.mark.parametrize("sex", ["male", "female"])
def test_the_candidate_passes_every_criterion(sex):
    judgements = judge_all(candidate(sex=sex), R)

    assert list(judgements) == [criterion.code for criterion in CRITERIA]
    assert {code: each.reason.english() for code, each in judgements.items() if each.verdict != "pass"} == {}


def test_nothing_entered_is_unknown_everywhere_with_what_is_needed():
    judgements = judge_all(Record(subject="001"), R)

    assert {each.verdict for each in judgements.values()} == {"unknown"}
    assert all(each.needs for each in judgements.values())


def test_forms_in_progress_are_not_used():
    record = candidate()
    started = replace(record, forms=tuple(replace(each, complete=False) for each in record.forms))

    assert {each.verdict for each in judge_all(started, R).values()} == {"unknown"}


# --- one value against one limit ------------------------------------------------------------------------------

LIMITS = """
      crf.item        | value        | verdict
I07a  | HE.platelets    | 75           | fail
X1    | HE.platelets    | 75           | fail
X2    | HE.platelets    | 75.1         | pass
I07a  | HE.platelets    | 76           | pass
I07a  | HE.platelets    | 75.0         | fail
I07a  | HE.platelets    | 75000 /µL    | fail
I07a  | HE.platelets    | 75001 /µL    | pass
I07a  | HE.platelets    | <75          | fail
I07a  | HE.platelets    | <80          | unknown
I07a  | HE.platelets    | >75          | pass
I07b  | HE.leukocytes   | 3.0          | fail
I07b  | HE.leukocytes   | 3.01         | pass
I07c  | HE.neutrophils  | 1.5          | fail
I07c  | HE.neutrophils  | 1.51         | pass
X4    | CH.bilirubin    | 30.75        | pass
I08a  | CH.bilirubin    | 30.76        | fail
I08a  | CH.bilirubin    | 1.79 mg/dL   | pass
I08a  | CH.bilirubin    | 1.80 mg/dL   | fail
X6    | CH.alt          | 120          | pass
I08b  | CH.alt          | 120.1        | fail
I08b  | CH.ast          | 120          | pass
I08b  | CH.ast          | 121          | fail
I09c  | CH.albumin      | 30           | pass
I09c  | CH.albumin      | 29.9         | fail
I09c  | CH.albumin      | 3.0 g/dL     | pass
I09c  | CH.albumin      | 2.99 g/dL    | fail
X8    | CH.creatinine   | 120          | fail
I11   | CH.creatinine   | 119.9        | pass
I09b  | CO.inr          | 1.2          | pass
I09b  | CO.aptt         | 37           | pass
I12   | VS.ecog         | 0            | pass
I12   | VS.ecog         | 1            | pass
I12   | VS.ecog         | 2            | fail
"""
CODE_OF = {"X1": "I07a", "X2": "I07a", "X4": "I08a", "X6": "I08b", "X8": "I11"}


def split(said: str) -> Said:
    value, _, unit = said.partition(" ")
    return (value, unit) if unit else value


@pytest.mark.parametrize(
    ("vector", "place", "value", "expected"),
    [[cell.strip() for cell in line.split("|")] for line in LIMITS.strip("\n").splitlines()[1:]],
)
def test_a_value_at_its_limit(vector, place, value, expected):
    crf, item = place.split(".")

    assert verdict(CODE_OF.get(vector, vector), with_answers(candidate(), crf, **{item: split(value)})) == expected


MEASURED = {
    "I07a": "HE.platelets",
    "I07b": "HE.leukocytes",
    "I07c": "HE.neutrophils",
    "I08a": "CH.bilirubin",
    "I08b": "CH.ast",
    "I09b": "CO.aptt",
    "I09c": "CH.albumin",
    "I11": "CH.creatinine",
    "I12": "VS.ecog",
    "I10": "CH.albumin",
    "I09a": "CP.ascites",
}


@pytest.mark.parametrize(("code", "place"), MEASURED.items())
@pytest.mark.parametrize("said", [None, Missing.NOT_DONE, Missing.UNKNOWN])
def test_a_missing_value_is_unknown_and_asked_for(code, place, said):
    crf, item = place.split(".")

    judgement = judged(code, with_answers(candidate(), crf, **{item: said}))

    assert judgement.verdict == "unknown"
    assert (crf, item) in {(need.crf, need.item) for need in judgement.needs}


@pytest.mark.parametrize("code", ["I07a", "I08a", "I08b", "I09c", "I11", "I10"])
def test_a_value_without_its_unit_is_unknown(code):
    crf, item = MEASURED[code].split(".")

    judgement = judged(code, with_answers(candidate(), crf, **{item: ("40", "")}))

    assert judgement.verdict == "unknown"
    assert "unit" in judgement.reason.english()


def test_the_sentence_carries_value_day_and_limit():
    judgement = judged("I07a", with_answers(candidate(), "HE", platelets="75"))

    assert judgement.reason.english() == (
        "Platelets 75 10^9/L of 2025-04-01 is not above 75 10^9/L; 75 10^9/L itself does not pass."
    )
    (evidence,) = judgement.evidence
    assert (evidence.value, evidence.unit, evidence.limit, evidence.on, evidence.path) == (
        "75",
        "10^9/L",
        "> 75 10^9/L",
        "2025-04-01",
        "platelets",
    )
    assert evidence.form.startswith("HE-")


# --- windows --------------------------------------------------------------------------------------------------

WINDOWS = [
    ("I07a", "HE", 14),
    ("I08a", "CH", 14),
    ("I09b", "CO", 14),
    ("I09a", "CP", 14),
    ("I12", "VS", 7),
    ("I10", "CP", 14),
]


@pytest.mark.parametrize(("code", "crf", "days"), WINDOWS)
def test_a_value_on_the_first_day_of_its_window_passes_and_one_older_is_asked_anew(code, crf, days):
    dated = {"CP": "assessed_on", "VS": "assessed_on"}.get(crf, "sampled_on")
    first_day = with_answers(candidate(), crf, **{dated: str(days_before(days))})
    too_old = with_answers(candidate(), crf, **{dated: str(days_before(days + 1))})

    assert judged(code, first_day).verdict == "pass"
    assert judged(code, first_day).valid_until == R
    assert judged(code, too_old).verdict == "unknown"
    assert (
        f"of {days_before(days + 1)} is older than the {days} days before 2025-04-07"
        in judged(code, too_old).reason.english()
    )
    assert str(days_before(days + 1)) in {each.on for each in judged(code, too_old).evidence}


def test_the_latest_value_of_the_window_counts():
    later = form("HE", "2025-04-05", repeat=2, laboratory=LAB, platelets="60", leukocytes="4", neutrophils="2")

    assert verdict("I07a", with_forms(candidate(), later)) == "fail"
    assert verdict("I07a", with_forms(candidate(), later), date(2025, 4, 4)) == "pass"


def test_a_later_draw_without_the_value_is_passed_over():
    later = form("HE", "2025-04-05", repeat=2, laboratory=LAB, platelets=Missing.NOT_DONE, leukocytes="4")

    assert verdict("I07a", with_forms(candidate(), later)) == "pass"


def test_a_verdict_holds_to_the_last_day_of_the_window():
    judgement = judged("I07a", candidate())

    assert judgement.valid_until == date(2025, 4, 15)
    assert verdict("I07a", candidate(), judgement.valid_until) == "pass"
    assert verdict("I07a", candidate(), date(2025, 4, 16)) == "unknown"


# --- the upper limit of normal --------------------------------------------------------------------------------


def of_bilirubin(*ranges):
    return with_ranges(candidate(), [*(each for each in RANGES if each.analyte != "total bilirubin"), *ranges])


def test_x19_without_a_reference_range_it_is_unknown():
    judgement = judged("I08a", of_bilirubin())

    assert judgement.verdict == "unknown"
    assert judgement.reason.english() == (
        "The reference range of Central for Total bilirubin (µmol/L) on 2025-04-01 is missing."
    )


@pytest.mark.parametrize(
    ("why", "more", "expected"),
    [
        ("valid that day", {"valid_from": date(2025, 4, 1), "valid_to": date(2025, 4, 1)}, "pass"),
        ("not yet valid", {"valid_from": date(2025, 4, 2)}, "unknown"),
        ("no longer valid", {"valid_to": date(2025, 3, 31)}, "unknown"),
        ("another laboratory", {"laboratory": "Other"}, "unknown"),
        ("another method", {"method": "diazo"}, "unknown"),
        ("the other sex", {"sex": "female"}, "unknown"),
        ("this sex", {"sex": "male"}, "pass"),
        ("this age", {"age_from": 50, "age_to": 60}, "pass"),
        ("another age", {"age_from": 60}, "unknown"),
    ],
)
def test_only_the_range_of_laboratory_method_sex_age_and_day_counts(why, more, expected):
    assert verdict("I08a", of_bilirubin(limit("total bilirubin", "20.5", "µmol/L", **more))) == expected, why


def test_a_range_without_upper_limit_is_none():
    assert verdict("I08a", of_bilirubin(limit("total bilirubin", None, "µmol/L"))) == "unknown"


def test_the_range_of_the_method_comes_before_that_of_the_laboratory():
    ranges = (limit("total bilirubin", "20.5", "µmol/L"), limit("total bilirubin", "5", "µmol/L", method="diazo"))
    record = of_bilirubin(*ranges)
    by_method = replace(
        record,
        forms=tuple(
            replace(each, answers={**each.answers, "bilirubin": replace(each.answers["bilirubin"], method="diazo")})
            if each.crf == "CH"
            else each
            for each in record.forms
        ),
    )

    assert verdict("I08a", record) == "pass"
    assert verdict("I08a", by_method) == "fail"


def test_a_limit_that_differs_by_sex_needs_the_sex():
    judgement = judged("I11", with_answers(candidate(), "DM", sex=None))

    assert judgement.verdict == "unknown"
    assert [(need.crf, need.item) for need in judgement.needs] == [("DM", "sex")]


def test_creatinine_100_passes_for_a_man_and_fails_at_105_for_a_woman():
    assert verdict("I11", with_answers(candidate(), "CH", creatinine="104.9")) == "pass"
    assert verdict("I11", with_answers(candidate(sex="female"), "CH", creatinine="105")) == "fail"


def test_a_value_is_compared_exactly_across_units():
    # 1.5 × 1.2 mg/dL is 30.7872 µmol/L: neither side is rounded.
    in_mg = limit("total bilirubin", "1.2", "mg/dL")

    assert verdict("I08a", with_answers(of_bilirubin(in_mg), "CH", bilirubin="30.7872")) == "pass"
    assert verdict("I08a", with_answers(of_bilirubin(in_mg), "CH", bilirubin="30.7873")) == "fail"


def test_no_laboratory_is_unknown():
    assert judged("I08a", with_answers(candidate(), "CH", laboratory=None)).needs[0].item == "laboratory"


# --- I01 age, I14 consent -------------------------------------------------------------------------------------

AGE = """
birth      | consent          | verdict
2007-03-01 | 2025-03-01T09:30 | pass
2007-03-02 | 2025-03-01T09:30 | fail
2007       | 2025-03-01T09:30 | unknown
2007-03    | 2025-03-01T09:30 | unknown
2007-02    | 2025-03-01T09:30 | pass
2006       | 2025-03-01T09:30 | pass
2008       | 2025-03-01T09:30 | fail
UNK        | 2025-03-01T09:30 | unknown
"""


@pytest.mark.parametrize(
    ("birth", "consent", "expected"), [[c.strip() for c in line.split("|")] for line in AGE.strip().splitlines()[1:]]
)
def test_i01_the_18th_birthday_passes_and_a_partial_date_is_open_only_where_both_can_be(birth, consent, expected):
    record = with_answers(with_answers(candidate(), "DM", birth_date=birth), "ICF", signed_at=consent)

    assert verdict("I01", record) == expected


def test_i01_needs_birth_and_consent():
    assert judged("I01", with_answers(candidate(), "DM", birth_date=None)).needs[0].item == "birth_date"
    assert judged("I01", without(candidate(), "ICF")).needs[0].item == "signed_at"


VERSIONS = (
    ConsentVersion(version="1.0", effective_from=date(2024, 1, 1)),
    ConsentVersion(version="2.0", effective_from=date(2025, 3, 1)),
    ConsentVersion(version="3.0", effective_from=date(2025, 4, 8)),
)

CONSENTS = """
signed at        | version | judged on  | verdict
2025-03-01T09:30 | 2.0     | 2025-04-07 | pass
2025-03-01T09:30 | 1.0     | 2025-04-07 | fail
2025-02-28T09:30 | 1.0     | 2025-02-28 | pass
2025-02-28T09:30 | 1.0     | 2025-04-07 | unknown
2025-02-28T09:30 | 2.0     | 2025-04-07 | fail
2025-03-01T09:30 | 2.0     | 2025-04-08 | unknown
2025-03-01T09:30 |         | 2025-04-07 | unknown
2023-12-31T09:30 | 1.0     | 2025-04-07 | unknown
"""


@pytest.mark.parametrize(
    ("signed", "version", "on", "expected"),
    [[cell.strip() for cell in line.split("|")] for line in CONSENTS.strip().splitlines()[1:]],
)
def test_i14_the_version_in_force_is_signed(signed, version, on, expected):
    record = replace(candidate(), consent_versions=VERSIONS)
    record = with_answers(record, "ICF", signed_at=signed, version=version or None)

    assert verdict("I14", record, date.fromisoformat(on)) == expected


def test_i14_holds_to_the_day_before_the_next_version_comes_into_force():
    record = replace(candidate(), consent_versions=VERSIONS)

    assert judged("I14", record).valid_until == R


def test_i14_consent_to_the_new_version_cures_an_old_one():
    record = replace(candidate(), consent_versions=VERSIONS)
    again = form("ICF", "2025-04-08T10:00", repeat=2, version="3.0")

    assert verdict("I14", with_forms(record, again), date(2025, 4, 8)) == "pass"


def test_i14_an_outdated_version_is_listed_beside_the_right_one_and_the_signing_once():
    record = with_answers(replace(candidate(), consent_versions=VERSIONS), "ICF", version="1.0")

    judgement = judged("I14", record)

    assert [(each.path, each.value, each.limit) for each in judgement.evidence] == [
        ("version", "1.0", "2.0"),
        ("signed_at", "2025-03-01T09:30", ""),
    ]


@pytest.mark.parametrize(("privacy", "is_said"), [("Y", False), ("N", True), (None, False)])
def test_i14_says_that_the_use_of_personal_data_was_refused(privacy, is_said):
    judgement = judged("I14", with_answers(candidate(), "ICF", privacy=privacy))

    said = "Consent to the use of personal health data was refused on 2025-03-01."
    assert (judgement.verdict, said in judgement.reason.english()) == ("pass", is_said)


PROCEDURES = """
procedure        | verdict
2025-03-01T09:31 | pass
2025-03-01T09:30 | pass
2025-03-01T09:29 | fail
2025-02-28T23:59 | fail
2025-03-02       | pass
2025-03-01       | unknown
"""


@pytest.mark.parametrize(
    ("procedure", "expected"), [[c.strip() for c in line.split("|")] for line in PROCEDURES.strip().splitlines()[1:]]
)
def test_i14_consent_precedes_any_study_specific_procedure_and_on_one_day_the_times_decide(procedure, expected):
    assert verdict("I14", with_answers(candidate(), "ICF", first_procedure_at=procedure)) == expected


# --- I02 diagnosis and spread ---------------------------------------------------------------------------------

TUMOUR = """
code | hcc_diagnosis | basis     | initial | screening | node | site          | verdict
I02a | Y             | imaging   | N       | N         |      |               | pass
I02a | Y             | pathology | N       | N         |      |               | pass
I02a | N             |           | N       | N         |      |               | fail
I02a |               |           | N       | N         |      |               | unknown
I02a | Y             |           | N       | N         |      |               | unknown
I02b | Y             | imaging   | N       | N         |      |               | pass
I02b | Y             | imaging   | Y       | N         |      |               | fail
I02b | Y             | imaging   | N       | Y         |      |               | fail
I02b | Y             | imaging   |         | N         |      |               | unknown
I02b | Y             | imaging   | Y       |           |      |               | fail
I02b | Y             | imaging   | N       | N         | 19.9 | porta hepatis | pass
I02b | Y             | imaging   | N       | N         | 20   | porta hepatis | review
I02b | Y             | imaging   | N       | N         | 14.9 | other         | pass
I02b | Y             | imaging   | N       | N         | 15   | other         | review
I02b | Y             | imaging   | N       | N         | 14   |               | pass
I02b | Y             | imaging   | N       | N         | 17   |               | unknown
I02b | Y             | imaging   | N       | N         | 21   |               | review
I02b | Y             | imaging   |         | N         | 21   | other         | unknown
I02b | Y             | imaging   | N       | N         | <15  | other         | pass
I02b | Y             | imaging   | N       | N         | <16  | other         | unknown
I02b | Y             | imaging   | N       | N         | >15  | other         | review
I02b | Y             | imaging   | N       | N         | >14  | other         | unknown
I02b | Y             | imaging   | N       | N         | <15  |               | pass
I02b | Y             | imaging   | N       | N         | >20  |               | review
I02b | Y             | imaging   | N       | N         | <20  |               | unknown
"""


@pytest.mark.parametrize(
    ("code", "diagnosis", "basis", "initial", "screening", "node", "site", "expected"),
    [[cell.strip() for cell in line.split("|")] for line in TUMOUR.strip().splitlines()[1:]],
)
def test_i02_diagnosis_and_spread(code, diagnosis, basis, initial, screening, node, site, expected):
    record = with_answers(
        candidate(),
        "HCC",
        hcc_diagnosis=diagnosis or None,
        basis=basis or None,
        metastasis_initial=initial or None,
        metastasis_screening=screening or None,
        node_short_axis=node or None,
        node_site=site or None,
    )

    assert verdict(code, record) == expected


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (lesion("N1", "6", organ="other", new_pattern="extrahepatic unequivocal"), "fail"),
        (lesion("N1", "6", organ="other", new_pattern="atypical"), "pass"),
        (lesion("N1", "12", new_pattern="typical"), "pass"),
        (lesion("N1", "15", organ="lymph node other", new_pattern="extrahepatic unequivocal"), "review"),
        (lesion("N1", "14", organ="lymph node other", new_pattern="extrahepatic unequivocal"), "pass"),
        (lesion("N1", "20", organ="lymph node porta hepatis"), "review"),
        (lesion("N1", None, organ="other", new_pattern="effusion benign"), "pass"),
    ],
)
def test_i02b_a_new_lesion_outside_the_liver_on_any_scan_does_not_pass(finding, expected):
    record = with_forms(candidate(), scan("2025-03-20", lesion("T1", "0"), lesion("NT1", "0"), finding))

    assert verdict("I02b", record) == expected


def test_i02b_names_the_scan_that_shows_the_lesion():
    finding = lesion("N1", "6", organ="other", new_pattern="extrahepatic unequivocal")
    record = with_forms(candidate(), scan("2025-03-20", lesion("T1", "0"), lesion("NT1", "0"), finding))

    assert judged("I02b", record).reason.english() == (
        "The scan of 2025-03-20 shows an unequivocal lesion outside the liver: N1."
    )


def test_i02b_macrovascular_invasion_is_allowed():
    assert verdict("I02b", with_answers(candidate(), "HCC", macrovascular_invasion="Y")) == "pass"


# --- I02c, I06 surgeons ---------------------------------------------------------------------------------------


def evaluated(*forms) -> Record:
    return with_forms(without(candidate(), "SU"), *forms)


def present(finding: str, by: str, **more) -> object:
    return evaluation("present", finding, by=by, **more)


def initial(finding: str, by: str, **more) -> object:
    return evaluation("initial", finding, by=by, **more)


def test_i06_two_different_surgeons_are_needed():
    assert verdict("I06", evaluated(present("resectable", SURGEON))) == "unknown"
    assert verdict("I06", evaluated(present("resectable", SURGEON), present("resectable", OTHER_SURGEON))) == "pass"
    assert verdict("I06", evaluated(present("unresectable", SURGEON), present("unresectable", OTHER_SURGEON))) == "fail"


@pytest.mark.parametrize("question", ["present", "initial"])
def test_x18_the_same_surgeon_twice_does_not_count(question):
    finding = {"present": "resectable", "initial": "unresectable"}[question]
    twice = [evaluation(question, finding, by=SURGEON, repeat=at) for at in (1, 2)]

    assert verdict({"present": "I06", "initial": "I02c"}[question], evaluated(*twice)) == "unknown"


def test_i06_an_evaluation_counts_once_its_surgeon_signed_it():
    unsigned = replace(present("resectable", OTHER_SURGEON), signed_by=())
    signed_by_another = replace(unsigned, signed_by=(SURGEON,))

    assert verdict("I06", evaluated(present("resectable", SURGEON), unsigned)) == "unknown"
    assert verdict("I06", evaluated(present("resectable", SURGEON), signed_by_another)) == "unknown"


def test_i06_two_complete_evaluations_wait_for_their_authors_and_nothing_else():
    unsigned = [replace(present("resectable", by), signed_by=()) for by in (SURGEON, OTHER_SURGEON)]

    judgement = judged("I06", evaluated(*unsigned))

    assert judgement.reason.english() == (
        "0 of 2 signed evaluations by different liver surgeons are on record. "
        "Complete and waiting for the signature of its author: 2."
    )
    assert [(need.crf, need.item, need.signature) for need in judgement.needs] == [("SU", "", True)]
    assert judgement.evidence == ()


def test_i06_one_unsigned_evaluation_waits_and_a_second_one_is_needed():
    unsigned = replace(present("resectable", SURGEON), signed_by=())

    needs = judged("I06", evaluated(unsigned)).needs

    assert [(need.item, need.signature, need.not_before) for need in needs] == [
        ("", True, None),
        ("finding", False, days_before(28)),
    ]


def test_i02c_an_unsigned_chart_record_waits_for_an_investigator_and_evaluations_have_no_window():
    chart = initial("unresectable", "investigator-1", on="2024-10-09", source="chart record", names_two_surgeons="Y")

    waiting = judged("I02c", evaluated(replace(chart, signed_by=())))
    nothing = judged("I02c", evaluated())

    assert waiting.reason.english().endswith("The chart record is complete and waits for an investigator's signature.")
    assert [need.signature for need in waiting.needs] == [True]
    assert [(need.item, need.not_before) for need in nothing.needs] == [("finding", None)]


def test_i06_disagreement_is_a_review_until_a_new_round_agrees():
    first_round = (present("resectable", SURGEON), present("unresectable", OTHER_SURGEON))
    half = present("resectable", SURGEON, on="2025-04-05", round="2", repeat=3)
    whole = present("resectable", OTHER_SURGEON, on="2025-04-05", round="2", repeat=4)

    assert judged("I06", evaluated(*first_round)).reason.english() == (
        "The surgeons disagree in round 1; both evaluate anew in a new round."
    )
    assert verdict("I06", evaluated(*first_round)) == "review"
    assert verdict("I06", evaluated(*first_round, half)) == "unknown"
    assert verdict("I06", evaluated(*first_round, half, whole)) == "pass"


@pytest.mark.parametrize("on", ["2025-03-30", "2025-04-02", "2025-04-05"])
def test_i06_a_second_evaluation_of_a_surgeon_in_a_disagreed_round_takes_nothing_back(on):
    first_round = (present("resectable", SURGEON), present("unresectable", OTHER_SURGEON))
    again = present("resectable", OTHER_SURGEON, on=on, repeat=3)

    assert verdict("I06", evaluated(*first_round, again)) == "review"
    assert verdict("I06", evaluated(again, *first_round)) == "review"


def test_i06_a_second_evaluation_in_a_round_makes_the_first_no_younger():
    stale = present("resectable", SURGEON, on=str(days_before(29)))
    again = present("resectable", SURGEON, on=str(days_before(1)), repeat=3)

    assert verdict("I06", evaluated(stale, again, present("resectable", OTHER_SURGEON))) == "unknown"


RECORD = {"on": "2024-10-09", "source": "chart record", "names_two_surgeons": "Y"}


@pytest.mark.parametrize("finding", ["resectable", "unresectable"])
@pytest.mark.parametrize("is_signed", [True, False])
@pytest.mark.parametrize("round", ["1", "2"])
def test_i02c_beside_a_record_a_lone_surgeon_makes_the_criterion_wait_whatever_they_found(finding, is_signed, round):
    # Had a dissent changed the verdict and an assent not, the second surgeon would know what the first one found;
    # had neither, the dissent of somebody asked anew would be passed over.
    record = initial("unresectable", "investigator-1", **RECORD, round=round)
    one = initial(finding, SURGEON, repeat=2)
    one = one if is_signed else replace(one, signed_by=())

    judgement = judged("I02c", evaluated(record, one))

    assert verdict("I02c", evaluated(record)) == "pass"
    assert judgement.verdict == "unknown"
    assert "it waits for the other surgeon's evaluation" in judgement.reason.english()
    assert [each.value for each in judgement.evidence if each.form == one.id] == ([""] if is_signed else [])
    assert [(need.item, need.signature) for need in judgement.needs] == (
        [("finding", False)] if is_signed else [("", True), ("finding", False)]
    )


def test_i02c_one_evaluation_signed_and_one_not_wait_for_that_signature_alone():
    record = initial("unresectable", "investigator-1", **RECORD)
    one = initial("unresectable", SURGEON, repeat=2)
    other = replace(initial("unresectable", OTHER_SURGEON, repeat=3), signed_by=())

    for forms in ((record, one, other), (replace(record, signed_by=()), one, other)):
        assert [(need.item, need.signature) for need in judged("I02c", evaluated(*forms)).needs] == [("", True)]


def test_i02c_beside_an_unsigned_record_a_lone_evaluation_still_wants_the_other():
    record = replace(initial("unresectable", "investigator-1", **RECORD), signed_by=())

    needs = judged("I02c", evaluated(record, initial("unresectable", SURGEON, repeat=2))).needs

    assert [(need.item, need.signature) for need in needs] == [("", True), ("finding", False)]


BESIDE = """
record       | one          | other        | verdict
unresectable | unresectable | unresectable | pass
unresectable | resectable   | unresectable | review
resectable   | resectable   | resectable   | fail
unresectable | resectable   | resectable   | review
resectable   | unresectable | unresectable | review
"""


@pytest.mark.parametrize(
    ("recorded", "one", "other", "expected"),
    [[cell.strip() for cell in line.split("|")] for line in BESIDE.strip().splitlines()[1:]],
)
@pytest.mark.parametrize("round", ["1", "2"])
def test_i02c_surgeons_asked_anew_beside_a_record_decide_and_no_record_takes_it_back(
    recorded, one, other, expected, round
):
    record = initial(recorded, "investigator-1", **RECORD, round=round)
    both = initial(one, SURGEON, repeat=2), initial(other, OTHER_SURGEON, repeat=3)

    assert verdict("I02c", evaluated(record, *both)) == expected


def test_i02c_a_new_round_of_both_decides_without_the_record_of_the_round_before():
    record = initial("resectable", "investigator-1", **RECORD)
    rounds = [
        initial("unresectable", by, round=str(number), repeat=number * 2 + at)
        for number in (1, 2)
        for at, by in enumerate((SURGEON, OTHER_SURGEON))
    ]

    assert verdict("I02c", evaluated(record, *rounds[:2])) == "review"
    assert verdict("I02c", evaluated(record, *rounds)) == "pass"


# Rounds of surgeons A to D: "Ay" says what is asked, "An" that it is not so.
ROUNDS = """
rounds                     | verdict
Ay Bn / Ay By              | pass
Ay Bn / Cy Dy              | review
Ay Bn / Ay Cy              | review
An Bn / Ay By              | pass
An Bn / Cy Dy              | review
Ay By / Cy Dy              | pass
Ay Bn / Cn Dn              | fail
Ay Bn / Cy Dn              | review
Ay Bn / Cy Dy / Cy Dy      | review
Ay Bn / Cy Dy / Ay By      | pass
Ay Bn / Cn Dn / Ay By      | review
Ay Bn / Ay By / Cy Dy      | pass
Ay Bn / Cy                 | unknown
"""


@pytest.mark.parametrize("code", ["I06", "I02c"])
@pytest.mark.parametrize(
    ("rounds", "expected"), [[cell.strip() for cell in line.split("|")] for line in ROUNDS.strip().splitlines()[1:]]
)
def test_two_surgeons_who_did_not_agree_that_it_is_so_are_not_overruled_by_two_others(code, rounds, expected):
    asked, question = {"I06": ("resectable", "present"), "I02c": ("unresectable", "initial")}[code]
    other = {"resectable": "unresectable", "unresectable": "resectable"}[asked]
    forms = [
        evaluation(question, asked if said == "y" else other, by=f"surgeon {who}", round=str(at), repeat=at * 9 + nth)
        for at, group in enumerate(rounds.split("/"), start=1)
        for nth, (who, said) in enumerate(group.split())
    ]

    assert verdict(code, evaluated(*forms)) == expected


def test_i06_a_round_of_others_says_whose_it_should_have_been_and_two_persons_decide():
    first = (present("resectable", SURGEON), present("unresectable", OTHER_SURGEON, repeat=2))
    others = [present("resectable", by, round="2", on="2025-04-04", repeat=at) for at, by in ((3, "C"), (4, "D"))]

    judgement = judged("I06", evaluated(*first, *others))

    assert judgement.reason.english() == (
        "Round 2 agrees: resectable; but it is not by the same two surgeons as round 1, which did not. "
        "Two persons decide, or those two evaluate anew in a new round."
    )
    assert len(judgement.evidence) == 4
    assert judgement.needs == ()


def test_i06_a_lone_evaluation_is_not_shown():
    judgement = judged("I06", evaluated(present("resectable", SURGEON)))

    assert [each.value for each in judgement.evidence] == [""]
    assert "resectable" not in judgement.reason.english()


@pytest.mark.parametrize(("days", "expected"), [(28, "pass"), (29, "unknown")])
def test_i06_both_evaluations_lie_within_28_days(days, expected):
    forms = (present("resectable", SURGEON, on=str(days_before(days))), present("resectable", OTHER_SURGEON))

    assert verdict("I06", evaluated(*forms)) == expected


def test_i06_a_chart_record_is_no_evaluation_of_now():
    record = present("resectable", SURGEON, source="chart record", names_two_surgeons="Y")

    assert verdict("I06", evaluated(record)) == "unknown"


CHART = """
dated      | names two | signed | finding      | verdict
2024-10-10 | Y         | yes    | unresectable | pass
2024-10-09 | Y         | yes    | unresectable | pass
2024-10-11 | Y         | yes    | unresectable | review
2024-10-09 | N         | yes    | unresectable | unknown
2024-10-09 | Y         | no     | unresectable | unknown
2024-10-09 | Y         | yes    | resectable   | fail
"""


@pytest.mark.parametrize(
    ("dated", "names_two", "signed", "finding", "expected"),
    [[cell.strip() for cell in line.split("|")] for line in CHART.strip().splitlines()[1:]],
)
def test_i02c_a_signed_record_before_treatment_that_names_two_surgeons_passes(
    dated, names_two, signed, finding, expected
):
    record = initial(finding, "investigator-1", on=dated, source="chart record", names_two_surgeons=names_two)
    record = record if signed == "yes" else replace(record, signed_by=())

    assert verdict("I02c", evaluated(record)) == expected


def test_i02c_surgeons_asked_anew_pass_after_treatment_and_disagreement_is_a_review():
    assert (
        verdict("I02c", evaluated(initial("unresectable", SURGEON), initial("unresectable", OTHER_SURGEON))) == "pass"
    )
    assert (
        verdict("I02c", evaluated(initial("unresectable", SURGEON), initial("resectable", OTHER_SURGEON))) == "review"
    )
    assert verdict("I02c", evaluated(initial("resectable", SURGEON), initial("resectable", OTHER_SURGEON))) == "fail"


# --- I03 markers before treatment (first conversion treatment on 2024-10-10) ----------------------------------

MARKERS = """
vector | afp       | pivka     | verdict
X10    | 12        | 1000      | pass
X12    | 399.9     | 999       | fail
I03    | 400       | 10        | pass
I03    | 400       |           | pass
I03    |           | 1000      | pass
I03    | 12        |           | unknown
I03    |           | 999       | unknown
I03    |           |           | unknown
I03    | 331 IU/mL | 10        | pass
I03    | 330 IU/mL | 10        | fail
I03    | 12        | 900 ng/mL | review
I03    | 12        | 9 ng/mL   | review
I03    | 400       | 9 ng/mL   | pass
I03    | >300      | 10        | unknown
I03    | >400      | 10        | pass
I03    | <0.61     | <10       | fail
"""


def before_treatment(*draws) -> Record:
    return with_forms(without(candidate(), "MK"), *draws)


@pytest.mark.parametrize(
    ("vector", "afp", "pivka", "expected"),
    [[cell.strip() for cell in line.split("|")] for line in MARKERS.strip().splitlines()[1:]],
)
def test_i03_one_high_marker_before_treatment_is_enough(vector, afp, pivka, expected):
    draw = markers("2024-10-05", split(afp) if afp else None, split(pivka) if pivka else None)

    assert verdict("I03", before_treatment(draw)) == expected


def test_i03_iu_needs_the_factor_of_the_laboratory():
    record = replace(before_treatment(markers("2024-10-05", ("331", "IU/mL"), "10")), conversions=())
    other_factor = replace(record, conversions=(replace(IU_FACTOR, factor=Decimal("1.204")),))

    assert verdict("I03", record) == "unknown"
    assert verdict("I03", other_factor) == "fail"


@pytest.mark.parametrize(
    ("on", "expected"),
    [("2024-07-12", "pass"), ("2024-07-11", "unknown"), ("2024-10-10", "pass"), ("2024-10-11", "unknown")],
)
def test_i03_the_value_lies_in_the_90_days_before_the_first_treatment(on, expected):
    assert verdict("I03", before_treatment(markers(on, "1200", "3000"))) == expected


def test_i03_asks_for_a_draw_between_the_window_and_the_first_treatment():
    judgement = judged("I03", before_treatment())

    assert judgement.reason.english().startswith("No value of AFP, PIVKA-II between 2024-07-12 and 2024-10-10,")
    assert {(need.not_before, need.not_after) for need in judgement.needs} == {(date(2024, 7, 12), date(2024, 10, 10))}


def test_i03_asks_for_the_start_of_treatment_where_no_draw_could_be_in_time_for_sure():
    judgement = judged("I03", with_answers(before_treatment(), "PT", started_on="2024"))

    assert [(need.crf, need.item) for need in judgement.needs] == [("PT", "started_on")]


def test_i03_420_then_390_passes_and_is_flagged():
    judgement = judged("I03", before_treatment(markers("2024-09-20", "420", "10"), markers("2024-10-05", "390", "10")))

    assert judgement.verdict == "pass"
    assert "Another value of the window is below the threshold." in {
        each.note.english() for each in judgement.evidence if each.note
    }


def test_i03_a_partial_start_of_treatment_is_open_only_where_it_matters():
    by_month = with_answers(candidate(), "PT", started_on="2024-10")
    late = with_forms(without(by_month, "MK"), markers("2024-10-05", "1200", "3000"))
    early = with_forms(without(by_month, "MK"), markers("2024-09-28", "1200", "3000"))

    assert verdict("I03", late) == "unknown"
    assert verdict("I03", early) == "pass"


def test_i03_without_a_start_of_treatment_is_unknown():
    assert verdict("I03", without(candidate(), "PT")) == "unknown"
    assert verdict("I03", with_answers(candidate(), "PT", started_on=None)) == "unknown"


# --- I04 treatment --------------------------------------------------------------------------------------------


def treated(*kinds: str, agent: str | None = "lenvatinib", line: str | None = "Y") -> Record:
    forms = [
        form(
            "PT",
            "2024-10-10",
            repeat=at,
            kind=kind,
            first_line=line,
            targeted_agent=agent if kind == "targeted" else None,
        )
        for at, kind in enumerate(kinds, start=1)
    ]
    return with_forms(without(candidate(), "PT"), *forms)


@pytest.mark.parametrize(
    ("kinds", "agent", "line", "expected"),
    [
        (("tace", "targeted", "ici"), "lenvatinib", "Y", "pass"),
        (("haic", "targeted", "ici"), "sorafenib", "Y", "pass"),
        (("haic", "targeted", "ici"), "donafenib", "Y", "pass"),
        (("haic", "targeted", "ici"), "apatinib", "Y", "pass"),
        (("haic", "targeted", "ici"), "bevacizumab", "Y", "pass"),
        (("haic", "targeted", "ici"), "other", "Y", "review"),
        (("haic", "targeted", "ici"), None, "Y", "unknown"),
        (("targeted", "ici"), "lenvatinib", "Y", "unknown"),
        (("tace", "ici"), None, "Y", "unknown"),
        (("tace", "targeted"), "lenvatinib", "Y", "unknown"),
        (("tace", "targeted", "ici"), "lenvatinib", "N", "fail"),
        (("tace", "targeted", "ici"), "lenvatinib", None, "unknown"),
    ],
)
def test_i04_arterial_targeted_and_immune_therapy_in_first_line(kinds, agent, line, expected):
    assert verdict("I04", treated(*kinds, agent=agent, line=line)) == expected


# --- I05 response, I09 ascites and coagulation, I13 -----------------------------------------------------------


def test_i05_is_the_clinical_complete_response():
    assert judged("I05", candidate()).valid_until == date(2025, 4, 14)
    assert verdict("I05", without(candidate(), "TA")) == "unknown"
    assert verdict("I05", candidate(), date(2025, 4, 15)) == "review"


@pytest.mark.parametrize(
    ("ascites", "trace", "expected"),
    [
        ("none", None, "pass"),
        ("slight", None, "fail"),
        ("slight", "N", "fail"),
        ("slight", "Y", "review"),
        ("moderate", None, "fail"),
        ("moderate", "Y", "fail"),
        (None, None, "unknown"),
    ],
)
def test_i09a_any_ascites_fails_and_trace_fluid_held_not_significant_is_a_review(ascites, trace, expected):
    assert verdict("I09a", with_answers(candidate(), "CP", ascites=ascites, trace_fluid_ncs=trace)) == expected


@pytest.mark.parametrize(
    ("on", "pattern", "expected"),
    [
        ("2025-04-02", "effusion benign", "review"),
        ("2025-04-02", "effusion malignant", "review"),
        ("2025-04-02", "atypical", "pass"),
        ("2025-03-20", "effusion benign", "pass"),  # a later scan shows it no longer
    ],
)
def test_i09a_fluid_on_the_latest_scan_is_a_review(on, pattern, expected):
    fluid = lesion("N1", None, organ="other", new_pattern=pattern)
    record = with_forms(candidate(), scan(on, lesion("T1", "0"), lesion("NT1", "0"), fluid))

    assert verdict("I09a", record) == expected
    assert verdict("I09a", with_answers(record, "CP", ascites="slight")) == "fail"


@pytest.mark.parametrize(
    ("inr", "not_significant", "expected"),
    [
        ("1.2", None, "pass"),
        ("1.21", "Y", "review"),
        ("1.44", "Y", "review"),
        ("1.45", "Y", "fail"),
        ("1.21", "N", "fail"),
        ("1.21", None, "unknown"),
        ("1.45", None, "fail"),
    ],
)
def test_i09b_a_small_deviation_is_a_review_where_it_is_held_not_significant(inr, not_significant, expected):
    assert verdict("I09b", with_answers(candidate(), "CO", inr=inr, not_significant=not_significant)) == expected


@pytest.mark.parametrize("item", ["aptt", "pt"])
@pytest.mark.parametrize(
    ("times", "not_significant", "expected"),
    [
        ("1", None, "pass"),
        ("1.001", None, "unknown"),
        ("1.001", "N", "fail"),
        ("1.001", "Y", "review"),
        ("1.2", "Y", "review"),
        ("1.201", "Y", "fail"),
    ],
)
def test_i09b_the_times_are_held_to_their_own_limits_alike(item, times, not_significant, expected):
    (upper,) = {each.high for each in RANGES if each.analyte.lower() == item}
    value = str(upper * Decimal(times))

    record = with_answers(candidate(), "CO", **{item: value}, not_significant=not_significant)

    assert verdict("I09b", record) == expected


def test_i09b_needs_inr_and_aptt_and_looks_at_pt_where_measured():
    assert verdict("I09b", with_answers(candidate(), "CO", inr=None)) == "unknown"
    assert verdict("I09b", with_answers(candidate(), "CO", aptt=None)) == "unknown"
    assert verdict("I09b", with_answers(candidate(), "CO", pt=None)) == "pass"
    assert verdict("I09b", with_answers(candidate(), "CO", pt="20")) == "fail"


PT_OF_BEFORE = {"inr": "1.0", "aptt": "30"}


@pytest.mark.parametrize("pt", ["12", "20"])
@pytest.mark.parametrize(("days_ago", "counts"), [(LAB_WINDOW_DAYS, True), (LAB_WINDOW_DAYS + 1, False)])
def test_i09b_pt_is_judged_in_its_window_only(pt, days_ago, counts):
    fresh = with_answers(candidate(), "CO", pt=None)
    older = form("CO", R - timedelta(days=days_ago), laboratory=LAB, pt=pt, **PT_OF_BEFORE)
    record = replace(fresh, forms=(*fresh.forms, older))

    assert verdict("I09b", record) == ("fail" if counts and pt == "20" else "pass")


def test_i09b_an_old_pt_stands_in_for_no_inr_and_a_normal_one_shortens_nothing():
    fresh = with_answers(candidate(), "CO", pt=None)
    today = form("CO", R, laboratory=LAB, **PT_OF_BEFORE)
    before = form("CO", R - timedelta(days=10), laboratory=LAB, pt="12", **PT_OF_BEFORE)
    others = tuple(each for each in fresh.forms if each.crf != "CO")

    assert (
        verdict("I09b", replace(fresh, forms=(*others, replace(today, answers={**today.answers, "inr": Answer()}))))
        == "unknown"
    )
    held = judged("I09b", replace(fresh, forms=(*others, before, today)))
    assert (held.verdict, held.valid_until) == ("pass", R + timedelta(days=LAB_WINDOW_DAYS))


def test_x9_albumin_30_passes_and_child_pugh_is_6_a():
    record = with_answers(with_answers(candidate(), "CH", albumin="30", bilirubin="15"), "CO", inr="1.1")

    assert verdict("I09c", record) == "pass"
    assert judged("I10", record).reason.english() == "Child-Pugh 6 points is class A; class A goes up to 6 points."


@pytest.mark.parametrize(
    ("crf", "question", "code"), [("HE", "growth_factor_14d", "I07c"), ("CH", "albumin_infusion_7d", "I09c")]
)
def test_growth_factor_and_albumin_infusion_are_flagged_and_pass(crf, question, code):
    judgement = judged(code, with_answers(candidate(), crf, **{question: "Y"}))

    assert judgement.verdict == "pass"
    assert judgement.evidence[0].note is not None


@pytest.mark.parametrize(("answer", "expected"), [("Y", "pass"), ("N", "fail"), (None, "unknown")])
def test_i13_life_expectancy_is_judged_and_signed(answer, expected):
    assert verdict("I13", with_answers(candidate(), "IJ", life_expectancy_over_3m=answer)) == expected


def test_an_unsigned_judgement_does_not_stand():
    record = candidate()
    unsigned = replace(record, forms=tuple(replace(e, signed_by=()) if e.crf == "IJ" else e for e in record.forms))

    assert {verdict(code, unsigned) for code in ("I13", "E04", "E07a", "E12")} == {"unknown"}
    assert judged("I13", unsigned).reason.english().endswith("not signed; it waits for an investigator's signature.")
    assert [(need.crf, need.signature) for need in judged("I13", unsigned).needs] == [("IJ", True)]


def test_replacing_forms_is_what_the_ground_promises():
    assert len([each for each in replaced(candidate(), form("CO", "2025-04-01")).forms if each.crf == "CO"]) == 1
