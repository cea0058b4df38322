"""Queue, workers and beats of a test's own: they may be killed and started again."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

from tests.soak.processes import running

# The product's own beat would make the test wait for minutes; the entries are the same.
EVERY_SECOND = (
    "from trial_edc.celery import app\n"
    "for entry in app.conf.beat_schedule.values(): entry['schedule'] = 1.0\n"
    "from celery.__main__ import main\n"
    "main()\n"
)


class House:
    """A queue, workers and beats that may be killed and started again."""

    def __init__(self, environment: dict[str, str], folder: Path, stack: ExitStack) -> None:
        self.environment, self.folder, self.stack = environment, folder, stack
        self.number = 0

    def worker(self) -> int:
        command = [sys.executable, "-m", "celery", "-A", "trial_edc", "worker", "--concurrency", "2"]
        return self._started([*command, "--loglevel", "INFO"], " ready.")

    def beat(self) -> int:
        self.number += 1
        schedule = str(self.folder / f"schedule-{self.number}")
        command = [sys.executable, "-c", EVERY_SECOND, "-A", "trial_edc", "beat", "--schedule", schedule]
        return self._started([*command, "--pidfile", "", "--loglevel", "INFO"], "Starting")

    def _started(self, command: list[str], word: str) -> int:
        self.number += 1
        log = self.folder / f"{self.number}.log"
        process = running(command, self.environment, log, ready=lambda: word in log.read_text())
        return self.stack.enter_context(process).pid
