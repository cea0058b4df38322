"""Visits of follow-up: planned by the allocation, recorded by the site, cancelled and restored by what happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions as casebook
from casebook.models import Form, Subject, Visit
from casebook.states import FormState, Stage, VisitState
from followup import actions
from followup.selectors import next_visits, visits_of
from followup.status import VisitStatus, status_of
from protocol import course as words
from protocol.arms import RESECTION, WATCH_AND_WAIT
from protocol.dates import add_months
from protocol.roles import Role
from rehearsal.followup_answers import death, end, no_operation, operation, relapse_scan, withdrawal
from rehearsal.walk import Walk
from tests.casebook_ground import (
    CONSENT,
    a_coordinator,
    a_key,
    a_monitor,
    a_subject,
    complete,
    events_of,
    the_form,
)
from tests.databases import check_what_commit_checks
from tests.followup_safety_ground import Patient, of_both_arms
from tests.lock_ground import nothing_stands_against
from tests.people import a_user
from tests.randomization_ground import a_list, now_of
from tests.rehearsal_ground import a_cast, taken_back

CALENDAR = ["M1", "M2", "M4", "M6", "M8", "M10", "M12", "M15", "M18", "M21", "M24"]


@pytest.fixture(scope="module")
def walks(module_db: str) -> dict[str, Walk]:
    """A randomized subject of each arm, none of whose visits took place yet."""
    cast = a_cast()
    a_list()
    return of_both_arms(cast)


@pytest.fixture
def patient(walks: dict[str, Walk], request: pytest.FixtureRequest) -> Iterator[Patient]:
    """Watch and wait, unless a test asks for the other arm; what the test does is taken back."""
    with taken_back():
        yield Patient(walks[getattr(request, "param", WATCH_AND_WAIT)])
        check_what_commit_checks()


resected = pytest.mark.parametrize("patient", [RESECTION], indirect=True)


def states(patient: Patient) -> dict[str, str]:
    with as_actor(patient.by):
        visits = Visit.objects.filter(subject=patient.subject).order_by("code", "repeat")
        return {f"{v.code}/{v.repeat}" if v.repeat > 1 else v.code: v.state for v in visits}


def open_visits(patient: Patient) -> set[str]:
    return {name for name, state in states(patient).items() if state == VisitState.OPEN} - {"SCR"}


def forms_at(patient: Patient, visit: Visit) -> dict[str, str]:
    with as_actor(patient.by):
        return dict(Form.objects.filter(visit=visit).values_list("crf", "state"))


def kinds(patient: Patient) -> list[str]:
    return [event.kind for event in events_of(patient.subject, by=patient.by)]


def target(patient: Patient, code: str) -> date:
    return patient.visit(code).target_on


def stage(patient: Patient) -> Stage:
    return Stage(now_of(patient.here).stage)


def progress(patient: Patient, on: date) -> None:
    """Let an unscheduled scan show a new lesion."""
    visit = unscheduled(patient, on)
    with as_actor(patient.by):
        form = Form.objects.get(visit=visit, crf="TA")
    patient.fill(form, relapse_scan("test", on), on)


def unscheduled(patient: Patient, on: date, **details: object) -> Visit:
    said = {"at": patient.at(on), "attended_on": on, "reason": "Suspected relapse", **details}
    return actions.add_unscheduled(patient.now, by=patient.by, **said)


class TestPlanning:
    def test_plans_the_calendar_of_either_arm_in_the_transaction_of_the_allocation(self, walks):
        for arm, here in walks.items():
            patient = Patient(here)
            surgery = {"SURG"} if arm == RESECTION else set()

            assert open_visits(patient) == {*CALENDAR, *surgery}
            assert patient.visit("RAND").attended_on == patient.first
            assert target(patient, "M2") == add_months(patient.first, 2)
            assert "followup.visits.planned" in kinds(patient)

    def test_creates_no_form(self, patient):
        with as_actor(patient.by):
            later = Form.objects.filter(subject=patient.subject, visit__isnull=False).exclude(visit__code="SCR")
            assert not later.exists()

    def test_once_more_changes_nothing_and_records_nothing(self, patient):
        before = kinds(patient), states(patient)

        actions.replan(patient.now, by=patient.by, at=patient.at(patient.day(5)))

        assert (kinds(patient), states(patient)) == before

    def test_of_another_site_finds_no_subject(self, patient):
        with pytest.raises(Subject.DoesNotExist):
            actions.replan(patient.now, by=a_coordinator(), at=patient.at(patient.day(5)))


class TestAttendance:
    def test_expects_the_forms_of_the_visit_and_begins_follow_up(self, patient):
        assert stage(patient) == Stage.RANDOMIZED

        visit = patient.attend("M2", target(patient, "M2"))

        forms = forms_at(patient, visit)
        assert status_of(visit, on=visit.attended_on) is VisitStatus.ATTENDED
        assert set(forms) == {"VR", "TA", "MK", "HE", "CH", "CO", "CP", "VS"}
        assert set(forms.values()) == {FormState.NOT_STARTED}
        assert stage(patient) == Stage.FOLLOW_UP
        assert "followup.visit.attended" in kinds(patient)

    @pytest.mark.parametrize(
        ("code", "days", "status"),
        [
            ("M2", -8, VisitStatus.EARLY),
            ("M2", -7, VisitStatus.ATTENDED),
            ("M2", 7, VisitStatus.ATTENDED),
            ("M2", 8, VisitStatus.LATE),
            ("M24", -1, VisitStatus.EARLY),
            ("M24", 28, VisitStatus.ATTENDED),
            ("M24", 29, VisitStatus.LATE),
        ],
    )
    def test_outside_the_window_needs_a_reason(self, patient, code, days, status):
        on = target(patient, code) + timedelta(days=days)
        if status is not VisitStatus.ATTENDED:
            with pytest.raises(Refusal, match=r"outside the window of the visit. Say why"):
                patient.attend(code, on)

        visit = patient.attend(code, on, reason="Holiday" if status is not VisitStatus.ATTENDED else "")

        assert status_of(visit, on=on) is status

    def test_in_the_future_is_refused_in_the_days_of_the_site(self, patient):
        on = target(patient, "M2")

        with pytest.raises(Refusal, match=r"is still to come: it is .* at the site"):
            patient.attend("M2", on, at=patient.at(on - timedelta(days=1)))

        # 17:30 of the day before at Greenwich is past midnight in Guangzhou.
        patient.attend("M2", on, at=patient.at(on) - timedelta(hours=11, minutes=30))

    def test_before_randomization_is_refused(self, patient):
        with pytest.raises(Refusal, match="is before randomization on"):
            patient.attend("M1", patient.day(-1), at=patient.at(patient.day(3)), reason="Came early")

    def test_twice_is_refused(self, patient):
        on = target(patient, "M1")
        patient.attend("M1", on)

        with pytest.raises(Refusal, match="This visit is recorded as attended on"):
            patient.attend("M1", on)

    @resected
    def test_of_surgery_follows_the_operation_form_only(self, patient):
        with pytest.raises(Refusal, match="follows from the operation form"):
            patient.attend("SURG", patient.day(5))

    @pytest.mark.parametrize(("code", "why"), [("RAND", "follows from the allocation"), ("SCR", "no day of its own")])
    def test_of_randomization_and_screening_is_not_recorded_by_hand(self, patient, code, why):
        with pytest.raises(Refusal, match=why):
            patient.attend(code, patient.day(5))

    def test_needs_a_person_who_enters_forms(self, patient):
        monitor = a_monitor(patient.subject.site)
        on = target(patient, "M1")

        with pytest.raises(Refusal, match=r"Your role at .* does not include this: enter and correct forms"):
            actions.record_attendance(patient.visit("M1"), by=monitor, at=patient.at(on), attended_on=on)

    def test_needs_a_delegation(self, patient):
        newcomer = a_user(Role.COORDINATOR, patient.subject.site, delegated=False)
        on = target(patient, "M1")

        with pytest.raises(Refusal, match="No delegation of this task to you stands"):
            actions.record_attendance(patient.visit("M1"), by=newcomer, at=patient.at(on), attended_on=on)

    def test_of_a_locked_subject_is_refused(self, patient, monkeypatch):
        nothing_stands_against(monkeypatch)
        manager = a_user(Role.DATA_MANAGER, None)
        casebook.lock(
            patient.now, by=manager, at=patient.at(patient.day(1)), kind="lock", reason="Data cut of the first year"
        )

        with pytest.raises(Refusal, match="This subject is locked"):
            patient.attend("M1", target(patient, "M1"))


class TestOneAttendanceForSeveral:
    @resected
    def test_expects_what_both_ask_for_once(self, patient):
        operate(patient, on=patient.day(25))
        on = patient.visit("POD30").target_on

        first = patient.attend("M2", on, also=[patient.visit("POD30")])

        second = patient.visit("POD30")
        assert (first.attended_on, second.attended_on) == (on, on)
        assert "PO" in forms_at(patient, second)
        assert not set(forms_at(patient, second)) & set(forms_at(patient, first))

    @resected
    def test_serves_no_visit_whose_window_does_not_include_the_day(self, patient):
        operate(patient, on=patient.day(5))

        with pytest.raises(Refusal, match="The window of 30 days after surgery does not include"):
            patient.attend("M2", target(patient, "M2"), also=[patient.visit("POD30")])

        assert patient.visit("M2").state == VisitState.OPEN

    def test_serves_visits_of_the_same_subject_only(self, walks, patient):
        other = Patient(walks[RESECTION]).visit("M2")

        with pytest.raises(Refusal, match="of the same subject only"):
            patient.attend("M2", target(patient, "M2"), also=[other])


class TestMissed:
    def test_needs_a_reason_and_an_open_window(self, patient):
        visit = patient.visit("M1")

        def miss(on: date, reason: str) -> Visit:
            return actions.mark_missed(visit, by=patient.by, at=patient.at(on), reason=reason)

        with pytest.raises(Refusal, match="it cannot be missed before"):
            miss(visit.opens_on - timedelta(days=1), "Away")
        with pytest.raises(Refusal, match="Say why the visit was missed"):
            miss(visit.opens_on, "  ")
        with pytest.raises(Refusal, match="at most 500 characters"):
            miss(visit.opens_on, "x" * 501)

        assert miss(visit.opens_on, "Away").state == VisitState.MISSED

    def test_that_was_late_instead_is_corrected_with_a_reason(self, patient):
        visit = patient.visit("M1")
        late = visit.closes_on + timedelta(days=3)
        actions.mark_missed(visit, by=patient.by, at=patient.at(visit.closes_on), reason="Away")

        with pytest.raises(Refusal, match=r"marked as missed. Correct that with a reason"):
            patient.attend("M1", late, reason="Came later")
        with pytest.raises(Refusal, match="Say why the attendance is corrected"):
            correct(patient, "M1", late, "")
        corrected = correct(patient, "M1", late, "Came later")

        assert status_of(corrected, on=late) is VisitStatus.LATE
        assert "VR" in forms_at(patient, corrected)


class TestCorrection:
    def test_moves_the_day(self, patient):
        on = target(patient, "M2")
        patient.attend("M2", on)

        corrected = correct(patient, "M2", on - timedelta(days=1), "Mistyped", at=on)

        assert corrected.attended_on == on - timedelta(days=1)
        assert "followup.visit.corrected" in kinds(patient)

    def test_takes_an_attendance_back_while_nothing_was_entered(self, patient):
        on = target(patient, "M1")
        patient.attend("M1", on)

        corrected = correct(patient, "M1", None, "Wrong subject", at=on)

        assert (corrected.state, corrected.attended_on) == (VisitState.OPEN, None)

    def test_does_not_take_it_back_from_under_entries(self, patient):
        on = target(patient, "M1")
        patient.draw("M1", on)

        with pytest.raises(Refusal, match="1 forms of this visit hold entries"):
            correct(patient, "M1", None, "Wrong subject", at=on)

    def test_of_what_was_never_recorded_is_refused(self, patient):
        with pytest.raises(Refusal, match="Nothing is recorded of this visit"):
            correct(patient, "M1", patient.day(30), "Mistyped")


class TestUnscheduled:
    def test_needs_day_and_reason_and_expects_what_was_chosen(self, patient):
        on = patient.day(20)

        with pytest.raises(Refusal, match="Say why this visit took place outside the schedule"):
            unscheduled(patient, on, reason="")
        visit = unscheduled(patient, on, codes={"VR", "TA"})

        assert (visit.code, visit.attended_on, visit.reason) == ("UNS", on, "Suspected relapse")
        assert set(forms_at(patient, visit)) == {"VR", "TA"}
        assert stage(patient) == Stage.FOLLOW_UP

    def test_in_the_future_is_refused(self, patient):
        with pytest.raises(Refusal, match="is still to come"):
            unscheduled(patient, patient.day(20), at=patient.at(patient.day(19)))

    def test_clicked_twice_adds_one(self, patient):
        key = a_key()

        first = unscheduled(patient, patient.day(20), key=key)
        second = unscheduled(patient, patient.day(20), key=key)

        assert first.pk == second.pk
        assert list(states(patient)).count("UNS") == 1
        assert "UNS/2" not in states(patient)

    def test_before_randomization_is_refused(self, patient):
        candidate = a_subject(patient.by, patient.subject.site)

        with pytest.raises(Refusal, match="The subject is not randomized"):
            actions.add_unscheduled(
                candidate, by=patient.by, at=patient.at(patient.day(1)), attended_on=patient.day(1), reason="Pain"
            )


class TestWhatHappened:
    @resected
    def test_an_operation_is_the_visit_of_surgery_and_opens_what_follows(self, patient):
        operate(patient, on=patient.day(20))

        assert patient.visit("SURG").attended_on == patient.day(20)
        assert target(patient, "POD30") == patient.day(50)
        assert {"POD30", "POD90"} <= open_visits(patient)
        assert stage(patient) == Stage.FOLLOW_UP

    def test_an_operation_under_watch_and_wait_shows_the_same_visits(self, patient):
        operate(patient, on=patient.day(100))

        assert patient.visit("SURG").attended_on == patient.day(100)
        assert {"POD30", "POD90"} <= open_visits(patient)

    @resected
    def test_a_corrected_date_of_operation_moves_what_follows(self, patient):
        form = operate(patient, on=patient.day(20))

        patient.fill(form, {"operated_on": patient.day(21).isoformat()}, patient.day(22), reason="Mistyped")

        assert patient.visit("SURG").attended_on == patient.day(21)
        assert target(patient, "POD90") == patient.day(111)

    @resected
    def test_surgery_that_was_not_performed_is_not_applicable(self, patient):
        patient.log("OP", no_operation(patient.day(10)), patient.day(10))

        surgery = patient.visit("SURG")
        assert (surgery.state, surgery.cancelled_because) == (VisitState.CANCELLED, words.NOT_PERFORMED)
        assert open_visits(patient) == set(CALENDAR)

    def test_progression_ends_tumour_visits_and_begins_contacts(self, patient):
        progress(patient, patient.day(100))

        assert open_visits(patient) >= {"M1", "M2", "SFU", "SFU/2"}
        assert patient.visit("M4").cancelled_because == words.PROGRESSED
        assert target(patient, "SFU") == add_months(patient.day(100), 3)

    def test_death_cancels_what_is_dated_after_it_and_correcting_it_restores(self, patient):
        patient.attend("M2", target(patient, "M2"))
        form = patient.log("DT", death(patient.day(100)), patient.day(101))
        assert open_visits(patient) == {"M1"}
        with pytest.raises(Refusal, match=r"This visit is cancelled \(Subject died\)"):
            patient.attend("M4", target(patient, "M4"))

        patient.fill(form, {"died_on": patient.day(200).isoformat()}, patient.day(201), reason="Mistyped")

        assert open_visits(patient) == {"M1", "M4", "M6"}
        assert states(patient)["M2"] == VisitState.ATTENDED

    def test_a_missed_visit_that_was_cancelled_comes_back_as_missed(self, patient):
        visit = patient.visit("M4")
        actions.mark_missed(visit, by=patient.by, at=patient.at(visit.closes_on), reason="Away")
        form = patient.log("DT", death(patient.day(100)), patient.day(140))
        assert patient.visit("M4").state == VisitState.CANCELLED

        patient.fill(form, {"died_on": patient.day(139).isoformat()}, patient.day(140), reason="Mistyped")

        again = patient.visit("M4")
        assert (again.state, again.reason, again.cancelled_because) == (VisitState.MISSED, "Away", "")

    def test_withdrawn_consent_ends_every_contact_and_the_stage_says_so(self, patient):
        patient.attend("M1", target(patient, "M1"))
        form = patient.log("WD", withdrawal(patient.day(50)), patient.day(50))

        assert open_visits(patient) == set()
        assert stage(patient) == Stage.WITHDRAWN
        with pytest.raises(Refusal, match=r"Consent was withdrawn on .*: nothing dated after it"):
            unscheduled(patient, patient.day(60))

        patient.fill(form, {"withdrawn_on": patient.day(90).isoformat()}, patient.day(91), reason="Mistyped")
        assert open_visits(patient) == {"M2"}

    def test_withdrawal_taken_back_leads_back_to_follow_up(self, patient):
        form = patient.log("WD", withdrawal(patient.day(50)), patient.day(50))
        assert stage(patient) == Stage.WITHDRAWN

        patient.fill(form, {"of": "treatment", "public_records": ""}, patient.day(51), reason="Misunderstood")

        assert stage(patient) == Stage.FOLLOW_UP
        assert "SFU" in open_visits(patient)

    def test_the_end_of_the_study_completes_the_subject_and_its_correction_reopens(self, patient):
        on = target(patient, "M24")
        patient.attend("M24", on)
        form = patient.log("ES", end(on, how="completed"), on)
        assert stage(patient) == Stage.COMPLETED

        patient.fill(form, {"how": "physician"}, on, reason="Mistyped")

        assert stage(patient) == Stage.FOLLOW_UP


class TestBeforeRandomization:
    def test_withdrawn_consent_takes_the_subject_off_the_way_and_its_correction_back(self, patient):
        candidate = a_subject(patient.by, patient.subject.site)
        complete(the_form(candidate, "ICF", by=patient.by), CONSENT, by=patient.by)
        on = patient.first
        form = casebook.add_form(candidate, by=patient.by, at=patient.at(on), visit=None, crf="WD")

        patient.fill(form, withdrawal(on), on)
        withdrawn = stage_of(patient, candidate)
        patient.fill(form, {"of": "treatment", "public_records": ""}, on, reason="Misunderstood")

        assert (withdrawn, stage_of(patient, candidate)) == (Stage.WITHDRAWN, Stage.SCREENING)


def stage_of(patient: Patient, subject: Subject) -> str:
    with as_actor(patient.by):
        return Subject.objects.get(pk=subject.pk).stage


class TestReading:
    def test_the_next_visits_of_many_take_one_query(self, walks, django_assert_num_queries):
        patients = [Patient(here) for here in walks.values()]
        user = patients[0].by

        with as_actor(user), django_assert_num_queries(1):
            found = next_visits(user, [patient.subject for patient in patients])

        assert {visit.code for visit in found.values()} == {"SURG", "M1"}

    @resected
    def test_visits_that_tell_the_arm_are_hidden_from_who_may_not_know_it(self, patient):
        reviewer = a_user(Role.MEDICAL_REVIEWER, None)
        operate(patient, on=patient.day(20))

        with as_actor(reviewer):
            seen = {visit.code for visit in visits_of(reviewer, patient.subject)}

        assert seen == {"SCR", "RAND", *CALENDAR}

    def test_visits_come_in_the_order_of_their_days(self, patient):
        unscheduled(patient, patient.day(40))

        with as_actor(patient.by):
            codes = [visit.code for visit in visits_of(patient.by, patient.subject)]

        assert codes[:2] == ["SCR", "RAND"]
        assert [code for code in codes if code in CALENDAR] == CALENDAR


def operate(patient: Patient, *, on: date) -> Form:
    return patient.log("OP", operation("test", on), on)


def correct(patient: Patient, code: str, to: date | None, reason: str, *, at: date | None = None) -> Visit:
    moment = patient.at(at or to)
    return actions.correct_attendance(patient.visit(code), by=patient.by, at=moment, attended_on=to, reason=reason)
