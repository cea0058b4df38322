"""What is installed is exactly what is locked, and a lock names no place."""

from __future__ import annotations

import re
import tomllib

import pytest

from scripts import catalogue, locks, vendor
from scripts.embedded_postgres import ROOT


def test_the_locks_are_without_fault():
    assert locks.faults() == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("--find-links /wheels\n", "contains '--find-links'"),
        ("thing @ file:///wheels/thing.whl\n", "contains 'file:'"),
        ("thing==1.0\n", "has no hash for thing==1.0"),
        ("# https://host/simple\n", "contains 'http'"),
    ],
)
def test_a_lock_with_a_place_or_without_a_hash_is_refused(tmp_path, line, fault):
    lock = tmp_path / "lock.txt"
    lock.write_text(locks.PRODUCTION.read_text() + line)

    assert any(fault in found for found in locks._faults_of(lock, []))


def test_a_dependency_without_lock_is_told(tmp_path):
    assert "production.txt lacks left-pad; run scripts/locks.py." in locks._faults_of(locks.PRODUCTION, ["left-pad>=1"])


def test_every_dependency_says_why_it_is_here():
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["develop"]

    silent = [name for name in wanted if not re.search(rf'"{re.escape(name)}",\s*# \S', text)]

    assert silent == []


def test_the_vendored_files_are_those_of_the_manifest():
    assert vendor.differences() == []


def test_a_changed_vendored_file_is_told(tmp_path, monkeypatch):
    for path in vendor.FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(vendor, "FOLDER", tmp_path)
    monkeypatch.setattr(vendor, "MANIFEST", tmp_path / "manifest.json")
    (tmp_path / "bootstrap.min.css").write_text("body{}")
    (tmp_path / "stray.js").write_text("")

    assert vendor.differences() == [
        "bootstrap.min.css is not the file that the manifest describes.",
        "stray.js stands in static/vendor and not in its manifest.",
    ]


@pytest.mark.parametrize(
    ("template", "strings"),
    [
        ('{% translate "Mailbox" %}', [("Mailbox", None)]),
        ("{% trans 'Open' context 'query' as word %}", [("Open", "query")]),
        ("{% blocktranslate with n=count %}{{ n }} of 5 %{% endblocktranslate %}", [("%(n)s of 5 %%", None)]),
        ("{% blocktranslate trimmed %}\n  One\n  line.\n{% endblocktranslate %}", [("One line.", None)]),
        (
            "{% blocktranslate count n=n %}{{ n }} form{% plural %}{{ n }} forms{% endblocktranslate %}",
            [(("%(n)s form", "%(n)s forms"), None)],
        ),
    ],
)
def test_strings_of_templates_are_found_as_django_looks_them_up(template, strings):
    assert list(catalogue._of_template(template)) == strings
