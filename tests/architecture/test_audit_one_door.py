"""There is one door: every action is bound by it, and nothing else writes a row of the trial."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from types import FunctionType

import pytest
from django.apps import apps
from django.db import connection

from audit.door import WRITTEN
from scripts.embedded_postgres import ROOT
from tests.architecture.test_house import APPS, named

ACTION_FILES = sorted(
    path for app in APPS for path in [*app.glob("actions.py"), *app.glob("actions/*.py")] if path.name != "__init__.py"
)
# Public functions of actions that the door does not bind, and why no event is asked of them.
UNBOUND_ALLOWED = {
    "eligibility.actions.judging.rejudge": "keeps verdicts, which are derived and judged again whenever something is decided",
    "eligibility.actions.judging.rejudge_subjects": "the same, for many",
    "eligibility.actions.judging.follow_reference": "the same, after a bound action changed reference data",
    "casebook.actions.touching.judge_touched": "called by bound actions that changed reference data",
    "casebook.actions.range_file.load_ranges": "calls bound actions, all of a file in one transaction",
    "casebook.actions.range_file.propose_ranges": "calls bound actions, all of a file in one transaction",
    "casebook.actions.range_file.tried_ranges": "calls bound actions row by row; its callers keep all or nothing",
    "casebook.actions.refusing.count_refused": "counts what a hard check refused, once the save is taken back: a count only",
    "casebook.actions.import_rows.import_rows": "calls bound actions, all of a file in one transaction",
}
# Who writes rows past the actions, and why no event is asked of it.
WRITES_ALLOWED = {
    "outbox/posting.py": "the state of a message in the outbox is machinery; what it is about was recorded",
    "outbox/digests.py": "a notice is machinery: what it reminds of is in the trail",
    "followup/consent_reminders.py": "the same, of consents to be signed again",
    "casebook/expiring.py": "a draft is machinery, and so is the notice that it goes",
    "outbox/mailbox.py": "the mails of a demonstration are machinery",
    "accounts/management/commands/add_administrator.py": "a password is no data of the trial and stands in no trail",
    "accounts/filters.py": "how a person narrows a list is machinery",
    "api/admission.py": "the day a token was last used, and how often somebody called, is machinery",
    "exports/queue.py": "how far a file is, is machinery; asking for it and making it are recorded",
    "rehearsal/management/commands/make_demo.py": "the same, for the people of the demonstration",
}
WRITERS = {"save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


def module_of(path: Path):
    """Return the module of a file."""
    return importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))


def actions():
    """Return what other modules may call: the functions of an actions.py, or those its package hands out."""
    doors = [path for app in APPS for path in [*app.glob("actions.py"), *app.glob("actions/__init__.py")]]
    return {
        f"{function.__module__}.{name}": function
        for module in map(module_of, doors)
        for name, function in vars(module).items()
        if isinstance(function, FunctionType)
        and function.__module__.startswith(module.__name__)
        and not name.startswith("_")
    }


@pytest.mark.parametrize("name", sorted(actions().keys() - UNBOUND_ALLOWED.keys()))
def test_every_action_is_bound_by_the_door_and_takes_who_and_when(name):
    function = actions()[name]
    parameters = inspect.signature(function).parameters

    assert hasattr(function, "may"), "bind it with @action, or move it to another module"
    assert {"by", "at"} <= parameters.keys()
    assert all(parameters[name].kind is inspect.Parameter.KEYWORD_ONLY for name in ("by", "at"))


# Details of actions that are texts and nobody's own words: codes, keys, hashes, names of staff; and what is typed into a
# form, which the checks of its items ask about.
NOT_WRITTEN = frozenset(
    {"analyte", "answers", "codes", "content", "content_hash", "continues", "country", "counts", "crf", "criteria"}
    | {
        "criterion",
        "decision",
        "digest",
        "email",
        "evidence_hash",
        "judgement_hash",
        "key",
        "kind",
        "kinds",
        "language",
    }
    | {
        "meaning",
        "outcome",
        "page",
        "path",
        "paths",
        "protocol_version",
        "rates",
        "reasons",
        "reconsent",
        "role",
        "sex",
    }
    | {"task", "time_zone", "typed", "typed_on", "unit", "unit_from", "unit_to", "determination"}
)


@pytest.mark.parametrize("name", sorted(actions().keys() - UNBOUND_ALLOWED.keys()))
def test_whatever_a_person_writes_into_an_action_passes_the_door(name):
    parameters = inspect.signature(actions()[name]).parameters.values()
    texts = {each.name for each in parameters if "str" in str(each.annotation)}

    assert texts - WRITTEN - NOT_WRITTEN == set(), "say in audit.door.WRITTEN whether people write it"


def reached_into(path: Path):
    """Yield the functions that a file takes from inside a package of actions, past what it hands out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and ".actions." in node.module:
            module = importlib.import_module(node.module)
            for alias in node.names:
                function = getattr(module, alias.name)
                if isinstance(function, FunctionType) and not hasattr(function, "may"):
                    yield f"{function.__module__}.{alias.name}"


def test_the_steps_of_an_action_are_called_by_actions_only():
    outside = [path for app in APPS for path in app.rglob("*.py") if "actions" not in path.parts]

    assert {name for path in outside for name in reached_into(path)} - UNBOUND_ALLOWED.keys() == set()


def written_rows(path: Path):
    """Yield the calls in a file that write rows: of a manager, a queryset, or a row."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITERS:
            called_on = ast.unparse(node.func.value)
            if (
                ".objects" in called_on
                or "_base_manager" in called_on
                or (node.func.attr in ("save", "delete") and not node.args)
            ):
                yield f"{named(path)}:{node.lineno} {called_on[:60]}.{node.func.attr}"


def test_nothing_writes_a_row_past_the_actions():
    elsewhere = [
        path
        for app in APPS
        for path in app.rglob("*.py")
        if "migrations" not in path.parts and path not in ACTION_FILES and named(path) not in WRITES_ALLOWED
    ]

    assert [call for path in elsewhere for call in written_rows(path)] == []


RIGHTS = {
    "append-only": {"SELECT", "INSERT"},
    "action-only": {"SELECT", "INSERT", "UPDATE"},
    "reference": {"SELECT", "INSERT", "UPDATE"},
    "machinery": {"SELECT", "INSERT", "UPDATE", "DELETE"},
}
RECORDED_SQL = """
SELECT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                WHERE t.tgrelid = %s::regclass AND p.proname = 'audit_record_change' AND t.tgenabled = 'O')
"""
OWN_MODELS = [
    pytest.param(model, id=model._meta.label) for model in apps.get_models() if (ROOT / model._meta.app_label).is_dir()
]


def declared(model):
    """Return the class in which a model's app declares it."""
    return apps.get_app_config(model._meta.app_label).models_module.CLASSES[model.__name__]


@pytest.mark.parametrize("model", OWN_MODELS)
def test_every_model_is_declared_in_one_class(model):
    assert declared(model) in RIGHTS


@pytest.mark.django_db
@pytest.mark.parametrize("model", OWN_MODELS)
def test_every_table_has_the_walls_of_its_class(model):
    table = model._meta.db_table
    with connection.cursor() as cursor:
        asked = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
        cursor.execute(
            "SELECT "
            + ", ".join(["has_table_privilege(%s, %s) OR has_any_column_privilege(%s, %s)"] * 3)
            + ", has_table_privilege(%s, %s), has_table_privilege(%s, %s)",
            [word for right in asked[:3] for word in (table, right, table, right)]
            + [word for right in asked[3:] for word in (table, right)],
        )
        rights = {right for right, held in zip(asked, cursor.fetchone(), strict=True) if held}
        cursor.execute(RECORDED_SQL, [table])
        is_recorded = cursor.fetchone()[0]

    is_trail = model._meta.app_label == "audit"
    assert rights <= RIGHTS[declared(model)]
    assert is_recorded == (declared(model) != "machinery" and not is_trail)


@pytest.mark.django_db
def test_every_clinical_table_hides_the_rows_of_other_sites():
    clinical = [
        model._meta.db_table
        for model in apps.get_models()
        if (ROOT / model._meta.app_label).is_dir()
        and declared(model) in ("append-only", "action-only")
        and any(field.attname in ("site_id", "subject_id") for field in model._meta.concrete_fields)
        and model._meta.app_label != "accounts"
    ]

    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'")
        walled = {name for (name,) in cursor.fetchall()}

    assert set(clinical) - walled == set()
