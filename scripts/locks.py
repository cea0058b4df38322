#!/usr/bin/env python3
"""Writes the locks in requirements/ from pyproject.toml; `--check` says what is wrong with them.

A lock names packages, versions and hashes, and no host: where they come from is the installing machine's affair.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"
PRODUCTION, DEVELOP = FOLDER / "production.txt", FOLDER / "develop.txt"
FORBIDDEN = ("http", "file:", "--index", "--extra-index", "--find-links", "--trusted-host", " @ ")
OPTIONS = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
    "--no-header",
    "--quiet",
]


def write(*more: str) -> None:
    """Resolve anew what pyproject.toml asks for; versions that still fit stay, unless --upgrade is given."""
    compile_it = [str(ROOT / ".venv" / "bin" / "uv"), "pip", "compile", "pyproject.toml", *OPTIONS, *more]
    subprocess.run([*compile_it, "-o", str(PRODUCTION)], cwd=ROOT, check=True)
    # What is tested is what is deployed: the development lock holds the same versions, and more.
    grouped = ["--group", "develop", "-c", str(PRODUCTION)]
    subprocess.run([*compile_it, *grouped, "-o", str(DEVELOP)], cwd=ROOT, check=True)


def faults() -> list[str]:
    """Return a sentence for each thing that is wrong with a lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"]
    wanted = {PRODUCTION: asked, DEVELOP: asked + project["dependency-groups"]["develop"]}
    found = [fault for path, requirements in wanted.items() for fault in _faults_of(path, requirements)]
    production, develop = _pinned(PRODUCTION), _pinned(DEVELOP)
    found += [
        f"{name} is not the same version in both locks." for name in production if production[name] != develop.get(name)
    ]
    return found


def _faults_of(path: Path, requirements: list[str]) -> list[str]:
    text, pinned = path.read_text(), _pinned(path)
    found = [f"{path.name} contains {word!r}: a lock names no place." for word in FORBIDDEN if word in text]
    found += [
        f"{path.name} lacks {name}; run scripts/locks.py." for name in map(_name, requirements) if name not in pinned
    ]
    unhashed = re.findall(r"^\S+==[^\\\n]*$", text, re.MULTILINE)
    return found + [f"{path.name} has no hash for {line}." for line in unhashed]


def _pinned(path: Path) -> dict[str, str]:
    return {_name(n): version for n, version in re.findall(r"^(\S+?)==(\S+)", path.read_text(), re.MULTILINE)}


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=~; ]", requirement)[0].lower().replace("_", "-").replace(".", "-")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write(*sys.argv[1:])
    for sentence in faults():
        print(sentence)
    sys.exit(bool(faults()))
