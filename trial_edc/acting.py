"""The base of all tasks: a job acts as a named system user, in one transaction."""

from __future__ import annotations

from typing import Any

from celery import Task

from accounts.system import system_actor
from audit.acting import as_actor

UNSAID = "unsaid"


class WhoActs(RuntimeError):
    """A task does not say as whom it acts."""


class ActingTask(Task):
    """Runs as the system user `acts_as`; a task that says None opens its transactions, as its actors, by itself."""

    abstract = True
    acts_as: str | None = UNSAID

    def __call__(self, *args: Any, **details: Any) -> Any:
        """Run the task as its system user. Celery's own tasks touch no data and act as nobody. Raises WhoActs."""
        if self.acts_as is None or self.name.startswith("celery."):
            return super().__call__(*args, **details)
        if self.acts_as == UNSAID:
            raise WhoActs(f"Expected {self.name} to be declared with acts_as=, got nothing.")
        with as_actor(system_actor(self.acts_as)):
            return super().__call__(*args, **details)
