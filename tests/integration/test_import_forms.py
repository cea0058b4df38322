"""A file becomes forms through the same door as typing: all of it or nothing, and twice is once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Site
from audit.door import as_actor
from audit.models import Event
from casebook import actions
from casebook.imports.report import ImportRefused, Kind
from casebook.models import Query
from casebook.selectors.records import answers_of
from casebook.states import FormState, QueryState, Stage
from protocol.record import Answer
from tests.casebook_ground import a_coordinator, a_key
from tests.import_ground import (
    MAPPING,
    an_exercise,
    an_order,
    form_of,
    imported,
    importer,
    kept_counts,
    looking,
    of,
    subject_of,
    today,
)

pytestmark = pytest.mark.django_db

FILE = "id,G,born,PLT,HB\nA,1,1960-05,93000,13.1\nB,0,,120,\n"


@pytest.fixture
def site() -> Site:
    return an_exercise()


def refusals(site: Site, content: str | bytes, **options: str) -> list[tuple[int, str, str, str]]:
    before = kept_counts()
    with pytest.raises(ImportRefused) as refused:
        imported(site, content, **options)
    assert kept_counts() == before, "something was kept of a refused import"
    return of(refused.value.report, Kind.REFUSED)


def test_each_row_becomes_a_subject_on_the_screening_log(site, check_what_commit_checks):
    report = imported(site, FILE)

    check_what_commit_checks()
    assert [subject_of(key).number for key in "AB"] == ["IX-001", "IX-002"]
    assert subject_of("A").stage == Stage.LISTED
    assert (report.counts["rows"], report.counts["subjects added"], report.counts["forms saved"]) == (2, 2, 4)


def test_values_stay_as_in_the_file_and_what_was_declared_is_marked(site):
    imported(site, FILE)

    answers = answers_of(form_of("A", "HE"))
    assert answers["platelets"] == Answer(value="93000", unit="/µL", declared=("unit",))
    assert answers["haemoglobin"] == Answer(value="13.1", unit="g/dL", declared=("unit",))
    assert answers["sampled_on"] == Answer(value=today().isoformat(), declared=("value",))
    assert answers["laboratory"] == Answer(value="LAB", declared=("laboratory",))
    assert answers_of(form_of("A", "DM"))["birth_date"] == Answer(value="1960-05")


def test_the_trail_names_what_was_declared(site):
    imported(site, FILE)

    with looking():
        event = Event.objects.filter(kind="casebook.form.completed", facts__contains='"crf":"HE"').first()
        released = Event.objects.get(kind="casebook.import.released", site_id=site.pk)
    assert '"declared":["haemoglobin","laboratory","platelets","sampled_on"]' in event.facts
    assert "Column HB: values are declared to be in g/dL." in released.facts


def test_the_report_sums_up_what_was_declared(site):
    report = imported(site, FILE)

    assert {entry.sentence.english(): entry.times for entry in report.of(Kind.DECLARED)} == {
        "Column G: “1” is declared to mean “male” of item sex.": 1,
        "Column G: “0” is declared to mean “female” of item sex.": 1,
        "Column PLT: values from 1000 on are declared to be in /µL.": 1,
        "Column PLT: values below 1000 are declared to be in 10^9/L.": 1,
        "Column HB: values are declared to be in g/dL.": 1,
        f"Form HE: sampled_on is declared to be {today()}.": 2,
        "Form HE: laboratory is declared to be LAB.": 2,
    }


def test_a_form_is_completed_as_far_as_the_file_goes_and_asked_about_once(site):
    report = imported(site, FILE)

    assert form_of("B", "HE").state == FormState.COMPLETE
    with looking():
        [query] = Query.objects.filter(form=form_of("B", "HE"))
    assert (query.path, query.check_id) == ("", "import.left-open")
    words = "The imported file did not have these items: Leukocytes, Neutrophils, Haemoglobin. "
    words += "Answer them, or say why there is no answer."
    assert (0, "[HE]", "", words) in of(report, Kind.NOTED)


def test_what_was_left_open_stays_asked_until_somebody_answers(site):
    imported(site, FILE)
    coordinator = a_coordinator(site)
    form = form_of("A", "HE")

    def save(answers, based_on):
        reasons = dict.fromkeys(answers, "Source")
        request = {"based_on": based_on, "key": a_key(), "reasons": reasons, "at": timezone.now()}
        return actions.save_form(form, by=coordinator, answers=answers, **request)

    saved = save({"leukocytes": Answer(value="5", unit="10^9/L")}, form.version)
    with looking():
        assert Query.objects.get(form=form).state == QueryState.OPEN

    save({"neutrophils": Answer(value="3", unit="10^9/L")}, saved.version)
    with looking():
        assert Query.objects.get(form=form).state == QueryState.CLOSED


def test_a_mapping_may_leave_forms_in_progress(site):
    imported(site, FILE, mapping=MAPPING.replace("complete = true", "complete = false"))

    assert form_of("A", "HE").state == FormState.IN_PROGRESS


def test_the_implausible_is_saved_queried_and_reported(site):
    report = imported(site, "id,G,born,PLT,HB\nA,1,,1.71,13\n")

    [(row, column, value, sentence)] = of(report, Kind.DOUBTFUL)
    assert (row, column, value) == (2, "PLT", "1.71")
    assert sentence.startswith("Platelets 1.71 10^9/L is outside 5 to 1500 10^9/L.")
    assert answers_of(form_of("A", "HE"))["platelets"].value == "1.71"
    with looking():
        assert Query.objects.filter(form=form_of("A", "HE"), path="platelets", state=QueryState.OPEN).exists()


def test_the_same_file_twice_changes_nothing(site):
    imported(site, FILE)
    versions = [form_of(key, crf).version for key in "AB" for crf in ("DM", "HE")]

    report = imported(site, FILE)

    assert [form_of(key, crf).version for key in "AB" for crf in ("DM", "HE")] == versions
    assert report.counts["forms unchanged"] == 4
    assert not report.counts["forms saved"]
    assert not report.counts["subjects added"]


def test_a_blank_never_overwrites(site):
    imported(site, FILE)

    report = imported(site, "id,G,born,PLT,HB\nA,1,,,\nB,0,,,\n")

    assert answers_of(form_of("A", "HE"))["platelets"].value == "93000"
    assert answers_of(form_of("A", "DM"))["birth_date"].value == "1960-05"
    assert not report.counts["values saved"]


def test_a_changed_value_of_a_complete_form_has_the_import_as_reason(site):
    imported(site, FILE)

    report = imported(site, FILE.replace("93000", "95000"), file_name="second.csv")

    assert answers_of(form_of("A", "HE"))["platelets"].value == "95000"
    assert report.counts["values saved"] == 1
    assert of(report, Kind.DOUBTFUL) == [
        (2, "PLT", "95000", "95000 /µL replaces 93000 /µL in a form that was complete.")
    ]
    with looking():
        event = Event.objects.filter(kind="casebook.form.completed").order_by("-id").first()
    assert event.reason == "Import of second.csv, row 2"


def _corrected(site: Site, value: str) -> None:
    form = form_of("A", "HE")
    actions.save_form(
        form,
        by=a_coordinator(site),
        at=timezone.now(),
        answers={"platelets": Answer(value=value, unit="/µL")},
        based_on=form.version,
        key=a_key(),
        reasons={"platelets": "Transcription error"},
    )


def test_what_a_person_corrected_is_not_imported_back(site):
    imported(site, FILE)
    _corrected(site, "39000")

    report = imported(site, FILE)

    assert answers_of(form_of("A", "HE"))["platelets"].value == "39000"
    assert of(report, Kind.NOTED)[-1][:3] == (2, "PLT", "93000")
    assert of(report, Kind.NOTED)[-1][3].startswith("Corrected here to 39000 /µL since the last import;")


def test_a_correction_here_and_another_in_the_file_is_doubtful_and_ours_stays(site):
    imported(site, FILE)
    _corrected(site, "39000")

    report = imported(site, FILE.replace("93000", "94000"))

    assert answers_of(form_of("A", "HE"))["platelets"].value == "39000"
    [(row, column, value, sentence)] = of(report, Kind.DOUBTFUL)
    assert (row, column, value) == (2, "PLT", "94000")
    assert sentence == (
        "Answered here as 39000 /µL; the file says something else. The answer here stays: compare with the source."
    )


def test_a_new_row_joins_the_known_ones(site):
    imported(site, FILE)

    report = imported(site, FILE + "C,1,,150,14\n")

    assert (report.counts["subjects known"], report.counts["subjects added"]) == (2, 1)
    assert subject_of("C").number == "IX-003"


def test_what_a_hard_check_refuses_undoes_the_whole_file(site):
    tomorrow = (today() + timedelta(days=3)).isoformat()

    assert refusals(site, FILE, sampled_on=tomorrow) == [
        (row, "[HE.sampled_on]", tomorrow, f"Date of sample {tomorrow} lies in the future. Enter the day it happened.")
        for row in (2, 3)
    ]


def test_every_refusal_of_a_file_is_reported_at_once(site):
    content = "id,G,born,PLT,HB\nA,7,1960-05,93000,13\nB,0,2025-02-30,-5,12\nC,1,,x,\n"

    found = [(row, column, value) for row, column, value, _ in refusals(site, content)]

    assert found == [(2, "G", "7"), (3, "born", "2025-02-30"), (4, "PLT", "x")]


def test_a_negative_number_is_refused_by_its_check(site):
    assert refusals(site, "id,G,born,PLT,HB\nA,1,,-5,13\n") == [
        (
            2,
            "PLT",
            "-5",
            "Platelets cannot be negative. Enter the value of the source without a minus sign.",
        )
    ]


def test_an_unknown_laboratory_is_one_sentence(site):
    assert refusals(site, FILE, mapping=MAPPING.replace('"LAB"', '"NOWHERE"')) == [
        (
            0,
            "[mapping]",
            "NOWHERE",
            "There is no laboratory NOWHERE. Load it with its reference ranges first: manage.py load_ranges FILE.",
        )
    ]


def test_a_mapping_for_another_site_is_refused(site):
    assert refusals(site, FILE, mapping=MAPPING.replace('site = "IX"', 'site = "01"')) == [
        (0, "", "", "The mapping is for site 01, not for IX.")
    ]


def test_a_locked_form_or_a_form_not_done_is_left_alone(site):
    imported(site, "id,G,born,PLT,HB\nA,1,,,\n")
    form = form_of("A", "HE")
    actions.mark_not_done(form, by=a_coordinator(site), at=timezone.now(), reason="No sample")

    report = imported(site, FILE)

    assert form_of("A", "HE").state == FormState.NOT_DONE
    assert (2, "", "", "Form HE was marked as not done here; nothing was imported into it.") in of(
        report, Kind.DOUBTFUL
    )


def test_a_dry_run_reports_the_same_and_keeps_nothing(site):
    from casebook.actions.importing import rehearse_import

    before = kept_counts()
    with as_actor(importer()):
        rehearsed = rehearse_import(site, by=importer(), at=timezone.now(), order=an_order(FILE))

    assert kept_counts() == before
    real = imported(site, FILE)
    assert rehearsed.counts == real.counts
    assert [of(rehearsed, kind) for kind in Kind] == [of(real, kind) for kind in Kind]


def test_true_but_unwelcome_data_is_saved(site):
    child = str(today().year - 17)

    report = imported(site, f"id,G,born,PLT,HB\nA,1,{child},300,13\n")

    assert not report.of(Kind.DOUBTFUL)
    assert answers_of(form_of("A", "DM"))["birth_date"].value == child
