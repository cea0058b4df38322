"""The base of all tasks: a job acts as a named system user, in one transaction."""

from __future__ import annotations

from typing import Any

from celery import Task

from accounts.system import system_actor
from audit.door import as_actor


class ActingTask(Task):
    """Runs as `acts_as`; a task that must commit step by step sets it to None and opens its own transactions."""

    abstract = True
    acts_as: str | None = "jobs"

    def __call__(self, *args: Any, **details: Any) -> Any:
        """Run the task as its system user. Celery's own tasks touch no data and act as nobody."""
        if self.acts_as is None or self.name.startswith("celery."):
            return super().__call__(*args, **details)
        with as_actor(system_actor(self.acts_as)):
            return super().__call__(*args, **details)
