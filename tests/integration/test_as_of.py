"""Time travel: the casebook, its tables and its exports as they stood, for whoever could and may see them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.door import Refusal, as_actor
from audit.models import Event
from audit.past import NothingIsWritten
from casebook import actions
from casebook.actions.files import bring_file, withdraw_file
from casebook.files.cleaning import cleaned
from casebook.models import File, Form, Subject
from casebook.rules.moments import IN_FUTURE, moment_typed
from casebook.selectors.as_of import TABLES, casebook_as_of
from casebook.selectors.sight import visible_forms
from exports.archive import write_trial
from exports.past import standing
from exports.tables import tables_of
from paper.tables import csv_lines
from protocol.roles import Role
from protocol.trial import TRIAL
from tests.casebook_ground import (
    DEMOGRAPHY,
    EVALUATION,
    VITALS,
    a_coordinator,
    a_data_manager,
    a_key,
    a_monitor,
    a_subject,
    a_surgeon,
    again,
    complete,
    save,
    site_of,
    the_form,
)
from tests.files_ground import a_pdf
from tests.people import a_user

# Commits are real here: a transaction that was under way at a moment had done nothing yet.
pytestmark = pytest.mark.usefixtures("module_db")


def the_clock() -> datetime:
    """Return the database's clock: what was recorded until now is before it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


class Ground:
    """A subject that was entered, a moment, and what came after it."""

    def __init__(self) -> None:
        self.coordinator = a_coordinator()
        self.site = site_of(self.coordinator)
        self.before = the_clock()
        self.subject: Subject = a_subject(self.coordinator)
        self.form = the_form(self.subject, "DM", by=self.coordinator)
        complete(self.form, DEMOGRAPHY, by=self.coordinator)

    def change(self, **typed: str) -> None:
        form = again(self.form, by=self.coordinator)
        complete(form, {**DEMOGRAPHY, **typed}, by=self.coordinator, reasons=dict.fromkeys(typed, "Read wrongly"))

    def page(self, user: User | None = None, **asked: str):
        client = Client()
        client.force_login(user or self.coordinator)
        return client.get(reverse("casebook-as-of", args=[self.subject.pk]), asked)


@pytest.fixture
def ground() -> Ground:
    return Ground()


def rows_now(user: User) -> dict[str, list[dict]]:
    with as_actor(user):
        return {model._meta.db_table: list(model.objects.order_by("pk").values()) for model in TABLES}


def rows_then(user: User, moment: datetime) -> dict[str, list[dict]]:
    with as_actor(user), casebook_as_of(user, moment):
        return {model._meta.db_table: list(model.objects.order_by("pk").values()) for model in TABLES}


def a_report(ground: Ground) -> File:
    brought = {"brought": cleaned(a_pdf()), "title": "CT report", "looked": True}
    return bring_file(ground.form, by=ground.coordinator, at=timezone.now(), **brought)


def test_the_past_of_now_is_the_present(ground):
    save(the_form(ground.subject, "VS", by=ground.coordinator), {"weight": "600 kg"}, by=ground.coordinator)
    a_report(ground)
    manager = a_data_manager()

    assert rows_then(manager, the_clock()) == rows_now(manager)
    assert rows_now(manager)["casebook_form"]
    assert rows_now(manager)["casebook_query"]
    assert rows_now(manager)["casebook_filepart"]


def test_what_came_later_is_not_in_it(ground):
    manager, then = a_data_manager(), the_clock()
    stood = rows_now(manager)
    ground.change(birth_date="1971-05-01")
    save(the_form(ground.subject, "VS", by=ground.coordinator), {"weight": "600 kg"}, by=ground.coordinator)
    a_subject(ground.coordinator)

    assert rows_now(manager) != stood
    assert rows_then(manager, then) == stood
    assert ground.subject.pk not in {row["id"] for row in rows_then(manager, ground.before)["casebook_subject"]}


def test_a_transaction_under_way_had_done_nothing_yet(ground):
    with as_actor(ground.coordinator):
        ground.change(birth_date="1971-05-01")
        between = the_clock()
        ground.change(birth_date="1972-05-01")

    with as_actor(ground.coordinator), casebook_as_of(ground.coordinator, between):
        assert Form.objects.get(pk=ground.form.pk).answers["birth_date"]["value"] == "1970-05-01"
    with as_actor(ground.coordinator), casebook_as_of(ground.coordinator, the_clock()):
        assert Form.objects.get(pk=ground.form.pk).answers["birth_date"]["value"] == "1972-05-01"


def tables(user: User, site, *, at: datetime, past: bool) -> dict[str, list[str]]:
    """Return every table of the forms as lines."""
    with as_actor(user):
        if not past:
            return _lines(user, site, at)
        with casebook_as_of(user, at):
            return _lines(user, site, at)


def _lines(user: User, site, at: datetime) -> dict[str, list[str]]:
    crfs = map(TRIAL.crf, ("DM", "VS", "EG"))
    found = [table for crf in crfs for table in tables_of(user, crf, [site], at=at)]
    return {table.name: list(csv_lines(table.header, table.rows)) for table in found}


def test_an_export_as_of_a_moment_is_the_export_that_was_made_then(ground):
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, ground.site)
    complete(the_form(ground.subject, "VS", by=ground.coordinator), VITALS, by=ground.coordinator)
    then = the_clock()
    made = tables(lead, ground.site, at=then, past=False)
    ground.change(birth_date="1971-05-01")
    other = a_subject(ground.coordinator)
    save(the_form(other, "VS", by=ground.coordinator), {"weight": "60 kg"}, by=ground.coordinator)

    assert tables(lead, ground.site, at=then, past=False) != made
    assert tables(lead, ground.site, at=then, past=True) == made
    now = the_clock()
    assert tables(lead, ground.site, at=now, past=True) == tables(lead, ground.site, at=now, past=False)


def test_the_past_asks_the_database_the_same_however_much_there_is(ground):
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, ground.site)
    lead.site_ids()

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            at = timezone.now()
            with as_actor(lead), casebook_as_of(lead, at):
                (table,) = tables_of(lead, TRIAL.crf("VS"), [ground.site], at=at)
                list(table.rows)
        return len(found)

    before = asked()
    for _ in range(3):
        a_subject(ground.coordinator)
    assert asked() == before


def test_the_past_is_read_by_the_indexes_of_the_present(ground):
    with as_actor(ground.coordinator), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with casebook_as_of(ground.coordinator, the_clock()), CaptureQueriesContext(connection) as asked:
            list(Form.objects.filter(subject=ground.subject))
        cursor.execute("EXPLAIN " + asked.captured_queries[-1]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Index Scan using casebook_form_subject" in plan
    assert "Index Cond: (row_id = " in plan


def test_whatever_names_a_table_reads_its_past_or_nothing(ground):
    then = the_clock()
    later = a_subject(ground.coordinator)
    here = Subject.objects.filter(site=ground.site).values_list("pk")
    own = f"WITH found AS (SELECT id FROM casebook_subject WHERE site_id = {ground.site.pk}) SELECT count(*) FROM found"

    with as_actor(ground.coordinator):
        with casebook_as_of(ground.coordinator, then), connection.cursor() as cursor:
            assert (later.pk,) not in here.union(Subject.objects.none().values_list("pk"), here.filter(sequence=1))
            cursor.execute(own)
            assert cursor.fetchone() == (1,)
        with connection.cursor() as cursor:
            cursor.execute(own)
            assert cursor.fetchone() == (2,)
    coordinator = ground.coordinator
    with pytest.raises(NothingIsWritten), as_actor(coordinator), casebook_as_of(coordinator, then):
        Subject.objects.filter(pk=later.pk).update(stage="listed")


def test_a_blinded_evaluation_stays_blinded_in_the_past(ground):
    surgeon, other = a_surgeon(ground.site), a_surgeon(ground.site)
    readers = (other, ground.coordinator, a_monitor(ground.site), a_data_manager())
    form = the_form(ground.subject, "SU", by=surgeon)
    complete(form, EVALUATION | {"comment": "Segment six is free."}, by=surgeon)
    then = the_clock()

    for reader in readers:
        with as_actor(reader), casebook_as_of(reader, then):
            assert not visible_forms(reader).filter(pk=form.pk).exists()
    for asked in ({"moment": then}, {"moment": ground.before, "until": then}):
        shown = ground.page(other, **{name: each.isoformat() for name, each in asked.items()})
        assert "Segment six" not in shown.content.decode()
    assert "Segment six" in ground.page(surgeon, moment=then.isoformat()).content.decode()


def test_what_two_surgeons_signed_is_not_taken_back_and_is_seen_for_then_too(ground):
    surgeon, other = a_surgeon(ground.site), a_surgeon(ground.site)
    mine = the_form(ground.subject, "SU", by=surgeon)
    visit = the_form(ground.subject, "DM", by=other).visit
    theirs = actions.add_form(ground.subject, by=other, at=timezone.now(), visit=visit, crf="SU", key=a_key())
    for form, author in ((mine, surgeon), (theirs, other)):
        complete(again(form, by=author), EVALUATION, by=author)
        actions.sign_form(again(form, by=author), by=author, at=timezone.now())
    then = the_clock()

    with pytest.raises(Refusal, match="Evaluate anew in round 2"):
        save(again(theirs, by=other), {"finding": "unresectable"}, by=other, reasons={"finding": "Looked again"})
    with as_actor(other), casebook_as_of(other, then):
        assert visible_forms(other).filter(pk=mine.pk).exists()


def test_the_page_shows_the_casebook_of_then_and_says_so(ground):
    then = the_clock()
    ground.change(birth_date="1971-05-01")

    shown = ground.page(moment=then.isoformat()).content.decode()

    assert "As it stood at" in shown
    assert "1 May 1970" in shown
    assert "1 May 1971" not in shown
    assert "For reading" in shown
    assert "1 May 1971" in ground.page(moment=the_clock().isoformat()).content.decode()


def test_the_difference_of_two_moments_names_each_answer_once(ground):
    then = the_clock()
    ground.change(birth_date="1971-05-01")
    ground.change(birth_date="1972-05-01")
    save(the_form(ground.subject, "VS", by=ground.coordinator), {"weight": "60.0 kg"}, by=ground.coordinator)

    shown = ground.page(moment=then.isoformat(), until=the_clock().isoformat()).content.decode()

    assert "1 May 1970" in shown
    assert "1 May 1972" in shown
    assert "1 May 1971" not in shown
    assert "60.0 kg" in shown
    assert ground.coordinator.name in shown
    ground.change(birth_date="1970-05-01")
    shown = ground.page(moment=then.isoformat(), until=the_clock().isoformat()).content.decode()
    assert "1 May 1970" not in shown  # changed, and changed back


def test_before_the_first_change_nothing_stood(ground):
    shown = ground.page(moment=(ground.before - timedelta(days=1)).isoformat()).content.decode()

    assert "Nothing stood yet" in shown


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"moment": "3/4/2025"}, "is no moment. Write day and time as 2025-03-31 14:05."),
        ({"moment": "2999-01-01 10:00"}, "This moment is still to come"),
        ({"moment": "0001-01-01T00:00+14:00"}, "is no moment"),
        ({"moment": "2026-01-02 10:00", "until": "2026-01-01 10:00"}, "not later than the first one"),
        ({"until": "2026-01-01"}, "Give the first moment"),
        ({"moment": "nonsense", "until": "2026-01-01"}, "is no moment"),
    ],
)
def test_a_moment_that_cannot_be_is_refused_with_a_sentence(ground, asked, says):
    answer = ground.page(**asked)

    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert "No answer differs" not in answer.content.decode()


def test_today_alone_is_now(ground):
    today = timezone.now().astimezone(ground.site.zone).date()

    answer = ground.page(moment=str(today))

    assert answer.status_code == 200
    assert "As it stood at" in answer.content.decode()


def test_a_moment_is_that_of_the_clock_of_the_site(ground):
    now = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
    zone = ground.site.zone

    minute, _why = moment_typed("2026-03-31 14:05", zone, now=now)
    day, _why = moment_typed("2026-03-30", zone, now=now)
    today, _why = moment_typed("2026-03-31", zone, now=now)

    assert minute == datetime(2026, 3, 31, 6, 5, 59, 999999, tzinfo=UTC)
    assert day == datetime(2026, 3, 30, 15, 59, 59, 999999, tzinfo=UTC)
    assert today == now
    assert moment_typed("2026-03-31 20:00", zone, now=now)[0] == now
    assert moment_typed("30 Mar 2026", zone, now=now)[0] == moment_typed("2026年3月30日", zone, now=now)[0] == day
    for shown in ("31 Mar 2026 14:05", "2026年3月31日 14:05"):
        assert moment_typed(shown, zone, now=now)[0] == minute
    assert moment_typed("31 Mrz 2026", zone, now=now)[0] is None
    assert moment_typed("2026-03-31 20:01", zone, now=now)[1].message == IN_FUTURE


def test_the_subject_of_another_site_has_no_past(ground):
    assert ground.page(a_coordinator(), moment=the_clock().isoformat()).status_code == 404


def export(user: User, **asked: str):
    client = Client()
    client.force_login(user)
    return client.get(reverse("export-table", args=["DM"]), asked)


def test_a_table_can_be_asked_for_as_of_a_moment(ground):
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, ground.site)
    made = b"".join(export(lead).streaming_content)
    then = the_clock()
    ground.change(birth_date="1971-05-01")

    answer = export(lead, as_of=then.isoformat())

    assert b"".join(answer.streaming_content) == made
    assert f'filename="DM-as-of-{then.astimezone(UTC):%Y%m%dT%H%M%SZ}.csv"' in answer["Content-Disposition"]
    assert b"".join(export(lead).streaming_content) != made
    with as_actor(lead):
        facts = json.loads(Event.objects.filter(kind="exports.table.made").order_by("-id")[1].facts)
    assert facts["as_of"] == then.astimezone(UTC).isoformat()


def test_a_moment_that_cannot_be_is_refused_beside_the_export(ground):
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, ground.site)

    answer = export(lead, as_of="2999-01-01 10:00")

    assert answer.status_code == 400
    assert "This moment is still to come" in answer.content.decode()


def archive(user: User, site, moment: datetime | None) -> dict[str, bytes]:
    """Return the files of the whole trial at a site, as they are written."""
    with as_actor(user), standing(user, moment), TemporaryFile() as place:
        write_trial(place, user, [site], at=moment or the_clock(), seal=None)
        with ZipFile(place) as file:
            return {name: file.read(name) for name in file.namelist() if name.endswith(".csv")}


def test_the_whole_trial_as_of_a_moment_is_the_one_written_then(ground):
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, ground.site)
    save(the_form(ground.subject, "VS", by=ground.coordinator), {"weight": "600 kg"}, by=ground.coordinator)
    file = a_report(ground)
    made, then = archive(lead, ground.site, None), the_clock()
    withdraw_file(file, by=ground.coordinator, at=timezone.now(), reason="Wrong report")
    ground.change(birth_date="1971-05-01")
    save(
        the_form(a_subject(ground.coordinator), "VS", by=ground.coordinator),
        {"weight": "601 kg"},
        by=ground.coordinator,
    )

    assert archive(lead, ground.site, then) == made
    changed = {name for name, content in archive(lead, ground.site, None).items() if content != made[name]}
    assert {"DM.csv", "VS.csv", "subjects.csv", "visits.csv", "queries.csv", "files.csv"} <= changed
