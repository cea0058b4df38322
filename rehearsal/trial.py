"""A whole trial of synthetic subjects, walked through the real actions into every state."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from accounts.system import system_actor
from audit.door import SYNTHETIC, as_actor
from eligibility.actions import rejudge_subjects
from outbox.posting import count_as_sent
from protocol.roles import Role
from randomization.actions import make_list
from randomization.selectors import serving_list
from rehearsal.cast import SETTLED_DAYS, Cast
from rehearsal.fates import Dealt, deal
from rehearsal.walk import Walk
from rehearsal.workers import walk_apart

LIST_NAME = "Rehearsal"
MAILS_STAY = timedelta(days=7)  # what is older was read long ago
LONGEST_LIST = 40  # slots in each stratum, at least


def rehearse(
    cast: Cast,
    *,
    subjects: int,
    seed: str,
    at: datetime,
    workers: int = 1,
    each: Callable[[Dealt, Walk], None] | None = None,
) -> list[tuple[Dealt, Walk]]:
    """Walk so many subjects, each as its fate has it; the same number, seed and day give the same trial.

    One worker walks them in one transaction; several commit every step of theirs. `each` is told of every subject
    as it is done.
    """
    dealt = deal(subjects, seed=seed, now=at)
    with as_actor(system_actor("set-up"), moment=SYNTHETIC, whole=True):
        _allocation_list(cast, subjects=subjects, seed=seed, at=at)
        walks = [] if workers > 1 else [_walked(cast, one, at=at, each=each) for one in dealt]
    if workers > 1:
        walks = walk_apart(cast, dealt, workers=workers, at=at, each=each)
    judge_today(walks, at=at)
    count_as_sent(before=at - MAILS_STAY)
    return list(zip(dealt, walks, strict=True))


def _walked(cast: Cast, one: Dealt, *, at: datetime, each: Callable[[Dealt, Walk], None] | None) -> Walk:
    walk = one.fate.walks(cast, one.course, one.at, at)
    if each:
        each(one, walk)
    return walk


def judge_today(walks: Iterable[Walk], *, at: datetime) -> None:
    """Judge as of now: the walks themselves lie some days back, the board shows today."""
    judge = system_actor("eligibility")
    with as_actor(judge):
        rejudge_subjects((walk.subject for walk in walks), by=judge, at=at)


def _allocation_list(cast: Cast, *, subjects: int, seed: str, at: datetime) -> None:
    """Let the unblinded statistician make a list for synthetic subjects; the seed of a rehearsal is no secret."""
    if serving_list(for_trial=False) is not None:
        return
    make_list(
        None,
        by=cast.one(Role.UNBLINDED_STATISTICIAN),
        at=at - timedelta(days=SETTLED_DAYS - 1),
        name=LIST_NAME,
        for_trial=False,
        seed=hashlib.sha256(f"rehearsal/{seed}".encode()).digest(),
        at_least=max(LONGEST_LIST, subjects),
    )
