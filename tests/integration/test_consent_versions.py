"""Versions of the consent form: added in order; who signs again by when; what follows where nobody did."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Site, User
from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.models import ConsentForm, Subject
from casebook.selectors.consents import reconsents_due
from casebook.selectors.records import reference_for
from casebook.states import Reconsent
from casebook.words import day_in_words
from followup.consent_reminders import remind_of_consents
from followup.consents import find_outdated_consents
from followup.models import Deviation
from outbox.models import Notice
from protocol.roles import Role
from protocol.words import Sentence
from tests.casebook_ground import CONSENT, a_coordinator, a_data_manager, a_subject, complete, site_of, the_form
from tests.people import a_site, a_user, principal_investigator
from tests.rehearsal_ground import taken_back

ONE_DAY = timedelta(days=1)
FIRST = {"version": "1.0", "approved_on": date(2025, 1, 1), "effective_on": date(2025, 2, 1)}


def today() -> date:
    return timezone.now().astimezone(a_zone()).date()


def a_zone():
    return Site.objects.order_by("pk").first().zone


def a_version(site: Site, version: str, *, by: User, due_in: int | None = None, since: int = 40, **said) -> ConsentForm:
    """Add a version that took effect days ago, to be signed again by a day from now."""
    effective = today() - since * ONE_DAY
    if due_in is not None:
        said = {"reconsent": Reconsent.EVERYONE, "reconsent_by": today() + due_in * ONE_DAY, **said}
    details = {"approved_on": effective, "effective_on": effective, **said}
    return actions.add_consent_form(site, by=by, at=timezone.now(), version=version, **details)


@pytest.fixture(scope="module")
def coordinator(module_db: str) -> User:
    return a_coordinator(a_site())


@pytest.fixture(scope="module")
def subject(coordinator: User) -> Subject:
    site = site_of(coordinator)
    actions.add_consent_form(site, by=principal_investigator(site), at=timezone.now(), **FIRST)
    found = a_subject(coordinator)
    complete(the_form(found, "ICF", by=coordinator), CONSENT, by=coordinator)
    a_subject(coordinator)  # nobody asks anything again of whoever never consented
    return found


@pytest.fixture(autouse=True)
def _taken_back(subject: Subject):
    with taken_back():
        yield


@pytest.fixture
def lead(subject: Subject) -> User:
    return principal_investigator(subject.site)


def signed_again(subject: Subject, *, by: User, version: str, on: date) -> None:
    form = actions.add_form(subject, by=by, at=timezone.now(), visit=None, crf="ICF")
    form = the_form(subject, "ICF", by=by, repeat=form.repeat)
    complete(form, {**CONSENT, "version": version, "signed_at": f"{on}T09:00"}, by=by)


def due(user: User) -> list[tuple[str, str, int]]:
    with as_actor(user):
        found = reconsents_due(user, at=timezone.now())
    return [(owed.subject.number, owed.asked.form.version, owed.days_left) for owed in found]


def deviations(subject: Subject, *, by: User) -> list[tuple[str, bool]]:
    with as_actor(by):
        rows = Deviation.objects.filter(subject=subject, kind="consent outdated").order_by("occurred_on")
        return [(Sentence.from_json(row.sentence).english(), row.closed_at is None) for row in rows]


# --- versions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"version": "1.0"}, "Site {site} has version 1.0 already."),
        ({"version": " "}, "Write the version as it is printed on the form."),
        (
            {"approved_on": date(2025, 1, 2), "effective_on": date(2025, 2, 1)},
            "Version 1.0 takes effect at {site} on 2025-02-01; a newer one takes effect after that day.",
        ),
        (
            {"approved_on": date(2025, 5, 2)},
            "A consent form is used after its approval: it cannot take effect before 2025-05-02.",
        ),
        ({"reconsent": "everyone"}, "Say by which day the version is signed again."),
        ({"reconsent_by": date(2025, 6, 1)}, "Nobody signs again, so there is no day to do it by."),
        ({"reconsent": "some"}, "Say who signs this version again; “some” is not among the choices."),
        (
            {"reconsent": "everyone", "reconsent_by": date(2025, 4, 30)},
            "The version can be signed from 2025-05-01 on; give a day after it to sign again by.",
        ),
    ],
)
def test_a_version_that_goes_back_or_contradicts_itself_is_refused(subject, lead, said, sentence):
    details = {"version": "2.0", "approved_on": date(2025, 4, 1), "effective_on": date(2025, 5, 1), **said}

    with pytest.raises(Refusal, match=sentence.format(site=subject.site.code).replace("(", r"\(")):
        actions.add_consent_form(subject.site, by=lead, at=timezone.now(), **details)


def test_a_version_takes_effect_from_the_day_after_the_last_one(subject, lead):
    details = {"approved_on": date(2025, 2, 1), "effective_on": date(2025, 2, 2)}

    assert actions.add_consent_form(subject.site, by=lead, at=timezone.now(), version="2.0", **details).pk


def test_a_coordinator_adds_no_version_and_a_data_manager_does(subject, coordinator):
    with pytest.raises(Refusal, match=r"Your role at .* does not include this: add a version of the consent form"):
        a_version(subject.site, "2.0", by=coordinator)

    assert a_version(subject.site, "2.0", by=a_data_manager()).pk


CORRECTED = {"version": "2.1", "note": "In Chinese", "reconsent": Reconsent.NOBODY, "reconsent_by": None}


def corrected(held: ConsentForm, *, by: User, why: str = "Misread the letter", **said) -> ConsentForm:
    details = {"approved_on": today() - 9 * ONE_DAY, "effective_on": today() - 8 * ONE_DAY, **CORRECTED, **said}
    return actions.correct_consent_form(held, by=by, at=timezone.now(), why=why, **details)


def test_a_version_that_nobody_used_is_corrected_with_a_reason(subject, coordinator, lead):
    version = a_version(subject.site, "2.0", by=lead, due_in=5)
    with pytest.raises(Refusal, match="Say why the version is corrected"):
        corrected(version, by=lead, why=" ")
    with pytest.raises(Refusal, match="a newer one takes effect after that day"):
        corrected(version, by=lead, approved_on=date(2025, 1, 1), effective_on=date(2025, 2, 1))
    assert due(coordinator) == [(subject.number, "2.0", 5)]

    assert corrected(version, by=lead).version == "2.1"
    assert due(coordinator) == []


def test_a_version_in_use_or_before_another_or_past_its_day_is_corrected_no_more(subject, coordinator, lead):
    first = ConsentForm.objects.get(site=subject.site)
    with pytest.raises(Refusal, match=r"A consent at .* names version 1\.0: it is in use\."):
        corrected(first, by=lead)
    due_today = a_version(subject.site, "2.0", by=lead, due_in=0)
    assert corrected(due_today, by=lead, version="2.0").pk
    late = a_version(subject.site, "3.0", by=lead, due_in=-1, since=2)
    with pytest.raises(Refusal, match=f"was to be signed again by {today() - ONE_DAY}, and that day has passed"):
        corrected(late, by=lead)
    with pytest.raises(Refusal, match="only the last one is corrected"):
        corrected(due_today, by=lead)
    with pytest.raises(Refusal, match="does not include this: add a version of the consent form"):
        corrected(late, by=coordinator)


def test_a_version_is_corrected_on_its_page_and_a_wrong_entry_loses_nothing(subject, lead):
    version, client = a_version(subject.site, "2.0", by=lead), Client()
    client.force_login(lead)
    address = reverse("consent-form", args=[version.pk])
    typed = {"version": "2.1", "approved_on": today(), "effective_on": today(), "note": "", "reconsent": "nobody"}
    refused = client.post(address, {**typed, "why": "Wrong", "approved_on": today() + ONE_DAY})
    assert (refused.status_code, 'value="2.1"' in refused.content.decode()) == (409, True)

    assert client.post(address, {**typed, "why": "Misread the letter"}).status_code == 302
    assert ConsentForm.objects.get(pk=version.pk).version == "2.1"


# --- withdrawn ------------------------------------------------------------------------------------------------------


def withdrawn(held: ConsentForm, *, by: User, why: str = "Of another trial") -> ConsentForm:
    return actions.withdraw_consent_form(held, by=by, at=timezone.now(), why=why)


def test_a_version_that_nobody_used_is_withdrawn_with_a_reason_and_may_be_added_again(subject, coordinator, lead):
    version = a_version(subject.site, "2.0", by=lead, due_in=5)
    with pytest.raises(Refusal, match="Say why the version is withdrawn"):
        withdrawn(version, by=lead, why=" ")
    with pytest.raises(Refusal, match="does not include this: add a version of the consent form"):
        withdrawn(version, by=coordinator)
    assert due(coordinator) == [(subject.number, "2.0", 5)]

    gone = withdrawn(version, by=lead)

    assert (gone.withdrawn_by, gone.withdrawn_because) == (lead, "Of another trial")
    assert due(coordinator) == []
    assert [each.version for each in reference_for([subject.site_id]).consents[subject.site_id]] == ["1.0"]
    with pytest.raises(Refusal, match=r"Version 2\.0 was withdrawn at .* already"):
        withdrawn(gone, by=lead)
    with pytest.raises(Refusal, match=r"Version 2\.0 was withdrawn at .* already"):
        corrected(gone, by=lead)
    assert a_version(subject.site, "2.0", by=lead, since=60).pk != version.pk


def test_a_version_that_was_used_is_not_withdrawn_one_before_another_is(subject, lead):
    first = ConsentForm.objects.get(site=subject.site)
    with pytest.raises(Refusal, match=r"A consent at .* names version 1\.0: it is in use\."):
        withdrawn(first, by=lead)
    wrong = a_version(subject.site, "2.0", by=lead)
    late = a_version(subject.site, "3.0", by=lead, due_in=-1, since=2)
    with pytest.raises(Refusal, match=f"was to be signed again by {today() - ONE_DAY}, and that day has passed"):
        withdrawn(late, by=lead)

    assert withdrawn(wrong, by=lead).withdrawn_at


def test_what_was_withdrawn_stays_so_in_the_database(subject, lead):
    version = withdrawn(a_version(subject.site, "2.0", by=lead), by=lead)

    with pytest.raises(DatabaseError, match="that was withdrawn stays as it is"), as_actor(lead):
        ConsentForm.objects.filter(pk=version.pk).update(note="Still here")


def test_a_version_is_withdrawn_on_its_page_and_stays_on_the_list(subject, lead):
    version, client = a_version(subject.site, "2.0", by=lead), Client()
    client.force_login(lead)
    address = reverse("consent-form-withdraw", args=[version.pk])
    assert client.post(address, {"why": ""}).status_code == 400
    first = reverse("consent-form-withdraw", args=[ConsentForm.objects.get(site=subject.site, version="1.0").pk])
    refused = client.post(first, {"why": "Wrong"})
    assert (refused.status_code, "it is in use" in refused.content.decode()) == (409, True)

    assert client.post(address, {"why": "Of another trial"}).status_code == 302

    assert "Of another trial" in page(lead).content.decode()
    shown = client.get(reverse("consent-form", args=[version.pk])).content.decode()
    assert f"Withdrawn by {lead.name}" in shown
    assert "Withdraw the version" not in shown


# --- who signs again --------------------------------------------------------------------------------------------------


def test_nobody_signs_again_where_the_version_asks_nobody(subject, coordinator, lead):
    a_version(subject.site, "2.0", by=lead)

    assert due(coordinator) == []


def test_whoever_signed_the_earlier_version_stands_on_the_list_with_the_days_left(subject, coordinator, lead):
    a_version(subject.site, "2.0", by=lead, due_in=0)

    assert due(coordinator) == [(subject.number, "2.0", 0)]


def test_a_version_of_tomorrow_asks_nobody_today(subject, coordinator, lead):
    a_version(subject.site, "2.0", by=lead, due_in=10, since=-1)

    assert due(coordinator) == []


@pytest.mark.parametrize(("who", "is_asked"), [(Reconsent.BEFORE, True), (Reconsent.AFTER, False)])
def test_a_version_may_concern_only_those_before_or_after_randomization(subject, coordinator, lead, who, is_asked):
    a_version(subject.site, "2.0", by=lead, due_in=5, reconsent=who)

    assert bool(due(coordinator)) is is_asked


def test_a_further_consent_form_with_the_new_version_settles_it(subject, coordinator, lead):
    a_version(subject.site, "2.0", by=lead, due_in=5)
    signed_again(subject, by=coordinator, version="1.0", on=today() - ONE_DAY)
    assert due(coordinator) == [(subject.number, "2.0", 5)]

    signed_again(subject, by=coordinator, version="2.0", on=today() - ONE_DAY)
    assert due(coordinator) == []


def test_a_newer_version_that_is_asked_for_in_time_takes_the_place_of_the_older(subject, coordinator, lead):
    a_version(subject.site, "2.0", by=lead, due_in=5)
    a_version(subject.site, "3.0", by=lead, due_in=9, since=1)

    assert due(coordinator) == [(subject.number, "3.0", 9)]


def test_another_site_sees_none_of_it(subject, lead):
    a_version(subject.site, "2.0", by=lead, due_in=5)

    assert due(a_coordinator(a_site())) == []


# --- what follows -----------------------------------------------------------------------------------------------------


def test_past_its_day_it_is_one_important_deviation_however_often_the_sweep_runs(
    subject, coordinator, lead, monkeypatch
):
    monkeypatch.setattr("casebook.actions.consents.judge_touched", lambda *_touched, **_said: ())  # as days ago
    a_version(subject.site, "2.0", by=lead, due_in=-1)

    assert [find_outdated_consents(at=timezone.now()) for _ in range(2)] == [1, 0]
    said = f"Version 2.0 of the consent form was to be signed by {today() - ONE_DAY}; none is on record in time."
    assert deviations(subject, by=coordinator) == [(said, True)]
    with as_actor(coordinator):
        assert Deviation.objects.get(subject=subject).severity == "important"


def test_a_version_entered_past_its_day_is_a_deviation_at_once(subject, coordinator, lead):
    a_version(subject.site, "2.0", by=lead, due_in=-1)

    assert [stands for _said, stands in deviations(subject, by=coordinator)] == [True]


def test_on_its_last_day_it_is_none_yet(subject, coordinator, lead):
    a_version(subject.site, "2.0", by=lead, due_in=0)

    assert find_outdated_consents(at=timezone.now()) == 0


def test_it_falls_when_a_consent_signed_in_time_is_entered_and_stays_for_one_signed_late(subject, coordinator, lead):
    a_version(subject.site, "2.0", by=lead, due_in=-3)
    find_outdated_consents(at=timezone.now())

    signed_again(subject, by=coordinator, version="2.0", on=today() - 2 * ONE_DAY)
    assert [stands for _said, stands in deviations(subject, by=coordinator)] == [True]

    signed_again(subject, by=coordinator, version="2.0", on=today() - 3 * ONE_DAY)
    assert [stands for _said, stands in deviations(subject, by=coordinator)] == [False]


def test_whoever_enters_data_is_reminded_once_and_no_more_once_it_is_signed(subject, coordinator, lead):
    a_version(subject.site, "2.0", by=lead, due_in=-1)

    assert [remind_of_consents(at=timezone.now()) > 0 for _ in range(2)] == [True, False]
    with as_actor(coordinator):
        notice = Notice.objects.get(recipient=coordinator)
    assert Sentence.from_json(notice.text).english() == (
        f"{subject.number}: the consent version is outdated. Version 2.0 was to be signed by {today() - ONE_DAY}: "
        "have it signed, and enter the consent."
    )
    signed_again(subject, by=coordinator, version="2.0", on=today())
    remind_of_consents(at=timezone.now())
    with as_actor(coordinator):
        assert not Notice.objects.filter(kind="consent outdated").exists()


# --- the page ---------------------------------------------------------------------------------------------------------


def page(user: User, name: str = "consent-forms", **query: str):
    client = Client()
    client.force_login(user)
    return client.get(reverse(name), query)


def test_the_page_and_its_csv_say_who_signs_what_by_when(subject, coordinator, lead):
    a_version(subject.site, "2.0", by=lead, due_in=-1)

    shown = page(coordinator, show="overdue").content.decode()
    assert subject.number in shown
    assert "Overdue" in shown
    assert subject.number not in page(coordinator, show="signed").content.decode().split("Versions")[0]
    row = page(coordinator, "consent-forms-csv").content.decode().splitlines()[1]
    assert row == f"{subject.number},{subject.site.code},1.0,2025-03-01,2.0,{today() - ONE_DAY},-1,,overdue"


def test_the_page_costs_the_same_for_any_number_of_subjects(subject, coordinator, lead):
    a_version(subject.site, "2.0", by=lead, due_in=5)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            page(coordinator)
        return len(found)

    before = cost()
    for _ in range(3):
        complete(the_form(a_subject(coordinator), "ICF", by=coordinator), CONSENT, by=coordinator)
    assert cost() == before
    assert len(due(coordinator)) == 4


def test_a_version_is_added_on_the_page_and_what_is_refused_is_said_there(subject, lead):
    client = Client()
    client.force_login(lead)
    typed = {
        "site": subject.site.pk, "version": "2.0", "approved_on": "2025-04-01", "effective_on": "2025-05-01",
        "note": "中文", "reconsent": "everyone", "reconsent_by": "",
    }  # fmt: skip

    assert client.post(reverse("consent-form-add"), typed).status_code == 302
    with as_actor(lead):
        assert ConsentForm.objects.get(version="2.0").reconsent_by == date(2025, 5, 31)
    refused = client.post(reverse("consent-form-add"), typed)
    assert refused.status_code == 409
    assert f"Site {subject.site.code} has version 2.0 already." in refused.content.decode()
    assert client.post(reverse("consent-form-add"), {**typed, "effective_on": "soon"}).status_code == 400


def test_a_version_for_a_site_out_of_sight_is_not_taken(subject, lead):
    client = Client()
    client.force_login(a_user(Role.PRINCIPAL_INVESTIGATOR, a_site()))
    typed = {"site": subject.site.pk, "version": "9", "approved_on": "2025-04-01", "effective_on": "2025-05-01"}

    assert client.post(reverse("consent-form-add"), {**typed, "reconsent": "nobody"}).status_code == 400


def test_home_says_who_must_sign_again(subject, coordinator, lead):
    assert "version 2.0, by" not in page(coordinator, "home").content.decode()

    a_version(subject.site, "2.0", by=lead, due_in=-1)

    shown = page(coordinator, "home").content.decode()
    assert f"version 2.0, by {day_in_words((today() - ONE_DAY).isoformat())}" in shown
