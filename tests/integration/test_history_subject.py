"""The history of a whole subject: every change item by item, narrowed by the address, within the reader's sight."""

from __future__ import annotations

import csv

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.door import as_actor
from casebook import actions
from casebook.actions.files import bring_file, withdraw_file
from casebook.actions.monitoring import open_visit, write_note
from casebook.files.cleaning import cleaned
from casebook.models import Subject
from casebook.selectors.subject_history import Narrowed, history_of
from tests.casebook_ground import (
    DEMOGRAPHY,
    EVALUATION,
    VITALS,
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
    the_investigator,
)
from tests.files_ground import a_pdf

pytestmark = pytest.mark.django_db


class Ground:
    """A subject whose demography was completed, signed and changed, and whose vital signs were begun."""

    def __init__(self) -> None:
        self.coordinator = a_coordinator()
        self.site = site_of(self.coordinator)
        self.lead = the_investigator(self.coordinator)
        self.subject: Subject = a_subject(self.coordinator)
        self.form = the_form(self.subject, "DM", by=self.coordinator)
        complete(self.form, DEMOGRAPHY, by=self.coordinator)
        self.signed = again(self.form, by=self.lead)
        save(the_form(self.subject, "VS", by=self.coordinator), {"weight": "60.0 kg"}, by=self.coordinator)


@pytest.fixture
def ground() -> Ground:
    return Ground()


def lines(ground: Ground, user: User | None = None, **asked):
    user = user or ground.coordinator
    with as_actor(user):
        return history_of(Subject.objects.select_related("site").get(pk=ground.subject.pk), user, Narrowed(**asked))[0]


def page(user: User, name: str, subject: Subject, **asked):
    client = Client()
    client.force_login(user)
    return client.get(reverse(name, args=[subject.pk]), asked)


def change(ground: Ground, typed, reason: str = "Source was corrected") -> None:
    form = again(ground.form, by=ground.coordinator)
    complete(form, {**DEMOGRAPHY, **typed}, by=ground.coordinator, reasons=dict.fromkeys(typed, reason))


def test_every_answer_has_a_line_of_its_own(ground):
    change(ground, {"birth_date": "1971-05-01"})

    found = [
        (line.form.crf, line.path, line.kind, line.old.value, line.new.value) for line in lines(ground) if line.path
    ]

    assert ("DM", "birth_date", "entered", "", "1970-05-01") in found
    assert ("DM", "birth_date", "changed", "1970-05-01", "1971-05-01") in found
    assert ("VS", "weight", "entered", "", "60.0") in found
    (changed,) = lines(ground, kind="changed")
    assert changed.reason == "Source was corrected"
    assert changed.by_name == ground.coordinator.name
    assert changed.by_role == f"Research coordinator ({ground.site.code})" or ground.site.code in changed.by_role
    assert changed.flags == ("after completion",)
    assert changed.new.unit == ""


def test_the_way_of_a_form_stands_between_its_answers(ground):
    what = [line.what for line in lines(ground, form=str(ground.form.pk), kind="form", order="oldest")]

    assert what == ["form added", "form complete"]


def test_each_filter_narrows(ground):
    change(ground, {"birth_date": "1971-05-01"})

    assert {line.form.crf for line in lines(ground, form=str(ground.form.pk))} == {"DM"}
    assert {line.path for line in lines(ground, item="Weight")} == {"weight"}
    assert lines(ground, who="nobody of this name") == []
    assert lines(ground, who=ground.coordinator.name[:12]) != []
    today = timezone.now().astimezone(ground.site.zone).date()
    assert lines(ground, since=today, until=today) == lines(ground)
    assert lines(ground, until=today.replace(year=today.year - 1)) == []
    assert [line.path for line in lines(ground, flag="after completion")] == ["birth_date"]
    assert lines(ground, flag="after signature") == []
    assert lines(ground, flag="many at once") == []


def test_lines_are_sorted_as_asked(ground):
    newest, oldest = lines(ground), lines(ground, order="oldest")

    assert [line.at for line in oldest] == sorted(line.at for line in oldest)
    assert newest[-1].what == "subject added"
    assert len(newest) == len(oldest) == len(lines(ground, order="user"))


def test_the_page_shows_who_in_which_role_when_here_and_in_utc_and_why(ground):
    change(ground, {"birth_date": "1971-05-01"}, reason="Read wrongly")

    shown = page(ground.coordinator, "subject-history", ground.subject, kind="changed").content.decode()

    for text in (
        "1 May 1970",
        "1 May 1971",
        "Read wrongly",
        ground.coordinator.name,
        ground.site.code,
        "Asia/Shanghai",
    ):
        assert text in shown
    assert " UTC</time>" in shown
    assert "After completion" in shown


def test_the_csv_has_every_line_of_the_filter(ground):
    answer = page(ground.coordinator, "subject-history-csv", ground.subject, form=str(ground.form.pk), kind="entered")

    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    assert {row["item_path"] for row in rows} == set(DEMOGRAPHY)
    assert {row["new"] for row in rows} == {"1 May 1970", "Male"}


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "yesterday"},
        {"until": "99999-01-01"},
        {"page": "0"},
        {"page": "99999999999"},
        {"size": "7"},
        {"form": "no key"},
        {"kind": "unheard of", "flag": "x", "order": "x"},
        {"item": "%_"},
    ],
)
def test_what_cannot_be_read_in_the_address_is_no_fault(ground, asked):
    answer = page(ground.coordinator, "subject-history", ground.subject, **asked)

    assert answer.status_code == 200
    if "since" in asked or "until" in asked:
        assert "is no day. Write it as 2025-03-31." in answer.content.decode()


def test_the_page_asks_the_same_however_long_the_history_is(ground):
    def asked() -> int:
        client = Client()
        client.force_login(ground.coordinator)
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get(reverse("subject-history", args=[ground.subject.pk]))
        return len(found)

    before = asked()
    change(ground, {"birth_date": "1971-05-01"})
    complete(the_form(ground.subject, "VS", by=ground.coordinator), VITALS, by=ground.coordinator)

    assert asked() == before


def test_the_subject_of_another_site_does_not_exist(ground):
    assert page(a_coordinator(), "subject-history", ground.subject).status_code == 404
    assert page(a_coordinator(), "subject-history-csv", ground.subject).status_code == 404


def test_a_blinded_evaluation_is_in_nobody_elses_history(ground):
    surgeon, other = a_surgeon(ground.site), a_surgeon(ground.site)
    form = the_form(ground.subject, "SU", by=surgeon)
    complete(form, EVALUATION | {"comment": "Segment six is free."}, by=surgeon)

    assert "SU" in {line.form.crf for line in lines(ground, surgeon) if line.form}
    for user in (other, ground.coordinator, ground.lead, a_data_manager(), a_monitor(ground.site)):
        assert not [line for line in lines(ground, user) if line.form and line.form.crf == "SU" and line.path]
        assert "Segment six" not in page(user, "subject-history", ground.subject).content.decode()


class TestBesideTheAnswers:
    """Comments, files, and what a monitor noted at the visit in which the subject was verified."""

    @pytest.fixture
    def noted(self, ground):
        now, monitor = timezone.now(), a_monitor(ground.site)
        form = again(ground.form, by=ground.coordinator)
        actions.comment(form, by=ground.coordinator, at=now, text="Read at the bedside", path="sex")
        file = bring_file(form, by=ground.coordinator, at=now, brought=cleaned(a_pdf()), title="Passport", looked=True)
        withdraw_file(file, by=ground.coordinator, at=now, reason="Shows a name", erase=True)
        today = now.astimezone(ground.site.zone).date()
        visit = open_visit(ground.site, by=monitor, at=now, kind="on-site", began_on=today)
        write_note(visit, by=monitor, at=now, kind="finding", text="Source of the birth date is a copy")
        actions.verify_items(form, by=monitor, at=now, paths=["sex"])
        return ground

    def told(self, ground, **asked):
        return [(line.what, line.path, line.new_text) for line in lines(ground, order="oldest", **asked)]

    def test_each_stands_in_the_history_by_its_kind(self, noted):
        assert self.told(noted, kind="comment") == [("comment", "sex", "Read at the bedside")]
        assert self.told(noted, kind="file") == [("file brought", "", "Passport"), ("file erased", "", "Passport")]
        assert self.told(noted, kind="monitoring") == [("monitoring finding", "", "Source of the birth date is a copy")]
        assert lines(noted, kind="file")[0].reason == "Shows a name"

    def test_the_page_says_them_in_words(self, noted):
        shown = page(noted.coordinator, "subject-history", noted.subject).content.decode()

        for text in ("Comment made", "File brought", "File withdrawn and erased", "Finding at a monitoring visit"):
            assert text in shown, text

    def test_notes_of_a_visit_that_looked_at_others_are_not_of_this_subject(self, noted):
        other = a_subject(noted.coordinator)
        with as_actor(noted.coordinator):
            found = history_of(Subject.objects.select_related("site").get(pk=other.pk), noted.coordinator, Narrowed())
        assert {line.kind for line in found[0]} == {"form", "subject", "visit"}
