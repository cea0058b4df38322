"""Laboratories, ranges, factors and consent forms: dated, without overlap, confirmed by a second person."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.decision import Refusal
from audit.door import as_actor
from audit.models import Event
from casebook import actions
from casebook.actions.range_file import FileRefused, load_ranges
from casebook.models import ConversionFactor, Laboratory, ReferenceRange
from casebook.selectors.records import record_of
from tests.casebook_ground import (
    a_coordinator,
    a_data_manager,
    a_laboratory,
    a_range,
    a_subject,
    complete,
    save,
    site_of,
    the_form,
    the_investigator,
)
from tests.people import an_administrator, set_up

pytestmark = pytest.mark.django_db
HEADER = "laboratory,analyte,sex,unit,low,high,valid_from,valid_to,note"
touched: list[tuple[str, User]] = []


def remember(subject, *, form, by, at):
    """Listen at the port."""
    touched.append((subject.number, by))


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []
    touched.clear()


@pytest.fixture
def laboratory():
    return a_laboratory()


@pytest.fixture
def coordinator():
    return a_coordinator()


def confirmed(laboratory, **details):
    held = a_range(laboratory, **details)
    actions.confirm_range(held, by=set_up(), at=timezone.now())
    return held


# --- overlap --------------------------------------------------------------------------------------------------

NEW_YEAR = date(2020, 1, 1)


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ({}, {"valid_from": date(2010, 1, 1)}, True),
        ({}, {"valid_from": date(2030, 1, 1)}, True),
        ({"valid_to": NEW_YEAR}, {"valid_from": NEW_YEAR}, True),
        ({"valid_to": NEW_YEAR}, {"valid_from": NEW_YEAR + timedelta(days=1)}, False),
        ({}, {"valid_from": date(2009, 1, 1), "valid_to": date(2010, 1, 1)}, True),
        ({}, {"valid_from": date(2009, 1, 1), "valid_to": date(2009, 12, 31)}, False),
        ({"sex": "male"}, {"sex": "male"}, True),
        ({"sex": "male"}, {"sex": "female"}, False),
        ({"sex": ""}, {"sex": "female"}, True),
        ({"sex": "male"}, {"sex": ""}, True),
        ({"age_to": 17}, {"age_from": 17}, True),
        ({"age_to": 17}, {"age_from": 18}, False),
        ({"age_from": 18}, {"age_to": 17}, False),
        ({"unit": "ng/mL"}, {"unit": "IU/mL"}, False),
        ({"method": "Roche"}, {"method": "Abbott"}, False),
        ({"analyte": "AFP"}, {"analyte": "ALT"}, False),
    ],
)
def test_two_ranges_of_one_kind_never_overlap(laboratory, first, second, overlap):
    a_range(laboratory, **first)

    if not overlap:
        a_range(laboratory, **second)
        return
    with pytest.raises(Refusal, match="already, and it overlaps with this one"):
        a_range(laboratory, **second)


def test_below_the_rule_the_database_refuses_an_overlap(laboratory):
    held = a_range(laboratory)
    held.pk = None
    held._state.adding = True

    with pytest.raises(IntegrityError, match="range_without_overlap"), as_actor(set_up()), transaction.atomic():
        held.save()


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        ({"low": None, "high": None}, "A reference range has a lower limit, an upper limit, or both."),
        ({"low": Decimal(30)}, "The lower limit 30 is above the upper limit 20."),
        ({"valid_to": date(2009, 1, 1)}, "The range ends on 2009-01-01, before it begins on 2010-01-01."),
        ({"sex": "both"}, "A range is for male, for female, or with no entry for both; not for both."),
    ],
)
def test_a_range_makes_sense_in_itself(laboratory, details, sentence):
    with pytest.raises(Refusal) as refused:
        a_range(laboratory, **details)

    assert str(refused.value) == sentence


def test_equal_limits_make_sense(laboratory):
    assert a_range(laboratory, low=Decimal(20)).low == Decimal(20)


# --- proposed, confirmed, corrected ---------------------------------------------------------------------------


def test_a_data_manager_proposes_and_a_principal_investigator_confirms(laboratory, coordinator):
    manager, investigator = a_data_manager(), the_investigator(coordinator)
    held = a_range(laboratory, by=manager)

    with pytest.raises(Refusal, match="confirm a reference range"):
        actions.confirm_range(held, by=manager, at=timezone.now())
    actions.confirm_range(held, by=investigator, at=timezone.now())

    held.refresh_from_db()
    assert (held.proposed_by_id, held.confirmed_by_id) == (manager.pk, investigator.pk)
    with pytest.raises(Refusal, match="This range was confirmed already"):
        actions.confirm_range(held, by=investigator, at=timezone.now())


def test_a_coordinator_proposes_nothing(laboratory, coordinator):
    with pytest.raises(Refusal, match="propose a reference range"):
        a_range(laboratory, by=coordinator)


def test_only_a_confirmed_range_is_judged_by(laboratory, coordinator):
    subject = a_subject(coordinator)
    held = a_range(laboratory, low=Decimal("0.50"))
    with as_actor(coordinator):
        assert record_of(subject).ranges == ()

    actions.confirm_range(held, by=set_up(), at=timezone.now())

    with as_actor(coordinator):
        [known] = record_of(subject).ranges
    assert (known.laboratory, known.analyte, known.unit, known.low) == (laboratory.code, "AFP", "ng/mL", Decimal("0.5"))
    assert (known.valid_from, known.valid_to) == (date(2010, 1, 1), None)


def test_a_correction_lists_and_judges_again_whoever_it_touches_at_every_site(laboratory, coordinator, settings):
    held = confirmed(laboratory)
    touched_here, touched_there, untouched = (
        a_subject(coordinator),
        a_subject(other := a_coordinator()),
        a_subject(other),
    )
    for subject, by in ((touched_here, coordinator), (touched_there, other)):
        save(the_form(subject, "MK", by=by), {"laboratory": laboratory.code}, by=by)
    settings.CASEBOOK_AFTER_CHANGE = [f"{__name__}.remember"]

    proposed = actions.correct_range(
        held, by=a_data_manager(), at=timezone.now(), reason="New kit", low=None, high=Decimal(10)
    )
    assert touched == []
    listed = actions.confirm_range(proposed, by=the_investigator(coordinator), at=timezone.now())

    numbers = {touched_here.number, touched_there.number}
    assert {subject.number for subject in listed} == numbers == {number for number, _ in touched}
    assert untouched.number not in numbers
    assert all(by.is_system for _, by in touched)


def test_a_correction_says_why(laboratory):
    held = confirmed(laboratory)

    with pytest.raises(Refusal, match="Say why the range is corrected, and from which document"):
        actions.correct_range(held, by=a_data_manager(), at=timezone.now(), reason="", low=None, high=Decimal(10))


def test_reference_data_have_a_stream_of_their_own(laboratory):
    a_range(laboratory)

    with as_actor(set_up()):
        kinds = list(Event.objects.filter(stream="reference").order_by("sequence").values_list("kind", flat=True))
    assert kinds[-2:] == ["casebook.laboratory.added", "casebook.range.proposed"]


def test_a_laboratory_is_on_the_list_once(laboratory):
    with pytest.raises(Refusal, match=f"There is a laboratory {laboratory.code} already"):
        a_laboratory(laboratory.code)


# --- factors and consent forms --------------------------------------------------------------------------------


def test_a_laboratory_gives_its_own_factor_once(laboratory, coordinator):
    said = {"analyte": "AFP", "unit_from": "IU/mL", "unit_to": "ng/mL", "factor": Decimal("1.21")}
    actions.add_conversion(laboratory, by=set_up(), at=timezone.now(), **said)

    with as_actor(coordinator):
        [known] = record_of(a_subject(coordinator)).conversions
    assert known.factor == Decimal("1.21")
    with pytest.raises(Refusal, match="has a factor for AFP from IU/mL to ng/mL already"):
        actions.add_conversion(laboratory, by=set_up(), at=timezone.now(), **said)


@pytest.mark.parametrize("change", [{"factor": Decimal(0)}, {"unit_to": "IU/mL"}])
def test_a_factor_leads_somewhere(laboratory, change):
    said = {"analyte": "AFP", "unit_from": "IU/mL", "unit_to": "ng/mL", "factor": Decimal("1.21")} | change

    with pytest.raises(Refusal, match="A factor is above zero and leads from one unit to another"):
        actions.add_conversion(laboratory, by=set_up(), at=timezone.now(), **said)


@pytest.mark.parametrize(("unit_from", "unit_to"), [("ng/mL", "mAU/mL"), ("mAU/mL", "ng/mL")])
def test_no_factor_is_added_for_pivka(laboratory, unit_from, unit_to):
    said = {"analyte": "PIVKA-II", "unit_from": unit_from, "unit_to": unit_to, "factor": Decimal("1.4")}

    with pytest.raises(Refusal) as refusal:
        actions.add_conversion(laboratory, by=set_up(), at=timezone.now(), **said)

    assert refusal.value.sentence.english() == (
        f"PIVKA-II is never converted: {unit_from} and {unit_to} belong to different assays. "
        "It is judged by a reference range in the unit that the laboratory reports."
    )


def a_factor(laboratory, value: str = "1.21") -> ConversionFactor:
    said = {"analyte": "AFP", "unit_from": "IU/mL", "unit_to": "ng/mL", "factor": Decimal(value)}
    return actions.add_conversion(laboratory, by=set_up(), at=timezone.now(), **said)


def test_below_the_rule_the_database_keeps_no_factor_for_pivka_and_changes_none(laboratory, monkeypatch):
    held = a_factor(laboratory)
    monkeypatch.setattr("casebook.rules.reference.NEVER_CONVERTED", frozenset())
    said = {"analyte": "PIVKA-II", "unit_from": "ng/mL", "unit_to": "mAU/mL", "factor": Decimal("1.4")}

    with transaction.atomic(), pytest.raises(DatabaseError, match="PIVKA-II is never converted"):
        actions.add_conversion(laboratory, by=set_up(), at=timezone.now(), **said)
    with as_actor(set_up()), pytest.raises(DatabaseError, match="a wrong one is withdrawn"):
        ConversionFactor.objects.filter(pk=held.pk).update(factor=Decimal(2))


def test_a_withdrawn_factor_stays_on_record_and_nothing_is_judged_by_it(laboratory, coordinator, settings):
    settings.CASEBOOK_AFTER_CHANGE = [f"{__name__}.remember"]
    held, subject = a_factor(laboratory), a_subject(coordinator)
    save(the_form(subject, "MK", by=coordinator), {"laboratory": laboratory.code}, by=coordinator)
    touched.clear()

    actions.withdraw_conversion(held, by=set_up(), at=timezone.now(), reason=" Factor of another kit ")

    held.refresh_from_db()
    assert (held.withdrawn_because, held.withdrawn_by) == ("Factor of another kit", set_up())
    assert [number for number, _by in touched] == [subject.number]
    with as_actor(coordinator):
        assert record_of(subject).conversions == ()
    with as_actor(set_up()):
        last = Event.objects.filter(stream="reference").order_by("sequence").last()
    assert (last.kind, last.reason) == ("casebook.conversion.withdrawn", "Factor of another kit")
    assert a_factor(laboratory, "1.28").factor == Decimal("1.28")


def test_a_factor_is_withdrawn_once_with_a_reason_by_whoever_may_add_one(laboratory, coordinator):
    held, at = a_factor(laboratory), timezone.now()

    with pytest.raises(Refusal, match="does not include this: propose a reference range"):
        actions.withdraw_conversion(held, by=coordinator, at=at, reason="Wrong")
    with pytest.raises(Refusal, match="Say why the factor is withdrawn"):
        actions.withdraw_conversion(held, by=a_data_manager(), at=at, reason=" ")
    actions.withdraw_conversion(held, by=a_data_manager(), at=at, reason="Wrong")
    with pytest.raises(Refusal, match="This factor was withdrawn already"):
        actions.withdraw_conversion(held, by=a_data_manager(), at=at, reason="Wrong")


def test_a_version_of_the_consent_form_belongs_to_its_site(coordinator):
    site = site_of(coordinator)
    said = {"version": "2.0", "approved_on": date(2025, 1, 1), "effective_on": date(2025, 1, 10)}
    actions.add_consent_form(site, by=an_administrator(), at=timezone.now(), **said)
    other = a_coordinator()

    with as_actor(coordinator):
        [known] = record_of(a_subject(coordinator)).consent_versions
    with as_actor(other):
        assert record_of(a_subject(other)).consent_versions == ()
    assert (known.version, known.effective_from) == ("2.0", date(2025, 1, 10))
    with pytest.raises(Refusal, match=f"Site {site.code} has version 2.0 already"):
        actions.add_consent_form(site, by=the_investigator(coordinator), at=timezone.now(), **said)


def test_a_consent_form_is_used_after_its_approval(coordinator):
    said = {"version": "2.0", "approved_on": date(2025, 1, 2), "effective_on": date(2025, 1, 1)}

    with pytest.raises(Refusal, match="it cannot take effect before 2025-01-02"):
        actions.add_consent_form(site_of(coordinator), by=an_administrator(), at=timezone.now(), **said)


def test_a_coordinator_adds_no_consent_form(coordinator):
    said = {"version": "2.0", "approved_on": date(2025, 1, 1), "effective_on": date(2025, 1, 1)}

    with pytest.raises(Refusal, match="add a version of the consent form"):
        actions.add_consent_form(site_of(coordinator), by=coordinator, at=timezone.now(), **said)


# --- the file -------------------------------------------------------------------------------------------------


def loaded(*lines, header=HEADER):
    content = "\n".join((header, *lines)).encode()
    return load_ranges(content, by=set_up(), at=timezone.now())


def test_a_file_brings_laboratories_and_confirmed_ranges():
    outcome = loaded(
        "Coimbra,AFP,,ng/mL,,20,2010-01-01,,assumed", "Coimbra,haemoglobin,male,g/dL,13.5,17.5,2010-01-01,2019-12-31,"
    )

    assert (outcome.added, outcome.known) == (2, 0)
    ranges = ReferenceRange.objects.filter(laboratory__code="Coimbra").order_by("analyte")
    assert [(held.analyte, held.sex, held.low, held.high) for held in ranges] == [
        ("AFP", "", None, Decimal(20)),
        ("haemoglobin", "male", Decimal("13.5"), Decimal("17.5")),
    ]
    assert all(held.confirmed_at for held in ranges)


def test_a_limit_is_read_with_a_comma_as_well_and_may_be_zero():
    loaded('Coimbra,AFP,,ng/mL,0,"40,5",2010-01-01,,')

    held = ReferenceRange.objects.get(laboratory__code="Coimbra")
    assert (held.low, held.high) == (Decimal(0), Decimal("40.5"))


def test_one_file_ends_a_range_and_adds_the_one_after_it():
    header = f"{HEADER},reason"
    loaded("Coimbra,AFP,,ng/mL,,20,2010-01-01,,letter,", header=header)
    lines = (
        "Coimbra,AFP,,ng/mL,,20,2010-01-01,2025-12-31,letter,New kit",
        "Coimbra,AFP,,ng/mL,,10,2026-01-01,,letter of May,",
    )

    outcome = loaded(*lines, header=header)

    assert [str(row.does) for row in outcome.rows] == ["range changed", "range added"]
    standing = ReferenceRange.objects.filter(left_at=None).order_by("valid_from")
    assert [(held.high, held.valid_to, held.confirmed_at is not None) for held in standing] == [
        (Decimal(20), date(2025, 12, 31), True),
        (Decimal(10), None, True),
    ]


@pytest.mark.parametrize("start", ["2025-12-31", "2026-01-01"])
def test_the_one_after_it_begins_on_the_next_day_and_comes_after_it_in_the_file(start):
    header = f"{HEADER},reason"
    loaded("Coimbra,AFP,,ng/mL,,20,2010-01-01,,letter,", header=header)
    ends = "Coimbra,AFP,,ng/mL,,20,2010-01-01,2025-12-31,letter,New kit"
    after = f"Coimbra,AFP,,ng/mL,,10,{start},,letter of May,"
    lines = (ends, after) if start == "2025-12-31" else (after, ends)

    with pytest.raises(FileRefused, match="Coimbra has a range for AFP in ng/mL from 2010-01-01 already"):
        loaded(*lines, header=header)


def test_the_range_after_one_that_ends_is_confirmed_after_its_end(laboratory):
    held, at = confirmed(laboratory), timezone.now()
    said = {"low": None, "high": Decimal(20), "valid_to": date(2025, 12, 31)}
    ends = actions.correct_range(held, by=a_data_manager(), at=at, reason="New kit", **said)
    after = a_range(laboratory, valid_from=date(2026, 1, 1))

    with pytest.raises(Refusal, match="It overlaps with the range for AFP from 2010-01-01, whose correction waits"):
        actions.confirm_range(after, by=set_up(), at=at)
    actions.confirm_range(ends, by=set_up(), at=at)
    actions.confirm_range(after, by=set_up(), at=at)

    with as_actor(set_up()):
        assert ReferenceRange.objects.filter(left_at=None, confirmed_at__isnull=False).count() == 2


def test_the_range_after_one_whose_end_was_withdrawn_is_not_confirmed(laboratory):
    held, at = confirmed(laboratory), timezone.now()
    said = {"low": None, "high": Decimal(20), "valid_to": date(2025, 12, 31)}
    ends = actions.correct_range(held, by=a_data_manager(), at=at, reason="New kit", **said)
    after = a_range(laboratory, valid_from=date(2026, 1, 1))
    actions.withdraw_range(ends, by=a_data_manager(), at=at, reason="Too early")

    with pytest.raises(Refusal, match="already, and it overlaps with this one"):
        actions.confirm_range(after, by=set_up(), at=at)


def test_the_same_file_twice_changes_nothing():
    line = "Coimbra,AFP,,ng/mL,,20,2010-01-01,,assumed"
    loaded(line)

    outcome = loaded(line)

    assert (outcome.added, outcome.known) == (0, 1)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Coimbra,AFP,,ng/mL,,21,2015-01-01,,", "Line 3: Coimbra has a range for AFP in ng/mL from 2010-01-01 already"),
        ("Coimbra,ALT,,U/L,,4O,2010-01-01,,", "Line 3: Upper limit: 4O is not a number. Write digits"),
        ('Coimbra,ALT,,U/L,,"1,500",2010-01-01,,', "Line 3: Upper limit: 1,500 can be 1.500 or 1500."),
        ("Coimbra,ALT,,U/L,-1,40,2010-01-01,,", "Line 3: The limit -1 is below 0, as no result is."),
        ("Coimbra,ALT,,U/L,,-40,2010-01-01,,", "Line 3: The limit -40 is below 0, as no result is."),
        ("Coimbra,ALT,,U/L,,NaN,2010-01-01,,", "Line 3: Upper limit: NaN is not a number. Write digits"),
        ("Coimbra,ALT,,U/L,,40,01/02/2010,,", "Line 3: 01/02/2010 is not a day. Write it as 2025-03-31."),
        ("Coimbra,ALT,,U/L,,40,2010-02-30,,", "Line 3: 2010-02-30 is not a day. Write it as 2025-03-31."),
        ("Coimbra,ALT,,U/L,,,2010-01-01,,", "Line 3: A reference range has a lower limit, an upper limit, or both."),
        ("Coimbra,,,U/L,,40,2010-01-01,,", "Line 3: There is no value in column analyte."),
        ("Coimbra,ALT,U/L,40", "Line 3: This line has more or fewer values than there are columns."),
    ],
)
def test_one_bad_line_keeps_the_whole_file_out(line, sentence):
    with pytest.raises(FileRefused) as refused:
        loaded("Coimbra,AFP,,ng/mL,,20,2010-01-01,,assumed", line)

    assert refused.value.lines()[0].startswith(sentence)
    assert not Laboratory.objects.filter(code="Coimbra").exists()


def test_every_bad_line_is_named():
    with pytest.raises(FileRefused) as refused:
        loaded("Coimbra,ALT,,U/L,,4O,2010-01-01,,", "Coimbra,AST,,U/L,,5O,2010-01-01,,")

    assert [line[:7] for line in refused.value.lines()] == ["Line 2:", "Line 3:"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (HEADER.encode(), "The file holds 0 ranges; from 1 to 5000 can be loaded."),
        ("laboratory,analyte,valid_from,größe\n".encode("latin-1"), "The file is not in UTF-8."),
        (
            b"laboratory,analyte,valid_from,colour\nC,AFP,2010-01-01,red\n",
            "The file has a column nobody knows: colour.",
        ),
        (b"laboratory,analyte\nC,AFP\n", "The file has no column valid_from."),
        (f'{HEADER}\nC,AFP,,ng/mL,,20,2010-01-01,,"cut'.encode(), "The file ends inside a quoted value or is not CSV"),
        (b"a\0b", "The file is not a text file."),
    ],
)
def test_what_is_no_file_of_ranges_is_refused_with_a_sentence(content, sentence):
    with pytest.raises(FileRefused) as refused:
        load_ranges(content, by=set_up(), at=timezone.now())

    assert refused.value.lines()[0].startswith(sentence)


def test_the_command_loads_a_file_and_says_what_it_did(tmp_path, capsys):
    file = tmp_path / "ranges.csv"
    file.write_text(f"{HEADER}\nCoimbra,AFP,,ng/mL,,20,2010-01-01,,assumed\n")

    call_command("load_ranges", str(file))

    assert capsys.readouterr().out == "1 ranges added, 0 known already.\n"


def test_the_command_refuses_in_lines(tmp_path):
    file = tmp_path / "ranges.csv"
    file.write_text(f"{HEADER}\nCoimbra,AFP,,ng/mL,,2O,2010-01-01,,\n")

    with pytest.raises(CommandError, match="Line 2: Upper limit: 2O is not a number"):
        call_command("load_ranges", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_ranges", str(tmp_path / "nowhere.csv"))


def test_a_result_keeps_the_laboratory_it_came_from(laboratory, coordinator):
    form = the_form(a_subject(coordinator), "MK", by=coordinator)

    complete(
        form,
        {"sampled_on": "2025-03-03", "laboratory": laboratory.code, "afp": "<0.61 ng/mL", "pivka": "25 mAU/mL"},
        by=coordinator,
    )

    with as_actor(coordinator):
        [markers] = record_of(form.subject).complete_forms("MK")
    assert (markers.answer("afp").comparator, markers.answer("afp").value) == ("<", "0.61")
