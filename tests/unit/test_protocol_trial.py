"""The trial as a whole: its fingerprint, its assumptions, its roles, its documents."""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import protocol
from protocol import assumptions, documents, language, limits
from protocol.arms import ARMS, RESECTION, STRATA, WATCH_AND_WAIT
from protocol.assumed.reading import SOURCES
from protocol.derivations import DERIVATIONS
from protocol.fingerprint import WORDING, fingerprint_of, said
from protocol.language import Agrees, Check, Derived, Group, Item
from protocol.roles import HOLDERS, Role, Task, may_hold
from protocol.trial import TRIAL, TRIALS

# Version 1.0 is not released yet. From its release on this line never changes: an amendment adds a version.
FINGERPRINT_1_0 = "0a71e52d11217383825cca87e39bed01138e4843ddf38245fdcae16e91260725"


class TestTheFingerprint:
    def test_of_the_version_is_pinned(self):
        assert (TRIAL.version, TRIAL.fingerprint) == ("1.0", FINGERPRINT_1_0)

    def test_changes_with_a_limit_a_unit_a_code_or_a_rule(self):
        platelets = TRIAL.crf("HE").item("platelets")
        low = next(check for check in platelets.checks if check.id == "HE.platelets.range")

        others = {
            fingerprint_of(platelets),
            fingerprint_of(replace(platelets, units=("10^9/L",))),
            fingerprint_of(replace(platelets, required=False)),
            fingerprint_of(replace(platelets, checks=())),
            fingerprint_of(replace(platelets, checks=(replace(low, low=Decimal(6)),))),
            fingerprint_of(replace(platelets, checks=(replace(low, severity=language.Severity.HARD),))),
        }

        assert len(others) == 6

    @pytest.mark.parametrize("wording", ["title", "help", "source"])
    def test_stays_when_the_wording_is_mended(self, wording):
        platelets = TRIAL.crf("HE").item("platelets")

        assert fingerprint_of(replace(platelets, **{wording: "Mended."})) == fingerprint_of(platelets)

    def test_covers_criteria_visits_arms_assumptions_and_factors(self):
        assert TRIAL.fingerprint != replace(TRIAL, criteria=TRIAL.criteria[1:]).fingerprint
        assert TRIAL.fingerprint != replace(TRIAL, visits=TRIAL.visits[1:]).fingerprint
        assert TRIAL.fingerprint != replace(TRIAL, arms=TRIAL.arms[1:]).fingerprint
        assert TRIAL.fingerprint != replace(TRIAL, settings=TRIAL.settings[1:]).fingerprint
        first, *others = TRIAL.assumptions
        assert TRIAL.fingerprint != replace(TRIAL, assumptions=(replace(first, value="5"), *others)).fingerprint

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("protocol.criteria.blood.PLATELETS_ABOVE", "75"),
            ("protocol.criteria.blood.CREATININE_BELOW_ULN", "1.5"),
            ("protocol.criteria.history.QTC_AT_MOST_MS", "{female: 470, male: 450}"),
            ("protocol.mrecist.PD_PERCENT_OF_NADIR", "120"),
            ("creatinine: µmol/L per mg/dL", "4421/50"),
        ],
    )
    def test_covers_the_limits_of_the_rules(self, name, value):
        assert dict(TRIAL.settings)[name] == value

    def test_covers_no_sentence(self):
        assert not any("%(" in value for _, value in TRIAL.settings)

    def test_looks_into_every_module_that_decides_by_a_number(self):
        decides_nothing = {
            "protocol.assumptions",  # covered by themselves
            "protocol.blocks",  # a sealed list keeps its own seed
            "protocol.endpoint_course",  # the two values of CNSR
            "protocol.identifiers",
            "protocol.survival",  # how often an interval is halved
            "protocol.reading",
            "protocol.searching",  # how many are offered
            "protocol.verification",  # its numbers are assumptions
            "protocol.reading_dates",
            "protocol.reading_numbers",
            "protocol.crfs.evaluation",
        }
        known = {module.__name__ for module in limits.RULES} | decides_nothing
        for found in pkgutil.walk_packages(protocol.__path__, "protocol."):
            module = importlib.import_module(found.name)
            numbers = [
                name
                for name in getattr(module, "__annotations__", {})
                if name.isupper() and isinstance(getattr(module, name), int | Decimal)
            ]
            assert not numbers or found.name in known, found.name

    def test_has_one_spelling_for_each_value(self):
        assert said((None, True, 3, "x", Decimal("3.0"), Fraction(1, 1000))) == [None, True, 3, "x", "3.0", "1/1000"]
        with pytest.raises(TypeError, match="cannot hold a float"):
            said(0.1)

    def test_leaves_out_nothing_but_words(self):
        assert {"id", "severity", "low", "high", "unit", "units", "codes", "required", "value"}.isdisjoint(WORDING)

    def test_is_of_one_version_each(self):
        assert TRIALS[-1] is TRIAL
        assert len({trial.version for trial in TRIALS}) == len(TRIALS)


class TestAssumptions:
    CONSTANTS = frozenset(name for name in vars(assumptions) if name.isupper())

    def test_give_every_constant_its_reading(self):
        codes = [one.code for one in TRIAL.assumptions]

        assert sorted(codes) == sorted(self.CONSTANTS)

    def test_say_value_reading_tag_and_section(self):
        for one in TRIAL.assumptions:
            assert one.value
            assert one.title
            assert one.reading.endswith(".")
            assert one.tag in ("J", "M", "M/J") or one.tag.removeprefix("V:") in SOURCES, one.code
            assert re.fullmatch(r"\d(\.\d)?", one.section), one.code

    @pytest.mark.parametrize(
        ("code", "value"),
        [
            ("IMG_MIN_DAYS", "28"),
            ("IMG_MAX_DAYS", "42"),
            ("BLOCK_SIZES", "4, 6"),
            ("PFS_COUNTS_DEATH", "yes"),
            ("CHOLESTATIC_BILIRUBIN", "no"),
            ("COAGULATION_NCS_MAX_RATIO", "1.2"),
        ],
    )
    def test_show_the_value_the_code_uses(self, code, value):
        assert {one.code: one.value for one in TRIAL.assumptions}[code] == value


class TestArmsAndStrata:
    def test_are_two_arms_of_equal_share(self):
        assert [(arm.code, arm.share) for arm in ARMS] == [(RESECTION, 1), (WATCH_AND_WAIT, 1)]

    def test_are_two_binary_factors_that_can_be_derived(self):
        assert len(STRATA) == 2
        for stratum in STRATA:
            assert len(stratum.levels) == 2
            assert stratum.derivation in DERIVATIONS
            assert stratum.source


class TestDerivedItems:
    def test_are_derivations_that_exist(self):
        for crf in TRIAL.crfs:
            for item in crf.items:
                names = [item.derivation] if isinstance(item, Derived) else []
                names += [check.derivation for check in item.checks if isinstance(check, Agrees)]
                assert set(names) <= set(DERIVATIONS), f"{crf.code}.{item.name}"


class TestRolesAndTasks:
    def test_say_in_words_what_they_are(self):
        for one in (*Role, *Task):
            assert one.title
            assert one.description.endswith(".")

    def test_are_told_which_role_may_hold_which_task(self):
        assert set(HOLDERS) == set(Task)
        assert all(HOLDERS.values())

    def test_let_a_coordinator_randomize_but_not_judge(self):
        assert may_hold(Role.COORDINATOR, Task.RANDOMIZE)
        assert not may_hold(Role.COORDINATOR, Task.ELIGIBILITY)
        assert not may_hold(Role.COORDINATOR, Task.SAE_CAUSALITY)

    @pytest.mark.parametrize(
        "role",
        [Role.MONITOR, Role.DATA_MANAGER, Role.STATISTICIAN, Role.UNBLINDED_STATISTICIAN, Role.ADMINISTRATOR],
    )
    def test_keep_those_who_watch_from_those_who_do(self, role):
        assert not any(may_hold(role, task) for task in Task)


class TestDocuments:
    @pytest.mark.parametrize(
        ("path", "generate"),
        [
            ("docs/assumptions.md", documents.assumptions_markdown),
            ("docs/dictionary.md", documents.dictionary_markdown),
        ],
    )
    def test_say_what_the_code_says(self, path, generate):
        kept = (Path(__file__).parents[2] / path).read_text()

        assert kept == generate(), f"{path} is stale: run `make fix`."

    def test_name_every_item_every_check_and_every_assumption(self):
        dictionary = documents.dictionary_markdown()

        for crf in TRIAL.crfs:
            assert f"## {crf.code}: " in dictionary
            for item in crf.items:
                assert f"`{item.name}`" in dictionary
                assert all(f"`{check.id}`" in dictionary for check in item.checks)
        assert all(f"`{one.code}`" in documents.assumptions_markdown() for one in TRIAL.assumptions)

    @pytest.mark.parametrize("kind", [kind for kind in vars(language).values() if isinstance(kind, type)])
    def test_know_every_kind_of_item_and_check(self, kind):
        if issubclass(kind, Item) and kind is not Item:
            assert documents.kind_of.dispatch(kind) is not documents.kind_of.dispatch(Item)
        if issubclass(kind, Check) and kind is not Check:
            assert documents.rule_of.dispatch(kind) is not documents.rule_of.dispatch(Check)

    def test_refuse_a_kind_they_do_not_know(self):
        with pytest.raises(TypeError, match="No kind is written for Item"):
            documents.kind_of(Item(name="x", title="X"))
        with pytest.raises(TypeError, match="No rule is written for Check"):
            documents.rule_of(Check(id="x", severity=language.Severity.SOFT, message="X."))


def test_a_trial_finds_its_parts_by_code():
    assert TRIAL.crf("DM").code == "DM"
    assert TRIAL.visit("M6").months == 6
    assert TRIAL.criterion("I01").code == "I01"
    for find in (TRIAL.crf, TRIAL.visit, TRIAL.criterion):
        with pytest.raises(KeyError):
            find("nothing")


def test_every_criterion_says_its_source():
    assert all(criterion.source and criterion.title and criterion.short for criterion in TRIAL.criteria)


def test_a_group_holds_no_group():
    for crf in TRIAL.crfs:
        for item in crf.items:
            if isinstance(item, Group):
                assert not any(isinstance(inner, Group) for inner in item.items)
