"""The laws of the house that hold for every file: what is only agreed leaks within a year."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from scripts.embedded_postgres import ROOT

APPS = [ROOT / app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()]
SOURCES = sorted(
    path
    for folder in [*APPS, ROOT / "protocol", ROOT / "scripts"]
    for path in folder.rglob("*.py")
    if "migrations" not in path.parts and "__pycache__" not in path.parts
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
# One file on purpose, for whoever has nothing else of ours; its own limit stands in the tests of the trail.
STANDS_ALONE = ROOT / "scripts" / "verify_audit_export.py"
LONGEST_FUNCTION, USUAL_FUNCTION, LONGEST_FILE, LONGEST_SCRIPT = 40, 20, 300, 100

# Django's own, allauth's, and Celery's two hooks; the house has no signals of its own.
SIGNALS_ALLOWED = {ROOT / "accounts" / "receivers.py", ROOT / "trial_edc" / "celery.py"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Return every function's name and its lines, docstring and decorators left out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (node.end_lineno or 0) - body[0].lineno + 2 if body else 1
            yield f"{named(path)}:{node.name}", length


def test_no_function_is_longer_than_a_page():
    long = [(name, lines) for path in SOURCES for name, lines in functions(path) if lines > LONGEST_FUNCTION]

    assert long == []


def test_nine_functions_in_ten_are_short():
    lengths = sorted(lines for path in SOURCES for _name, lines in functions(path))

    assert lengths[int(len(lengths) * 0.9)] <= USUAL_FUNCTION


def test_no_file_is_longer_than_three_hundred_lines():
    judged = [path for path in SOURCES if path != STANDS_ALONE]

    assert [named(path) for path in judged if len(path.read_text().splitlines()) > LONGEST_FILE] == []


def test_every_module_opens_with_its_place():
    silent = [
        named(path) for path in SOURCES if (tree := ast.parse(path.read_text())).body and not ast.get_docstring(tree)
    ]

    assert silent == []


def test_every_name_says_something():
    empty = {"utils", "util", "helpers", "helper", "common", "core", "managers", "misc", "base", "services"}

    assert [named(path) for path in SOURCES if path.stem in empty or set(path.parts) & {"utils", "helpers"}] == []


def test_nothing_happens_by_signal():
    receiving = re.compile(r"@receiver\b|\.connect\b(?!\()|\bpost_save\b|\bpre_save\b|\bm2m_changed\b|\bpost_delete\b")

    assert [
        named(path)
        for path in SOURCES
        if path not in SIGNALS_ALLOWED and "scripts" not in path.parts and receiving.search(path.read_text())
    ] == []


def test_no_model_hides_logic_in_save_or_delete():
    hiding = [
        f"{named(path)}:{node.name}.{method.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name in {"save", "delete"}
    ]

    assert hiding == []


def test_no_clock_and_no_chance_below_the_views():
    """The moment is passed in; only views, tasks, commands and the start ask the one clock what time it is."""
    edges = {
        "clock",
        "views",
        "tasks",
        "commands",
        "middleware",
        "mailbox",
        "receivers",
        "adapter",
        "trial_edc",
        "scripts",
    }
    borrowed = re.compile(
        r"\btimezone\.now\(|\bclock\.now\(|\bdatetime\.now\(|\bdate\.today\(|\bimport random\b|\brandom\.\w+\("
    )

    assert [
        named(path)
        for path in SOURCES
        if not edges & {*path.relative_to(ROOT).parts, path.stem} and borrowed.search(path.read_text())
    ] == []


def test_there_is_one_clock():
    """A demonstration is moved on in one place; whoever asks another clock stays behind."""
    own = re.compile(r"\btimezone\.now\(|\bdatetime\.now\(|\bdate\.today\(")
    elsewhere = [named(path) for path in SOURCES if path.stem != "clock" and own.search(path.read_text())]

    # What is made for a demonstration is made on the day on the wall.
    assert [name for name in elsewhere if not name.startswith("rehearsal/management/")] == []


@pytest.mark.parametrize(
    ("forbidden", "pattern"),
    [
        ("inline script", r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")"),
        ("inline style", r"<style\b|\sstyle="),
        ("event attribute", r"\son[a-z]+="),
        ("unescaped text", r"\|\s*safe\b|{%\s*autoescape\s+off"),
        ("another host", r"(?:src|href|action)=\"(?:https?:)?//"),
        ("a role or state compared", r"{%\s*(?:el)?if[^%]*\b(?:role|state|stage|status)\s*(?:==|!=)"),
    ],
)
def test_no_template_holds(forbidden, pattern):
    assert [named(path) for path in TEMPLATES if re.search(pattern, path.read_text())] == []


def test_components_say_what_they_take():
    silent = [
        named(path)
        for path in TEMPLATES
        if "components" in path.parts and not path.read_text().lstrip().startswith("{% comment")
    ]

    assert silent == []


def test_every_script_is_small():
    assert [named(path) for path in SCRIPTS if len(path.read_text().splitlines()) > LONGEST_SCRIPT] == []


def test_no_script_or_style_names_another_host():
    files = [*SCRIPTS, *(ROOT / "static" / "css").rglob("*.css")]

    assert [named(path) for path in files if re.search(r"https?://(?!www\.w3\.org)", path.read_text())] == []


def test_no_todo_without_a_number():
    assert [
        named(path) for path in [*SOURCES, *TEMPLATES] if re.search(r"\b(TODO|FIXME|XXX|TEMPORARY)\b", path.read_text())
    ] == []


def test_words_of_a_person_go_through_the_catalogue():
    """Text between tags that no translation tag holds: at least two words in a row are a sentence for a person."""
    tags = re.compile(
        r"{%\s*blocktrans.*?{%\s*endblocktrans\w*\s*%}|{%\s*comment.*?endcomment\s*%}|{%.*?%}|{{.*?}}|{#.*?#}", re.S
    )
    bare = re.compile(r">\s*[^<>]*?[A-Za-z]{3,}\s+[A-Za-z]{2,}[^<>]*<")

    assert [named(path) for path in TEMPLATES if bare.search(">" + tags.sub("", path.read_text()) + "<")] == []
