"""`make demo`: one command brings everything up, prints where and who, keeps its data, and leaves nothing behind."""

from __future__ import annotations

import json
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

PATIENCE_SECONDS = 400


@contextmanager
def demonstration(folder: Path, **settings: str) -> Iterator[tuple[str, str]]:
    """Run the demonstration; give its address and all it printed."""
    environment = {name: value for name, value in os.environ.items() if name not in {"EDC_ENVIRONMENT"}}
    environment |= {"EDC_VAR": str(folder), "DEMO_SUBJECTS": "8", "PORT": str(services.free_port()), **settings}
    with subprocess.Popen(
        [sys.executable, "scripts/demo.py"], cwd=ROOT, env=environment, stdout=subprocess.PIPE
    ) as process:
        try:
            printed = _printed_until(process, "Ctrl-C stops everything.")
            yield re.search(r"Open (http://localhost:\d+)", printed)[1], printed
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0


def _printed_until(process: subprocess.Popen[bytes], last: str) -> str:
    """Read what the pipe holds, past any buffer: a buffered line would never wake select again."""
    printed, deadline = "", time.monotonic() + PATIENCE_SECONDS
    while last not in printed:
        ready, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
        said = os.read(process.stdout.fileno(), 65536).decode() if ready else ""
        assert said, f"The demonstration did not come up:\n{printed}"
        printed += said
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
    with demonstration(folder) as (address, printed):
        assert {"database": "ok", "queue": "ok"}.items() <= json.loads(health(address)).items()
        logins = logins_in(printed)
        assert len(logins) >= 6
        key = (folder / "demo-key").read_text()
        assert "The demonstration of this folder is running already; stop it first." in a_second_one(folder)
    assert processes_with(folder) == []

    # Again, and without a Redis: the broker that needs no server carries the queue.
    with demonstration(folder, REDIS_URL="filesystem://") as (address, printed):
        assert {"database": "ok", "queue": "ok"}.items() <= json.loads(health(address)).items()
        assert logins_in(printed) == logins
        assert (folder / "demo-key").read_text() == key
    assert processes_with(folder) == []


def health(address: str) -> bytes:
    with urllib.request.urlopen(f"{address}/health/") as answer:
        return answer.read()


def logins_in(printed: str) -> list[str]:
    return sorted(set(re.findall(r"\S+@\S+", printed)))


def a_second_one(folder: Path) -> str:
    """Return what the demonstration says when one of the same folder runs already."""
    environment = {**os.environ, "EDC_VAR": str(folder)}
    done = subprocess.run(
        [sys.executable, "scripts/demo.py"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0
    return done.stderr
