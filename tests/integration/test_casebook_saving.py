"""Saving a form: what is kept, what is refused and in which words, what the trail then says."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.actions import Invalid
from casebook.models import Draft, Lesion
from casebook.selectors.drafts import draft_of
from casebook.selectors.history import item_history
from casebook.selectors.records import answers_of
from casebook.states import FormState
from protocol.language import Missing
from protocol.record import Answer
from protocol.roles import Role
from tests.casebook_ground import (
    DEMOGRAPHY,
    EVALUATION,
    VITALS,
    WOMAN,
    a_complete_form,
    a_coordinator,
    a_key,
    a_monitor,
    a_subject,
    a_surgeon,
    again,
    answered,
    complete,
    events_of,
    queries_on,
    save,
    site_of,
    the_form,
    the_investigator,
)
from tests.people import a_site, a_user

pytestmark = pytest.mark.django_db

SCAN = {
    "scan_on": "2025-03-03",
    "timepoint": "baseline",
    "modality": "mri",
    "arterial_phase": "Y",
    "lipiodol": "N",
    "chest_ct": "Y",
    "new_lesion": "no",
    "lesions/T1/class": "target",
    "lesions/T1/organ": "liver",
    "lesions/T1/segment": "5",
    "lesions/T1/evaluable": "Y",
    "lesions/T1/enhancement": "present",
    "lesions/T1/viable_diameter": "24 mm",
}


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def form(coordinator):
    return the_form(a_subject(coordinator), "DM", by=coordinator)


# --- keeping --------------------------------------------------------------------------------------------------


def test_a_saved_form_is_in_progress_and_keeps_its_author(form, coordinator):
    saved = save(form, {"sex": "male"}, by=coordinator)

    form = again(form, by=coordinator)
    assert (saved.version, form.state, form.version) == (1, FormState.IN_PROGRESS, 1)
    assert form.entered_by_id == coordinator.pk
    assert form.completed_at is None


def test_an_empty_page_that_is_saved_enters_nothing(form, coordinator):
    saved = save(form, {}, by=coordinator)

    form = again(form, by=coordinator)
    assert (saved.version, form.version, form.state) == (0, 0, FormState.NOT_STARTED)
    assert form.entered_by_id is None


def test_a_complete_form_keeps_who_completed_it(form, coordinator):
    complete(form, DEMOGRAPHY, by=coordinator)

    form = again(form, by=coordinator)
    assert form.state == FormState.COMPLETE
    assert form.completed_by_id == coordinator.pk


def test_a_value_is_kept_as_text_with_its_precision_and_unit(coordinator):
    form = the_form(a_subject(coordinator), "VS", by=coordinator)

    save(form, {"weight": "60.0 kg"}, by=coordinator)

    assert again(form, by=coordinator).answers == {"weight": {"value": "60.0", "unit": "kg"}}


def test_an_item_that_is_not_given_keeps_its_answer(form, coordinator):
    save(form, DEMOGRAPHY, by=coordinator)

    save(again(form, by=coordinator), {"sex": "female"}, by=coordinator)

    assert set(again(form, by=coordinator).answers) == {"birth_date", "sex"}


def test_a_blank_answer_empties_its_item(form, coordinator):
    save(form, DEMOGRAPHY, by=coordinator)

    save(again(form, by=coordinator), {"sex": ""}, by=coordinator)

    assert set(again(form, by=coordinator).answers) == {"birth_date"}


def test_a_missing_code_with_its_reason_is_an_answer(coordinator):
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    vitals = {path: text for path, text in VITALS.items() if path != "weight"}
    answers = answered("VS", vitals) | {"weight": Answer(missing=Missing.NOT_DONE, reason="Scale out of order")}

    saved = actions.save_form(
        form, by=coordinator, at=timezone.now(), answers=answers, based_on=0, key=a_key(), complete=True
    )

    assert saved.state == "complete"
    assert again(form, by=coordinator).answers["weight"]["missing"] == "not done"


def test_saving_the_same_again_makes_no_version_and_no_event(form, coordinator):
    save(form, DEMOGRAPHY, by=coordinator)
    form = again(form, by=coordinator)
    before = len(events_of(form.subject, by=coordinator))

    saved = save(form, DEMOGRAPHY, by=coordinator)

    assert (saved.version, saved.changed) == (1, ())
    assert len(events_of(form.subject, by=coordinator)) == before


def test_saving_a_complete_form_without_completing_reopens_it(coordinator):
    form = a_complete_form(coordinator)

    save(form, {}, by=coordinator)

    assert again(form, by=coordinator).state == FormState.IN_PROGRESS


def test_everything_a_save_changes_is_covered_by_its_event(form, coordinator, check_what_commit_checks):
    complete(form, DEMOGRAPHY, by=coordinator)

    check_what_commit_checks()


# --- refusing -------------------------------------------------------------------------------------------------


def test_what_is_impossible_is_refused_with_what_was_found(form, coordinator):
    with pytest.raises(Invalid) as refused:
        save(form, {"birth_date": "2099-01-01"}, by=coordinator)

    assert str(refused.value) == "Nothing was saved. Correct these answers and save again: Date of birth."
    assert [finding.path for finding in refused.value.findings] == ["birth_date"]
    assert again(form, by=coordinator).version == 0


def test_true_but_unwelcome_data_is_saved(form, coordinator):
    seventeen = (timezone.now() - timedelta(days=17 * 366)).date().isoformat()

    saved = complete(form, {"birth_date": seventeen, "sex": "male"}, by=coordinator)

    assert saved.version == 1


def test_completing_names_every_item_that_is_missing(form, coordinator):
    with pytest.raises(Invalid) as refused:
        complete(form, {"birth_date": "1970"}, by=coordinator)

    assert refused.value.missing == ("sex",)
    assert str(refused.value) == ("The form is not complete. Answer these items, or say why there is no answer: Sex.")


def test_saving_without_completing_asks_for_nothing(form, coordinator):
    assert save(form, {"birth_date": "1970"}, by=coordinator).version == 1


def test_a_change_after_completion_needs_its_reason(coordinator):
    form = a_complete_form(coordinator)

    with pytest.raises(Invalid) as refused:
        complete(form, WOMAN, by=coordinator)

    assert refused.value.unexplained == ("sex",)
    assert str(refused.value) == "This form was complete. Give a reason for each change: Sex."


def test_a_change_after_completion_is_kept_with_its_reason(coordinator):
    form = a_complete_form(coordinator)

    complete(form, WOMAN, by=coordinator, reasons={"sex": "Misread in the chart"})

    event = events_of(form.subject, by=coordinator)[-1]
    assert event.reason == "Misread in the chart"
    assert json.loads(event.facts)["reasons"] == {"sex": "Misread in the chart"}


def test_a_reason_names_nobody(coordinator):
    form = a_complete_form(coordinator)

    with pytest.raises(Invalid) as refused:
        complete(form, WOMAN, by=coordinator, reasons={"sex": "Called 13812345678"})

    assert "what looks like an identity, telephone or hospital number" in refused.value.findings[0].sentence.english()


def test_filling_an_empty_item_after_completion_needs_no_reason(coordinator):
    form = the_form(a_subject(coordinator), "TA", by=coordinator)
    complete(form, SCAN, by=coordinator)

    saved = complete(again(form, by=coordinator), {"slice_thickness": "3 mm"}, by=coordinator)

    assert saved.changed == ("slice_thickness",)


def test_a_reason_is_still_needed_after_the_form_was_reopened(coordinator):
    form = a_complete_form(coordinator)
    save(form, {}, by=coordinator)

    with pytest.raises(Invalid, match="Give a reason for each change: Sex"):
        save(again(form, by=coordinator), {"sex": "female"}, by=coordinator)


def test_a_laboratory_that_is_not_on_the_list_is_refused(coordinator):
    form = the_form(a_subject(coordinator), "MK", by=coordinator)

    with pytest.raises(Invalid) as refused:
        save(form, {"laboratory": "nowhere"}, by=coordinator)

    assert refused.value.findings[0].sentence.english() == (
        "There is no laboratory nowhere. Choose one of the list, or have it added."
    )


@pytest.mark.parametrize("path", ["shoe_size", "shoes/1/size", "lesions/1"])
def test_what_is_no_item_of_the_form_is_refused(form, coordinator, path):
    with pytest.raises(Invalid) as refused:
        actions.save_form(
            form, by=coordinator, at=timezone.now(), answers={path: Answer(value="42")}, based_on=0, key=a_key()
        )

    assert refused.value.findings[0].sentence.english() == f"This form has no item {path}. Remove the answer."


# --- who may --------------------------------------------------------------------------------------------------


def test_a_monitor_enters_nothing(form, coordinator):
    monitor = a_monitor(site_of(coordinator))

    with pytest.raises(Refusal, match="does not include this: enter and correct forms"):
        save(form, DEMOGRAPHY, by=monitor)


def test_a_coordinator_without_delegation_enters_nothing(form, coordinator):
    undelegated = a_user(Role.COORDINATOR, site_of(coordinator), delegated=False)

    with pytest.raises(Refusal, match="No delegation of this task to you stands"):
        save(form, DEMOGRAPHY, by=undelegated)


def test_a_coordinator_without_training_enters_nothing(form, coordinator):
    untrained = a_user(Role.COORDINATOR, site_of(coordinator), trained=False)

    with pytest.raises(Refusal, match="No training of yours"):
        save(form, DEMOGRAPHY, by=untrained)


def test_a_form_of_another_site_does_not_exist(form):
    stranger = a_coordinator(a_site())

    with pytest.raises(ObjectDoesNotExist):
        save(form, DEMOGRAPHY, by=stranger)


def test_a_surgeon_enters_an_evaluation_and_nothing_else(form, coordinator):
    surgeon = a_surgeon(site_of(coordinator))
    evaluation = the_form(form.subject, "SU", by=surgeon)

    assert complete(evaluation, EVALUATION, by=surgeon).version == 1
    with pytest.raises(Refusal, match="enter and correct forms"):
        save(form, DEMOGRAPHY, by=surgeon)


def test_an_evaluation_that_somebody_began_is_theirs(form, coordinator):
    one, other = a_surgeon(site_of(coordinator)), a_surgeon(site_of(coordinator))
    evaluation = the_form(form.subject, "SU", by=one)
    save(evaluation, EVALUATION, by=one)

    with pytest.raises(Refusal, match="belongs to its author"):
        save(again(evaluation, by=other), {"finding": "unresectable"}, by=other)


# --- once -----------------------------------------------------------------------------------------------------


def test_a_double_click_has_one_effect_and_one_answer(form, coordinator):
    key = a_key()

    first = complete(form, DEMOGRAPHY, by=coordinator, key=key)
    second = complete(form, DEMOGRAPHY, by=coordinator, key=key)

    assert first == second
    assert again(form, by=coordinator).version == 1
    assert [event.kind for event in events_of(form.subject, by=coordinator)].count("casebook.form.completed") == 1


def test_a_retry_gets_its_answer_even_after_somebody_else_saved(form, coordinator):
    key = a_key()
    first = save(form, {"sex": "male"}, by=coordinator, key=key)
    investigator = the_investigator(coordinator)
    save(again(form, by=investigator), {"birth_date": "1971"}, by=investigator)

    assert save(form, {"sex": "male"}, by=coordinator, key=key) == first


def test_a_key_is_not_used_for_other_answers(form, coordinator):
    key = a_key()
    save(form, {"sex": "male"}, by=coordinator, key=key)

    with pytest.raises(Refusal, match="This page was already sent with other answers"):
        save(again(form, by=coordinator), {"sex": "female"}, by=coordinator, key=key)

    assert again(form, by=coordinator).version == 1


def test_two_people_may_use_the_same_key(form, coordinator):
    key, investigator = a_key(), the_investigator(coordinator)

    save(form, {"sex": "male"}, by=coordinator, key=key)
    saved = save(again(form, by=investigator), {"birth_date": "1971"}, by=investigator, key=key)

    assert saved.version == 2


# --- rows and lesions -----------------------------------------------------------------------------------------


def test_a_first_scan_gives_its_lesions_their_identity(coordinator):
    form = the_form(a_subject(coordinator), "TA", by=coordinator)

    complete(form, SCAN, by=coordinator)

    with as_actor(coordinator):
        lesion = Lesion.objects.get(subject=form.subject)
    assert (lesion.key, lesion.lesion_class, lesion.organ, lesion.segment) == ("T1", "target", "liver", "5")
    assert lesion.first_form_id == form.pk


def test_a_correction_of_the_first_scan_corrects_the_lesion(coordinator):
    form = the_form(a_subject(coordinator), "TA", by=coordinator)
    save(form, SCAN, by=coordinator)

    save(again(form, by=coordinator), {"lesions/T1/segment": "6"}, by=coordinator)

    with as_actor(coordinator):
        assert Lesion.objects.get(subject=form.subject).segment == "6"


def test_a_row_of_lesions_needs_a_lesion_number(coordinator):
    form = the_form(a_subject(coordinator), "TA", by=coordinator)

    with pytest.raises(Invalid) as refused:
        save(form, {"lesions/7/class": "target"}, by=coordinator)

    assert refused.value.findings[0].sentence.english() == (
        "Lesion 7 is no lesion number. Targets are T1, T2, non-targets NT1, new lesions N1."
    )


def test_the_number_of_a_removed_row_is_not_given_again(coordinator):
    form = the_form(a_subject(coordinator), "EG", by=coordinator)
    save(form, {"tracings/1/qt": "400 ms", "tracings/2/qt": "410 ms"}, by=coordinator)
    save(again(form, by=coordinator), {"tracings/2/qt": ""}, by=coordinator)

    with pytest.raises(Invalid) as refused:
        save(again(form, by=coordinator), {"tracings/2/qt": "420 ms"}, by=coordinator)

    assert "was removed earlier, and its number is not given again" in refused.value.findings[0].sentence.english()
    assert save(again(form, by=coordinator), {"tracings/3/qt": "420 ms"}, by=coordinator).version == 3


# --- what it says ---------------------------------------------------------------------------------------------


def test_the_event_lists_what_changed_and_never_an_answer(form, coordinator):
    complete(form, DEMOGRAPHY, by=coordinator)

    event = events_of(form.subject, by=coordinator)[-1]
    facts = json.loads(event.facts)
    assert event.kind == "casebook.form.completed"
    assert facts["changed"] == ["birth_date", "sex"]
    assert (facts["crf"], facts["visit"], facts["version"], facts["state"]) == ("DM", "SCR", 1, "complete")
    assert "1970" not in event.facts


def test_the_event_names_the_checks_that_fired(coordinator):
    form = the_form(a_subject(coordinator), "VS", by=coordinator)

    save(form, {"temperature": "45 °C"}, by=coordinator)

    facts = json.loads(events_of(form.subject, by=coordinator)[-1].facts)
    assert facts["checks"] == [query.check_id for query in queries_on(form, by=coordinator)]
    assert facts["queries_opened"] == 1


def test_the_history_of_an_item_tells_old_new_who_why(coordinator):
    form = a_complete_form(coordinator)
    complete(form, WOMAN, by=coordinator, reasons={"sex": "Misread in the chart"})

    with as_actor(coordinator):
        first, second = item_history(form, "sex")

    assert (first.old.value, first.new.value, first.reason) == ("", "male", "")
    assert (second.old.value, second.new.value, second.reason) == ("male", "female", "Misread in the chart")
    assert second.by_name == coordinator.name
    assert second.by_role.startswith("Coordinator")


def test_a_draft_is_its_authors_alone_and_goes_with_the_save(form, coordinator):
    investigator = the_investigator(coordinator)
    actions.keep_draft(form, by=coordinator, at=timezone.now(), typed={"sex": "ma"}, based_on=0)

    with as_actor(investigator):
        assert not Draft.objects.exists()
    with as_actor(coordinator):
        assert draft_of(form, by=coordinator, at=timezone.now()).typed == {"sex": "ma"}
        assert draft_of(form, by=coordinator, at=timezone.now() + timedelta(days=31)) is None
    save(form, DEMOGRAPHY, by=coordinator)
    with as_actor(coordinator):
        assert draft_of(form, by=coordinator, at=timezone.now()) is None


# --- not done -------------------------------------------------------------------------------------------------


def test_a_form_that_will_not_be_filled_in_says_why(form, coordinator):
    actions.mark_not_done(form, by=coordinator, at=timezone.now(), reason="The subject left")

    form = again(form, by=coordinator)
    assert (form.state, form.not_done_reason) == (FormState.NOT_DONE, "The subject left")


def test_a_form_is_not_marked_as_not_done_without_a_reason(form, coordinator):
    with pytest.raises(Refusal, match="Say why this form was not done"):
        actions.mark_not_done(form, by=coordinator, at=timezone.now(), reason=" ")


def test_a_form_with_answers_is_not_marked_as_not_done(form, coordinator):
    save(form, {"sex": "male"}, by=coordinator)

    with pytest.raises(Refusal, match="This form holds answers"):
        actions.mark_not_done(form, by=coordinator, at=timezone.now(), reason="The subject left")


def test_a_form_marked_as_not_done_can_still_be_entered(form, coordinator):
    actions.mark_not_done(form, by=coordinator, at=timezone.now(), reason="The subject left")

    complete(again(form, by=coordinator), DEMOGRAPHY, by=coordinator)

    form = again(form, by=coordinator)
    assert (form.state, form.not_done_reason) == (FormState.COMPLETE, "")


# --- cost -----------------------------------------------------------------------------------------------------

CONTROL = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def statements(captured):
    return [query["sql"] for query in captured.captured_queries if not query["sql"].startswith(CONTROL)]


def test_a_save_asks_the_database_at_most_nine_times(coordinator):
    form = the_form(a_subject(coordinator), "VS", by=coordinator)

    with as_actor(coordinator), CaptureQueriesContext(connection) as captured:
        complete(form, VITALS, by=coordinator)

    # With session, user, grants and the page's own look-up a request stays within fifteen.
    assert len(statements(captured)) <= 9


def test_a_correction_that_does_everything_asks_at_most_fifteen_times(coordinator):
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    complete(form, VITALS | {"temperature": "45 °C"}, by=coordinator)
    form = again(form, by=coordinator)
    monitor = a_monitor(site_of(coordinator))
    actions.verify_items(form, by=monitor, at=timezone.now(), paths=["temperature"])
    actions.keep_draft(form, by=coordinator, at=timezone.now(), typed={}, based_on=1)

    with as_actor(coordinator), CaptureQueriesContext(connection) as captured:
        complete(form, {"temperature": "36.5 °C"}, by=coordinator, reasons={"temperature": "Mistyped"})

    assert len(statements(captured)) <= 15


def test_answers_are_read_back_as_they_were_given(form, coordinator):
    save(form, DEMOGRAPHY, by=coordinator)

    assert answers_of(again(form, by=coordinator)) == answered("DM", DEMOGRAPHY)
