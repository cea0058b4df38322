"""Sight: other sites do not exist, others' blinded evaluations do not exist yet, and the database keeps both."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.actions import end_grant
from accounts.models import Grant
from audit.door import Refusal, as_actor
from casebook import actions
from casebook.models import CLASSES, Form, Query, Subject, Visit
from casebook.selectors.grid import grid
from casebook.selectors.records import record_of, records_of
from casebook.selectors.sight import visible_forms, visible_queries, visible_subjects, visible_visits
from tests.casebook_ground import (
    DEMOGRAPHY,
    EVALUATION,
    a_complete_form,
    a_coordinator,
    a_data_manager,
    a_monitor,
    a_subject,
    a_surgeon,
    again,
    complete,
    save,
    site_of,
    the_form,
)
from tests.people import an_administrator, set_up

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def evaluations(coordinator):
    """Two empty evaluations of one subject and two surgeons."""
    surgeons = [a_surgeon(site_of(coordinator)) for _ in range(2)]
    first = the_form(a_subject(coordinator), "SU", by=surgeons[0])
    said = {"by": surgeons[1], "at": timezone.now(), "visit": first.visit, "crf": "SU"}
    actions.add_form(first.subject, **said)
    return surgeons, [first, the_form(first.subject, "SU", by=surgeons[1], repeat=2)]


def sees(user, form):
    with as_actor(user):
        return visible_forms(user).filter(pk=form.pk).exists()


# --- sites ----------------------------------------------------------------------------------------------------


def test_a_user_sees_subjects_visits_forms_and_queries_of_the_own_site_only(coordinator):
    form, stranger = a_complete_form(coordinator), a_coordinator()
    actions.open_query(form, by=a_monitor(site_of(coordinator)), at=timezone.now(), text="Sure?")

    for visible in (visible_subjects, visible_visits, visible_forms, visible_queries):
        with as_actor(coordinator):
            assert visible(coordinator).exists()
        with as_actor(stranger):
            assert not visible(stranger).exists()


def test_a_role_for_all_sites_sees_every_site(coordinator):
    subject, manager = a_subject(coordinator), a_data_manager()

    with as_actor(manager):
        assert visible_subjects(manager).filter(pk=subject.pk).exists()


def test_an_administrator_sees_no_clinical_row(coordinator):
    a_complete_form(coordinator)
    administrator = an_administrator()

    with as_actor(administrator):
        assert not visible_subjects(administrator).exists()
        assert not Subject.objects.exists()


def test_below_the_selectors_the_database_parts_the_sites(coordinator):
    a_complete_form(coordinator)

    with as_actor(a_coordinator()):
        for model in (Subject, Visit, Form, Query):
            assert not model.objects.exists()


# --- blinding -------------------------------------------------------------------------------------------------


def signs(form, *, by):
    return actions.sign_form(again(form, by=by), by=by, at=timezone.now())


def evaluates(form, typed=EVALUATION, *, by):
    complete(again(form, by=by), typed, by=by)
    signs(form, by=by)


def one_more(form, *, by):
    said = {"at": timezone.now(), "visit": form.visit, "crf": "SU"}
    return again(actions.add_form(form.subject, by=by, **said), by=by)


def test_an_evaluation_is_its_authors_alone_until_two_are_signed(evaluations, coordinator):
    (one, other), (first, second) = evaluations
    manager = a_data_manager()

    evaluates(first, by=one)

    assert sees(one, first)
    assert not any(sees(user, first) for user in (other, coordinator, manager))

    complete(second, EVALUATION | {"finding": "unresectable"}, by=other)

    assert not any(sees(user, first) for user in (other, coordinator, manager))
    assert not any(sees(user, second) for user in (one, coordinator, manager))

    signs(second, by=other)

    assert all(sees(user, form) for user in (one, other, coordinator, manager) for form in (first, second))


def test_what_is_not_signed_in_an_open_round_stays_its_authors(evaluations, coordinator):
    (one, other), (first, second) = evaluations
    third = a_surgeon(site_of(coordinator))
    begun = one_more(first, by=third)
    complete(begun, EVALUATION, by=third)
    # Both agree that it is so: the next round is anybody's.
    evaluates(first, EVALUATION | {"finding": "unresectable"}, by=one)
    evaluates(second, EVALUATION | {"finding": "unresectable"}, by=other)

    with pytest.raises(Refusal, match=r"Round 1 of this question is closed: .*Evaluate in round 2"):
        signs(begun, by=third)

    assert not sees(one, begun)
    complete(again(begun, by=third), {"round": "2"}, by=third, reasons={"round": "Round 1 is closed."})
    signs(begun, by=third)
    assert not sees(one, begun)


@pytest.mark.parametrize("more", [{"question": "present"}, {"round": "2"}])
def test_an_evaluation_of_another_question_or_round_opens_nothing(evaluations, more):
    (one, other), (first, second) = evaluations
    evaluates(first, by=one)

    if "round" in more:
        with pytest.raises(
            Refusal, match="Round 2 of this question begins when enough surgeons have signed in round 1"
        ):
            complete(second, EVALUATION | more, by=other)
    else:
        evaluates(second, EVALUATION | more, by=other)

    assert not sees(other, first)


def test_who_evaluates_twice_is_refused_and_opens_nothing(evaluations):
    (one, other), (first, _) = evaluations
    evaluates(first, by=one)

    with pytest.raises(Refusal, match=r"You evaluated this question in round 1 already; .* does not count"):
        complete(one_more(first, by=one), EVALUATION | {"round": "01"}, by=one)

    assert not sees(other, first)


@pytest.mark.parametrize("found", ["unresectable", "resectable"])  # a disagreement; agreed that it is not so
def test_what_two_surgeons_did_not_find_is_taken_back_by_nobody_else_while_both_can(evaluations, coordinator, found):
    (one, other), (first, second) = evaluations
    third = a_surgeon(site_of(coordinator))
    evaluates(first, by=one)
    evaluates(second, EVALUATION | {"finding": found}, by=other)
    anew, theirs = one_more(first, by=third), one_more(first, by=one)
    complete(theirs, EVALUATION | {"round": "2"}, by=one)

    named = ", ".join(sorted((one.name, other.name)))
    with pytest.raises(Refusal, match=f"Round 2 of this question is for {named}: they evaluated in round 1 without"):
        complete(anew, EVALUATION | {"round": "2"}, by=third)
    save(anew, EVALUATION | {"round": "2"}, by=third)

    the_roles_end(other)
    complete(again(anew, by=third), {}, by=third)
    signs(anew, by=third)


def the_roles_end(user):
    """Take every role of this person away."""
    for grant in Grant.objects.filter(user=user):
        end_grant(grant, by=set_up(), at=timezone.now(), reason="Left the hospital")


def test_an_evaluation_is_corrected_until_the_other_has_signed_and_never_after(evaluations):
    (one, other), (first, second) = evaluations
    evaluates(first, by=one)
    complete(again(first, by=one), {"finding": "unresectable"}, by=one, reasons={"finding": "Read the wrong scan."})
    evaluates(second, by=other)
    assert not sees(other, first)
    signs(first, by=one)
    assert sees(other, first)

    for author, form in ((one, first), (other, second)):
        for said in ({"finding": "resectable"}, {"comment": "Looked again."}):
            with pytest.raises(Refusal, match="Evaluate anew in round 2, with a form of its own"):
                save(again(form, by=author), said, by=author, reasons={"finding": "Saw the other."})
    evaluates(one_more(first, by=one), EVALUATION | {"round": "2"}, by=one)


def test_a_record_of_the_chart_is_hidden_from_who_may_still_evaluate(evaluations, coordinator):
    (one, other), (first, second) = evaluations
    record = one_more(first, by=one)
    complete(record, EVALUATION | {"source": "chart record", "names_two_surgeons": "Y"}, by=one)

    assert not sees(other, record)
    assert sees(coordinator, record)

    evaluates(first, by=one)
    assert not sees(other, record)
    evaluates(second, by=other)
    assert sees(other, record)


def test_an_evaluation_nobody_began_is_seen_by_all(evaluations, coordinator):
    _, (first, second) = evaluations

    assert sees(coordinator, first)
    assert sees(coordinator, second)


def test_queries_and_grid_obey_the_blinding(evaluations, coordinator):
    (one, _), (first, _) = evaluations
    complete(first, EVALUATION | {"icg_r15": "90 %"}, by=one)

    with as_actor(coordinator):
        assert not visible_queries(coordinator).filter(form=first).exists()
        cells = grid([first.subject], user=coordinator)[first.subject.pk]
    assert first.pk not in {cell.form for cell in cells}
    with as_actor(one):
        assert visible_queries(one).filter(form=first).exists()


# --- the record -----------------------------------------------------------------------------------------------


def test_a_record_holds_forms_answers_ranges_and_consent_versions(coordinator):
    form = a_complete_form(coordinator)

    with as_actor(coordinator):
        record = record_of(form.subject)

    [demography] = record.complete_forms("DM")
    assert (record.subject, demography.visit, demography.repeat) == (form.subject.number, "SCR", 1)
    assert demography.answer("sex").value == "male"
    assert demography.entered_by == str(coordinator.pk)


def test_records_of_many_cost_what_the_record_of_one_costs(coordinator, django_assert_num_queries):
    subjects = [a_complete_form(coordinator).subject for _ in range(4)]

    with as_actor(coordinator):
        for few in (subjects[:1], subjects):
            with django_assert_num_queries(2):
                assert len(records_of(few)) == len(few)


# --- the last guard -------------------------------------------------------------------------------------------


def refused(sql, by, *values):
    with pytest.raises(DatabaseError) as fault, as_actor(by), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        cursor.execute("set constraints all immediate")
    return str(fault.value)


def test_raw_sql_without_the_door_is_refused(coordinator):
    form = a_complete_form(coordinator)

    said = refused("UPDATE casebook_form SET answers = '{}' WHERE id = %s", coordinator, form.pk)

    assert "No event says who changed casebook_form" in said


def test_nothing_clinical_is_deleted(coordinator):
    form = a_complete_form(coordinator)

    assert "permission denied" in refused("DELETE FROM casebook_form WHERE id = %s", coordinator, form.pk)


def test_a_form_cannot_name_a_visit_of_another_subject(coordinator):
    form, other = a_complete_form(coordinator), a_complete_form(coordinator)

    said = refused("UPDATE casebook_form SET visit_id = %s WHERE id = %s", coordinator, other.visit_id, form.pk)

    assert "violates foreign key constraint" in said


def test_a_form_cannot_name_another_site_than_its_subject():
    coordinator, manager = a_coordinator(), a_data_manager()
    form, elsewhere = a_complete_form(coordinator), site_of(a_coordinator())
    manager.refresh_from_db()

    said = refused("UPDATE casebook_form SET site_id = %s WHERE id = %s", manager, elsewhere.pk, form.pk)

    assert "changes only with a transfer of its subject" in said


def test_a_subject_has_one_form_of_a_kind_also_where_there_is_no_visit(coordinator):
    line = the_form(a_subject(coordinator), "PT", by=coordinator)
    line.pk = None
    line._state.adding = True

    with pytest.raises(IntegrityError, match="form_once"), as_actor(coordinator), transaction.atomic():
        line.save()


def test_every_table_of_the_casebook_is_walled():
    tables = [f"casebook_{name.lower()}" for name in CLASSES]
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relrowsecurity", [tables])
        walled = {name for (name,) in cursor.fetchall()}
    of_the_trial = {"casebook_verificationplan", "casebook_laboratory", "casebook_referencerange"}
    of_the_trial |= {"casebook_conversionfactor", "casebook_consentform"}
    assert walled == set(tables) - of_the_trial


def test_demography_of_the_own_site_is_seen_complete(coordinator):
    form = the_form(a_subject(coordinator), "DM", by=coordinator)
    complete(form, DEMOGRAPHY, by=coordinator)

    assert sees(coordinator, form)


def test_who_is_no_surgeon_reads_who_may_enter_an_evaluation_or_a_record_of_the_chart(coordinator):
    subject = a_subject(coordinator)
    form = the_form(subject, "SU", by=coordinator)

    with pytest.raises(Refusal, match=r"Only a liver surgeon of .* or a chart record that names two surgeons"):
        save(form, EVALUATION | {"source": "chart record"}, by=coordinator)
    with pytest.raises(Refusal, match="The chart record is then signed by an investigator"):
        one_more(form, by=coordinator)
    one_more(form, by=a_surgeon(site_of(coordinator)))
