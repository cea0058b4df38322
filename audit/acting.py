"""Who acts: one transaction in which the database knows the actor and the sites."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Protocol

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from audit import clock

IMPORT, SYNTHETIC = "import", "synthetic"
SETTINGS = ("edc.actor", "edc.actor_name", "edc.actor_role", "edc.sites", "edc.request")
SET_SQL = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in SETTINGS)


_OUTERMOST: ContextVar[tuple[str, bool]] = ContextVar("outermost", default=("", False))


class Actor(Protocol):
    """Whoever acts: a person, or a named system user."""

    @property
    def actor_id(self) -> str: ...
    @property
    def actor_name(self) -> str: ...
    @property
    def actor_role(self) -> str: ...
    def site_ids(self) -> Iterable[int]: ...


@dataclass(frozen=True)
class Machine:
    """A named part of the system that acts on no site: the sealer, a migration."""

    name: str

    @property
    def actor_id(self) -> str:
        """Return the name under which events keep it."""
        return f"system:{self.name}"

    @property
    def actor_name(self) -> str:
        """Return the same: it is no person."""
        return self.actor_id

    @property
    def actor_role(self) -> str:
        """Return that it is the system."""
        return "system"

    def site_ids(self) -> tuple[int, ...]:
        """Return no site."""
        return ()


@dataclass
class Acting:
    """Who acts on a connection now, what was recorded, and why moments may be far from the clock."""

    actor_id: str
    name: str
    role: str
    sites: str
    request_id: str
    moment: str = ""
    events: list[int] = field(default_factory=list)
    whole: bool = False

    def settings(self) -> list[str]:
        """Return the values of SETTINGS, in their order."""
        return [self.actor_id, self.name, self.role, self.sites, self.request_id]


@contextmanager
def every_act(*, moment: str, whole: bool) -> Iterator[None]:
    """Let every act in here begin as `as_actor` would with these, each in a transaction of its own."""
    before = _OUTERMOST.set((moment, whole))
    try:
        yield
    finally:
        _OUTERMOST.reset(before)


def acting(using: str = DEFAULT_DB_ALIAS) -> Acting | None:
    """Return who acts on the connection of this thread, or None."""
    return getattr(connections[using], "edc_acting", None)


@contextmanager
def as_actor(
    actor: Actor, *, request_id: str = "", moment: str = "", whole: bool = False, using: str = DEFAULT_DB_ALIAS
) -> Iterator[Acting]:
    """Act as this actor in one transaction; nested, give back to the previous actor on leaving.

    `moment` is IMPORT or SYNTHETIC where what is recorded inside happened far from the database's clock. Of what is
    `whole` nothing outlives a refusal: what is nested in it is taken back with it, and keeps no savepoint of its own.
    """
    connection, outer = connections[using], acting(using)
    if outer is None:
        moment, whole = moment or _OUTERMOST.get()[0], whole or _OUTERMOST.get()[1]
    with transaction.atomic(using=using, savepoint=outer is None or not outer.whole):
        inner = _entered(actor, outer, request_id=request_id, moment=moment)
        inner.whole = inner.whole or whole or (outer is not None and outer.whole)
        is_another = outer is None or inner.settings() != outer.settings()
        if is_another:
            _tell(connection, inner)
        connection.edc_acting = inner  # type: ignore[attr-defined]
        try:
            yield inner
        finally:
            connection.edc_acting = outer  # type: ignore[attr-defined]
        # After an exception the savepoint, or the end of what is whole, takes the settings back by itself.
        if outer is not None and is_another:
            _tell(connection, outer)


def _entered(actor: Actor, outer: Acting | None, *, request_id: str, moment: str) -> Acting:
    who = (str(actor.actor_id), actor.actor_name, actor.actor_role)
    if outer is not None and who == (outer.actor_id, outer.name, outer.role):
        return replace(outer, request_id=request_id or outer.request_id, moment=moment or outer.moment)
    sites = ",".join(str(int(site)) for site in sorted(actor.site_ids()))
    if outer is None:
        return Acting(*who, sites, request_id, moment or (SYNTHETIC if clock.days_ahead() else ""))
    return Acting(*who, sites, request_id or outer.request_id, moment or outer.moment, events=outer.events)


def _tell(connection: BaseDatabaseWrapper, who: Acting) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SET_SQL, who.settings())
