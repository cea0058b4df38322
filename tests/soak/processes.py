"""Servers that may be killed: started here, known by their process number, restarted by nobody unless a run says so."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scripts.embedded_postgres import ROOT

PATIENCE_SECONDS = 90


@contextmanager
def running(
    command: list[str], environment: dict[str, str], log: Path, *, ready: Callable[[], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends; it is ready when the block begins."""
    with log.open("ab") as output:
        it = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until(ready, f"{command[2]} does not start:\n{log.read_text()[-2000:]}", seconds=PATIENCE_SECONDS)
        yield it
    finally:
        it.terminate()
        try:
            it.wait(20)
        except subprocess.TimeoutExpired:
            for pid in [*children(it.pid), it.pid]:
                kill(pid)
            it.wait()


def wait_until(ready: Callable[[], object], otherwise: str, *, seconds: float) -> float:
    """Wait, and return how long it took. Raises TimeoutError."""
    began = time.monotonic()
    while not ready():
        if time.monotonic() - began > seconds:
            raise TimeoutError(otherwise)
        time.sleep(0.02)
    return time.monotonic() - began


def children(pid: int) -> list[int]:
    """Return the processes that this one started and that live."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rsplit(") ", 1)[1].split()[:2]
        except OSError:
            continue  # it ended while we looked
        if int(parent) == pid and state not in "ZX":
            found.append(int(status.parent.name))
    return sorted(found)


def kill(pid: int) -> None:
    """End a process without a word, as a lack of memory or of current does."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
