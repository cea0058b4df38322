"""Whose turn it is: whichever process walks a subject, numbers and slots are given in the order of the days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from multiprocessing.context import BaseContext
from typing import Protocol


class Turn(Protocol):
    """One subject's place in the order."""

    def to_be_listed(self) -> AbstractContextManager[None]: ...
    def to_be_allocated(self) -> AbstractContextManager[None]: ...


class Alone:
    """The place of who is walked by the only process: it is always its turn."""

    def to_be_listed(self) -> AbstractContextManager[None]:
        """Wait for nobody."""
        return nullcontext()

    def to_be_allocated(self) -> AbstractContextManager[None]:
        """Wait for nobody."""
        return nullcontext()


class Turns:
    """What the processes share: who is taken, listed, and past allocation or never to come there.

    Subjects are taken in their order, so whoever is waited for is being walked: nobody waits for ever unless a
    process dies, and then all are ended.
    """

    def __init__(self, processes: BaseContext, subjects: int) -> None:
        """Begin with the first of so many subjects."""
        self._subjects = subjects
        self._changed = processes.Condition()
        self._taken = processes.RawValue("i", 0)
        self._listed = processes.RawValue("i", 0)
        self._past = processes.RawArray("b", max(subjects, 1))

    def take(self) -> int | None:
        """Return the place of the next subject that nobody walks yet, or None."""
        with self._changed:
            if (place := self._taken.value) == self._subjects:
                return None
            self._taken.value += 1
            return int(place)

    def done(self, place: int) -> None:
        """Say that the subject at this place is walked to its end: it will not come to be allocated any more."""
        with self._changed:
            self._past[place] = 1
            self._changed.notify_all()

    @contextmanager
    def to_be_listed(self, place: int) -> Iterator[None]:
        """Wait until all before this place are listed; then list."""
        with self._changed:
            self._changed.wait_for(lambda: self._listed.value == place)
        yield
        with self._changed:
            self._listed.value += 1
            self._changed.notify_all()

    @contextmanager
    def to_be_allocated(self, place: int) -> Iterator[None]:
        """Wait until all before this place are allocated, or never will be; then allocate."""
        with self._changed:
            self._changed.wait_for(lambda: all(self._past[:place]))
        yield
        self.done(place)


class Place:
    """One subject's place among those whom several processes walk."""

    def __init__(self, turns: Turns, place: int) -> None:
        """Stand at this place, counted from 0."""
        self._turns, self._place = turns, place

    def to_be_listed(self) -> AbstractContextManager[None]:
        """Wait for the listing of all before."""
        return self._turns.to_be_listed(self._place)

    def to_be_allocated(self) -> AbstractContextManager[None]:
        """Wait for the allocation of all before."""
        return self._turns.to_be_allocated(self._place)
