"""A small walled casebook of its own, in which the tests of the trail can attack without harming any app."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg2
from django.db import connection, connections, models
from django.test.utils import isolate_apps

from audit import record
from audit.acting import Actor
from audit.decision import YES, Decision, no
from audit.door import action
from audit.verification import Report, verify
from audit.walls import ActionOnly, AppendOnly, Machinery, Reference
from protocol.words import N_
from scripts.embedded_postgres import OWNER, Server

TABLES = """
CREATE TABLE ground_subject (id uuid PRIMARY KEY, site_id integer NOT NULL, synthetic boolean NOT NULL);
CREATE TABLE ground_form (id uuid PRIMARY KEY, subject_id uuid NOT NULL REFERENCES ground_subject,
                          site_id integer NOT NULL, answers jsonb NOT NULL, seen_at timestamptz);
CREATE TABLE ground_signature (id uuid PRIMARY KEY, site_id integer NOT NULL, meaning text NOT NULL);
CREATE TABLE ground_laboratory (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE ground_draft (id serial PRIMARY KEY, owner_id text NOT NULL, typed text NOT NULL);
"""
WALLS = (
    ActionOnly("ground_subject"),
    ActionOnly("ground_form", exclude=("seen_at",)),
    AppendOnly("ground_signature"),
    Reference("ground_laboratory"),
    Machinery("ground_draft", owner_column="owner_id"),
)


@dataclass(frozen=True)
class Person:
    """An actor of the tests, called by role."""

    actor_id: str
    actor_name: str
    actor_role: str
    sites: tuple[int, ...]

    def site_ids(self) -> tuple[int, ...]:
        """Return where this person works."""
        return self.sites


COORDINATOR = Person("person-1", "Demo Coordinator", "coordinator", (1,))
MONITOR = Person("person-2", "Demo Monitor", "monitor", (1,))
ELSEWHERE = Person("person-3", "Coordinator elsewhere", "coordinator", (2,))

with isolate_apps("audit"):

    class Subject(models.Model):
        """A subject of the small casebook."""

        id = models.UUIDField(primary_key=True, default=uuid4)
        site_id = models.IntegerField()
        synthetic = models.BooleanField(default=False)

        class Meta:
            app_label = "audit"
            db_table = "ground_subject"

    class Form(models.Model):
        """A form of the small casebook."""

        id = models.UUIDField(primary_key=True, default=uuid4)
        subject = models.ForeignKey(Subject, models.PROTECT)
        site_id = models.IntegerField()
        answers = models.JSONField(default=dict)
        seen_at = models.DateTimeField(null=True)

        class Meta:
            app_label = "audit"
            db_table = "ground_form"


def now() -> datetime:
    """Return the present moment, as a view would pass it in."""
    return datetime.now(UTC)


def may_enter(user: Actor, form: Form, *, answers: dict[str, str]) -> Decision:
    """Whether these answers may be entered; the rule of the tests refuses one word."""
    if "refused" in answers.values():
        return no(N_("Write another word than %(word)s."), word="refused")
    return YES


@action(lambda user, subject: YES, creates=True)
def add_subject(target: None, *, by: Actor, at: datetime, site: int = 1, synthetic: bool = False) -> Subject:
    """Add a subject."""
    subject = Subject.objects.create(site_id=site, synthetic=synthetic)
    record("ground.subject.added", subject=subject, by=by, at=at)
    return subject


@action(lambda user, subject: YES, creates=True)
def add_form(subject: Subject, *, by: Actor, at: datetime, answers: dict[str, str]) -> Form:
    """Add a form to a subject."""
    form = Form.objects.create(subject=subject, site_id=subject.site_id, answers=answers)
    record("ground.form.added", subject=subject, by=by, at=at, facts={"form": form.pk})
    return form


@action(may_enter)
def save_form(form: Form, *, by: Actor, at: datetime, answers: dict[str, str]) -> Form:
    """Save the answers of a form."""
    form.answers = answers
    form.save()
    record("ground.form.saved", subject=form.subject, by=by, at=at, reason="Corrected.", facts={"form": form.pk})
    return form


@dataclass(frozen=True)
class Ground:
    """The small casebook in a database of its own, and the three roles who may touch it."""

    server: Server
    name: str

    def owner(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL as the owner."""
        return self._run(OWNER, sql)

    def superuser(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL as the one whom no trigger binds."""
        return self._run("postgres", "SET session_replication_role = replica; " + sql)

    def _run(self, who: str, sql: str) -> list[tuple[Any, ...]]:
        connected = psycopg2.connect(self.server.url(who, database=self.name))
        try:
            with connected, connected.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connected.close()
            self._wait_for_the_end(who)

    def _wait_for_the_end(self, who: str) -> None:
        """Let a superuser's connection end: the owner could not drop the database while it lasts."""
        if who != "postgres":
            return
        present = f"SELECT 1 FROM pg_stat_activity WHERE usename = 'postgres' AND datname = '{self.name}'"
        for _ in range(200):
            if not self.owner(present):
                return
            time.sleep(0.01)

    def verified(self, folder: Any = None, keys: Any = ()) -> Report:
        """Verify the trail."""
        return verify(using="owner", folder=folder, keys=list(keys))

    def faults(self, folder: Any = None, keys: Any = ()) -> list[str]:
        """Return the sentences of a verification."""
        return [text for _, text in self.verified(folder, keys).findings.sentences]


@contextmanager
def owner_alias(server: Server, name: str) -> Iterator[None]:
    """Let Django know the owner's connection to this database for a while."""
    before = connections.settings.get("owner")
    _forget_owner()
    connections.settings["owner"] = {
        **connections.settings["default"],
        "USER": OWNER,
        "PASSWORD": server.owner_password,
        "NAME": name,
    }
    try:
        yield
    finally:
        _forget_owner()
        if before is not None:
            connections.settings["owner"] = before


def _forget_owner() -> None:
    if connections.settings.pop("owner", None) and hasattr(connections._connections, "owner"):
        connections._connections.owner.close()
        del connections["owner"]


@contextmanager
def laid_out(server: Server, name: str) -> Iterator[Ground]:
    """Lay out the small casebook with its walls, as its owner."""
    with owner_alias(server, name):
        ground = Ground(server, name)
        ground.owner(TABLES)
        with connections["owner"].schema_editor() as editor:
            for wall in WALLS:
                wall.database_forwards("audit", editor, None, None)
        yield ground


def app(sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Run SQL as the application does, on its connection."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def a_form(**answers: str) -> Form:
    """Return a form with answers, reached by walking the actions."""
    subject = add_subject(None, by=COORDINATOR, at=now())
    return add_form(subject, by=COORDINATOR, at=now(), answers=answers or {"ecog": "0"})


def state_of(error: BaseException) -> str | None:
    """Return the SQLSTATE of a database error."""
    return getattr(error.__cause__ or error, "pgcode", None)


def new_id() -> UUID:
    """Return an identifier for a row that is written past the actions."""
    return uuid4()


Attack = Callable[[], object]
