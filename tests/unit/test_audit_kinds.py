"""Every kind of event that the code records is called something in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings

from audit.kinds import WORDS

OURS = sorted(app.label for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR)
KIND = re.compile(rf"({'|'.join(OURS)})(\.[a-z_]+){{1,2}}")
BEGINS = re.compile(rf"({'|'.join(OURS)})\.")


def recording() -> Iterator[ast.Module]:
    """Yield the modules that record events."""
    for app in OURS:
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            text = path.read_text()
            if "migrations" not in path.parts and re.search(r"from audit\.door import .*\brecord\b", text):
                yield ast.parse(text)


def written() -> Iterator[str]:
    """Yield the pattern of every kind that is written in them; what is put in while the code runs can be any word."""
    for module in recording():
        inside = {id(part) for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for part in node.values}
        # A message that is posted has a kind as well.
        inside |= {id(node.value) for node in ast.walk(module) if isinstance(node, ast.keyword) and node.arg == "kind"}
        for node in ast.walk(module):
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(each.value) if isinstance(each, ast.Constant) else "[a-z ]+" for each in node.values]
                if BEGINS.match("".join(parts).replace("\\", "")):
                    yield "".join(parts)
            elif isinstance(node, ast.Constant) and id(node) not in inside and is_kind(node.value):
                yield re.escape(node.value)


def is_kind(value: object) -> bool:
    """Whether this names a kind of event, and no module."""
    is_like_one = isinstance(value, str) and KIND.fullmatch(value) is not None
    return is_like_one and find_spec(".".join(str(value).split(".")[:2])) is None


def test_every_kind_that_is_recorded_has_words():
    patterns = set(written())

    assert len(patterns) > 90
    assert [each for each in sorted(patterns) if not any(re.fullmatch(each, kind) for kind in WORDS)] == []


def test_no_words_are_left_of_a_kind_that_nobody_records():
    patterns = set(written())

    assert [kind for kind in WORDS if not any(re.fullmatch(each, kind) for each in patterns)] == []
