"""`make demo`: one command brings everything up, prints where and who, keeps its data, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.embedded_postgres import ROOT
from tests import services

PATIENCE_SECONDS = 180


@contextmanager
def demonstration(folder: Path, **settings: str) -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    """Run the demonstration; give its address, all it printed, and its process."""
    environment = {name: value for name, value in os.environ.items() if name not in {"EDC_ENVIRONMENT"}}
    environment |= {"EDC_VAR": str(folder), "PORT": str(services.free_port()), **settings}
    with subprocess.Popen(
        [sys.executable, "scripts/demo.py"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            printed = _printed_until(process, "Ctrl-C stops everything.")
            yield re.search(r"Open (http://localhost:\d+)", printed)[1], printed, process
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0


def _printed_until(process: subprocess.Popen[str], last: str) -> str:
    printed, deadline = "", time.monotonic() + PATIENCE_SECONDS
    while last not in printed:
        ready, _, _ = select.select([process.stdout], [], [], deadline - time.monotonic())
        line = process.stdout.readline() if ready else ""
        assert line, f"The demonstration did not come up:\n{printed}"
        printed += line
    return printed


def processes_with(folder: Path) -> list[str]:
    """Return the command lines of living processes whose environment or command names this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                said = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in said and said:
                found.append((entry / "cmdline").read_text().replace("\0", " "))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("demo")
    yield place
    subprocess.run(
        [sys.executable, "scripts/demo.py", "reset"], cwd=ROOT, env={**os.environ, "EDC_VAR": str(place)}, check=True
    )


def test_one_command_brings_everything_up_keeps_its_data_and_leaves_nothing_behind(folder: Path):
    with demonstration(folder) as (address, printed, _process):
        with urllib.request.urlopen(f"{address}/health/") as answer:
            assert answer.read() == b'{"database": "ok", "queue": "ok"}'
        logins = sorted(set(re.findall(r"\S+@\S+", printed)))
        assert len(logins) >= 6
        key = (folder / "demo-key").read_text()
    assert processes_with(folder) == []

    # Again, and without a Redis: the broker that needs no server carries the queue.
    with demonstration(folder, REDIS_URL="filesystem://") as (address, printed, _process):
        with urllib.request.urlopen(f"{address}/health/") as answer:
            assert answer.status == 200
        assert sorted(set(re.findall(r"\S+@\S+", printed))) == logins
        assert (folder / "demo-key").read_text() == key
    assert processes_with(folder) == []


def test_a_second_demonstration_of_the_same_folder_is_refused(folder: Path):
    with demonstration(folder):
        second = subprocess.run(
            [sys.executable, "scripts/demo.py"],
            cwd=ROOT,
            env={**os.environ, "EDC_VAR": str(folder)},
            capture_output=True,
            text=True,
        )

    assert second.returncode != 0
    assert "The demonstration of this folder is running already; stop it first." in second.stderr
