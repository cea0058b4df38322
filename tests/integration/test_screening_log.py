"""The screening log: everyone assessed, each once; what is refused; weeks that say nothing."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.decision import Refusal
from audit.door import as_actor
from casebook.actions import add_subject
from casebook.models import Subject
from casebook.selectors.standing import day_at
from eligibility.actions import declare_screen_failure
from eligibility.actions.screening import add_line, confirm_weeks, correct_line
from eligibility.models import QuietWeek, ScreeningLine
from eligibility.selectors.screening import monday_of, screening_log, tally, weeks_without_log
from eligibility.states import Assessed, Outcome
from outcomes.selectors.flow import people
from protocol.flow import flow_of
from protocol.trial import BEGAN_ON
from tests.casebook_ground import (
    CONSENT,
    a_coordinator,
    a_key,
    a_monitor,
    a_subject,
    complete,
    site_of,
    the_form,
    the_investigator,
)
from tests.people import a_site
from tests.rehearsal_ground import taken_back

ONE_DAY, WEEK = timedelta(days=1), timedelta(days=7)


@pytest.fixture(scope="module")
def coordinator(module_db: str) -> User:
    return a_coordinator(a_site())


@pytest.fixture(scope="module")
def consented(coordinator: User) -> Subject:
    found = a_subject(coordinator)
    complete(the_form(found, "ICF", by=coordinator), CONSENT, by=coordinator)
    return found


@pytest.fixture(autouse=True)
def _taken_back(consented: Subject):
    with taken_back():
        yield


@pytest.fixture
def site(coordinator):
    return site_of(coordinator)


@pytest.fixture
def today(site) -> date:
    return day_at(site, timezone.now())


def a_line(by: User, on: date, **said: object) -> ScreeningLine:
    details = {"outcome": Assessed.DECLINED, "reason": "Prefers another hospital", **said}
    return add_line(site_of(by), by=by, at=timezone.now(), assessed_on=on, **details)


def read(site, by: User) -> list[tuple[str, str]]:
    with as_actor(by):
        return [(each.number, each.outcome) for each in screening_log([site])]


def test_subjects_stand_in_it_by_themselves_and_others_by_a_line(site, coordinator, consented, today):
    listed = a_subject(coordinator)
    a_line(coordinator, today)

    assert set(read(site, coordinator)) == {
        (consented.number, "screening"),
        (listed.number, "undecided"),
        (f"{site.code}-L001", "declined"),
    }


def test_a_subject_who_left_without_consent_has_the_outcome_of_the_declaration(site, coordinator):
    subject = a_subject(coordinator)
    declare_screen_failure(
        subject, by=the_investigator(coordinator), at=timezone.now(), kind="declined", reason="Wants surgery at once"
    )

    with as_actor(coordinator):
        logged = next(each for each in screening_log([site]) if each.number == subject.number)
    assert (logged.outcome, logged.reason) == ("declined", "Wants surgery at once")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"reason": ""}, "Say why this person does not take part; “not given” where no reason was given."),
        ({"reason": "Call 13812345678"}, "This text holds what looks like an identity"),
        ({"outcome": "not eligible"}, "Name every criterion that is not met."),
        ({"outcome": "not eligible", "criteria": ["I99"]}, "I99 is no criterion of the trial."),
        ({"outcome": "perhaps"}, "Say what became of it."),
        ({"sex": "unknown"}, "Write the sex as male or female, and the age in years, up to 120."),
        ({"age": 121}, "Write the sex as male or female, and the age in years, up to 120."),
        ({"age": -1}, "Write the sex as male or female, and the age in years, up to 120."),
    ],
)
def test_a_line_that_says_too_little_or_too_much_is_refused(coordinator, today, said, sentence):
    with pytest.raises(Refusal, match=sentence):
        a_line(coordinator, today, **said)


def test_nobody_was_assessed_tomorrow(coordinator, today):
    with pytest.raises(Refusal, match="is still to come"):
        a_line(coordinator, today + ONE_DAY)

    assert a_line(coordinator, today, age=120, sex="female", outcome="not eligible", criteria=["I01", "E01"]).pk


def test_nobody_was_assessed_before_the_trial_began(coordinator):
    sentence = f"The day of the assessment, {BEGAN_ON - ONE_DAY}, is before the trial began, on {BEGAN_ON}."
    with pytest.raises(Refusal, match=sentence):
        a_line(coordinator, BEGAN_ON - ONE_DAY)

    line = a_line(coordinator, BEGAN_ON)
    said = {"by": coordinator, "at": timezone.now(), "why": "Mistyped", "outcome": "declined", "reason": "No"}
    with pytest.raises(Refusal, match=sentence):
        correct_line(line, assessed_on=BEGAN_ON - ONE_DAY, **said)


@pytest.mark.parametrize("written", ["line", "week"])
def test_the_database_holds_no_day_before_the_trial_began(site, coordinator, written):
    at, day = timezone.now(), monday_of(BEGAN_ON) - WEEK
    with as_actor(coordinator), pytest.raises(IntegrityError, match="within_the_trial"), transaction.atomic():
        if written == "week":
            QuietWeek.objects.create(site=site, monday=day, confirmed_at=at, confirmed_by=coordinator)
        else:
            said = {"outcome": "declined", "reason": "No", "entered_at": at, "entered_by": coordinator}
            ScreeningLine.objects.create(site=site, sequence=9, assessed_on=day, **said)


def test_a_monitor_reads_the_log_and_adds_nothing(site, coordinator, today):
    monitor = a_monitor(site)
    with pytest.raises(Refusal, match=r"Your role at .* does not include this: add a subject"):
        add_line(site, by=monitor, at=timezone.now(), assessed_on=today, outcome="declined", reason="No")


def test_a_line_is_corrected_with_a_reason_and_joined_with_the_subject_the_person_became(site, coordinator, today):
    line = a_line(coordinator, today - 3 * ONE_DAY, outcome=Assessed.UNDECIDED, reason="")
    subject = a_subject(coordinator)
    details = {"by": coordinator, "at": timezone.now(), "assessed_on": line.assessed_on, "outcome": "undecided"}

    with pytest.raises(Refusal, match="Say why the line is corrected"):
        correct_line(line, why=" ", subject=subject, **details)
    correct_line(line, why="Came back and takes part", subject=subject, **details)

    with as_actor(coordinator):
        [logged] = [each for each in screening_log([site]) if each.number == subject.number]
        assert logged.assessed_on == today - 3 * ONE_DAY
        assert f"{site.code}-L001" not in dict(read(site, coordinator))
    other = a_line(coordinator, today)
    with pytest.raises(Refusal, match=f"Another line of the log is joined with {subject.number} already"):
        correct_line(other, why="Same person", subject=subject, **{**details, "reason": "x"})


def row_of(site, by: User, number: str):
    with as_actor(by):
        return next(each for each in screening_log([site]) if each.number == number)


def failed(subject: Subject, by: User) -> None:
    """Let an investigator declare that the subject does not meet two criteria."""
    said = {"kind": "criteria", "criteria": ["I12", "E05"], "reason": "Second cancer, and weaker than at first"}
    declare_screen_failure(subject, by=the_investigator(by), at=timezone.now(), **said)


def test_a_screen_failure_after_consent_says_so_with_every_criterion_and_the_reason(site, coordinator):
    subject = a_subject(coordinator)
    complete(the_form(subject, "ICF", by=coordinator), CONSENT, by=coordinator)
    failed(subject, coordinator)

    logged = row_of(site, coordinator, subject.number)
    assert (logged.outcome, logged.consented) == ("not eligible", True)
    assert set(logged.criteria) == {"I12", "E05"}
    assert logged.reason == "Second cancer, and weaker than at first"


def test_a_new_attempt_of_a_subject_and_the_old_one_name_each_other_and_count_once(site, coordinator):
    first = a_subject(coordinator)
    failed(first, coordinator)
    first.refresh_from_db()
    second = a_subject(coordinator, rescreened_from=first)

    old, new = (row_of(site, coordinator, each.number) for each in (first, second))
    assert (old.again.number, old.is_last, old.outcome) == (second.number, False, "not eligible")
    assert (new.before.number, new.is_last, new.outcome) == (first.number, True, "undecided")


def test_a_person_assessed_again_without_becoming_a_subject_has_a_line_after_the_line(site, coordinator, today):
    first = a_line(coordinator, today - WEEK)
    second = a_line(coordinator, today, again_of=first, reason="Not given")

    old, new = (row_of(site, coordinator, f"{site.code}-L00{place}") for place in (1, 2))
    assert (old.again.line, new.before.line, new.is_last) == (second.pk, first.pk, True)
    with as_actor(coordinator):
        assert tally(screening_log([site]))[Outcome.DECLINED] == 1


def test_what_is_no_attempt_before_is_refused(site, coordinator, today):
    undecided = a_line(coordinator, today, outcome=Assessed.UNDECIDED, reason="")
    before = a_line(coordinator, today - ONE_DAY)
    after = a_line(coordinator, today, again_of=before)
    elsewhere = a_line(a_coordinator(a_site()), today)  # out of sight of this coordinator: a page never names it

    def refused(again_of: ScreeningLine, on: date = today) -> str:
        with pytest.raises(Refusal) as refusal:
            a_line(coordinator, on, again_of=again_of)
        return refusal.value.sentence.english()

    assert refused(undecided) == f"{site.code}-L001 is not decided yet: correct that line instead."
    assert refused(before) == f"{site.code}-L003 is the attempt after {site.code}-L002 already."
    with pytest.raises(ScreeningLine.DoesNotExist):
        refused(elsewhere)
    assert refused(after, today - ONE_DAY) == (
        f"{site.code}-L003 was assessed on {today}; the next attempt is not earlier."
    )
    details = {"by": coordinator, "at": timezone.now(), "assessed_on": today, "outcome": "declined", "reason": "No"}
    with pytest.raises(Refusal, match="is no earlier line of this site's log"):
        correct_line(before, why="Same person", again_of=after, **details)


def test_who_declined_and_came_back_as_a_subject_keeps_the_line_and_counts_once(site, coordinator, today):
    line, subject = a_line(coordinator, today - WEEK), a_subject(coordinator)
    details = {"by": coordinator, "at": timezone.now(), "assessed_on": line.assessed_on, "outcome": "declined"}
    correct_line(line, why="Came back", subject=subject, reason="Wanted time", **details)

    old, new = (row_of(site, coordinator, each) for each in (f"{site.code}-L001", subject.number))
    assert (old.again.number, new.before.number) == (subject.number, old.number)
    with pytest.raises(Refusal, match=f"Whoever was {old.number} became a subject"):
        a_line(coordinator, today, again_of=line)


# --- weeks ------------------------------------------------------------------------------------------------------------


def silent(by: User) -> list[date]:
    with as_actor(by):
        return [monday for _site, monday in weeks_without_log(by, at=timezone.now())]


def test_a_week_says_nothing_from_its_end_on_until_somebody_says_that_nobody_came(site, coordinator, today):
    this_week = monday_of(today)
    assert silent(coordinator) == []

    a_line(coordinator, this_week - 3 * WEEK)
    assert silent(coordinator) == [this_week - 2 * WEEK, this_week - WEEK]

    confirm_weeks(site, by=coordinator, at=timezone.now(), mondays=[this_week - 2 * WEEK])
    assert silent(coordinator) == [this_week - WEEK]
    a_line(coordinator, this_week - ONE_DAY)
    assert silent(coordinator) == []


def test_weeks_that_cannot_be_quiet_are_refused(site, coordinator, today):
    this_week = monday_of(today)
    a_line(coordinator, this_week - WEEK)

    def refused(*mondays: date) -> str:
        with pytest.raises(Refusal) as refusal:
            confirm_weeks(site, by=coordinator, at=timezone.now(), mondays=list(mondays))
        return refusal.value.sentence.english()

    assert refused() == "Choose the weeks in which nobody was assessed."
    early = monday_of(BEGAN_ON) - WEEK
    assert refused(early) == f"The week of {early} is before the trial began, on {BEGAN_ON}."
    assert refused(this_week) == f"The week of {this_week} is not over yet."
    assert refused(this_week - WEEK + ONE_DAY) == f"A week is named by its Monday; {this_week - 6 * ONE_DAY} is none."
    assert refused(this_week - WEEK) == f"In the week of {this_week - WEEK}, 1 people were assessed at this site."
    confirm_weeks(site, by=coordinator, at=timezone.now(), mondays=[this_week - 2 * WEEK])
    assert refused(this_week - 2 * WEEK) == f"The week of {this_week - 2 * WEEK} is confirmed already."


def test_a_line_from_before_the_trial_silences_nothing_and_is_corrected(site, coordinator, today, monkeypatch):
    line = a_line(coordinator, today - 2 * WEEK)
    monkeypatch.setattr("eligibility.selectors.screening.BEGAN_ON", today - WEEK)  # as if it had stood there before
    assert silent(coordinator) == []

    said = {"why": "Mistyped", "outcome": "declined", "reason": "No"}
    correct_line(line, by=coordinator, at=timezone.now(), assessed_on=today - WEEK, **said)
    assert silent(coordinator) == []
    assert monday_of(today - WEEK) == monday_of(row_of(site, coordinator, f"{site.code}-L001").assessed_on)


def test_an_exercise_keeps_no_log(coordinator):
    here = a_coordinator(a_site(counts=False))
    a_line(here, date(2025, 1, 6))

    assert silent(here) == []


# --- the pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(coordinator) -> Client:
    client = Client()
    client.force_login(coordinator)
    return client


def test_the_page_lists_filters_and_gives_csv(site, coordinator, consented, client, today):
    a_line(coordinator, today, reason="=1+1", sex="male", age=61)

    page = client.get(reverse("screening-log")).content.decode()
    assert consented.number in page
    assert f"{site.code}-L001" in page
    only = client.get(reverse("screening-log"), {"outcome": "declined"}).content.decode()
    assert f">{consented.number}<" not in only
    rows = client.get(reverse("screening-log-csv"), {"outcome": "declined"}).content.decode().splitlines()
    assert rows[1:] == [f"{site.code}-L001,{site.code},{today},declined,N,,'=1+1,male,61,,"]


def test_the_page_costs_the_same_for_any_length(coordinator, client, today):
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("screening-log"))
        return len(found)

    a_line(coordinator, today)
    cost()  # what is read once per process
    before = cost()
    for _ in range(4):
        a_line(coordinator, today)
        a_subject(coordinator)
    assert cost() == before


def test_a_line_is_added_and_corrected_on_the_pages(site, coordinator, client, today):
    typed = {"site": site.pk, "assessed_on": today, "outcome": "not eligible", "criteria": ["I01", "I02a"], "sex": ""}
    refused = client.post(reverse("screening-add"), typed)
    assert refused.status_code == 409, re.findall(r"invalid-feedback.*?</", refused.content.decode())
    assert "Say why this person does not take part" in refused.content.decode()

    assert re.search(r'name="key" value="[^"]{36}"', client.get(reverse("screening-log")).content.decode())
    for _sent_twice in range(2):
        sent = {**typed, "reason": "Too young", "age": "17", "key": "A"}
        added = client.post(reverse("screening-add"), sent, follow=True)
        assert "own identification log" in added.content.decode()
    with as_actor(coordinator):
        line = ScreeningLine.objects.get(site=site)
    assert (line.criteria, line.age) == (["I01", "I02a"], 17)

    address = reverse("screening-line", args=[line.pk])
    del typed["site"]
    more = {**typed, "reason": "Too young", "why": "Mistyped", "age": "16", "number": "nobody"}
    assert "There is no such subject at your sites." in client.post(address, more).content.decode()
    assert client.post(address, {**more, "number": ""}).status_code == 302
    with as_actor(coordinator):
        assert ScreeningLine.objects.get(pk=line.pk).age == 16


def test_quiet_weeks_are_confirmed_on_the_page(site, coordinator, client, today):
    this_week = monday_of(today)
    a_line(coordinator, this_week - 3 * WEEK)
    assert "2 weeks say nothing" in client.get(reverse("screening-log")).content.decode()

    mondays = [this_week - 2 * WEEK, this_week - WEEK]
    assert client.post(reverse("screening-weeks"), {"site": site.pk, "monday": mondays}).status_code == 302
    assert silent(coordinator) == []
    assert client.post(reverse("screening-weeks"), {"site": site.pk, "monday": mondays}).status_code == 409
    assert client.post(reverse("screening-weeks"), {"site": site.pk, "monday": ["today"]}).status_code == 400


def test_the_page_shows_the_weeks_of_a_year_and_counts_those_before(coordinator, client, today):
    a_line(coordinator, monday_of(today) - 56 * WEEK)

    page = client.get(reverse("screening-log")).content.decode()
    assert ("55 weeks say nothing" in page, page.count('name="monday"')) == (True, 53)
    assert "and 2 earlier, shown when these are confirmed" in page
    assert "55 weeks say nothing" in client.get("/").content.decode()
    a_line(coordinator, monday_of(today) - 55 * WEEK)
    a_line(coordinator, monday_of(today) - 54 * WEEK)
    page = client.get(reverse("screening-log")).content.decode()
    assert (page.count('name="monday"'), "earlier, shown" in page) == (53, False)


def test_a_day_before_the_trial_is_refused_on_the_page_with_all_that_was_typed(site, client):
    typed = {"site": site.pk, "assessed_on": "1850-01-01", "outcome": "declined", "reason": "Lives too far away"}
    refused = client.post(reverse("screening-add"), typed)

    assert refused.status_code == 409
    assert "is before the trial began, on" in refused.content.decode()
    assert "Lives too far away" in refused.content.decode()
    for wrong in ({"sex": "unknown"}, {"age": "121"}, {"age": "-1"}):
        page = client.post(reverse("screening-add"), {**typed, "assessed_on": str(BEGAN_ON), **wrong})
        assert (page.status_code, "Lives too far away" in page.content.decode()) == (400, True)


def test_a_line_of_another_site_does_not_exist(coordinator, today):
    line, stranger = a_line(coordinator, today), Client()
    stranger.force_login(a_coordinator(a_site()))

    assert stranger.get(reverse("screening-line", args=[line.pk])).status_code == 404


def test_whoever_stands_in_the_log_alone_counts_as_assessed_in_the_flow_with_the_reason(site, coordinator, today):
    a_line(coordinator, today)
    a_line(coordinator, today, outcome="not eligible", criteria=["I01"])
    a_line(coordinator, today, outcome=Assessed.UNDECIDED, reason="")
    with as_actor(coordinator):
        found = flow_of(people(coordinator, [site], [], cut_on=today))
        before = flow_of(people(coordinator, [site], [], cut_on=today - ONE_DAY))

    assert (found.assessed.count, found.excluded_count, found.screening.count) == (4, 2, 2)
    assert {kind: box.count for kind, box in found.excluded.items() if box.count} == {"declined": 1, "criteria": 1}
    assert before.assessed.count == 0


def test_the_counts_of_the_log_are_those_of_the_flow_and_each_leads_to_its_list(site, coordinator, client, today):
    before, gone = a_line(coordinator, today), a_subject(coordinator)
    a_line(coordinator, today, again_of=before, outcome="not eligible", criteria=["I01"])
    a_line(coordinator, today, outcome=Assessed.UNDECIDED, reason="")
    failed(gone, coordinator)
    gone.refresh_from_db()
    a_subject(coordinator, rescreened_from=gone)
    failed(a_subject(coordinator), coordinator)

    with as_actor(coordinator):
        counted = tally(screening_log([site]))
        found = flow_of(people(coordinator, [site], [], cut_on=today))
    assert found.adds_up()
    assert sum(counted.values()) == found.assessed.count == 5
    assert {kind: box.count for kind, box in found.excluded.items()} == {
        "criteria": counted[Outcome.INELIGIBLE],
        "declined": counted[Outcome.DECLINED],
        "other": counted[Outcome.OTHER],
    }
    assert counted[Outcome.UNDECIDED] + counted[Outcome.SCREENING] == found.screening.count
    assert counted[Outcome.RANDOMIZED] == found.randomized.count
    page = client.get(reverse("screening-log")).content.decode()
    shown = re.search(r'<a href="[^"?]*[?]([^"]*outcome=not[^"]*)"><b>(\d+)</b>', page)
    rows = client.get(f"{reverse('screening-log-csv')}?{shown[1].replace('&amp;', '&')}").content.decode().splitlines()
    assert int(shown[2]) == len(rows[1:]) == 2


def test_the_board_shows_a_screen_failure_as_of_the_end_and_asks_for_nothing(site, coordinator, client):
    subject = a_subject(coordinator)
    complete(the_form(subject, "ICF", by=coordinator), CONSENT, by=coordinator)
    asked = {"number": subject.number}
    assert (
        f">{subject.number}<" in client.get(reverse("eligibility-board"), {**asked, "missing": "DM"}).content.decode()
    )
    failed(subject, coordinator)

    page = client.get(reverse("eligibility-board"), asked).content.decode()
    row = page.split(f">{subject.number}<")[1]
    assert re.search(r"Screening ended on [^:<]*: Second cancer, and weaker than at first<", row)
    assert "Demography" not in row
    for code in ("I12", "E05"):
        assert re.search(rf'tone-bad"><a href="[^"]*#{code}" title="Fail', row)
    rows = b"".join(client.get(reverse("eligibility-board-csv"), asked).streaming_content).decode()
    assert "Screening ended on" in rows
    sought = client.get(reverse("eligibility-board"), {**asked, "missing": "DM"}).content.decode()
    assert f">{subject.number}<" not in sought


def test_the_attempt_before_is_typed_by_its_number(site, coordinator, client, today):
    a_line(coordinator, today - ONE_DAY)
    typed = {"site": site.pk, "assessed_on": today, "outcome": "declined", "reason": "No", "before": "XX-L009"}
    refused = client.post(reverse("screening-add"), typed)
    assert (refused.status_code, "There is no such line and no such subject" in refused.content.decode()) == (400, True)

    client.post(reverse("screening-add"), {**typed, "before": f"{site.code.lower()}-l001"})
    assert row_of(site, coordinator, f"{site.code}-L002").before.number == f"{site.code}-L001"


def test_a_screen_failure_is_screened_again_from_its_page_and_counts_once(site, coordinator, client, today):
    first, on_screening = a_subject(coordinator), a_subject(coordinator)
    failed(first, coordinator)
    page = client.get(reverse("candidate", args=[first.pk])).content.decode()
    address = re.search(r'href="([^"]*before=[^"]*)">.*?Screen again', page)[1]
    assert f'name="before" maxlength="32" value="{first.number}"' in client.get(address).content.decode()
    asked = {"site": site.pk, "key": "again"}
    for typed, status, sentence in (
        ("XX-999", 400, "There is no subject XX-999 at your sites."),
        (on_screening.number, 409, f"follows a screen failure at the same site; {on_screening.number} is none."),
    ):
        refused = client.post(reverse("subject-add"), {**asked, "before": typed})
        assert (refused.status_code, sentence in refused.content.decode()) == (status, True)
        assert f'value="{typed}"' in refused.content.decode()

    client.post(reverse("subject-add"), {**asked, "before": first.number.lower()})

    with as_actor(coordinator):
        second = Subject.objects.get(rescreened_from=first)
        counted = tally(screening_log([site]))
        found = flow_of(people(coordinator, [site], [], cut_on=today))
    assert sum(counted.values()) == found.assessed.count == 3  # the consented one, the one on screening, and this one
    page = client.get(reverse("candidate", args=[first.pk])).content.decode()
    assert f"{first.number} was screened again already, as {second.number}." in page
    client.force_login(a_monitor(site))
    monitored = client.get(reverse("candidate", args=[first.pk])).content.decode()
    assert "does not include this: add a subject" in monitored


def test_whoever_only_opens_the_address_a_form_is_sent_to_is_led_to_the_page_of_the_form(
    coordinator, consented, client
):
    def led(sent_to: str, *about: object) -> str:
        return client.get(reverse(sent_to, args=about))["Location"]

    assert {led("screening-add"), led("screening-weeks")} == {reverse("screening-log")}
    client.force_login(the_investigator(coordinator))
    for sent_to in (
        "response-confirm",
        "review-resolve",
        "determination-sign",
        "determination-revoke",
        "screen-failure",
    ):
        assert led(sent_to, consented.pk) == reverse("candidate", args=[consented.pk])


def test_what_is_refused_takes_the_focus_so_that_the_page_opens_there(site, coordinator, consented, client):
    client.force_login(the_investigator(coordinator))
    sent = {"kind": "criteria", "criteria": ["nothing"], "reason": "No"}

    refused = client.post(reverse("screen-failure", args=[consented.pk]), sent)

    assert re.search(
        r'role="alert" tabindex="-1" autofocus>nothing is no criterion of the trial', refused.content.decode()
    )


def test_a_screen_failure_assessed_again_without_becoming_a_subject_counts_once(site, coordinator, client, today):
    first, on_screening = a_subject(coordinator), a_subject(coordinator)
    failed(first, coordinator)
    typed = {"site": site.pk, "assessed_on": today, "outcome": "declined", "reason": "No", "before": first.number}
    refused = client.post(reverse("screening-add"), {**typed, "before": on_screening.number})
    assert f"{on_screening.number} is none." in refused.content.decode()
    early = client.post(reverse("screening-add"), {**typed, "assessed_on": today - ONE_DAY})
    assert "the next attempt is not earlier" in early.content.decode()

    assert client.post(reverse("screening-add"), typed).status_code == 302
    again = client.post(reverse("screening-add"), typed)

    line = f"{site.code}-L001"
    assert f"{line} is the attempt after {first.number} already." in again.content.decode()
    old, new = (row_of(site, coordinator, each) for each in (first.number, line))
    assert (old.again.number, old.is_last, new.before.number) == (line, False, first.number)
    with as_actor(coordinator):
        counted = tally(screening_log([site]))
        found = flow_of(people(coordinator, [site], [], cut_on=today))
    assert sum(counted.values()) == found.assessed.count == 3
    page = client.get(reverse("candidate", args=[first.pk])).content.decode()
    assert f"The person was assessed again as {line}: join the new subject with that line." in page
    posted = client.post(reverse("subject-add"), {"site": site.pk, "before": first.number, "key": a_key()})
    assert posted.status_code == 409
    assert f"The person was assessed again as {line}: join the new subject with that line." in posted.content.decode()
    with pytest.raises(Refusal, match=f"The person was assessed again as {line}: join the new subject with that line"):
        add_subject(site, by=coordinator, at=timezone.now(), key=a_key(), rescreened_from=first)
    shown = client.get(reverse("screening-line", args=[new.line]))
    assert f'value="{first.number}"' in shown.content.decode()
