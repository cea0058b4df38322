"""Chapter 3: scores. Each with a published or hand-computed value, both sides of each limit, and the missing part."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from protocol.codelists import ECOG
from protocol.codelists_surgery import CLAVIEN_DINDO
from protocol.comparing import Measured
from protocol.crfs import CRFS
from protocol.derivations import DERIVATIONS, derive
from protocol.grading import SCALES, falling_grade, rising_grade
from protocol.language import Derived
from protocol.record import FormRecord, Record
from protocol.scores import (
    INR_LIMITS,
    PROTHROMBIN_LIMITS_S,
    albi_grade,
    albi_score,
    albumin_points,
    bilirubin_points,
    child_pugh_class,
    falling_points,
    ratio_to_limit,
    rising_points,
)
from tests.protocol_ground import (
    LAB,
    R,
    candidate,
    form,
    judged,
    lesion,
    replaced,
    row,
    scan,
    tracing,
    verdict,
    with_answers,
    without,
)


def table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip("\n").splitlines()[1:]]


def derived(name: str, of: FormRecord, record: Record | None = None) -> str:
    found = derive(name, crf=of.crf, answers=of.answers, record=record or Record(subject="1"), on=R)
    return found.value


# --- Child-Pugh -----------------------------------------------------------------------------------------------

CHILD_PUGH = """
      bilirubin µmol/L | albumin g/L | INR  | ascites  | encephalopathy | points | class
K1  | 12               | 42          | 1.0  | none     | none           | 5      | A
K2  | 33.9             | 35.1        | 1.69 | none     | none           | 5      | A
K3  | 34               | 36          | 1.1  | none     | none           | 6      | A
K5  | 20               | 28.0        | 1.1  | none     | none           | 6      | A
K6  | 20               | 27.9        | 1.1  | none     | none           | 7      | B
K7  | 34               | 35          | 1.1  | none     | none           | 7      | B
K9  | 52               | 36          | 1.0  | none     | none           | 7      | B
K11 | 20               | 40          | 1.0  | slight   | none           | 6      | A
K13 | 60               | 25          | 2.5  | moderate | 3-4            | 15     | C
"""


def liver(bilirubin: str, albumin: str, inr: str, ascites: str, encephalopathy: str) -> Record:
    return replaced(
        candidate(),
        form("CH", "2025-04-01", laboratory=LAB, bilirubin=bilirubin, albumin=albumin),
        form("CO", "2025-04-01", laboratory=LAB, inr=inr, aptt="33"),
        form("CP", "2025-04-01", ascites=ascites, encephalopathy=encephalopathy),
    )


@pytest.mark.parametrize(
    ("vector", "bilirubin", "albumin", "inr", "ascites", "encephalopathy", "points", "grade"), table(CHILD_PUGH)
)
def test_child_pugh(vector, bilirubin, albumin, inr, ascites, encephalopathy, points, grade):
    record = liver(bilirubin, albumin, inr, ascites, encephalopathy)
    (clinical,) = [each for each in record.forms if each.crf == "CP"]

    assert derived("child_pugh_points", clinical, record) == points
    assert derived("child_pugh_class", clinical, record) == grade
    assert verdict("I10", record) == ("pass" if grade == "A" else "fail")


def test_k5_is_class_a_but_fails_the_albumin_limit():
    assert verdict("I09c", liver("20", "28.0", "1.1", "none", "none")) == "fail"


def test_k11_is_class_a_but_fails_no_ascites():
    assert verdict("I09a", liver("20", "40", "1.0", "slight", "none")) == "fail"


@pytest.mark.parametrize(
    ("value", "unit", "points"),
    [
        ("1.99", "mg/dL", 1),
        ("2", "mg/dL", 2),
        ("3", "mg/dL", 2),
        ("3.01", "mg/dL", 3),
        ("33.9", "µmol/L", 1),
        ("34", "µmol/L", 2),
        ("51", "µmol/L", 2),
        ("51.1", "µmol/L", 3),
    ],
)
def test_bilirubin_is_scored_in_the_unit_reported(value, unit, points):
    assert bilirubin_points(Measured(Decimal(value)), unit) == points


POINTS = """
component      | value | unit   | points
albumin        | 35.1  | g/L    | 1
albumin        | 35    | g/L    | 2
albumin        | 28    | g/L    | 2
albumin        | 27.9  | g/L    | 3
albumin        | 3.51  | g/dL   | 1
albumin        | 3.5   | g/dL   | 2
albumin        | 2.8   | g/dL   | 2
albumin        | 2.79  | g/dL   | 3
bilirubin      | 67.9  | PBC    | 1
bilirubin      | 68    | PBC    | 2
bilirubin      | 170   | PBC    | 2
bilirubin      | 170.1 | PBC    | 3
INR            | 1.69  |        | 1
INR            | 1.7   |        | 2
INR            | 2.3   |        | 2
INR            | 2.31  |        | 3
PT             | 3.9   | s      | 1
PT             | 4     | s      | 2
PT             | 6     | s      | 2
PT             | 6.1   | s      | 3
"""


@pytest.mark.parametrize(("component", "value", "unit", "points"), table(POINTS))
def test_each_component_is_scored_on_both_sides_of_each_limit(component, value, unit, points):
    measured = Measured(Decimal(value))
    found = {
        "albumin": lambda: albumin_points(measured, unit),
        "bilirubin": lambda: bilirubin_points(measured, "µmol/L", cholestatic=True),
        "INR": lambda: rising_points(measured, INR_LIMITS),
        "PT": lambda: rising_points(measured, PROTHROMBIN_LIMITS_S),
    }[component]()

    assert found == int(points)


def test_a_component_in_a_unit_without_a_table_is_not_scored():
    assert bilirubin_points(Measured(Decimal(20)), "g/L") is None
    assert albumin_points(Measured(Decimal(40)), "µmol/L") is None


@pytest.mark.parametrize(("points", "grade"), [(5, "A"), (6, "A"), (7, "B"), (9, "B"), (10, "C"), (15, "C")])
def test_the_class_of_a_total_on_both_sides_of_each_limit(points, grade):
    assert child_pugh_class(points) == grade


@pytest.mark.parametrize(("seconds", "points"), [("3.9", "5"), ("4", "6"), ("6", "6"), ("6.1", "7"), (None, "")])
def test_inr_comes_first_and_without_it_the_seconds_are_scored(seconds, points):
    with_both = with_answers(liver("12", "42", "1.0", "none", "none"), "CO", pt_prolonged=seconds)
    without_inr = with_answers(with_both, "CO", inr=None)
    (clinical,) = [each for each in with_both.forms if each.crf == "CP"]

    assert derived("child_pugh_points", clinical, with_both) == "5"
    assert derived("child_pugh_points", clinical, without_inr) == points


def test_a_comparator_is_scored_only_where_it_decides():
    limits = (Decimal(34), Decimal(51))

    assert rising_points(Measured(Decimal("3.4"), "<"), limits) == 1
    assert rising_points(Measured(Decimal(40), "<"), limits) is None
    assert falling_points(Measured(Decimal(60), ">"), limits) == 1


@pytest.mark.parametrize("missing", ["bilirubin", "albumin", "inr", "ascites", "encephalopathy"])
def test_a_missing_component_leaves_the_score_unknown(missing):
    record = with_answers(
        with_answers(
            with_answers(candidate(), "CH", **({missing: None} if missing in ("bilirubin", "albumin") else {})),
            "CO",
            **({"inr": None} if missing == "inr" else {}),
        ),
        "CP",
        **({missing: None} if missing in ("ascites", "encephalopathy") else {}),
    )

    judgement = judged("I10", record)

    assert judgement.verdict == "unknown"
    assert missing in {need.item for need in judgement.needs}


def test_prothrombin_seconds_serve_where_there_is_no_inr():
    record = with_answers(candidate(), "CO", inr=None, pt_prolonged="5")

    assert judged("I10", record).reason.english() == ("Child-Pugh 6 points is class A; class A goes up to 6 points.")


# --- ALBI -----------------------------------------------------------------------------------------------------

ALBI = """
bilirubin | albumin | score  | grade
17.1      | 42      | -2.756 | 1
10        | 45      | -3.165 | 1
20        | 38.2    | -2.388 | 2
34        | 35      | -1.964 | 2
60        | 25      | -0.951 | 3
"""


@pytest.mark.parametrize(("bilirubin", "albumin", "score", "grade"), table(ALBI))
def test_albi(bilirubin, albumin, score, grade):
    record = liver(bilirubin, albumin, "1.0", "none", "none")
    (clinical,) = [each for each in record.forms if each.crf == "CP"]

    assert derived("albi_score", clinical, record) == score
    assert derived("albi_grade", clinical, record) == grade


@pytest.mark.parametrize(("score", "grade"), [("-2.60", 1), ("-2.59999", 2), ("-1.39", 2), ("-1.38999", 3)])
def test_the_limits_of_the_albi_grades_are_inclusive(score, grade):
    assert albi_grade(Decimal(score)) == grade


def test_albi_of_bilirubin_0_is_not_known():
    assert albi_score(bilirubin_umol_l=Decimal(0), albumin_g_l=Decimal(40)) is None


def test_albi_takes_units_as_reported():
    record = replaced(
        candidate(), form("CH", "2025-04-01", laboratory=LAB, bilirubin=("1", "mg/dL"), albumin=("4.2", "g/dL"))
    )
    (clinical,) = [each for each in record.forms if each.crf == "CP"]

    assert derived("albi_score", clinical, record) == "-2.756"


@pytest.mark.parametrize(("bilirubin", "albumin"), [(None, "40"), ("20", None), (None, None)])
def test_albi_without_one_of_its_two_values_is_not_known(bilirubin, albumin):
    record = with_answers(candidate(), "CH", bilirubin=bilirubin, albumin=albumin)
    (clinical,) = [each for each in record.forms if each.crf == "CP"]

    assert (derived("albi_score", clinical, record), derived("albi_grade", clinical, record)) == ("", "")


# --- ECOG and Clavien-Dindo ------------------------------------------------------------------------------------


def test_the_grades_of_ecog_and_clavien_dindo_are_those_of_their_sources():
    assert [code.value for code in ECOG.codes] == ["0", "1", "2", "3", "4", "5"]
    assert [code.value for code in CLAVIEN_DINDO.codes] == ["I", "II", "IIIa", "IIIb", "IVa", "IVb", "V"]


# --- QTc ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("qt", "rate", "fridericia", "bazett"),
    [("400", "60", "400.0", "400.0"), ("400", "75", "430.9", "447.2"), ("420", "80", "462.3", "485.0")],
)
def test_qtc(qt, rate, fridericia, bazett):
    ecg = form("EG", "2025-04-01", rows=tracing("1", qt, rate))

    assert (derived("qtcf", ecg), derived("qtcb", ecg)) == (fridericia, bazett)


def test_the_mean_of_the_tracings_is_used():
    ecg = form(
        "EG", "2025-04-01", rows=tracing("1", "440", "60") | tracing("2", "460", "60") | tracing("3", "453", "60")
    )

    assert derived("qtcf", ecg) == "451.0"


def test_a_tracing_without_heart_rate_leaves_the_qtc_unknown():
    ecg = form("EG", "2025-04-01", rows=tracing("1", "440", "60") | tracing("2", "460", ""))

    assert derived("qtcf", ecg) == ""


# --- BCLC, ratio, strata --------------------------------------------------------------------------------------

BCLC = """
count | largest | invasion | spread | ECOG | ascites  | stage
1     | 20      | N        | N      | 0    | none     | 0
1     | 20.1    | N        | N      | 0    | none     | A
1     | 90      | N        | N      | 0    | none     | A
3     | 30      | N        | N      | 0    | none     | A
3     | 31      | N        | N      | 0    | none     | B
4     | 20      | N        | N      | 0    | none     | B
>=5   | 20      | N        | N      | 0    | none     | B
>=2   | 20      | N        | N      | 0    | none     |
1     | 20      | Y        | N      | 0    | none     | C
1     | 20      | N        | Y      | 2    | none     | C
1     | 20      | N        | N      | 3    | none     | D
1     | 20      | N        | N      | 1    | none     |
1     | 20      |          | N      | 0    | none     |
"""


@pytest.mark.parametrize(("count", "largest", "invasion", "spread", "ecog", "ascites", "stage"), table(BCLC))
def test_the_suggested_bclc_stage(count, largest, invasion, spread, ecog, ascites, stage):
    staging = form(
        "HCC",
        tumour_count=count,
        largest_diameter=largest,
        macrovascular_invasion=invasion or None,
        metastasis_initial=spread,
    )
    record = with_answers(with_answers(candidate(), "VS", ecog=ecog), "CP", ascites=ascites)

    assert derived("bclc_suggested", staging, record) == stage


def test_a_largest_diameter_in_cm_is_staged_alike():
    staging = form(
        "HCC", tumour_count="1", largest_diameter=("2.1", "cm"), macrovascular_invasion="N", metastasis_initial="N"
    )

    assert derived("bclc_suggested", staging, candidate()) == "A"


def test_the_ratio_to_the_upper_limit():
    assert ratio_to_limit(Decimal("30.75"), Decimal("20.5")) == Decimal("1.5")
    assert ratio_to_limit(Decimal(30), Decimal(0)) is None


def stratum(name: str, record: Record) -> str:
    return derive(name, crf="", answers={}, record=record, on=R).value


@pytest.mark.parametrize("level", ["Y", "N"])
def test_the_stratum_of_macrovascular_invasion_is_what_the_staging_says(level):
    record = with_answers(candidate(), "HCC", macrovascular_invasion=level)

    assert stratum("stratum_macrovascular_invasion", record) == level


def test_the_stratum_of_arterial_therapy():
    haic = form("PT", "2024-11-20", repeat=4, kind="haic", first_line="Y")
    second_line = form("PT", "2025-02-20", repeat=4, kind="haic", first_line="N")
    record = candidate()

    assert stratum("stratum_arterial_therapy", record) == "tace"
    assert stratum("stratum_arterial_therapy", replace(record, forms=(*record.forms, haic))) == "haic"
    assert stratum("stratum_arterial_therapy", replace(record, forms=(*record.forms, second_line))) == "tace"
    assert stratum("stratum_arterial_therapy", without(record, "PT")) == ""
    assert stratum("stratum_macrovascular_invasion", without(record, "HCC")) == ""


# --- the derived items of the forms ---------------------------------------------------------------------------


def test_every_derived_item_of_a_form_has_its_function():
    named = {item.derivation for crf in CRFS for item in crf.items if isinstance(item, Derived)}

    assert named <= set(DERIVATIONS)


@pytest.mark.parametrize("name", sorted(DERIVATIONS))
def test_a_derived_value_of_an_empty_form_is_not_known_and_says_why(name):
    crf = next((crf.code for crf in CRFS for item in crf.items if getattr(item, "derivation", "") == name), "")

    found = derive(name, crf=crf, answers={}, record=Record(subject="1"), on=R)

    assert found.value == ""
    assert found.why is not None


def test_the_response_of_a_scan_on_the_page_is_computed_against_the_saved_ones():
    record = candidate()
    own = scan("2025-04-05", **{})
    gone = [each for each in record.forms if each.crf == "TA"][-1]

    assert derived("overall_response", own, record) == ""
    assert derived("overall_response", gone, record) == "CR"
    assert derived("target_response", gone, record) == "CR"
    assert derived("non_target_response", gone, record) == "CR"
    assert derived("sum_viable", gone, record) == "0"


def test_whether_a_lesion_is_new_is_said_in_words_and_a_response_as_its_code():
    record = candidate()
    gone = [each for each in record.forms if each.crf == "TA"][-1]

    def said(name: str) -> tuple[str, bool]:
        found = derive(name, crf="TA", answers=gone.answers, record=record, on=R)
        return found.value, found.in_words

    assert said("new_lesion") == ("no", True)
    assert said("target_response") == ("CR", False)


def test_the_baseline_has_a_sum_and_no_response():
    baseline = next(each for each in candidate().forms if each.answer("timepoint").value == "baseline")

    assert derived("sum_viable", baseline) == "62"
    assert derived("overall_response", baseline) == ""


def test_a_baseline_on_which_nothing_is_measured_has_no_sum():
    for rows in ({}, row("lesions", "T1", organ="liver"), lesion("T1", None)):
        unread = scan("2024-10-01", rows, timepoint="baseline")

        found = derive("sum_viable", crf="TA", answers=unread.answers, record=Record(subject="1"), on=R)

        assert (found.value, found.why.english()) == ("", "Not every target lesion is measured.")


# --- CTCAE grades ---------------------------------------------------------------------------------------------

FALLING = """
analyte     | lower limit | value | grade
platelets   | 150         | 150   | 0
platelets   | 150         | 149.9 | 1
platelets   | 150         | 75    | 1
platelets   | 150         | 74.9  | 2
platelets   | 150         | 50    | 2
platelets   | 150         | 49.9  | 3
platelets   | 150         | 25    | 3
platelets   | 150         | 24.9  | 4
leukocytes  | 4           | 3.9   | 1
leukocytes  | 4           | 2.9   | 2
leukocytes  | 4           | 1.9   | 3
leukocytes  | 4           | 0.9   | 4
neutrophils | 1.8         | 1.5   | 1
neutrophils | 1.8         | 1.4   | 2
neutrophils | 1.8         | 0.9   | 3
neutrophils | 1.8         | 0.4   | 4
albumin     | 35          | 35    | 0
albumin     | 35          | 30    | 1
albumin     | 35          | 29.9  | 2
albumin     | 35          | 19.9  | 3
"""
RISING = """
analyte         | upper limit | value | grade
total bilirubin | 20          | 20    | 0
total bilirubin | 20          | 20.1  | 1
total bilirubin | 20          | 30    | 1
total bilirubin | 20          | 30.1  | 2
total bilirubin | 20          | 60.1  | 3
total bilirubin | 20          | 200.1 | 4
ALT             | 40          | 40    | 0
ALT             | 40          | 120   | 1
ALT             | 40          | 120.1 | 2
AST             | 40          | 200.1 | 3
AST             | 40          | 800.1 | 4
"""


@pytest.mark.parametrize(("analyte", "limit", "value", "grade"), table(FALLING))
def test_a_low_value_is_graded(analyte, limit, value, grade):
    found = falling_grade(Measured(Decimal(value)), SCALES[analyte], lower_limit=Decimal(limit))

    assert found == int(grade)


@pytest.mark.parametrize(("analyte", "limit", "value", "grade"), table(RISING))
def test_a_high_value_is_graded(analyte, limit, value, grade):
    found = rising_grade(Measured(Decimal(value)), SCALES[analyte], upper_limit=Decimal(limit))

    assert found == int(grade)


def test_a_comparator_that_leaves_the_grade_open_gives_none():
    assert rising_grade(Measured(Decimal(20), ">"), SCALES["ALT"], upper_limit=Decimal(40)) is None
    assert rising_grade(Measured(Decimal(20), "<"), SCALES["ALT"], upper_limit=Decimal(40)) == 0


def test_a_lower_limit_below_the_bound_of_grade_2_gives_no_grade_1_to_a_normal_value():
    found = falling_grade(Measured(Decimal("1.45")), SCALES["neutrophils"], lower_limit=Decimal("1.4"))

    assert found == 0
