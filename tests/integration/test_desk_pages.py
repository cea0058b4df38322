"""Home, subjects, casebook and queries: what waits for whom, the worst state of each visit, and nothing of others."""

from __future__ import annotations

import csv
import io
import re
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from casebook import actions
from casebook.models import Visit
from casebook.states import Stage
from protocol.roles import Role
from tests.casebook_ground import (
    CONSENT,
    DEMOGRAPHY,
    EVALUATION,
    a_coordinator,
    a_data_manager,
    a_key,
    a_monitor,
    a_subject,
    a_surgeon,
    complete,
    queries_on,
    save,
    site_of,
    the_form,
)
from tests.people import a_site, a_user, an_administrator, principal_investigator

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TODAY = str(timezone.localdate(timezone=ZoneInfo("Asia/Shanghai")))

pytestmark = pytest.mark.django_db


def browser_of(user) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def reader(coordinator) -> Client:
    return browser_of(coordinator)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def grid_of(client: Client, **asked: str) -> list[dict[str, str]]:
    """Return the grid as its CSV says it."""
    response = client.get(reverse("subjects-csv"), asked)
    return list(csv.DictReader(io.StringIO(response.content.decode().removeprefix("\ufeff"))))


class TestTheGrid:
    def test_shows_the_worst_state_of_each_visit_with_counts(self, reader, coordinator):
        subject = a_subject(coordinator)

        untouched = grid_of(reader)
        save(the_form(subject, "CH", by=coordinator), {"alt": "30 U/L"}, by=coordinator)
        begun = grid_of(reader)
        save(the_form(subject, "HE", by=coordinator), {"platelets": "99999 10^9/L"}, by=coordinator)
        queried = grid_of(reader)

        assert untouched[0]["Screening"] == "not started 0/13"
        assert begun[0]["Screening"] == "in progress 0/13"
        assert queried[0]["Screening"] == "query open 0/13"

    def test_says_complete_when_every_form_is(self, reader, coordinator):
        subject = a_subject(coordinator)
        complete(the_form(subject, "ICF", by=coordinator), CONSENT, by=coordinator)
        actions.mark_not_done(
            the_form(subject, "PT", by=coordinator), by=coordinator, at=timezone.now(), reason="No treatment before."
        )

        assert grid_of(reader)[0]["Log forms"] == "complete 2/2"

    def test_leaves_out_the_evaluations_that_are_still_blinded(self, coordinator):
        site, subject = site_of(coordinator), a_subject(coordinator)
        author, other = a_surgeon(site), a_surgeon(site)
        complete(the_form(subject, "SU", by=author), EVALUATION, by=author)

        assert grid_of(browser_of(author))[0]["Screening"] == "in progress 1/13"
        assert grid_of(browser_of(other))[0]["Screening"] == "not started 0/12"

    def test_holds_subjects_of_ones_own_sites_only(self, reader, coordinator):
        mine = a_subject(coordinator)
        a_subject(a_coordinator(a_site()))

        assert [row["Subject"] for row in grid_of(reader)] == [mine.number]

    def test_is_filtered_by_what_stands_in_the_address(self, reader, coordinator):
        queried, quiet = a_subject(coordinator), a_subject(coordinator)
        save(the_form(queried, "CH", by=coordinator), {"alt": "9000 U/L"}, by=coordinator)

        assert [row["Subject"] for row in grid_of(reader, waiting="queries")] == [queried.number]
        assert [row["Subject"] for row in grid_of(reader, number=quiet.number[-3:])] == [quiet.number]
        assert grid_of(reader, stage="eligible") == []
        nonsense = text_of(reader.get(reverse("subjects"), {"stage": "nonsense", "order": "nonsense", "site": "x"}))
        assert queried.number in nonsense
        assert quiet.number in nonsense

    def test_asks_the_database_as_often_for_one_subject_as_for_many(self, reader, coordinator):
        a_subject(coordinator)
        reader.get(reverse("subjects"))
        with CaptureQueriesContext(connection) as for_one:
            reader.get(reverse("subjects"))
        for _ in range(5):
            a_subject(coordinator)
        with CaptureQueriesContext(connection) as for_six:
            reader.get(reverse("subjects"))

        assert len(for_six) == len(for_one)

    def test_that_is_empty_says_how_to_begin(self, reader):
        assert "Begin by adding the first one" in text_of(reader.get(reverse("subjects")))


class TestAddingASubject:
    def test_leads_to_the_casebook_of_the_next_number(self, reader, coordinator):
        site = site_of(coordinator)

        response = reader.post(reverse("subject-add"), {"site": site.pk, "key": a_key()}, follow=True)

        assert f"Subject {site.code}-001 is on the screening log." in text_of(response)

    def test_twice_with_one_key_adds_one(self, reader, coordinator):
        asked = {"site": site_of(coordinator).pk, "key": a_key()}

        first, second = (reader.post(reverse("subject-add"), asked) for _ in range(2))

        assert first.url == second.url

    def test_is_a_grey_button_with_its_reason_for_who_may_not(self, coordinator):
        response = browser_of(a_monitor(site_of(coordinator))).get(reverse("subjects"))

        assert 'aria-disabled="true"' in response.content.decode()
        assert "does not include this: add a subject" in text_of(response)

    def test_at_a_site_of_others_finds_nothing(self, reader):
        assert reader.post(reverse("subject-add"), {"site": a_site().pk, "key": a_key()}).status_code == 404


class TestHome:
    def test_of_a_coordinator_lists_forms_and_queries(self, reader, coordinator):
        subject = a_subject(coordinator)
        save(the_form(subject, "CH", by=coordinator), {"alt": "9000 U/L"}, by=coordinator)

        said = text_of(reader.get("/"))

        assert "1 Forms to finish" in said
        assert "12 Forms to begin" not in said  # the surgeon's form is not the coordinator's
        assert "11 Forms to begin" in said
        assert "1 Queries to answer" in said

    def test_of_an_investigator_lists_what_waits_for_a_signature(self, coordinator):
        complete(the_form(a_subject(coordinator), "DM", by=coordinator), DEMOGRAPHY, by=coordinator)

        said = text_of(browser_of(principal_investigator(site_of(coordinator))).get("/"))

        assert "1 Forms to sign" in said

    def test_of_a_data_manager_lists_answered_queries(self, coordinator):
        form = the_form(a_subject(coordinator), "CH", by=coordinator)
        save(form, {"alt": "9000 U/L"}, by=coordinator)
        (query,) = queries_on(form, by=coordinator)
        actions.answer_query(query, by=coordinator, at=timezone.now(), text="Confirmed.")

        assert "1 Answered queries to close" in text_of(browser_of(a_data_manager()).get("/"))

    def test_of_a_surgeon_lists_evaluations(self, coordinator):
        a_subject(coordinator)

        assert "1 Evaluations to enter" in text_of(browser_of(a_surgeon(site_of(coordinator))).get("/"))

    def test_of_a_surgeon_calls_the_visit_a_form_is_added_to_by_its_title(self, coordinator):
        subject, surgeon = a_subject(coordinator), a_surgeon(site_of(coordinator))

        page = text_of(browser_of(surgeon).get(reverse("casebook", args=[subject.pk])))

        assert "Form to add to Screening" in page
        assert "Form to add to SCR" not in page

    def test_of_a_surgeon_lists_a_subject_until_both_questions_are_answered(self, coordinator):
        subject, surgeon = a_subject(coordinator), a_surgeon(site_of(coordinator))
        complete(the_form(subject, "SU", by=surgeon), EVALUATION, by=surgeon)

        said = text_of(browser_of(surgeon).get("/"))
        assert "1 Evaluations to enter" in said
        assert f"{subject.number} Is the tumour resectable now?" in said
        browser, begins = browser_of(surgeon), f"{reverse('form-add', args=[subject.pk])}?crf=SU"
        assert f'href="{begins}"' in browser.get("/").content.decode()

        visit = Visit.objects.get(subject=subject, code="SCR")
        asked = browser.get(begins)
        assert "Begin a form of your own" in text_of(asked)
        begun = browser.post(begins, {"crf": "SU", "visit": str(visit.pk), "key": asked.context["key"]})
        present = the_form(subject, "SU", by=surgeon, repeat=2)
        assert begun["Location"] == browser.get(begins)["Location"] == reverse("form", args=[present.pk])
        complete(present, EVALUATION | {"question": "present", "evaluated_on": TODAY}, by=surgeon)

        assert "0 Evaluations to enter" in text_of(browser_of(surgeon).get("/"))

    def test_of_a_surgeon_leaves_out_what_two_others_answered(self, coordinator):
        subject, site = a_subject(coordinator), site_of(coordinator)
        visit = Visit.objects.get(subject=subject, code="SCR")
        for surgeon in (a_surgeon(site), a_surgeon(site)):
            for question in ("initial", "present"):
                form = actions.add_form(subject, by=surgeon, at=timezone.now(), visit=visit, crf="SU")
                complete(form, EVALUATION | {"question": question, "evaluated_on": TODAY}, by=surgeon)

        assert "0 Evaluations to enter" in text_of(browser_of(a_surgeon(site)).get("/"))

    def test_of_a_surgeon_leaves_out_who_is_past_screening(self, coordinator):
        subject = a_subject(coordinator)
        actions.advance(
            subject, by=principal_investigator(site_of(coordinator)), at=timezone.now(), to=Stage.SCREEN_FAILURE
        )

        assert "0 Evaluations to enter" in text_of(browser_of(a_surgeon(site_of(coordinator))).get("/"))

    def test_of_somebody_without_a_role_says_whom_to_ask(self):
        from tests.people import somebody

        assert "You have no role yet. Ask the administrator" in text_of(browser_of(somebody()).get("/"))

    def test_shows_nobody_the_pages_that_are_not_for_them(self):
        said = text_of(browser_of(an_administrator()).get("/"))

        assert "Administration" in said
        assert "Subjects" not in said


class TestTheCasebook:
    def test_shows_every_form_with_its_state_and_the_step_reached(self, reader, coordinator):
        subject = a_subject(coordinator)
        complete(the_form(subject, "ICF", by=coordinator), CONSENT, by=coordinator)

        response = reader.get(reverse("casebook", args=[subject.pk]))

        assert 'aria-current="step">Consented' in response.content.decode()
        assert text_of(response).count("Not started") == 15  # 14 forms, and the visit they belong to

    def test_of_another_site_does_not_exist(self, coordinator):
        subject = a_subject(coordinator)

        assert browser_of(a_coordinator(a_site())).get(reverse("casebook", args=[subject.pk])).status_code == 404

    def test_leads_to_the_subjects_before_and_after(self, reader, coordinator):
        first, second, third = (a_subject(coordinator) for _ in range(3))

        html = reader.get(reverse("casebook", args=[second.pk])).content.decode()

        assert f'rel="prev" href="{reverse("casebook", args=[first.pk])}"' in html
        assert f'rel="next" href="{reverse("casebook", args=[third.pk])}"' in html

    def test_calls_a_signature_void_once_the_form_was_changed(self, reader, coordinator):
        subject = a_subject(coordinator)
        form = the_form(subject, "DM", by=coordinator)
        complete(form, DEMOGRAPHY, by=coordinator)
        lead = principal_investigator(site_of(coordinator))
        actions.sign_form(the_form(subject, "DM", by=lead), by=lead, at=timezone.now())
        before = text_of(reader.get(reverse("casebook", args=[subject.pk])))

        complete(
            the_form(subject, "DM", by=coordinator),
            DEMOGRAPHY | {"birth_date": "1971-01-01"},
            by=coordinator,
            reasons={"birth_date": "Source was corrected"},
        )
        after = text_of(reader.get(reverse("casebook", args=[subject.pk])))

        assert "void" not in before
        assert "void: the form was changed later" in after


class TestAddingAForm:
    """Each person is offered what they may add themselves, and nothing else."""

    def offered(self, user, subject) -> set[str]:
        html = browser_of(user).get(reverse("casebook", args=[subject.pk])).content.decode()
        lists = re.findall(r'<select[^>]*name="crf".*?</select>', html, re.DOTALL)
        buttons = re.findall(r'name="crf" value="(\w+)"', html)
        return {code for each in lists for code in re.findall(r'value="(\w+)"', each)} | set(buttons)

    def test_offers_a_coordinator_everything_but_the_evaluations(self, coordinator):
        offered = self.offered(coordinator, a_subject(coordinator))

        assert "CH" in offered
        assert "SU" not in offered

    def test_offers_a_second_surgeon_an_evaluation_of_their_own(self, coordinator):
        site, subject = site_of(coordinator), a_subject(coordinator)
        author, other = a_surgeon(site), a_surgeon(site)
        form = the_form(subject, "SU", by=author)
        complete(form, EVALUATION, by=author)
        typed = {"crf": "SU", "visit": form.visit_id, "key": a_key()}

        added = browser_of(other).post(reverse("form-add", args=[subject.pk]), typed, follow=True)

        assert self.offered(other, subject) == {"SU"}
        assert added.status_code == 200
        assert "is yours: nobody else can enter it." in text_of(added)

    def test_is_a_grey_button_with_its_reason_where_nothing_may_be_added(self, coordinator):
        subject = a_subject(coordinator)
        monitor = a_monitor(site_of(coordinator))

        response = browser_of(monitor).get(reverse("casebook", args=[subject.pk]))

        assert self.offered(monitor, subject) == set()
        assert 'aria-disabled="true"' in response.content.decode()
        assert "does not include this: enter and correct forms" in text_of(response)

    def test_says_what_a_surgeon_lacks_for_evaluating(self, coordinator):
        surgeon = a_user(Role.SURGEON, site_of(coordinator), delegated=False)

        said = text_of(browser_of(surgeon).get(reverse("casebook", args=[a_subject(coordinator).pk])))

        assert "No delegation of this task to you stands" in said
        assert "surgeon evaluation" in said

    def test_that_is_refused_speaks_of_no_typed_text_and_leads_back(self, coordinator):
        subject = a_subject(coordinator)
        monitor = browser_of(a_monitor(site_of(coordinator)))
        address = reverse("form-add", args=[subject.pk])

        refused = monitor.post(address, {"crf": "PT", "key": a_key()})

        assert refused.status_code in (403, 409)
        assert "what you typed" not in text_of(refused)
        assert browser_of(coordinator).get(address).url == reverse("casebook", args=[subject.pk])

    def test_that_a_lock_refuses_speaks_of_no_typed_text(self, reader, coordinator):
        subject = a_subject(coordinator)
        form = the_form(subject, "DM", by=coordinator)

        refused = reader.post(
            reverse("form-add", args=[subject.pk]), {"crf": "DM", "visit": form.visit_id, "key": a_key()}
        )

        assert refused.status_code == 409
        assert "is already there. Open that form." in text_of(refused)
        assert "Nothing was changed." in text_of(refused)
        assert "what you typed" not in text_of(refused)


class TestTheWayToSign:
    @pytest.fixture
    def signer(self, coordinator):
        return principal_investigator(site_of(coordinator))

    def test_stands_on_the_row_of_a_complete_form_for_who_may(self, reader, coordinator, signer):
        subject = a_subject(coordinator)
        form = the_form(subject, "DM", by=coordinator)
        complete(form, DEMOGRAPHY, by=coordinator)
        page, link = reverse("casebook", args=[subject.pk]), f'href="{reverse("form-sign", args=[form.pk])}"'

        before = browser_of(signer).get(page).content.decode()
        actions.sign_form(the_form(subject, "DM", by=signer), by=signer, at=timezone.now())

        assert link in before
        assert link not in browser_of(signer).get(page).content.decode()
        assert link not in reader.get(page).content.decode()

    def test_leads_from_home_to_every_subject_with_a_form_to_sign(self, coordinator, signer):
        waiting, _quiet = a_subject(coordinator), a_subject(coordinator)
        complete(the_form(waiting, "DM", by=coordinator), DEMOGRAPHY, by=coordinator)
        client = browser_of(signer)

        home = client.get("/").content.decode()

        assert f'href="{reverse("sign-forms")}"' in home
        assert [row["Subject"] for row in grid_of(client, waiting="signature")] == [waiting.number]
        assert grid_of(browser_of(coordinator), waiting="signature") == []

    def test_leads_an_author_to_their_own_evaluation_alone(self, coordinator):
        site, subject = site_of(coordinator), a_subject(coordinator)
        author, other = a_surgeon(site), a_surgeon(site)
        complete(the_form(subject, "SU", by=author), EVALUATION, by=author)

        assert [row["Subject"] for row in grid_of(browser_of(author), waiting="signature")] == [subject.number]
        assert grid_of(browser_of(other), waiting="signature") == []


class TestTheFrame:
    def test_jumps_to_the_one_subject_a_number_means(self, reader, coordinator):
        subject, _other = a_subject(coordinator), a_subject(coordinator)

        by_number, by_end, unclear = (
            reader.get(reverse("subject-jump"), {"q": typed}) for typed in (subject.number.lower(), "001", "00")
        )

        assert by_number.url == by_end.url == reverse("casebook", args=[subject.pk])
        assert unclear.url == f"{reverse('subjects')}?number=00"

    def test_keeps_the_site_that_was_chosen(self):
        one, other = a_site(), a_site()
        user = a_user(Role.DATA_MANAGER)
        for site in (one, other):
            a_subject(a_coordinator(site))
        client = browser_of(user)

        client.post(reverse("site-switch"), {"site": one.pk, "next": "/subjects/"})
        of_one = [row["Site"] for row in grid_of(client)]
        client.post(reverse("site-switch"), {"site": "", "next": "/"})
        of_all = [row["Site"] for row in grid_of(client)]

        assert of_one == [one.code]
        assert set(of_all) == {one.code, other.code}

    @pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
    def test_never_leads_to_another_place(self, reader, elsewhere):
        assert reader.post(reverse("site-switch"), {"site": "", "next": elsewhere}).url == "/"

    def test_labels_a_synthetic_subject(self, reader, coordinator):
        subject = a_subject(coordinator, synthetic=True)

        assert "Synthetic subject" in text_of(reader.get(reverse("casebook", args=[subject.pk])))
        assert "synthetic" in text_of(reader.get(reverse("subjects")))

    def test_names_versions_and_environment_at_its_foot(self, reader):
        said = text_of(reader.get("/"))

        assert "Protocol version" in said
        assert "Test environment" in said


@pytest.mark.parametrize(
    ("counted", "is_over", "state"),
    [
        ({"complete": 1, "begun": 1}, True, "overdue"),
        ({"complete": 1, "begun": 1}, False, "in progress"),
        ({"complete": 2, "not_done": 1}, True, "complete"),
        ({"not_done": 3}, False, "not done"),
        ({"complete": 1, "answered": 1}, False, "query answered"),
        ({"complete": 1, "answered": 1, "opened": 1}, False, "query open"),
        ({"complete": 3, "verified": 2}, False, "complete"),
        ({"complete": 3, "verified": 3}, False, "verified"),
        ({"complete": 3, "verified": 3, "signed": 3}, False, "signed"),
        ({"complete": 3, "signed": 3, "held": 3}, False, "frozen"),
        ({"complete": 3, "signed": 3, "held": 3, "locked": 3}, False, "locked"),
        ({"complete": 3, "held": 3, "locked": 2}, False, "frozen"),
    ],
)
def test_a_cell_shows_the_worst_of_its_forms_and_then_how_far_all_of_them_are(counted, is_over, state):
    from desk.selectors.grid import _Counted, _state

    found = _Counted(**dict.fromkeys(_Counted._fields, 0) | {"expected": 3} | counted)

    assert _state(found, is_over) == state


def test_a_list_keeps_its_filter_for_whoever_comes_back(reader, coordinator):
    a_subject(coordinator)
    reader.get(reverse("subjects"), {"waiting": "queries"})

    by_the_navigation = reader.get(reverse("subjects"))
    reader.get(reverse("subjects"), {"order": "number"})

    assert "waiting=queries" in by_the_navigation.url
    assert reader.get(reverse("subjects")).status_code == 200
