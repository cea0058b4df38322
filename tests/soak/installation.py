"""An installation to be harmed: a durable database of its own, a real web server of several workers, people and forms."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from accounts.models import Site, User
from casebook.models import Form
from protocol.roles import Role
from scripts.embedded_postgres import Server
from tests import casebook_ground, databases, people, services
from tests.soak.browser import Person
from tests.soak.processes import running

PASSWORD = "a long sentence for the soak alone"
WORKERS, THREADS = 2, 4


@dataclass
class Installation:
    """What the runs work on, and whom they may kill. Its web server is started once and never again."""

    server: Server
    database: str
    folder: Path
    port: int = 0
    web: int = 0  # the process that starts the web workers again
    sites: dict[str, Site] = field(default_factory=dict)
    coordinators: dict[str, list[User]] = field(default_factory=dict)
    logged_in: dict[str, Person] = field(default_factory=dict)

    def coordinator(self, number: int = 0, *, site: str = "ONE") -> User:
        """Return the so-many-th person who enters data at the site, added where there is none."""
        if site not in self.sites:
            self.sites[site] = people.a_site(f"SOAK{site}")
        those = self.coordinators.setdefault(site, [])
        while len(those) <= number:
            those.append(people.a_user(Role.COORDINATOR, self.sites[site], password=PASSWORD))
        return those[number]

    def a_form(self, by: User, crf: str = "VS") -> Form:
        """Add a subject and return its form."""
        return casebook_ground.the_form(casebook_ground.a_subject(by), crf, by=by)

    def at_browser(self, user: User) -> Person:
        """Return a window in which this person is logged in; the first one logs in through the page."""
        if user.email not in self.logged_in:
            self.logged_in[user.email] = Person(user.email, PASSWORD, self.port).log_in()
        return self.logged_in[user.email].beside()

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a process of this installation."""
        return databases.process_environment(
            self.server,
            self.database,
            SITE_ADDRESS=f"http://127.0.0.1:{self.port}",
            SEAL_FOLDER=str(self.folder / "seals"),
            SEAL_KEY_FILE=str(self.folder / "seal.key"),
            **more,
        )

    def asked(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database as one whom no wall stops."""
        conn = psycopg2.connect(self.server.url("postgres", database=self.database))
        try:
            with conn.cursor() as cursor:
                cursor.execute(question, values)
                return list(cursor.fetchall())
        finally:
            conn.close()

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve the product as its container does."""
        self.port = services.free_port()
        asked = {"--bind": f"127.0.0.1:{self.port}", "--workers": str(WORKERS), "--threads": str(THREADS)}
        options = [word for pair in asked.items() for word in pair]
        command = [sys.executable, "-m", "gunicorn", "trial_edc.wsgi", *options, "--no-control-socket"]
        log = self.folder / "web.log"
        with running(command, self.environment(), log, ready=lambda: services._answers(self.port)) as it:
            self.web = it.pid
            yield
