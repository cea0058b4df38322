#!/usr/bin/env python3
"""Runs every check and says what is wrong; `--fix` first writes what a machine can write."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
TEMPLATES = [str(ROOT / "templates")]


@dataclass(frozen=True)
class Check:
    """One check; `fix` is the command that mends what it finds, where there is one."""

    name: str
    command: list[str]
    fix: list[str] | None = None


def tool(name: str, *arguments: str) -> list[str]:
    """Return the command of a program of the virtual environment."""
    return [str(BIN / name), *arguments]


def script(name: str, *arguments: str) -> list[str]:
    """Return the command of a script of ours."""
    return [PYTHON, str(ROOT / name), *arguments]


# In the order in which the fixes must run: formatting comes after what writes code.
CHECKS = (
    Check("lint", tool("ruff", "check", "--quiet", "."), tool("ruff", "check", "--quiet", "--fix", ".")),
    Check("format", tool("ruff", "format", "--quiet", "--check", "."), tool("ruff", "format", "--quiet", ".")),
    Check("templates", tool("djhtml", "--check", *TEMPLATES), tool("djhtml", *TEMPLATES)),
    Check("types", tool("mypy", ".")),
    Check("layers", tool("lint-imports", "--no-logo")),
    Check("migrations", script("manage.py", "makemigrations", "--check", "--dry-run")),
    Check("documents", script("manage.py", "generate_docs", "--check"), script("manage.py", "generate_docs")),
    Check("catalogue", script("scripts/catalogue.py", "--check"), script("scripts/catalogue.py")),
    Check("locks", script("scripts/locks.py", "--check")),
    Check("vendored files", script("scripts/vendor.py", "--check")),
)
# These speak even when all is well: what they print is news, not a fault.
TALKATIVE = frozenset({"catalogue"})


def main() -> int:
    """Run all checks, two at a time, and return 1 if any of them failed."""
    if "--fix" in sys.argv:
        for check in CHECKS:
            if check.fix:
                subprocess.run(check.fix, cwd=ROOT, check=False)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(passes, CHECKS))
    failed = [check.name for check, passed in zip(CHECKS, results, strict=True) if not passed]
    print(f"\nFailed: {', '.join(failed)}. `make fix` mends what a machine can." if failed else "\nAll checks pass.")
    return int(bool(failed))


def passes(check: Check) -> bool:
    """Run one check, print its line and, where it failed, what it said."""
    began = time.monotonic()
    done = subprocess.run(check.command, cwd=ROOT, capture_output=True, text=True, check=False)
    passed = done.returncode == 0
    said = (done.stdout + done.stderr).strip()
    line = f"{'ok    ' if passed else 'FAILED'} {check.name} ({time.monotonic() - began:.1f} s)"
    print(f"{line}\n{said}" if said and (not passed or check.name in TALKATIVE) else line, flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main())
