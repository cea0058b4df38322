"""After a transfer a consent is owed: who is asked for it, and what no page promises before it."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.door import as_actor
from casebook import actions
from casebook.models import Form, Subject, Visit
from casebook.rules.transferring import may_go_on
from casebook.selectors.consents import OwedFirst, owed_at, owed_first_and_again
from casebook.selectors.transfers import WITHOUT_CONSENT, owing_consent
from desk.selectors.waiting import Asking, Work
from desk.selectors.work import work_of
from eligibility.rules import gate
from protocol.roles import Role
from randomization.selectors import candidates
from tests.casebook_ground import CONSENT, a_key, a_surgeon, complete, save
from tests.integration.test_entry_pages import browser_of, text_of
from tests.people import LONG_AGO, a_site, a_user, principal_investigator
from tests.randomization_ground import an_eligible_subject
from tests.rehearsal_ground import a_cast, a_passing_subject, sign_readings, taken_back
from tests.transfer_ground import REASON

SENTENCE = "came from another site on"
CONSENTS, READY = "Consents to be signed again", "Ready to randomize"
RESPONSES, SIGNATURES = "Responses to confirm", "Determinations to sign"
BEGIN, FINISH, EVALUATIONS = "Forms to begin", "Forms to finish", "Evaluations to enter"
NOW, SOON = "Second confirmations possible now", "Second confirmations possible soon"


@pytest.fixture(scope="module")
def here(module_db) -> SimpleNamespace:
    """A site to which came one eligible, one whose response can be confirmed and one in need of a scan, and its people."""
    cast = a_cast()
    eligible, responding = an_eligible_subject(cast), a_passing_subject(cast, "other")
    sign_readings(responding)
    scanned = a_passing_subject(cast, "waiting", scans_days_ago=(20,), markers_days_ago=(20,), evaluated=False)
    save(added(scanned, "CM"), {"name": "Entecavir"}, by=scanned.one(Role.COORDINATOR))
    save(added(scanned, "AE"), {"term": "Fatigue"}, by=scanned.one(Role.COORDINATOR))
    added(scanned, "CH", visit="SCR")
    old, at = eligible.subject.site, timezone.now()
    site = a_site("NEW", synthetic=old.synthetic)
    lead, coordinator = principal_investigator(site), a_user(Role.COORDINATOR, site)
    actions.add_consent_form(site, by=lead, at=at, version="1.0", approved_on=LONG_AGO, effective_on=LONG_AGO)
    for walk in (eligible, responding, scanned):
        asks = walk.one(Role.PRINCIPAL_INVESTIGATOR)
        made = actions.ask_transfer(walk.subject, by=asks, at=at, to_site=site, reason=REASON)
        actions.accept_transfer(made, by=lead, at=timezone.now())
    people = {"lead": lead, "coordinator": coordinator, "surgeon": a_surgeon(site)}
    return SimpleNamespace(site=site, **people, eligible=eligible, responding=responding, scanned=scanned)


def added(walk, crf: str, *, visit: str = "") -> Form:
    """Let the coordinator of the old site add a form to the log or to a visit."""
    by = walk.one(Role.COORDINATOR)
    with as_actor(by):
        place = Visit.objects.get(subject=walk.subject, code=visit) if visit else None
    return actions.add_form(walk.subject, by=by, at=timezone.now(), visit=place, crf=crf, key=a_key())


def now(here, walk) -> Subject:
    with as_actor(here.lead):
        return Subject.objects.select_related("site").get(pk=walk.subject.pk)


def consent(here, walk, *, day: datetime | None = None) -> Form:
    """Let the coordinator enter a consent signed now, unless told otherwise."""
    by, at = here.coordinator, timezone.now()
    signed = (day or at).astimezone(here.site.zone).date()
    form = actions.add_form(now(here, walk), by=by, at=at, visit=None, crf="ICF", key=a_key())
    complete(form, {**CONSENT, "signed_at": f"{signed}T00:00"}, by=by)
    return form


def listed(work: Work) -> set[str]:
    """Return the titles of the forms that the home page lists."""
    return {line.text.split(" · ")[0] for line in work.lines}


def home(user: User, site) -> dict[str, Work]:
    with as_actor(user):
        return {work.title: work for work in work_of(Asking(user, [site], timezone.now()))}


def page(user: User, name: str, *args: object, **asked: str) -> str:
    return text_of(browser_of(user).get(reverse(name, args=args), asked))


def owing(here) -> set[str]:
    with as_actor(here.lead):
        found = set(Subject.objects.filter(owing_consent()).values_list("number", flat=True))
        told = {each.number for each in Subject.objects.select_related("site") if not may_go_on(each)}
    assert found == told
    return found


class TestWhoIsAsked:
    @pytest.mark.parametrize("who", ["lead", "coordinator"])
    def test_home_lists_the_consent_before_anything_else(self, here, who):
        work = home(getattr(here, who), here.site)[CONSENTS]

        assert work.count == 3
        assert {line.subject for line in work.lines} == owing(here)
        assert all("before anything else, after the transfer of" in line.text for line in work.lines)

    def test_the_list_and_its_csv_name_the_version_and_the_day_of_the_transfer(self, here):
        for name in ("consent-forms", "consent-forms-csv"):
            text = page(here.coordinator, name)
            assert all(number in text for number in owing(here)), name
            assert "before anything else, after the transfer of" in text, name
            assert here.eligible.subject.number not in page(here.coordinator, name, show="overdue"), name
            assert here.eligible.subject.number not in page(here.coordinator, name, version="9"), name
            assert here.eligible.subject.number in page(here.coordinator, name, version="1.0", show="all"), name

    def test_asks_two_queries_and_no_more_where_more_came(self, here):
        with as_actor(here.lead), CaptureQueriesContext(connection) as captured:
            owed = owed_first_and_again([here.site], at=timezone.now())

        assert (len(owed), len(captured)) == (3, 2)
        assert all(isinstance(each, OwedFirst) and each.before and each.version == "1.0" for each in owed)

    def test_the_reminders_and_deviations_of_versions_are_asked_apart(self, here):
        with as_actor(here.lead):
            assert owed_at([here.site], at=timezone.now()) == []

    def test_before_a_version_is_in_force_it_is_asked_for_without_one(self, here):
        with as_actor(here.lead):
            owed = owed_first_and_again([here.site], at=timezone.now() - timedelta(days=20000))

        assert [each.version for each in owed] == ["", "", ""]

    @pytest.mark.parametrize(("days", "left"), [(-1, 3), (0, 2)])
    def test_who_signed_on_the_day_of_the_transfer_is_asked_no_longer(self, here, days, left):
        with taken_back():
            consent(here, here.eligible, day=timezone.now() + timedelta(days=days))

            assert len(owing(here)) == left
            assert home(here.coordinator, here.site)[CONSENTS].count == left


class TestTheWayToRandomization:
    def test_the_gate_is_closed_with_the_sentence_and_open_after_the_consent(self, here):
        with as_actor(here.lead):
            decision = gate(now(here, here.eligible), at=timezone.now())
        assert SENTENCE in str(decision.why)
        text = page(here.lead, "candidate", here.eligible.subject.pk)
        assert SENTENCE in text
        assert "Go on to randomization" not in text

        with taken_back():
            consent(here, here.eligible)
            assert SENTENCE not in page(here.lead, "candidate", here.eligible.subject.pk)

    def test_home_and_the_page_of_randomization_list_nobody_as_ready_before_it(self, here):
        assert home(here.lead, here.site)[READY].count == 0
        with as_actor(here.lead):
            assert not candidates(here.lead).exists()

        with taken_back():
            consent(here, here.eligible)
            with as_actor(here.lead):
                assert [each.number for each in candidates(here.lead)] == [here.eligible.subject.number]
            assert home(here.lead, here.site)[READY].count == 1

    def test_home_asks_for_no_signature_before_it(self, here):
        before = home(here.lead, here.site)
        assert (before[RESPONSES].count, before[SIGNATURES].count) == (0, 0)

        with taken_back():
            consent(here, here.responding)
            assert [line.subject for line in home(here.lead, here.site)[RESPONSES].lines] == [
                here.responding.subject.number
            ]


class TestEntry:
    def test_home_lists_nothing_to_begin_and_to_finish_only_what_waits_for_no_consent(self, here):
        before = home(here.coordinator, here.site)
        assert (before[BEGIN].count, listed(before[FINISH])) == (0, {"Adverse event"})

        with taken_back():
            consent(here, here.scanned)
            after = home(here.coordinator, here.site)
            assert {line.subject for line in after[BEGIN].lines} == {here.scanned.subject.number}
            assert listed(after[FINISH]) == {"Adverse event", "Concomitant medication"}

    def test_the_list_of_subjects_finds_as_many_as_home_leads_to(self, here):
        assert here.scanned.subject.number not in page(here.coordinator, "subjects", waiting="begin")
        assert here.scanned.subject.number in page(here.coordinator, "subjects", waiting="forms")  # the adverse event

        with taken_back():
            consent(here, here.scanned)
            assert here.scanned.subject.number in page(here.coordinator, "subjects", waiting="begin")

    def test_home_announces_no_second_confirmation_before_it(self, here):
        before = home(here.coordinator, here.site)
        assert (before[NOW].count, before[SOON].count) == (0, 0)

        with taken_back():
            consent(here, here.scanned)
            after = home(here.coordinator, here.site)
            assert [line.subject for line in after[SOON].lines] == [here.scanned.subject.number]

    def test_home_asks_the_surgeon_for_no_evaluation_before_it(self, here):
        assert home(here.surgeon, here.site)[EVALUATIONS].count == 0

        with taken_back():
            consent(here, here.scanned)
            lines = home(here.surgeon, here.site)[EVALUATIONS].lines
            assert [line.subject for line in lines] == [here.scanned.subject.number]


class TestTheCasebook:
    def test_says_what_is_owed_and_offers_the_consent_alone(self, here):
        answer = browser_of(here.coordinator).get(reverse("casebook", args=[here.eligible.subject.pk]))

        assert SENTENCE in text_of(answer)
        assert answer.context["goes_on"].why == answer.context["may_add"].why
        assert all(not addable for _part, addable, *_held in answer.context["parts"])
        # Nobody here is randomized, and only then does the study end.
        assert {log.crf.code for log in answer.context["logs"] if log.may_add} == WITHOUT_CONSENT - {"ES"}
        assert all(log.may_add.why for log in answer.context["not_now"])

    def test_offers_the_others_after_the_consent(self, here):
        with taken_back():
            consent(here, here.eligible)
            answer = browser_of(here.coordinator).get(reverse("casebook", args=[here.eligible.subject.pk]))

            assert SENTENCE not in text_of(answer)
            assert any(addable for _part, addable, *_held in answer.context["parts"])
