"""Several processes walk the subjects of one rehearsal, each on a connection of its own."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from django.db import connection, connections

from audit.acting import SYNTHETIC, every_act
from casebook.models import Form, Subject
from rehearsal.cast import Cast
from rehearsal.fates import Dealt
from rehearsal.turns import Place, Turns
from rehearsal.walk import Walk

MOST_WORKERS = 4
SECONDS_TO_END = 10
Each = Callable[[Dealt, Walk], None]
Told = tuple[int, Subject, list[Form]]


class WorkerFailed(RuntimeError):
    """A process could not walk its subject to the end; all others were ended, what they committed stands."""


def workers_here() -> int:
    """Return how many processes may walk: one per core; inside a transaction one, for no other sees into it."""
    return 1 if connection.in_atomic_block else max(1, min(MOST_WORKERS, os.cpu_count() or 1))


def walk_apart(cast: Cast, dealt: Sequence[Dealt], *, workers: int, at: datetime, each: Each | None) -> list[Walk]:
    """Walk these subjects in so many processes and return the walks in their order. Raises WorkerFailed."""
    if connection.in_atomic_block:
        raise RuntimeError("Expected no transaction around several workers, got one: none of them would see into it.")
    connections.close_all()  # no two processes may speak on one connection
    walks: dict[int, Walk] = {}
    with _begun(cast, dealt, workers=workers, at=at) as pipes:
        for place, subject, book in _told(pipes):
            one = dealt[place]
            walks[place] = Walk(cast, subject, one.course, one.at, book)
            if each:
                each(one, walks[place])
    return [walks[place] for place in range(len(dealt))]


@contextmanager
def _begun(cast: Cast, dealt: Sequence[Dealt], *, workers: int, at: datetime) -> Iterator[list[Connection]]:
    processes = get_context("fork")  # with everything loaded and dealt; the sites and people as they are
    turns, pipes, begun = Turns(processes, len(dealt)), [], []
    try:
        for _ in range(workers):
            ours, theirs = processes.Pipe(duplex=False)
            process = processes.Process(target=_work, args=(theirs, turns, cast, dealt, at), daemon=True)
            process.start()
            theirs.close()  # so that its end is heard when the process dies
            pipes.append(ours)
            begun.append(process)
        yield pipes
    finally:
        _end(begun)


def _end(begun: Sequence[BaseProcess]) -> None:
    for process in begun:
        if process.exitcode is None:
            process.join(timeout=0.2)
            process.terminate()
        process.join(timeout=SECONDS_TO_END)


def _told(pipes: Sequence[Connection]) -> Iterator[Told]:
    """Give what the workers tell until each has said that it is through. Raises WorkerFailed at the first fault."""
    open_ = list(pipes)
    while open_:
        ready = wait(open_)
        for pipe in [each for each in open_ if each in ready]:
            try:
                told = pipe.recv()
            except EOFError:
                raise WorkerFailed("A process of the rehearsal died; the others were ended.") from None
            if told is None:
                open_.remove(pipe)
            elif isinstance(told, str):
                raise WorkerFailed(f"A process of the rehearsal failed; the others were ended.\n{told}")
            else:
                yield told


def _work(pipe: Connection, turns: Turns, cast: Cast, dealt: Sequence[Dealt], at: datetime) -> None:
    try:
        with every_act(moment=SYNTHETIC, whole=True):
            while (place := turns.take()) is not None:
                one = dealt[place]
                walk = one.fate.walks(replace(cast, turn=Place(turns, place)), one.course, one.at, at)
                turns.done(place)
                pipe.send((place, walk.subject, walk.book))
        pipe.send(None)
    except Exception:
        pipe.send(traceback.format_exc())
    finally:
        connections.close_all()
