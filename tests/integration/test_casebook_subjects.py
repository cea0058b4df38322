"""Subjects: numbered per site, on the screening log without consent, advanced by what becomes true."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.models import Form, Subject, Visit
from casebook.rules.subjects import may_advance
from casebook.states import STAGE_MOVES, FormState, Stage
from protocol.trial import TRIAL
from tests.casebook_ground import (
    CONSENT,
    DEMOGRAPHY,
    WOMAN,
    a_coordinator,
    a_key,
    a_monitor,
    a_subject,
    again,
    complete,
    events_of,
    save,
    site_of,
    the_form,
)
from tests.people import a_site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


def crfs_of(subject, *, by):
    with as_actor(by):
        return sorted(Form.objects.filter(subject=subject).values_list("crf", flat=True))


def subject_now(subject, *, by):
    with as_actor(by):
        return Subject.objects.get(pk=subject.pk)


# --- adding ---------------------------------------------------------------------------------------------------


def test_subjects_are_numbered_per_site(coordinator):
    other = a_coordinator(a_site("09"))

    numbers = [a_subject(coordinator).number for _ in range(2)]

    code = site_of(coordinator).code
    assert numbers == [f"{code}-001", f"{code}-002"]
    assert a_subject(other).number == "09-001"


def test_a_subject_stands_on_the_screening_log_without_consent(coordinator):
    assert a_subject(coordinator).stage == Stage.LISTED


def test_a_subject_has_the_screening_visit_and_every_form_it_expects(coordinator):
    subject = a_subject(coordinator)

    with as_actor(coordinator):
        assert list(Visit.objects.filter(subject=subject).values_list("code", flat=True)) == ["SCR"]
        states = set(Form.objects.filter(subject=subject).values_list("state", flat=True))
    expected = {crf.code for crf in TRIAL.crfs if (crf.log and crf.expected) or crf.code in TRIAL.visit("SCR").forms}
    assert set(crfs_of(subject, by=coordinator)) == expected - {"PG"}
    assert states == {FormState.NOT_STARTED}


def test_a_log_belongs_to_the_subject_and_not_to_a_visit(coordinator):
    assert the_form(a_subject(coordinator), "ICF", by=coordinator).visit is None


def test_a_form_keeps_the_version_of_the_protocol_it_was_expected_under(coordinator):
    assert the_form(a_subject(coordinator), "DM", by=coordinator).protocol_version == TRIAL.version


def test_a_subject_of_a_synthetic_site_is_synthetic():
    coordinator = a_coordinator(a_site(synthetic=True))

    assert a_subject(coordinator).synthetic


def test_a_double_click_adds_one_subject(coordinator):
    site, key = site_of(coordinator), a_key()

    first = actions.add_subject(site, by=coordinator, at=timezone.now(), key=key)
    second = actions.add_subject(site, by=coordinator, at=timezone.now(), key=key)

    assert first.pk == second.pk
    with as_actor(coordinator):
        assert Subject.objects.filter(site=site).count() == 1


def test_a_key_that_added_one_subject_adds_no_other(coordinator):
    site, key = site_of(coordinator), a_key()
    actions.add_subject(site, by=coordinator, at=timezone.now(), key=key)

    with pytest.raises(Refusal, match="This page was already sent with other answers"):
        actions.add_subject(site, by=coordinator, at=timezone.now(), key=key, synthetic=True)


def failed(subject, *, by):
    return actions.advance(subject, by=by, at=timezone.now(), to=Stage.SCREEN_FAILURE, reason="Declined")


def test_a_new_attempt_is_a_subject_of_its_own_that_knows_the_one_before(coordinator):
    first = failed(a_subject(coordinator), by=coordinator)

    second = a_subject(coordinator, rescreened_from=first)

    assert second.rescreened_from_id == first.pk


def test_a_new_attempt_follows_a_screen_failure(coordinator):
    first = a_subject(coordinator)

    with pytest.raises(Refusal, match=f"follows a screen failure at the same site; {first.number} is none"):
        a_subject(coordinator, rescreened_from=first)


def test_one_attempt_is_followed_by_one(coordinator):
    first = failed(a_subject(coordinator), by=coordinator)
    second = a_subject(coordinator, rescreened_from=first)

    with pytest.raises(Refusal, match=f"{first.number} was screened again already, as {second.number}"):
        a_subject(coordinator, rescreened_from=first)


def test_a_monitor_adds_nobody(coordinator):
    with pytest.raises(Refusal, match="does not include this: add a subject"):
        a_subject(a_monitor(site_of(coordinator)))


def test_nobody_adds_a_subject_at_a_site_that_is_not_theirs(coordinator):
    with pytest.raises(Refusal, match="does not include this: add a subject"):
        a_subject(coordinator, a_site())


def test_adding_is_an_event_of_the_subject(coordinator, check_what_commit_checks):
    subject = a_subject(coordinator)

    [event] = events_of(subject, by=coordinator)
    assert (event.kind, json.loads(event.facts)["number"]) == ("casebook.subject.added", subject.number)
    check_what_commit_checks()


# --- more forms -----------------------------------------------------------------------------------------------


def test_a_pregnancy_test_is_expected_of_a_woman_once_that_is_known(coordinator):
    subject = a_subject(coordinator)

    complete(the_form(subject, "DM", by=coordinator), WOMAN, by=coordinator)

    assert "PG" in crfs_of(subject, by=coordinator)


def test_no_pregnancy_test_is_expected_of_a_man(coordinator):
    subject = a_subject(coordinator)

    complete(the_form(subject, "DM", by=coordinator), DEMOGRAPHY, by=coordinator)

    assert "PG" not in crfs_of(subject, by=coordinator)


def test_what_is_expected_already_is_not_expected_twice(coordinator):
    subject = a_subject(coordinator)
    form = the_form(subject, "DM", by=coordinator)
    save(form, WOMAN, by=coordinator)

    complete(again(form, by=coordinator), {"birth_date": "1971"}, by=coordinator)

    assert crfs_of(subject, by=coordinator).count("PG") == 1


def test_a_repeating_crf_gets_its_next_form(coordinator):
    first = the_form(a_subject(coordinator), "TA", by=coordinator)

    second = actions.add_form(first.subject, by=coordinator, at=timezone.now(), visit=first.visit, crf="TA")

    assert (first.repeat, second.repeat, second.state) == (1, 2, FormState.NOT_STARTED)


def test_a_log_gets_its_next_line(coordinator):
    subject = a_subject(coordinator)

    line = actions.add_form(subject, by=coordinator, at=timezone.now(), visit=None, crf="PT")

    assert (line.repeat, line.visit) == (2, None)


def test_a_double_click_adds_one_form(coordinator):
    subject, key = a_subject(coordinator), a_key()
    said = {"by": coordinator, "at": timezone.now(), "visit": None, "crf": "PT", "key": key}

    assert actions.add_form(subject, **said).pk == actions.add_form(subject, **said).pk


def test_a_crf_that_is_asked_once_is_not_added_again(coordinator):
    form = the_form(a_subject(coordinator), "DM", by=coordinator)

    with pytest.raises(Refusal, match="Demography is asked once per visit and is already there"):
        actions.add_form(form.subject, by=coordinator, at=timezone.now(), visit=form.visit, crf="DM")


def test_a_log_is_not_added_to_a_visit_nor_a_visits_form_to_a_log(coordinator):
    form = the_form(a_subject(coordinator), "DM", by=coordinator)

    with pytest.raises(Refusal, match="is a log of the subject"):
        actions.add_form(form.subject, by=coordinator, at=timezone.now(), visit=form.visit, crf="PT")
    with pytest.raises(Refusal, match="belongs to a visit"):
        actions.add_form(form.subject, by=coordinator, at=timezone.now(), visit=None, crf="TA")


def test_a_form_is_added_only_where_the_schedule_has_it(coordinator):
    subject = a_subject(coordinator)
    visit = actions.add_visit(subject, by=coordinator, at=timezone.now())

    with pytest.raises(Refusal, match="is not part of visit UNS"):
        actions.add_form(subject, by=coordinator, at=timezone.now(), visit=visit, crf="DM")
    assert actions.add_form(subject, by=coordinator, at=timezone.now(), visit=visit, crf="TA").repeat == 1


def test_a_visit_of_another_subject_is_no_place_for_a_form(coordinator):
    one, other = a_subject(coordinator), a_subject(coordinator)
    visit = the_form(other, "DM", by=coordinator).visit

    with pytest.raises(Refusal, match="is not part of visit SCR"):
        actions.add_form(one, by=coordinator, at=timezone.now(), visit=visit, crf="TA")


def test_a_planned_visit_is_not_added_by_hand(coordinator):
    with pytest.raises(Refusal, match="Visit M2 is planned by the schedule"):
        actions.add_visit(a_subject(coordinator), by=coordinator, at=timezone.now(), code="M2")


# --- stages ---------------------------------------------------------------------------------------------------


def test_a_complete_consent_makes_a_subject_consented(coordinator):
    form = the_form(a_subject(coordinator), "ICF", by=coordinator)
    save(form, CONSENT, by=coordinator)
    assert subject_now(form.subject, by=coordinator).stage == Stage.LISTED

    complete(again(form, by=coordinator), {}, by=coordinator)

    assert subject_now(form.subject, by=coordinator).stage == Stage.CONSENTED


def test_the_first_complete_form_after_consent_begins_screening(coordinator):
    form = the_form(a_subject(coordinator), "ICF", by=coordinator)
    complete(form, CONSENT, by=coordinator)

    complete(the_form(form.subject, "DM", by=coordinator), DEMOGRAPHY, by=coordinator)

    assert subject_now(form.subject, by=coordinator).stage == Stage.SCREENING


def test_forms_before_consent_leave_a_subject_on_the_log(coordinator):
    form = the_form(a_subject(coordinator), "DM", by=coordinator)

    complete(form, DEMOGRAPHY, by=coordinator)

    assert subject_now(form.subject, by=coordinator).stage == Stage.LISTED


def test_advancing_is_an_event_with_from_and_to(coordinator):
    form = the_form(a_subject(coordinator), "ICF", by=coordinator)

    complete(form, CONSENT, by=coordinator)

    event = events_of(form.subject, by=coordinator)[-1]
    facts = json.loads(event.facts)
    assert (event.kind, facts["from"], facts["to"]) == ("casebook.subject.advanced", "listed", "consented")


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("to", list(Stage))
def test_every_stage_follows_only_those_of_its_table(coordinator, stage, to):
    subject = Subject(number="01-001", site=site_of(coordinator), stage=stage)

    decision = may_advance(coordinator, subject, to=to)

    assert decision.allowed is (to in STAGE_MOVES[stage])
    if not decision:
        assert "which is not followed by" in decision.why.english()


def test_a_screen_failure_is_final(coordinator):
    subject = actions.advance(
        a_subject(coordinator), by=coordinator, at=timezone.now(), to=Stage.SCREEN_FAILURE, reason="Declined"
    )

    with pytest.raises(Refusal, match="which is not followed by consented"):
        actions.advance(subject, by=coordinator, at=timezone.now(), to=Stage.CONSENTED)
