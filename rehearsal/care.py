"""Looks after a rehearsed trial as its people would: asks, verifies, signs, locks; each kind is there to be tried."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from rehearsal import cleaning, closing, consenting
from rehearsal.cast import Cast
from rehearsal.fates import Dealt
from rehearsal.walk import Walk

# Randomized long enough ago that their screening is to be cleaned by now, and still in sight.
TO_CLEAN = ("in follow-up", "progressed", "died", "relapse suspected", "without surgery", "lost")
SETTLED = timedelta(days=60)
VISITED = 2  # subjects of a site whose eligibility the monitor compared
SIGNED = ("ICF", "DM", "HE", "CH", "VS")


def look_after(cast: Cast, walked: Sequence[tuple[Dealt, Walk]], just_listed: Walk, *, at: datetime) -> None:
    """Do with these subjects what data managers, monitors, investigators and coordinators do beside entry."""
    older = [walk for dealt, walk in walked if dealt.fate.name in TO_CLEAN and dealt.at < at - SETTLED]
    if not older:
        return
    consenting.sign_again(cast, {walk.subject.pk: walk for _dealt, walk in walked}, at=at)
    _monitor_and_sign(cast, older, _of("completed", walked), at=at)
    cleaning.ask(older, at=at)
    for walk in _of("overdue", walked)[:1]:
        cleaning.ask_for_missing(walk, at=at)
    cleaning.mistype_and_mend(older[-1], at=at)
    cleaning.bring_papers(older[0], at=at)
    cleaning.keep_filter(older[0], at=at)
    cleaning.leave_unsaved(just_listed, at=at)
    for walk in _of("completed", walked)[:1]:
        closing.lock_whole(walk, at=at)


def _monitor_and_sign(cast: Cast, older: Sequence[Walk], completed: Sequence[Walk], *, at: datetime) -> None:
    clean = completed[:1]
    for walk in clean:
        closing.settle_queries(walk, at=at - timedelta(days=closing.SIGNED_DAYS_AGO + 1))
        closing.sign_forms(walk, at=at - timedelta(days=closing.SIGNED_DAYS_AGO))
    for walk in older[:VISITED]:
        closing.sign_forms(walk, at=at - timedelta(days=closing.SIGNED_DAYS_AGO), crfs=SIGNED)
    closing.set_plan(cast, at=at)
    for code in ("01", "02"):
        here = [walk for walk in older if walk.course.site == code][:VISITED]
        whole = [walk for walk in clean if walk.course.site == code]
        closing.visit_site(cast, cast.sites[code], here, at=at, whole=whole)
    closing.review(older[:VISITED], at=at - timedelta(days=30))
    closing.look_from_afar(cast, cast.sites[older[-1].course.site], older[-1], at=at)
    closing.freeze(older[1 % len(older)], at=at - timedelta(days=7))
    closing.change_after_all(older[0], at=at - timedelta(days=6))


def _of(fate: str, walked: Sequence[tuple[Dealt, Walk]]) -> list[Walk]:
    return [walk for dealt, walk in walked if dealt.fate.name == fate]
