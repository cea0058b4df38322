"""Verdicts follow the answers: within the save, by the clock, and for nobody's eyes at another site."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Min
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.system import system_actor
from audit.door import as_actor
from casebook import actions
from casebook.entry.impact import impact_of
from casebook.models import ConsentForm, Form, Laboratory
from eligibility import tasks
from eligibility.actions import rejudge_subjects
from eligibility.models import CriterionVerdict
from eligibility.selectors import lapsed_subjects
from protocol.record import Answer
from protocol.roles import Role
from protocol.trial import TRIAL
from rehearsal import answers, walk
from rehearsal.cast import Cast
from rehearsal.walk import Course, Walk
from tests.casebook_ground import a_key, a_range
from tests.people import a_site, a_user, set_up
from tests.rehearsal_ground import a_cast, a_passing_subject, judging, kept_verdict, kept_verdicts, taken_back


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast()


@pytest.fixture(scope="module")
def passing(cast: Cast) -> Walk:
    """A subject that passes every criterion today."""
    return a_passing_subject(cast)


@pytest.fixture(autouse=True)
def _taken_back(passing: Walk) -> Iterator[None]:
    with taken_back():
        yield


def form_of(here: Walk, crf: str) -> Form:
    with judging():
        return Form.objects.select_related("subject", "site").get(subject=here.subject, crf=crf)


def change(here: Walk, crf: str, **changed: Answer) -> None:
    form = form_of(here, crf)
    actions.save_form(
        form,
        by=here.one(Role.COORDINATOR),
        at=timezone.now(),
        answers=changed,
        based_on=form.version,
        key=a_key(),
        complete=True,
        reasons=dict.fromkeys(changed, "Correction"),
    )


def test_a_subject_on_the_screening_log_is_judged_at_once(cast):
    here = walk.a_listed_subject(cast, Course("listed"), at=timezone.now())

    assert kept_verdicts(here) == {criterion.code: "unknown" for criterion in TRIAL.criteria}


def test_a_saved_change_is_judged_within_the_save(passing):
    assert set(kept_verdicts(passing).values()) == {"pass"}

    change(passing, "HE", platelets=Answer(value="75", unit="10^9/L"))

    kept = kept_verdict(passing, "I07a")
    assert (kept.verdict, kept.evidence[0]["value"]) == ("fail", "75")
    assert {code for code, verdict in kept_verdicts(passing).items() if verdict != "pass"} == {"I07a"}


def test_an_undone_save_leaves_no_judgement(passing):

    with pytest.raises(RuntimeError, match="undone"), transaction.atomic():
        change(passing, "VS", ecog=Answer(value="3"))
        raise RuntimeError("undone")

    assert kept_verdict(passing, "I12").verdict == "pass"


def test_a_form_in_progress_is_not_judged(cast):
    here = walk.a_consented_subject(cast, Course("progress"), at=timezone.now())

    walk.enter(here, "VS", {"assessed_on": answers.ago(here.on, 1), "ecog": "3"}, at=here.at, complete=False)

    assert kept_verdict(here, "I12").verdict == "unknown"


def test_a_verdict_lapses_with_the_day_and_is_judged_again(passing):
    with judging():
        until = CriterionVerdict.objects.filter(subject=passing.subject).aggregate(first=Min("valid_until"))["first"]
    later = timezone.now() + (until - passing.on) + timedelta(days=1)

    with as_actor(system_actor("eligibility")):
        assert lapsed_subjects(at=timezone.now()) == []
        assert lapsed_subjects(at=later - timedelta(days=1)) == []
        assert [subject.pk for subject in lapsed_subjects(at=later)] == [passing.subject.pk]
        rejudge_subjects(lapsed_subjects(at=later), by=system_actor("eligibility"), at=later)
        assert lapsed_subjects(at=later) == []

    # The markers grow too old first: an assumed limit, so two people review it.
    assert kept_verdict(passing, "I05").verdict == "review"


def test_the_hourly_task_judges_what_has_lapsed(passing, monkeypatch):
    later = timezone.now() + timedelta(days=40)
    monkeypatch.setattr(tasks.clock, "now", lambda: later)

    assert tasks.rejudge_lapsed() == 1
    assert tasks.rejudge_lapsed() == 0
    assert kept_verdict(passing, "I05").verdict == "unknown"


def a_range_of(here: Walk) -> str:
    """Confirm a further range of a laboratory the subject has results of, as for many subjects; return its code."""
    code = str(form_of(here, "HE").answers["laboratory"]["value"])
    laboratory = Laboratory.objects.get(code=code)
    held = a_range(laboratory, method="another", low=None)
    actions.confirm_range(held, by=set_up(), at=timezone.now())
    return code


def test_many_whom_a_range_touches_are_judged_by_a_worker(passing, monkeypatch, django_capture_on_commit_callbacks):
    woken: list[str] = []
    monkeypatch.setattr("casebook.actions.touching.JUDGED_AT_ONCE", 0)
    monkeypatch.setattr("celery.current_app.send_task", lambda name, **said: woken.append(name))
    tasks.rejudge_touched()
    before = kept_verdict(passing, "I07a").judged_at

    with django_capture_on_commit_callbacks(execute=True):
        a_range_of(passing)

    assert woken == ["eligibility.tasks.rejudge_touched"]
    assert kept_verdict(passing, "I07a").judged_at == before
    # The worker that died before it began: the next one finds the same subject, once.
    assert tasks.rejudge_touched() == 1
    assert tasks.rejudge_touched() == 0
    assert kept_verdict(passing, "I07a").judged_at > before


def test_a_factor_is_judged_by_at_once_however_many_it_touches(passing, monkeypatch):
    monkeypatch.setattr("casebook.actions.touching.JUDGED_AT_ONCE", 0)
    judged: list[object] = []
    monkeypatch.setattr("casebook.actions.touching.after_change", lambda subject, **said: judged.append(subject.pk))
    laboratory = Laboratory.objects.get(code=form_of(passing, "HE").answers["laboratory"]["value"])

    said = {"analyte": "AFP", "unit_from": "IU/mL", "unit_to": "ng/mL", "factor": Decimal("1.21")}
    actions.add_conversion(laboratory, by=set_up(), at=timezone.now(), **said)

    assert judged == [passing.subject.pk]


def test_up_to_the_bound_all_are_judged_in_the_request(passing, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr("casebook.actions.touching.JUDGED_AT_ONCE", 1)
    judged: list[object] = []
    monkeypatch.setattr("casebook.actions.touching.after_change", lambda subject, **said: judged.append(subject.pk))

    with django_capture_on_commit_callbacks() as woken:
        a_range_of(passing)

    assert (judged, woken) == ([passing.subject.pk], [])


def a_version_of_today(here: Walk) -> ConsentForm:
    """Add a version of the consent form that is used from today on, at the subject's site."""
    details = {"approved_on": here.on - timedelta(days=1), "effective_on": here.on, "version": "2.0"}
    return actions.add_consent_form(
        here.subject.site, by=here.one(Role.PRINCIPAL_INVESTIGATOR), at=timezone.now(), **details
    )


def test_a_version_of_the_consent_form_is_judged_by_as_it_is_added_corrected_and_withdrawn(passing):
    lead = passing.one(Role.PRINCIPAL_INVESTIGATOR)

    version = a_version_of_today(passing)
    kept = kept_verdict(passing, "I14")
    assert (kept.verdict, kept.reason["params"]["now"]) == ("unknown", "2.0")

    later = {"approved_on": passing.on, "effective_on": passing.on + timedelta(days=3), "version": "2.1"}
    version = actions.correct_consent_form(version, by=lead, at=timezone.now(), why="Misread", **later)
    kept = kept_verdict(passing, "I14")
    assert (kept.verdict, kept.valid_until) == ("pass", passing.on + timedelta(days=2))

    actions.withdraw_consent_form(version, by=lead, at=timezone.now(), why="Of another trial")
    assert kept_verdict(passing, "I14").valid_until is None


def test_many_who_signed_a_consent_at_the_site_are_judged_by_a_worker(
    passing, monkeypatch, django_capture_on_commit_callbacks
):
    woken: list[str] = []
    monkeypatch.setattr("casebook.actions.touching.JUDGED_AT_ONCE", 0)
    monkeypatch.setattr("celery.current_app.send_task", lambda name, **said: woken.append(name))
    tasks.rejudge_touched()

    with django_capture_on_commit_callbacks(execute=True):
        a_version_of_today(passing)

    assert (woken, kept_verdict(passing, "I14").verdict) == (["eligibility.tasks.rejudge_touched"], "pass")
    assert [tasks.rejudge_touched() for _time in range(2)] == [1, 0]
    assert kept_verdict(passing, "I14").verdict == "unknown"


def test_a_verdict_that_stays_the_same_is_left_as_it_is(passing):
    before = kept_verdict(passing, "I07a").judged_at

    with as_actor(system_actor("eligibility")):
        rejudge_subjects([passing.subject], by=system_actor("eligibility"), at=timezone.now() + timedelta(seconds=9))

    assert kept_verdict(passing, "I07a").judged_at == before


def test_the_command_judges_everybody_and_counts(passing):
    with judging():
        CriterionVerdict.objects.filter(subject=passing.subject).delete()
    printed = StringIO()

    call_command("rejudge", "--site", "01", stdout=printed)

    assert "Judged 1 subjects." in printed.getvalue()
    assert "I07a             1        0        0        0" in printed.getvalue()
    assert set(kept_verdicts(passing).values()) == {"pass"}


def foreseen(here: Walk, role: Role, crf: str, *, complete: bool = True, **changed: Answer) -> list[str]:
    """Return what this change of a complete form would change elsewhere, as a person of this role is told."""
    user, form = here.one(role), form_of(here, crf)
    asked = {"at": timezone.now(), "based_on": form.version, "complete": complete}
    with as_actor(user):
        return list(impact_of(form, by=user, answers=changed, **asked))


def test_what_a_change_would_do_is_said_before_it_is_saved(passing):
    said = foreseen(passing, Role.COORDINATOR, "HE", platelets=Answer(value="60", unit="10^9/L"))

    assert [text.split(". ")[0] for text in said if text.startswith("I07a")] == [
        "I07a, Platelets > 75: pass becomes fail"
    ]
    assert kept_verdict(passing, "I07a").verdict == "pass"


def test_a_form_that_would_be_complete_no_more_is_foreseen_with_its_verdicts(passing):
    said = foreseen(passing, Role.COORDINATOR, "HE", complete=False)

    assert "I07a, Platelets > 75: pass becomes unknown" in [text.split(". ")[0] for text in said]
    assert kept_verdict(passing, "I07a").verdict == "pass"


def test_a_change_that_matters_to_no_criterion_says_nothing(passing):
    said = foreseen(passing, Role.COORDINATOR, "HE", haemoglobin=Answer(value="120", unit="g/L"))

    assert not [text for text in said if "becomes" in text]


def test_a_signed_judgement_that_is_changed_is_foreseen_as_unknown(passing):
    before = form_of(passing, "IJ").answers["judged_on"]["value"]
    other = (date.fromisoformat(before) - timedelta(days=1)).isoformat()
    said = foreseen(passing, Role.PRINCIPAL_INVESTIGATOR, "IJ", judged_on=Answer(value=other))

    assert {text.split(",")[0] for text in said if "becomes unknown" in text} == {"I13", "E04", "E07a", "E12"}
    assert any("becomes void; the form has to be signed again." in text for text in said)


def test_verdicts_of_another_site_do_not_exist(passing):
    stranger = a_user(Role.MONITOR, a_site())

    with as_actor(stranger):
        assert not CriterionVerdict.objects.filter(subject=passing.subject).exists()
    assert not CriterionVerdict.objects.exists()


def test_nobody_writes_a_verdict_into_another_site(passing):
    stranger = a_user(Role.COORDINATOR, a_site())

    with pytest.raises(DatabaseError), transaction.atomic(), as_actor(stranger), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO eligibility_criterionverdict (subject_id, site_id, criterion, verdict, reason, evidence, needs,"
            " judged_on, judged_at) VALUES (%s, %s, 'X', 'pass', '{}', '[]', '[]', now(), now())",
            [passing.subject.pk, passing.subject.site_id],
        )


def candidate_page(user: User, here: Walk) -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse("candidate", args=[here.subject.pk])).content.decode()


def row(page: str, code: str) -> str:
    return page.split(f'<tr id="{code}"')[1].split("</tr>")[0]


def test_one_surgeon_alone_is_hidden_from_the_other_and_from_everybody(cast):
    here = a_passing_subject(cast, "one surgeon", evaluated=False)
    walk.evaluate(here, marks=[""])

    for user in (here.one(Role.SURGEON, mark="B"), here.one(Role.COORDINATOR), here.one(Role.PRINCIPAL_INVESTIGATOR)):
        found = row(candidate_page(user, here), "I06")
        assert "1 of 2 signed evaluations by different liver surgeons are on record." in found
        assert "esectable" not in found.split("</th>")[1], "the first surgeon's finding shows"
        assert "hidden until both evaluations are in" in found


def test_both_evaluations_show_when_both_are_in(passing):

    found = row(candidate_page(passing.one(Role.COORDINATOR), passing), "I06")
    assert found.count("Resectable</b>") == 2
    assert "hidden until" not in found


def test_the_candidate_page_shows_both_pairs_and_when_they_lapse(passing):

    page = candidate_page(passing.one(Role.PRINCIPAL_INVESTIGATOR), passing)

    assert "33 days" in page
    assert "34 days" in page
    assert "Complete responses on" in page
    assert "The first verdict to lapse holds until" in page
    assert 'id="missing"' not in page


def test_the_candidate_page_gives_the_first_and_last_day_of_the_next_scan(cast):
    here = a_passing_subject(cast, "one scan", scans_days_ago=(25,), markers_days_ago=(25,))

    page = candidate_page(here.one(Role.COORDINATOR), here)

    day = here.on + timedelta(days=3)
    assert f'Next scan between <time datetime="{day}">' in page
    assert f'<time datetime="{day + timedelta(days=14)}">' in page
    assert "Tumour assessment" in page.split('id="missing"')[1].split("</section>")[0]
