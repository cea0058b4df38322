"""Every definition of the casebook keeps the house's promises: this walks all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from protocol import checking, language
from protocol.language import (
    Agrees,
    AtLeastRows,
    AtMostRows,
    Between,
    Check,
    Choice,
    Coded,
    CodeList,
    Crf,
    Date,
    Derived,
    Entry,
    Group,
    Item,
    Moment,
    MultiChoice,
    NoIdentifier,
    NotAbove,
    NotBefore,
    Number,
    PartialDate,
    Severity,
    Text,
    When,
    Which,
    Within,
)
from protocol.performing import perform
from protocol.reading import _read
from protocol.record import Answer, FormRecord, Record
from protocol.roles import Task
from protocol.trial import TRIAL

SCREENING = ("ICF", "DM", "HCC", "PT", "TA", "SR", "MK", "HE", "CH", "CO", "EG", "VS", "CP", "PG", "MH", "SU", "IJ")
FOLLOW_UP = ("VR", "OP", "PA", "PO", "AE", "SAE", "PGR", "CM", "RP", "NT", "SS", "DV", "WD", "DT", "ES")
UNDATED = ("DM", "HCC", "OP", "AE", "SAE", "PGR")  # they hold for the subject, or for more than one day


def items_of(crf: Crf) -> Iterator[tuple[str, Item]]:
    """Yield (path with any row key, item) of every item, rows included."""
    for item in crf.items:
        yield item.name, item
        if isinstance(item, Group):
            yield from ((f"{item.name}/1/{inner.name}", inner) for inner in item.items)


def of_every_item(assertion):
    """Make an assertion on one item a test of each form that walks all its items."""

    @pytest.mark.parametrize("crf", TRIAL.crfs, ids=lambda crf: crf.code)
    def walk(self, crf):
        for path, item in items_of(crf):
            assertion(crf, path, item)

    return walk


def of_every_check(assertion):
    """Make an assertion on one check a test of each form that walks all checks of its items."""

    @pytest.mark.parametrize("crf", TRIAL.crfs, ids=lambda crf: crf.code)
    def walk(self, crf):
        for path, item in items_of(crf):
            for check in item.checks:
                assertion(crf, path, item, check)

    return walk


def kinds_of(base: type) -> list[type]:
    """Return every class of the language below `base` that a definition can be."""
    kinds = [value for value in vars(language).values() if isinstance(value, type) and issubclass(value, base)]
    return [kind for kind in kinds if kind is not base]


class TestTheCasebook:
    def test_holds_the_forms_of_screening_and_follow_up_in_their_order(self):
        assert tuple(crf.code for crf in TRIAL.crfs) == SCREENING + FOLLOW_UP

    def test_expects_of_the_logs_those_of_screening_only(self):
        assert {crf.code for crf in TRIAL.crfs if crf.log and crf.expected} == {"ICF", "PT"}
        assert all(crf.expected for crf in TRIAL.crfs if not crf.log)

    def test_has_every_log_repeat_but_death_and_end_of_study(self):
        assert {crf.code for crf in TRIAL.crfs if crf.log and not crf.repeats} == {"DT", "ES"}

    def test_asks_after_randomization_for_what_cannot_be_before(self):
        asked = {crf.code for crf in TRIAL.crfs if crf.after_randomization}
        assert asked == {"VR", "OP", "PA", "PO", "RP", "NT", "SS", "ES"}

    def test_hides_what_only_an_operated_subject_has_from_whoever_may_not_see_the_arm(self):
        assert {crf.code for crf in TRIAL.crfs if crf.reveals_arm} == {"OP", "PA", "PO"}

    @pytest.mark.parametrize("crf", TRIAL.crfs, ids=lambda crf: crf.code)
    def test_gives_every_form_title_source_and_a_known_task(self, crf):
        assert crf.title
        assert crf.source
        assert crf.task in set(Task)

    @pytest.mark.parametrize("crf", TRIAL.crfs, ids=lambda crf: crf.code)
    def test_dates_every_form_by_one_of_its_dates(self, crf):
        if crf.code in UNDATED:
            assert not crf.dated_by
        else:
            assert isinstance(crf.item(crf.dated_by), Date | Moment | PartialDate)

    def test_names_every_item_once_in_its_form(self):
        for crf in TRIAL.crfs:
            names = [item.name for item in crf.items]
            assert len(names) == len(set(names)), crf.code

    def test_gives_every_check_an_id_of_its_own_below_its_form(self):
        ids = [check.id for crf in TRIAL.crfs for _, item in items_of(crf) for check in item.checks]

        assert [check_id for check_id, times in Counter(ids).items() if times > 1] == []

    def test_lists_what_is_entered_directly(self):
        assert {crf.code for crf in TRIAL.crfs if crf.entry is Entry.DIRECT} == {"TA", "SR", "SU", "IJ"}

    def test_blinds_surgeons_until_two_evaluations_are_complete(self):
        assert TRIAL.crf("SU").blind_until_complete == 2

    def test_keeps_the_second_reading_apart_from_the_first(self):
        assert {crf.code: crf.read_apart_from for crf in TRIAL.crfs if crf.read_apart_from} == {"SR": ("TA", "RP")}
        assert {crf.code for crf in TRIAL.crfs if crf.blind_until_complete} == {"SU", "SR"}


class TestEveryItem:
    @of_every_item
    def test_has_a_title_a_source_and_a_plain_name(crf, path, item):
        assert item.title
        assert item.title == item.title.strip()
        assert item.source, path
        assert re.fullmatch(r"[a-z][a-z0-9_]*", item.name)
        assert crf.item(path) is item

    @of_every_item
    def test_looks_only_at_items_it_stands_beside(crf, path, item):
        for condition in (item.shown_when, item.required_when, *(when for c in item.checks for when in c.given)):
            if condition is not None:
                assert_condition(crf, path, condition)

    @of_every_item
    def test_stores_codes_that_can_be_told_apart(crf, path, item):
        if isinstance(item, Choice | Coded | MultiChoice):
            values = [code.value for code in item.codes.codes]
            assert len({value.casefold() for value in values}) == len(values)
            assert item.codes.source
            assert all(code.title for code in item.codes.codes)
        if isinstance(item, MultiChoice):
            assert not any(" " in code.value for code in item.codes.codes)

    @of_every_item
    def test_guards_text_against_identifiers(crf, path, item):
        if isinstance(item, Text):
            guards = [check for check in item.checks if isinstance(check, NoIdentifier)]
            assert [guard.severity for guard in guards] == [Severity.HARD]

    @of_every_item
    def test_guards_a_measured_date_against_the_future(crf, path, item):
        if isinstance(item, Date | PartialDate | Moment):
            ids = [check.id for check in item.checks if check.severity is Severity.HARD]
            assert f"{crf.code}.{path.replace('/1/', '.')}.future" in ids

    @of_every_item
    def test_refuses_a_negative_number(crf, path, item):
        if isinstance(item, Number):
            lows = [
                check.low for check in item.checks if isinstance(check, Between) and check.severity is Severity.HARD
            ]
            assert 0 in lows


def assert_condition(crf: Crf, path: str, condition: When) -> None:
    """Assert that a condition names an item of the same row or form and values that it can hold."""
    row = path.rpartition("/")[0]
    found = None
    for candidate in (f"{row}/{condition.item}" if row else condition.item, condition.item):
        try:
            found = crf.item(candidate)
            break
        except KeyError:
            continue
    assert found is not None, condition
    allowed = {"Y", "N"} if isinstance(found, language.YesNo) else {code.value for code in found.codes.codes}
    assert set(condition.values) <= allowed


class TestEveryCheck:
    @of_every_check
    def test_stands_under_its_form(crf, path, item, check):
        owner = path.replace("/1/", ".")
        assert check.id.startswith(f"{crf.code}.{owner}."), check.id

    @of_every_check
    def test_is_soft_unless_it_refuses_the_impossible(crf, path, item, check):
        impossible = {"negative", "percent", "future", "identifier", "precise", "spelled"}
        assert (check.severity is Severity.HARD) == (check.id.rpartition(".")[2] in impossible)

    @of_every_check
    def test_says_what_to_do_in_whole_sentences(crf, path, item, check):
        assert check.message.endswith(".")
        assert check.message.count(".") >= 1

    @of_every_check
    def test_points_to_items_that_exist(crf, path, item, check):
        if isinstance(check, NotBefore | NotAbove | Within):
            owner = TRIAL.crf(check.other.crf) if check.other.crf else crf
            row = path.rpartition("/")[0]
            in_row = not check.other.crf and row
            if isinstance(check, Within):
                assert isinstance(crf.item(check.unless), Text)
            assert owner.item(f"{row}/{check.other.item}" if in_row else check.other.item)
            assert bool(check.other.crf) == (check.other.which is not Which.SAME_FORM)
        if isinstance(check, AtLeastRows):
            assert isinstance(item, Group)
            assert check.per in {inner.name for inner in item.items}
            assert check.least >= check.kinds
        if isinstance(check, AtMostRows):
            assert isinstance(item, Group)
            names = {inner.name for inner in item.items}
            assert {name for name, _ in check.having} <= names
            assert not check.per or check.per in names
        if isinstance(check, Agrees):
            assert isinstance(item, Choice)

    @of_every_check
    def test_limits_a_number_in_a_unit_of_its_item(crf, path, item, check):
        if isinstance(check, Between):
            assert isinstance(item, Number)
            assert not check.unit or check.unit in item.units
            assert check.low is None or check.high is None or check.low < check.high

    @of_every_check
    def test_speaks_with_what_it_knows(crf, path, item, check):
        """Every placeholder of the message is given, whatever the answer."""
        known = {"title", "value", "unit", "low", "high", "limit_unit", "other", "computed", "most", "count", "per"} | {
            "least",
            "kinds",
            "on",
            "versions",
            "allowed",
            "percent",
            "days",
        }
        assert set(re.findall(r"%\((\w+)\)s", check.message)) <= known
        assert "%" not in re.sub(r"%\(\w+\)s|%%", "", check.message)


class TestEveryFold:
    @pytest.mark.parametrize("kind", kinds_of(Item))
    def test_of_reading_knows_the_item_kind(self, kind):
        assert _read.dispatch(kind) is not _read.dispatch(Item)

    @pytest.mark.parametrize("kind", kinds_of(Check))
    def test_of_checking_knows_the_check_kind(self, kind):
        assert perform.dispatch(kind) is not perform.dispatch(Check)

    def test_refuses_a_kind_it_does_not_know(self):
        with pytest.raises(TypeError, match="No reading is defined for Item"):
            _read(Item(name="x", title="X"), "1", "")
        with pytest.raises(TypeError, match="No check is performed for Check"):
            perform(Check(id="x", severity=Severity.SOFT, message="X."), None)


def test_every_code_list_names_its_source():
    lists = [item.codes for crf in TRIAL.crfs for _, item in items_of(crf) if isinstance(item, Choice | MultiChoice)]

    assert all(isinstance(codes, CodeList) and codes.source and codes.name for codes in lists)


def test_derived_items_are_never_required():
    for crf in TRIAL.crfs:
        assert not any(item.required for _, item in items_of(crf) if isinstance(item, Derived))


@pytest.mark.parametrize(("sex", "is_asked"), [("female", True), ("male", False), ("", None)])
def test_pregnancy_is_asked_of_women_only(sex, is_asked):
    demography = FormRecord(id="1", crf="DM", answers={"sex": Answer(value=sex)})

    assert checking.is_asked(TRIAL.crf("PG"), Record(subject="S", forms=(demography,))) is is_asked
    assert checking.is_asked(TRIAL.crf("DM"), Record(subject="S")) is True
