"""The one door: who changes state is named, allowed on a locked row, and recorded; or nothing happens."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models

from audit.acting import IMPORT, SYNTHETIC, Acting, Actor, acting, as_actor
from audit.decision import Decision, Refusal
from audit.locks import locked, locked_all
from protocol.identifiers import IDENTIFIER, holds_identifier
from protocol.trial import TRIAL
from protocol.words import Sentence, sentence

__all__ = [
    "IMPORT",
    "SYNTHETIC",
    "Acting",
    "Actor",
    "NoEvent",
    "NobodyActs",
    "Recorded",
    "Unchanged",
    "acting",
    "action",
    "as_actor",
    "locked",
    "locked_all",
    "record",
    "unchanged",
]

R = TypeVar("R")
P = ParamSpec("P")
Rule = Callable[..., Decision]

RECORD_SQL = """
INSERT INTO audit_event (stream, at, kind, subject_id, site_id, reason, facts, message, english, protocol)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id, sequence, recorded_at
"""


# By this the database refuses what stands under a lock; its message is a whole sentence, the one a rule says.
HELD = "EDC01"


# What people write in words of their own, as the actions call it. The rules say so beside the field; whoever forgets to
# ask, this door does not.
WRITTEN = frozenset(
    {
        "action",
        "cause",
        "code",
        "findings",
        "method",
        "name",
        "note",
        "organisation",
        "place",
        "reason",
        "text",
        "title",
    }
    | {"version", "why"}
)


class NobodyActs(RuntimeError):
    """Something was to be recorded outside `as_actor`, or by somebody else than who acts."""


class NoEvent(RuntimeError):
    """An action ended without an event, and did not say that nothing was done."""


@dataclass(frozen=True)
class Recorded:
    """What the database gave an event: its number in the trail, in its stream, and its own clock's moment."""

    id: int
    sequence: int
    recorded_at: datetime


@dataclass(frozen=True)
class Unchanged(Generic[R]):
    """The answer of an action that did nothing, because it was done before; no event is demanded."""

    result: R


def unchanged(result: R) -> R:
    """Return, from an action, an earlier result: nothing was changed now. The door unwraps it."""
    return cast(R, Unchanged(result))


def action(may: Rule, *, creates: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make the body the only way to do this: on a locked row, allowed, recorded, all or nothing.

    The target is locked and read anew; the rule is asked as `may(by, target, ...)` with the details it names.
    No words that identify a person come in.
    With `creates` there may be no row to lock yet, and the target may be None. Raises Refusal, NoEvent.
    """
    asked_for = frozenset(list(inspect.signature(may).parameters)[2:])

    def bind(body: Callable[P, R]) -> Callable[P, R]:
        @wraps(body)
        def perform(target: Any, *, by: Actor, at: datetime, **details: Any) -> Any:
            with refused_as_sentence(), as_actor(by) as now_acting:
                row = _row(target, creates=creates)
                asked = {name: value for name, value in {**details, "at": at}.items() if name in asked_for}
                if not (decision := may(by, row, **asked)):
                    raise Refusal.of(decision)
                _keep_out_persons(details)
                recorded_before = len(now_acting.events)
                result = cast(Any, body)(row, by=by, at=at, **details)
                if isinstance(result, Unchanged):
                    return result.result
                if len(now_acting.events) == recorded_before:
                    raise NoEvent(f"Expected {body.__module__}.{body.__name__} to record an event, got none.")
                return result

        perform.may = may  # type: ignore[attr-defined]
        return cast(Callable[P, R], perform)

    return bind


def _keep_out_persons(details: Mapping[str, Any]) -> None:
    written = (value for name, value in details.items() if name in WRITTEN and isinstance(value, str))
    if any(map(holds_identifier, written)):
        raise Refusal(sentence(IDENTIFIER))


@contextmanager
def refused_as_sentence() -> Iterator[None]:
    """Say what the database refuses under a lock as a rule would have said it. Raises Refusal."""
    try:
        yield
    except DatabaseError as error:
        cause = error.__cause__
        if getattr(cause, "pgcode", None) != HELD:
            raise
        raise Refusal(sentence(cause.diag.message_primary)) from error  # type: ignore[union-attr]  # psycopg's own


def _row(target: Any, *, creates: bool) -> Any:
    if isinstance(target, models.Model) and not target._state.adding:
        return locked(target)
    if creates:
        return target
    raise TypeError(f"Expected a saved row to lock, got {target!r}.")


def record(
    kind: str,
    *,
    by: Actor,
    at: datetime,
    subject: Any = None,
    site: Any = None,
    stream: str = "",
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
    message: Sentence | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Recorded:
    """Record an event in the stream of subject, name or site, whichever comes first. Raises NobodyActs.

    `facts` hold keys and counts, never an answer. A synthetic subject may live far from the database's clock.
    """
    now_acting = acting(using)
    if now_acting is None or now_acting.actor_id != str(by.actor_id):
        raise NobodyActs(f"Expected {kind} to be recorded inside as_actor({by.actor_id}), got {now_acting}.")
    subject_id, site_id = getattr(subject, "pk", None), _site_id(subject, site)
    name = f"subject:{subject_id}" if subject_id else stream or (f"site:{site_id}" if site_id else "")
    if not name:
        raise ValueError(f"Expected a subject, a site or a stream for {kind}, got none.")
    moment = SYNTHETIC if getattr(subject, "synthetic", False) else now_acting.moment
    kept = _canonical({**(facts or {}), **({"moment": moment} if moment else {})})
    words = (_canonical(message.to_json()), message.english()) if message else ("", "")
    row = [name, at, kind, subject_id and str(subject_id), site_id, reason, kept, *words, TRIAL.fingerprint]
    with connections[using].cursor() as cursor:
        cursor.execute(RECORD_SQL, row)
        recorded = Recorded(*cursor.fetchone())
    now_acting.events.append(recorded.id)
    return recorded


def _site_id(subject: Any, site: Any) -> int | None:
    if site is None:
        return getattr(subject, "site_id", None)
    return site if isinstance(site, int) else site.pk


def _canonical(value: Any) -> str:
    """Return JSON with sorted keys and no spaces; a date, a decimal or an id as text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=str)
