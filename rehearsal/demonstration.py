"""The demonstration: a living trial of synthetic subjects, and six candidates of today in six states of screening."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Site, User
from audit.door import SYNTHETIC, as_actor
from eligibility.actions.screening import add_line, confirm_weeks
from eligibility.selectors.screening import silent_weeks
from eligibility.states import Assessed
from protocol.roles import Role
from rehearsal import answers, consenting, walk
from rehearsal.care import look_after
from rehearsal.cast import Cast, assemble
from rehearsal.fates import Dealt
from rehearsal.moving import move
from rehearsal.second_reading import read_again
from rehearsal.trial import judge_today, rehearse
from rehearsal.walk import Course, Walk

SUBJECTS = 60
CANDIDATES = 6
STRANGERS: tuple[tuple[int, str, Mapping[str, Any]], ...] = (
    (74, Assessed.DECLINED, {"reason": "Wishes to be operated near home.", "sex": "male", "age": 58}),
    (41, Assessed.INELIGIBLE, {"reason": "Seen before consent.", "criteria": ("I01",), "sex": "female", "age": 17}),
    (4, Assessed.UNDECIDED, {"sex": "male", "age": 63}),
)


def perform(
    *,
    at: datetime,
    seed: str = "demonstration",
    subjects: int = CANDIDATES,
    workers: int = 1,
    each: Callable[[Dealt, Walk], None] | None = None,
) -> tuple[Cast, Mapping[str, Walk]]:
    """Make sites and people, rehearse a trial, and walk the candidates of today; return these by their states.

    `subjects` counts all; those of the rehearsal come first, for they came long before.
    """
    is_a_trial = subjects > CANDIDATES
    with transaction.atomic():
        cast = assemble(at=at)
        if is_a_trial:
            consenting.add_versions(cast, at=at)
    walked = rehearse(cast, subjects=max(subjects - CANDIDATES, 0), seed=seed, at=at, workers=workers, each=each)
    with transaction.atomic():
        candidates = _candidates(cast, seed, at=at)
        read_again(candidates)
        judge_today(list(candidates.values()), at=at)
        if is_a_trial:
            look_after(cast, walked, candidates["just listed"], at=at)
            move(cast, walked, at=at)
        _keep_logs(cast, at=at)
    return cast, candidates


def _keep_logs(cast: Cast, *, at: datetime) -> None:
    """Say of the weeks without an assessment that nobody came; the last one is left to whoever tries it out."""
    for code, site in cast.sites.items():
        coordinator = cast.one(Role.COORDINATOR, code)
        # Making a demonstration may take longer than a moment may lie behind the clock.
        with as_actor(coordinator, moment=SYNTHETIC):
            if site.counts:
                _log_strangers(site, by=coordinator, at=at)
            if quiet := silent_weeks([site], at=at).get(site.pk, [])[:-1]:
                confirm_weeks(site, by=coordinator, at=at, mondays=quiet)


def _log_strangers(site: Site, *, by: User, at: datetime) -> None:
    """Log people who were assessed and are no subjects: declined, not eligible, not decided yet."""
    today = at.astimezone(site.zone).date()
    for days_ago, outcome, said in STRANGERS:
        add_line(site, by=by, at=at, assessed_on=today - timedelta(days=days_ago), outcome=outcome, **said)


def _candidates(cast: Cast, seed: str, *, at: datetime) -> Mapping[str, Walk]:
    return {
        "just listed": walk.a_listed_subject(cast, Course(f"{seed} a"), at=at),
        "half a casebook": half_a_casebook(cast, Course(f"{seed} b", site="02", sex="female"), at=at),
        "second scan awaited": walk.a_screened_subject(
            cast, Course(f"{seed} c", scans_days_ago=(25,), markers_days_ago=(25,)), at=at
        ),
        "all pass": walk.a_screened_subject(cast, Course(f"{seed} d"), at=at),
        "clear fail": walk.a_screened_subject(cast, Course(f"{seed} e", site="02", platelets="52", ecog="2"), at=at),
        "review": walk.a_screened_subject(
            cast, Course(f"{seed} f", sex="female", scans_days_ago=(60, 12), markers_days_ago=(60, 11)), at=at
        ),
    }


def half_a_casebook(cast: Cast, course: Course, *, at: datetime) -> Walk:
    """Return a subject in the middle of entry: history and blood done, chemistry begun, one count far too low."""
    here = walk.a_subject_with_history(cast, course, at=at)
    # 1.9 × 10⁹/L is what a count per µL looks like in the wrong unit: kept, and asked about.
    walk.enter(here, "HE", answers.haematology(course.seed, here.on, platelets="1.9"), at=here.before(2))
    begun = answers.chemistry(course.seed, here.on)
    few = {path: begun[path] for path in ("sampled_on", "laboratory", "alt", "ast")}
    walk.enter(here, "CH", few, at=here.before(2), complete=False)
    return here
