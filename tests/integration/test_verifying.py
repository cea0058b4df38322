"""Source data verification: marks that fall by whatever way a value changes, the plan, reviews, monitoring visits."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.utils import Error as DatabaseError
from django.utils import timezone

from audit.decision import Refusal
from audit.door import as_actor, record
from casebook import actions
from casebook.actions.monitoring import close_visit, note_source, open_visit, write_note
from casebook.models import Form, MarkCount, MonitoringNote, Review, SourceNote, Verification
from casebook.selectors.grid import grid
from casebook.selectors.verification_plan import plan_in_force, plan_versions
from casebook.selectors.verifying import (
    next_to_verify,
    reviewable,
    to_review,
    to_verify_counts,
    verifiable,
    with_marks,
)
from protocol.trial import TRIAL
from protocol.verification import PROTOCOL_RATES, drawn
from tests.casebook_ground import (
    DEMOGRAPHY,
    VITALS,
    WOMAN,
    a_complete_form,
    a_coordinator,
    a_data_manager,
    a_monitor,
    a_subject,
    again,
    answered,
    complete,
    events_of,
    save,
    site_of,
    the_form,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def monitor(coordinator):
    return a_monitor(site_of(coordinator))


@pytest.fixture
def manager():
    return a_data_manager()


@pytest.fixture
def form(coordinator):
    return a_complete_form(coordinator)


def verify(form, by, *paths):
    return actions.verify_items(form, by=by, at=timezone.now(), paths=paths)


def standing(form, by):
    with as_actor(by):
        return sorted(Verification.objects.filter(form=form, fallen_at=None).values_list("path", flat=True))


def how_far(form, by):
    with as_actor(by):
        return with_marks(Form.objects.filter(pk=form.pk)).get().verified


# --- the mark falls, by whatever way ----------------------------------------------------------------------------


def test_a_mark_falls_when_a_page_changes_the_value_and_says_who_did_it(form, coordinator, monitor):
    verify(form, monitor, "birth_date", "sex")

    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})

    assert standing(form, monitor) == ["birth_date"]
    with as_actor(monitor):
        fallen = Verification.objects.get(form=form, path="sex")
    assert (fallen.fallen_by_id, fallen.value, fallen.taken_back_because) == (coordinator.pk, {"value": "male"}, "")


def test_a_mark_falls_when_an_import_changes_the_value(form, coordinator, monitor):
    verify(form, monitor, "sex")
    answers = answered("DM", {"sex": "female", "childbearing": "postmenopausal"})

    actions.import_form(
        again(form, by=coordinator),
        by=coordinator,
        at=timezone.now(),
        answers=answers,
        based_on=1,
        key="k",
        reasons={"sex": "From the file"},
    )

    assert standing(form, monitor) == []


def test_a_mark_falls_when_the_value_is_emptied_or_hidden_away(coordinator, monitor):
    form = a_complete_form(coordinator, typed=WOMAN)
    verify(form, monitor, "sex", "childbearing")

    save(again(form, by=coordinator), {"childbearing": ""}, by=coordinator, reasons={"childbearing": "Not asked"})

    assert standing(form, monitor) == ["sex"]


def test_a_mark_falls_when_its_row_is_removed(coordinator, monitor):
    form = the_form(a_subject(coordinator), "EG", by=coordinator)
    save(form, {"tracings/1/qt": "400 ms", "tracings/2/qt": "410 ms"}, by=coordinator)
    marked = again(form, by=coordinator)
    for path in ("tracings/1/qt", "tracings/2/qt"):
        mark_by_hand(marked, monitor, path)

    save(marked, {"tracings/1/qt": ""}, by=coordinator)

    assert standing(form, monitor) == ["tracings/2/qt"]


def mark_by_hand(form, by, path):
    """Set a mark on a form that is not complete yet, where the rule would refuse it."""
    with as_actor(by):
        Verification.objects.create(
            subject=form.subject,
            site_id=form.site_id,
            form=form,
            path=path,
            value=form.answers[path],
            verified_at=timezone.now(),
            verified_by=by,
        )
        record("test.marked", subject=form.subject, by=by, at=timezone.now())


def test_a_mark_falls_when_plain_sql_changes_the_value(form, coordinator, monitor):
    verify(form, monitor, "birth_date", "sex")

    with as_actor(coordinator), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE casebook_form SET answers = jsonb_set(answers, '{sex,value}', '"female"') WHERE id = %s""",
            [form.pk],
        )
        record("test.changed", subject=form.subject, by=coordinator, at=timezone.now())

    assert standing(form, monitor) == ["birth_date"]
    with as_actor(monitor):
        assert Verification.objects.get(form=form, path="sex").fallen_by_id == coordinator.pk


def test_nobody_changes_a_value_unnamed_past_its_mark(form, monitor):
    verify(form, monitor, "sex")

    with pytest.raises(DatabaseError), as_actor(monitor), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('edc.actor', 'nobody', true)")
        cursor.execute("""UPDATE casebook_form SET answers = answers - 'sex' WHERE id = %s""", [form.pk])


def test_a_mark_stands_when_another_value_changes_or_nothing_does(form, coordinator, monitor):
    verify(form, monitor, "birth_date")
    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})
    save(again(form, by=coordinator), {"birth_date": "1970-05-01"}, by=coordinator)

    assert standing(form, monitor) == ["birth_date"]


def test_the_fall_is_recorded_under_the_event_of_the_change(form, coordinator, monitor, check_what_commit_checks):
    verify(form, monitor, "sex")
    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})
    check_what_commit_checks()

    last = events_of(form.subject, by=coordinator)[-1]
    with as_actor(coordinator), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM audit_change WHERE id BETWEEN %s AND %s", [last.first_change, last.last_change]
        )
        assert "casebook_verification" in {name for (name,) in cursor.fetchall()}


# --- marking ----------------------------------------------------------------------------------------------------


def test_what_was_changed_since_it_was_shown_is_not_marked(form, coordinator, monitor):
    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})

    with pytest.raises(Refusal, match="This form was changed while you compared it"):
        actions.verify_items(form, by=monitor, at=timezone.now(), paths=["sex"], version=1)
    assert standing(form, monitor) == []


def test_a_mark_is_taken_back_with_a_reason_and_stays_to_be_seen(form, monitor):
    verify(form, monitor, "sex")

    with pytest.raises(Refusal, match="Say why the mark is taken back"):
        actions.unverify(form, by=monitor, at=timezone.now(), path="sex", reason=" ")
    with pytest.raises(Refusal, match="No mark stands at birth_date"):
        actions.unverify(form, by=monitor, at=timezone.now(), path="birth_date", reason="Wrong subject")
    actions.unverify(form, by=monitor, at=timezone.now(), path="sex", reason="Wrong subject's chart")

    assert standing(form, monitor) == []
    with as_actor(monitor):
        assert Verification.objects.get(form=form).taken_back_because == "Wrong subject's chart"
    assert events_of(form.subject, by=monitor)[-1].kind == "casebook.form.unverified"
    assert verify(form, monitor, "sex") == ("sex",)


def test_a_form_is_verified_when_every_answer_is(form, coordinator, monitor):
    seen = [how_far(form, monitor)]
    verify(form, monitor, "sex")
    seen.append(how_far(form, monitor))
    verify(form, monitor, "birth_date")
    seen.append(how_far(form, monitor))
    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})
    seen.append(how_far(form, monitor))

    assert seen == ["to verify", "partly verified", "verified", "mark fallen"]
    with as_actor(coordinator):
        cells = {cell.crf: cell for cell in grid([form.subject], user=coordinator)[form.subject.pk]}
    assert not cells["DM"].is_verified


# --- the plan ---------------------------------------------------------------------------------------------------


def a_plan(**rates):
    return {**PROTOCOL_RATES, **rates}


def put(manager, reason="Risk review", first_subjects=0, **rates):
    return actions.set_verification_plan(
        None, by=manager, at=timezone.now(), rates=a_plan(**rates), first_subjects=first_subjects, reason=reason
    )


def test_the_protocol_asks_for_all_of_what_matters_and_a_sample_of_the_rest():
    assert {code for code, rate in PROTOCOL_RATES.items() if rate == 100} == {c.code for c in TRIAL.crfs if c.critical}
    assert {PROTOCOL_RATES[code] for code in ("SU", "TA", "MK", "OP", "AE", "SAE", "DT")} == {100}
    assert PROTOCOL_RATES["DV"] == 20


def test_the_database_draws_as_the_protocol_does(form, monitor):
    with as_actor(monitor):
        forms = list(verifiable(monitor, plan_in_force()))

    assert [each.draw for each in forms] == [drawn(str(each.pk)) for each in forms]


@pytest.mark.parametrize("rate", [0, 1, 99, 100])
def test_a_sample_holds_exactly_the_forms_drawn_below_its_rate(form, monitor, manager, rate):
    put(manager, DM=rate)

    with as_actor(monitor):
        [found] = verifiable(monitor, plan_in_force())
    assert found.asked == (rate == 100 or drawn(str(form.pk)) < rate)


def test_of_the_first_subjects_of_a_site_everything_is_asked(form, coordinator, monitor, manager):
    second = the_form(a_subject(coordinator), "DM", by=coordinator)
    complete(second, DEMOGRAPHY, by=coordinator)
    put(manager, first_subjects=1, DM=0)

    with as_actor(monitor):
        asked = {each.subject.sequence: each.asked for each in verifiable(monitor, plan_in_force())}
    assert asked == {1: True, 2: False}


def test_the_plan_changes_with_a_reason_and_its_versions_stay(manager, monitor):
    put(manager, reason="Fewer deviations than thought", DV=10)
    put(manager, reason="More again", DV=30)

    with as_actor(monitor):
        versions = plan_versions()
    assert [(each.number, each.rates["DV"]) for each in versions] == [(2, 30), (1, 10), (0, 20)]
    assert versions[0].set_by == manager.name


def test_a_plan_that_cannot_be_is_refused(manager, monitor):
    with pytest.raises(Refusal, match="set the plan of verification"):
        put(monitor, DV=10)
    with pytest.raises(Refusal, match="Say why the plan is changed"):
        put(manager, reason="", DV=10)
    with pytest.raises(Refusal, match="whole number from 0 to 100"):
        put(manager, DV=101)
    with pytest.raises(Refusal, match="names every form of the trial once"):
        put(manager, XX=100)
    with pytest.raises(Refusal, match="first subjects is a whole number from 0 to 1000"):
        put(manager, first_subjects=1001)
    with pytest.raises(Refusal, match="This plan is in force already"):
        put(manager, first_subjects=plan_in_force().first_subjects)


def test_no_one_row_of_the_plan_can_be_rewritten(manager):
    put(manager, DV=10)

    with pytest.raises(DatabaseError), as_actor(manager), connection.cursor() as cursor:
        cursor.execute("UPDATE casebook_verificationplan SET first_subjects = 9")


# --- what waits -------------------------------------------------------------------------------------------------


def test_what_waits_is_counted_by_site_and_the_next_form_is_of_the_same_subject(form, coordinator, monitor, manager):
    vitals = the_form(form.subject, "VS", by=coordinator)
    complete(vitals, VITALS, by=coordinator)
    other = the_form(a_subject(coordinator), "DM", by=coordinator)
    complete(other, DEMOGRAPHY, by=coordinator)

    with as_actor(monitor):
        assert to_verify_counts(monitor) == {form.site.code: 3}
        assert next_to_verify(monitor, form) == vitals.pk
    verify(again(vitals, by=monitor), monitor, *again(vitals, by=monitor).answers)
    with as_actor(monitor):
        assert to_verify_counts(monitor) == {form.site.code: 2}
        assert next_to_verify(monitor, form) == other.pk
    with as_actor(coordinator):
        assert to_verify_counts(coordinator) == {}
    with as_actor(manager):
        assert to_review(reviewable(manager)).count() == 3


# --- review -----------------------------------------------------------------------------------------------------


def test_a_review_is_outdated_when_the_version_moves_on(form, coordinator, manager):
    actions.review_form(form, by=manager, at=timezone.now(), version=1)
    with as_actor(manager):
        before = reviewable(manager).get(pk=form.pk).reviewed

    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})

    with as_actor(manager):
        assert (before, reviewable(manager).get(pk=form.pk).reviewed) == ("reviewed", "review outdated")
    with pytest.raises(Refusal, match="This form was changed while you read it"):
        actions.review_form(form, by=manager, at=timezone.now(), version=1)
    with as_actor(manager):
        assert Review.objects.filter(form=form).count() == 1


# --- monitoring visits and sources ------------------------------------------------------------------------------


def today(site):
    return timezone.now().astimezone(site.zone).date()


def begun(site, by, **details):
    said = {"kind": "on-site", "began_on": today(site), **details}
    return open_visit(site, by=by, at=timezone.now(), **said)


def test_marks_set_in_an_open_visit_of_ones_own_carry_it(form, monitor):
    verify(form, monitor, "sex")
    visit = begun(form.site, monitor)
    another = a_monitor(form.site)
    verify(form, monitor, "birth_date")
    close_visit(visit, by=monitor, at=timezone.now(), ended_on=today(form.site))
    actions.unverify(form, by=another, at=timezone.now(), path="sex", reason="Other chart")
    verify(form, another, "sex")

    with as_actor(monitor):
        carried = Verification.objects.filter(monitoring_visit=visit).values_list("path", flat=True)
        assert list(carried) == ["birth_date"]


def test_a_visit_is_begun_once_by_a_monitor_on_a_day_that_has_come(form, monitor, coordinator):
    site = form.site
    with pytest.raises(Refusal, match="verify values against the source"):
        begun(site, coordinator)
    with pytest.raises(Refusal, match="is still to come"):
        begun(site, monitor, began_on=today(site) + timedelta(days=1))
    with pytest.raises(Refusal, match="Say whether the visit is on site or remote"):
        begun(site, monitor, kind="by balloon")

    visits = [begun(site, monitor), begun(site, a_monitor(site), kind="remote")]

    assert [visit.number for visit in visits] == [1, 2]
    with pytest.raises(Refusal, match=r"is open\. Close it before you begin another"):
        begun(site, monitor)


def test_a_visit_is_written_in_by_its_monitor_until_it_is_closed(form, monitor):
    site, at = form.site, timezone.now()
    visit = begun(site, monitor)
    write_note(visit, by=monitor, at=at, kind="finding", text="Consent form without a date")
    notes = [write_note(visit, by=monitor, at=at, kind="action", text="Site to file a note", key="A") for _ in "12"]
    assert notes[0] == notes[1]

    with pytest.raises(Refusal, match="Write what you found"):
        write_note(visit, by=monitor, at=at, kind="finding", text=" ")
    with pytest.raises(Refusal, match="looks like an identity"):
        write_note(visit, by=monitor, at=at, kind="finding", text="Call 13812345678")
    with pytest.raises(Refusal, match="visit of another monitor"):
        write_note(visit, by=a_monitor(site), at=at, kind="finding", text="Mine")
    with pytest.raises(Refusal, match="its last day is not before that"):
        close_visit(visit, by=monitor, at=at, ended_on=today(site) - timedelta(days=1))
    with pytest.raises(Refusal, match="is still to come"):
        close_visit(visit, by=monitor, at=at, ended_on=today(site) + timedelta(days=1))
    close_visit(visit, by=monitor, at=at, ended_on=today(site))
    with pytest.raises(Refusal, match="This visit is closed"):
        write_note(visit, by=monitor, at=at, kind="finding", text="Too late")
    with as_actor(monitor):
        assert MonitoringNote.objects.filter(monitoring_visit=visit).count() == 2


def test_a_site_says_where_its_sources_are_kept(form, coordinator, monitor):
    site, at = form.site, timezone.now()
    said = {"crf": "HE", "place": "Laboratory system, printed into the chart", "since": date(2025, 1, 1)}
    note_source(site, by=coordinator, at=at, **said)

    with pytest.raises(Refusal, match="enter and correct forms"):
        note_source(site, by=monitor, at=at, **said)
    with pytest.raises(Refusal, match="The trial has no form ZZ"):
        note_source(site, by=coordinator, at=at, **{**said, "crf": "ZZ"})
    with pytest.raises(Refusal, match="Write where the source is kept"):
        note_source(site, by=coordinator, at=at, **{**said, "place": ""})
    with pytest.raises(Refusal, match="is still to come"):
        note_source(site, by=coordinator, at=at, **{**said, "since": today(site) + timedelta(days=1)})
    with as_actor(coordinator):
        assert SourceNote.objects.get(site=site).noted_by_id == coordinator.pk


# --- counted by the database ------------------------------------------------------------------------------------


def test_the_count_of_marks_follows_every_mark_and_nobody_else_writes_it(form, coordinator, monitor):
    verify(form, monitor, "birth_date", "sex")
    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})

    with as_actor(monitor):
        count = MarkCount.objects.get(form=form)
    assert (count.answered, count.marked, count.fallen) == (3, 1, True)
    with pytest.raises(DatabaseError), as_actor(monitor), connection.cursor() as cursor:
        cursor.execute("UPDATE casebook_markcount SET marked = 3")
