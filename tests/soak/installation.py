"""An installation to be harmed: a durable database of its own, a real web server of several workers, people and forms."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from accounts.models import Site, User
from casebook.models import Form, Subject
from protocol.roles import Role
from scripts.embedded_postgres import Server
from tests import casebook_ground, databases, people, services
from tests.soak.browser import Person
from tests.soak.processes import running

PASSWORD = "a long sentence for the soak alone"
WORKERS, THREADS = 2, 4


@dataclass
class Installation:
    """What a run works on, and whom it may kill."""

    server: Server
    database: str
    folder: Path
    port: int = 0
    web: int = 0  # the process that starts the web workers again
    people: dict[str, User] = field(default_factory=dict)

    def a_site(self, code: str) -> Site:
        """Add a site."""
        return people.a_site(code)

    def a_coordinator(self, site: Site) -> User:
        """Add somebody who may enter data at the site."""
        return people.a_user(Role.COORDINATOR, site, password=PASSWORD)

    def a_form(self, by: User, crf: str = "VS") -> Form:
        """Add a subject and return its form."""
        return casebook_ground.the_form(self.a_subject(by), crf, by=by)

    def a_subject(self, by: User) -> Subject:
        """Add a subject at the person's site."""
        return casebook_ground.a_subject(by)

    def at_browser(self, user: User) -> Person:
        """Log somebody in through the page."""
        return Person(user.email, PASSWORD, self.port).log_in()

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

    def asked(self, question: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database as one whom no wall stops."""
        conn = psycopg2.connect(self.server.url("postgres", database=self.database))
        try:
            with conn.cursor() as cursor:
                cursor.execute(question, values)
                return list(cursor.fetchall())
        finally:
            conn.close()

    @contextmanager
    def served(self, *, workers: int = WORKERS, threads: int = THREADS) -> Iterator[int]:
        """Serve the product as the container does; gives the process that keeps the workers."""
        self.port = services.free_port()
        asked = {"--bind": f"127.0.0.1:{self.port}", "--workers": str(workers), "--threads": str(threads)}
        options = [word for pair in asked.items() for word in pair]
        command = [sys.executable, "-m", "gunicorn", "trial_edc.wsgi", *options, "--no-control-socket"]
        log = self.folder / "web.log"
        with running(command, self.environment(), log, ready=lambda: services._answers(self.port)) as it:
            self.web = it.pid
            yield it.pid
