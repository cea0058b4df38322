"""A hundred real patients, imported by the command, stand on the board: what is missing is unknown, never failed."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from casebook.models import Form, Query, Subject
from casebook.selectors.records import answers_of
from casebook.states import FormState, QueryState
from eligibility.models import CriterionVerdict
from protocol.language import Verdict
from protocol.record import Answer
from protocol.trial import TRIAL
from tests.import_ground import EXAMPLE, an_exercise, form_of, hcc_file, looking, today

ROWS = 100


def run(folder: Path, *options: str) -> str:
    """Run the command on the file and return what it prints."""
    printed = StringIO()
    declared = f"sampled_on={today()}"
    file = str(folder / "hcc-first-100.csv")
    call_command("import_forms", file, "--mapping", str(EXAMPLE), "--declare", declared, *options, stdout=printed)
    return printed.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the file of the data set."""
    folder = tmp_path_factory.mktemp("hcc")
    (folder / "hcc-first-100.csv").write_bytes(hcc_file("hcc-first-100.csv"))
    return folder


@pytest.fixture(scope="module")
def printed(folder: Path, module_db: str) -> str:
    """What the import of the hundred printed."""
    an_exercise(hcc_file("reference-ranges.csv"))
    return run(folder)


@pytest.fixture(autouse=True)
def _imported(printed: str) -> Iterator[None]:
    with looking():
        yield


def verdicts() -> dict[str, Counter[str]]:
    """Return how many subjects have each verdict, by criterion."""
    found: dict[str, Counter[str]] = {criterion.code: Counter() for criterion in TRIAL.criteria}
    for code, verdict in CriterionVerdict.objects.values_list("criterion", "verdict"):
        found[code][verdict] += 1
    return found


def test_a_hundred_subjects_stand_in_the_labelled_exercise():
    assert Subject.objects.filter(site__code="IX", site__counts=False).count() == ROWS
    assert not Subject.objects.exclude(site__code="IX").exists()


def test_every_criterion_is_judged_of_every_subject():
    assert {code: sum(counts.values()) for code, counts in verdicts().items()} == {
        criterion.code: ROWS for criterion in TRIAL.criteria
    }


@pytest.mark.parametrize(
    "code",
    ["I02c", "I04", "I05", "I06", "I07c", "I13", "I14", "E01", "E02a", "E02h", "E04", "E05", "E07a", "E09", "E12"],
)
def test_what_the_file_does_not_have_is_unknown(code: str):
    assert verdicts()[code] == {Verdict.UNKNOWN.value: ROWS}


def test_nobody_fails_for_a_value_that_is_missing():
    """A verdict of fail rests on at least one value of the file."""
    failed = CriterionVerdict.objects.filter(verdict=Verdict.FAIL)

    assert failed.exists()
    assert not failed.filter(evidence=[]).exists()


def test_nobody_is_a_candidate():
    passed = CriterionVerdict.objects.filter(verdict=Verdict.PASS).values_list("subject", flat=True)

    assert max(Counter(passed).values()) < len(TRIAL.criteria)


@pytest.mark.parametrize(
    ("code", "crf", "item"),
    [
        ("I07a", "HE", "platelets"),
        ("I07b", "HE", "leukocytes"),
        ("I08a", "CH", "bilirubin"),
        ("I09c", "CH", "albumin"),
        ("I11", "CH", "creatinine"),
        ("I12", "VS", "ecog"),
        ("I09a", "CP", "ascites"),
    ],
)
def test_a_criterion_of_the_file_is_unknown_exactly_where_its_value_is_missing(code: str, crf: str, item: str):
    answered = {
        form.subject_id for form in Form.objects.filter(crf=crf, state=FormState.COMPLETE) if item in form.answers
    }
    unknown = set(
        CriterionVerdict.objects.filter(criterion=code, verdict=Verdict.UNKNOWN).values_list("subject", flat=True)
    )

    assert unknown == set(Subject.objects.values_list("pk", flat=True)) - answered


def test_platelets_per_microlitre_are_declared_not_converted():
    assert answers_of(form_of("COI-007", "HE"))["platelets"] == Answer(value="42000", unit="/µL", declared=("unit",))
    judged = {key: _verdict(key, "I07a") for key in ("COI-007", "COI-010", "COI-001")}
    assert judged == {"COI-007": Verdict.FAIL, "COI-010": Verdict.PASS, "COI-001": Verdict.PASS}


def _verdict(key: str, code: str) -> Verdict:
    kept = CriterionVerdict.objects.get(subject__imported_rows__key=key, criterion=code)
    return Verdict(kept.verdict)


@pytest.mark.parametrize(
    ("key", "column", "item", "value"),
    [
        ("COI-058", "Platelets", "platelets", "1.71"),
        ("COI-073", "ALP", "alp", "1.28"),
        ("COI-034", "TP", "total_protein", "16.8"),
    ],
)
def test_a_value_a_thousand_times_too_small_is_doubtful_saved_and_queried(
    printed: str, key: str, column: str, item: str, value: str
):
    assert f"{key}, {column} “{value}”: " in printed.split("Doubtful: ")[1].split("Declared by the mapping")[0]
    query = Query.objects.get(subject__imported_rows__key=key, path=item)
    assert query.state == QueryState.OPEN
    assert answers_of(Form.objects.get(pk=query.form_id))[item].value == value


def test_the_report_names_what_the_mapping_declared(printed: str):
    declared = printed.split("Declared by the mapping: ")[1]

    assert "Column Platelets: values from 1000 on are declared to be in /µL. (58 ×)" in declared
    assert f"Form HE: sampled_on is declared to be {today()}. (98 ×)" in declared


def test_the_same_file_again_changes_nothing(folder: Path):
    versions = dict(Form.objects.values_list("pk", "version"))

    again = run(folder, "--dry-run")

    assert "100 subjects known" in again
    assert "forms saved" not in again
    assert dict(Form.objects.values_list("pk", "version")) == versions


def test_the_patients_are_not_part_of_the_project():
    project = EXAMPLE.parent.parent.parent
    ours = [path for path in project.rglob("*.csv") if path.relative_to(project).parts[0] not in {".venv", "var"}]

    # Limits of laboratories, assumed or made up, and a published list of terms; no patient.
    assert {path.name for path in ours} == {"hcc-survival-ranges.csv", "reference-ranges.csv", "ctcae_v5.csv"}


def test_the_verdict_on_platelets_follows_from_the_file(folder: Path):
    """Above 75 × 10⁹/L in either unit, counted by hand from the CSV."""
    rows = list(csv.DictReader((folder / "hcc-first-100.csv").read_text().splitlines()))
    counts = [Decimal(row["Platelets"]) for row in rows if row["Platelets"]]
    passed = sum(count > (75000 if count >= 1000 else 75) for count in counts)

    assert verdicts()["I07a"] == {"pass": passed, "fail": len(counts) - passed, "unknown": ROWS - len(counts)}
