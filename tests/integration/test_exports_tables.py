"""Tables of forms: what stands in them, and what a reader must not get."""

import csv
import hashlib
import json
from datetime import UTC

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.door import as_actor
from audit.models import Event
from casebook import actions
from exports.columns import columns_of, derived_items, groups_of
from exports.tables import form_table, tables_of
from paper.tables import csv_lines
from protocol.language import Missing
from protocol.record import Answer
from protocol.roles import Role
from protocol.trial import TRIAL
from tests.casebook_ground import (
    EVALUATION,
    a_complete_form,
    a_coordinator,
    a_data_manager,
    a_key,
    a_subject,
    a_surgeon,
    complete,
    save,
    site_of,
    the_form,
)
from tests.people import a_user

pytestmark = pytest.mark.django_db


def read(lines):
    """Return the rows of a table as dictionaries."""
    return list(csv.DictReader(lines))


def rows_for(user, code, sites):
    """Return the rows of a form as this person gets them."""
    with as_actor(user):
        table = form_table(user, TRIAL.crf(code), sites, at=timezone.now())
        return read(csv_lines(table.header, table.rows))


def given(user, code="DM", **asked):
    """Return the answer of the page that gives a table."""
    client = Client()
    client.force_login(user)
    return client.get(reverse("export-table", args=[code]), asked)


def test_a_form_is_one_row_with_what_was_entered():
    coordinator = a_coordinator()
    form = a_complete_form(coordinator)
    site = site_of(coordinator)

    (row,) = rows_for(a_data_manager(), "DM", [site])

    assert row["subject"] == form.subject.number
    assert (row["site"], row["visit"], row["state"], row["signed"]) == (site.code, "SCR", "complete", "N")
    assert (row["birth_date"], row["sex"]) == ("1970-05-01", "male")
    assert row["completed_at"].endswith("Z")


def test_a_number_keeps_its_digits_and_has_its_unit_beside_it():
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    save(form, {"weight": "60.0 kg", "temperature": "36.60 °C"}, by=coordinator)

    (row,) = rows_for(a_data_manager(), "VS", [site_of(coordinator)])

    assert (row["weight"], row["weight_unit"]) == ("60.0", "kg")
    assert (row["temperature"], row["temperature_unit"]) == ("36.60", "°C")
    assert row["height"] == "" == row["height_missing"]


@pytest.mark.parametrize("typed", ["=HYPERLINK(1)", "＝1", "李明的版本", "𠮷野家", "Caf\u00e9", "ابجد", 'a "b", c'])
def test_a_text_comes_out_as_it_went_in(typed):
    coordinator = a_coordinator()
    consent = the_form(a_subject(coordinator), "ICF", by=coordinator)
    save(consent, {"version": typed}, by=coordinator)

    (row,) = rows_for(a_data_manager(), "ICF", [site_of(coordinator)])

    assert row["version"] == (f"'{typed}" if typed[0] in "=＝" else typed)


MARKERS = (
    {"afp_method": Answer(value='an "old" kit, batch 7')},
    {
        "afp_method": Answer(value="=1+1"),
        "pivka_method": Answer(value="＝1"),
        "afp": Answer(value="400.0", unit="ng/mL"),
    },
    {
        "afp_method": Answer(value="电化学发光法，罗氏"),
        "pivka_method": Answer(value="-20"),
        "afp_valid": Answer(value="N"),
    },
    {"afp_method": Answer(value='-cmd, "x"'), "afp": Answer(value="1210", unit="ng/mL", comparator=">")},
    {
        "sampled_on": Answer(value="2025-03-03"),
        "pivka": Answer(missing=Missing.NOT_DONE, reason="样本不足, too little"),
    },
    {},
)
MARKERS_AS_CSV = (
    ',,,,,,,,,"an ""old"" kit, batch 7",,,,,,,,,,,,',
    ",,,,400.0,ng/mL,,,,'=1+1,,,,,,,,,'＝1,,,",
    ",,,,,,,,,电化学发光法，罗氏,N,,,,,,,,-20,,,",
    ',,,,1210,ng/mL,>,,,"\'-cmd, ""x""",,,,,,,,,,,,',
    '2025-03-03,,,,,,,,,,,,,,,,not done,"样本不足, too little",,,,',
    ",,,,,,,,,,,,,,,,,,,,,",
)


def test_a_table_keeps_every_byte():
    coordinator, manager = a_coordinator(), a_data_manager()
    expected = []
    for answers, written in zip(MARKERS, MARKERS_AS_CSV, strict=True):
        form = the_form(a_subject(coordinator), "MK", by=coordinator)
        if answers:
            details = {"answers": answers, "based_on": 0, "key": a_key(), "complete": False}
            actions.save_form(form, by=coordinator, at=timezone.now(), **details)
        state, version = ("in progress", 1) if answers else ("not started", 0)
        begin = f"{form.subject.number},{form.site.code},N,SCR,1,1,{state},,{version},{form.protocol_version},,N,"
        expected.append(f"{begin}{written}\r\n")

    head, *lines = b"".join(given(manager, "MK").streaming_content).decode().splitlines(keepends=True)

    assert head.startswith("subject,site,synthetic,visit,visit_repeat,repeat,state,not_done_reason,version,")
    assert lines == expected


def test_a_moment_is_written_in_utc_to_the_second():
    form = a_complete_form(a_coordinator())

    line = b"".join(given(a_data_manager()).streaming_content).decode().splitlines()[1]

    assert f",{form.completed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ},N," in line


def test_a_row_of_a_group_stands_in_a_table_of_its_own_with_its_key():
    coordinator, manager = a_coordinator(), a_data_manager()
    form = the_form(a_subject(coordinator), "EG", by=coordinator)
    save(form, {"performed_on": "2025-03-03", "tracings/1/qt": "400 ms", "tracings/2/qt": "410 ms"}, by=coordinator)

    with as_actor(manager):
        tables = list(tables_of(manager, TRIAL.crf("EG"), [site_of(coordinator)], at=timezone.now()))
        found = {table.name: read(csv_lines(table.header, table.rows)) for table in tables}

    assert [row["row"] for row in found["EG_tracings"]] == ["1", "2"]
    assert [(row["qt"], row["qt_unit"]) for row in found["EG_tracings"]] == [("400", "ms"), ("410", "ms")]
    assert len(found["EG"]) == 1


def test_a_computed_value_is_marked_as_one():
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "EG", by=coordinator)
    typed = {"performed_on": "2025-03-03"}
    for key in ("1", "2", "3"):
        typed |= {f"tracings/{key}/qt": "400 ms", f"tracings/{key}/heart_rate": "60 /min"}
    save(form, typed, by=coordinator)

    (row,) = rows_for(a_data_manager(), "EG", [site_of(coordinator)])

    assert row["derived_qtcf"] == "400.0"


@pytest.mark.parametrize("crf", TRIAL.crfs, ids=lambda crf: crf.code)
def test_every_item_of_every_form_has_columns_of_its_own(crf):
    tables = {"": columns_of(crf), **{group.name: columns_of(crf, group.name) for group in groups_of(crf)}}

    for group, columns in tables.items():
        items = crf.item(group).items if group else crf.items
        names = [column.name for column in columns]
        computed = {item.name for item in derived_items(crf)} | {each.name for each in groups_of(crf)}
        assert len(names) == len(set(names)), group
        assert {item.name for item in items} - {column.item for column in columns} <= computed


def test_the_forms_of_another_site_are_in_no_table():
    mine, theirs = a_complete_form(a_coordinator()), a_complete_form(a_coordinator())
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, mine.site)

    lines = b"".join(given(lead).streaming_content).decode()

    assert mine.subject.number in lines
    assert theirs.subject.number not in lines


def test_asking_for_another_site_finds_none():
    mine, theirs = a_complete_form(a_coordinator()), a_complete_form(a_coordinator())
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, mine.site)

    assert given(lead, site=mine.site.code).status_code == 200
    assert given(lead, site=theirs.site.code).status_code == 404


def test_a_form_or_group_that_is_none_is_not_found():
    manager = a_data_manager()

    assert given(manager, "NONE").status_code == 404
    assert given(manager, "DM", group="none").status_code == 404


def test_a_blinded_evaluation_of_another_is_in_no_table():
    coordinator, manager = a_coordinator(), a_data_manager()
    surgeon = a_surgeon(site_of(coordinator))
    form = the_form(a_subject(coordinator), "SU", by=surgeon)
    complete(form, EVALUATION | {"comment": "Segment six is free."}, by=surgeon)

    assert rows_for(manager, "SU", [site_of(coordinator)]) == []


def test_a_table_is_given_to_the_end_and_stands_in_the_trail():
    manager = a_data_manager()
    form = a_complete_form(a_coordinator())

    response = given(manager, site=form.site.code)
    content = b"".join(response.streaming_content)

    assert response["Content-Disposition"] == 'attachment; filename="DM.csv"'
    with as_actor(manager):
        asked, made = Event.objects.filter(kind__startswith="exports.table.").order_by("id")
    assert (asked.kind, made.kind) == ("exports.table.asked", "exports.table.made")
    facts = json.loads(made.facts)
    assert facts["rows"] == 1
    assert facts["sha256"] == hashlib.sha256(content).hexdigest()
    assert not {"1970-05-01", "male"} & set(json.dumps(facts).split('"'))


def test_only_the_table_for_excel_begins_with_its_mark():
    manager = a_data_manager()
    a_complete_form(a_coordinator())

    plain, marked = (b"".join(given(manager, **asked).streaming_content) for asked in ({}, {"for": "excel"}))

    assert marked == b"\xef\xbb\xbf" + plain
    assert plain.startswith(b"subject,site,synthetic,visit,")


def test_a_table_asks_the_database_the_same_however_many_forms(django_assert_num_queries):
    coordinator, manager = a_coordinator(), a_data_manager()
    site = site_of(coordinator)

    def ask():
        with as_actor(manager):
            table = form_table(manager, TRIAL.crf("VS"), [site], at=timezone.now())
            return len(list(table.rows))

    manager.site_ids()
    a_subject(coordinator)
    with django_assert_num_queries(4):  # savepoint, actor, the forms, release
        assert ask() == 1
    for _ in range(4):
        a_subject(coordinator)
    with django_assert_num_queries(4):
        assert ask() == 5
