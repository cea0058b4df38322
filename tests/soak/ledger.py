"""The client's own book: every request before it is sent, every answer when it came. Never read back from the server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOST = "lost"
TAKEN, CONFLICT = "302", "409"


@dataclass
class Wish:
    """What one person wanted once: sent at least once, and again under the same key until an answer came."""

    number: int
    who: str
    about: str
    key: str
    based_on: int
    typed: dict[str, str]
    answers: list[str] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """Return how often it was sent."""
        return len(self.sent_at)

    @property
    def is_acknowledged(self) -> bool:
        """Whether the server said that this is kept."""
        return TAKEN in self.answers

    @property
    def was_lost(self) -> bool:
        """Whether one of its answers never came, or was no answer."""
        return any(answer not in (TAKEN, CONFLICT) for answer in self.answers)


class Ledger:
    """All wishes of one run, also written line by line to a file: the evidence, should a promise break."""

    def __init__(self, path: Path) -> None:
        self.path, self.wishes, self._lock = path, [], threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w")

    def __iter__(self) -> Iterator[Wish]:
        return iter(list(self.wishes))

    def wish(self, *, who: str, about: str, key: str, based_on: int, typed: dict[str, str]) -> Wish:
        """Enter what somebody is about to ask for."""
        with self._lock:
            wish = Wish(len(self.wishes) + 1, who, about, key, based_on, typed)
            self.wishes.append(wish)
        self._write(wish, asked=wish.typed, key=key, form=about, based_on=based_on, who=who)
        return wish

    def sending(self, wish: Wish) -> None:
        """Enter that a request leaves now."""
        with self._lock:
            wish.sent_at.append(time.time())
        self._write(wish, sent=wish.sent)

    def answered(self, wish: Wish, answer: str) -> None:
        """Enter what came back: a status, or that nothing did."""
        with self._lock:
            wish.answers.append(answer)
        self._write(wish, answer=answer)

    def close(self) -> None:
        """Close the file; what it holds is kept until the next run of the same name."""
        self._file.close()

    @property
    def in_flight(self) -> int:
        """Return how many requests wait for their answer now."""
        with self._lock:
            return sum(wish.sent - len(wish.answers) for wish in self.wishes[-64:])

    @property
    def acknowledged(self) -> int:
        """Return how many wishes were taken."""
        with self._lock:
            return sum(wish.is_acknowledged for wish in self.wishes)

    def _write(self, wish: Wish, **said: object) -> None:
        line = json.dumps({"at": round(time.time(), 6), "wish": wish.number, **said})
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()
