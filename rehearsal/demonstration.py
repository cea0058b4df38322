"""The demonstration: six synthetic subjects in six states of screening."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts.system import system_actor
from audit.door import as_actor
from eligibility.actions import rejudge_subjects
from rehearsal import answers, walk
from rehearsal.cast import Cast, assemble
from rehearsal.walk import Course, Walk


def perform(*, at: datetime, seed: str = "demonstration") -> tuple[Cast, Mapping[str, Walk]]:
    """Make sites and people and walk every subject; return them by the state they are left in."""
    cast = assemble(at=at)
    walks = {
        "just listed": walk.a_listed_subject(cast, Course(f"{seed} 1"), at=at),
        "half a casebook": half_a_casebook(cast, Course(f"{seed} 2", site="02", sex="female"), at=at),
        "second scan awaited": walk.a_screened_subject(
            cast, Course(f"{seed} 3", scans_days_ago=(25,), markers_days_ago=(25,)), at=at
        ),
        "all pass": walk.a_screened_subject(cast, Course(f"{seed} 4"), at=at),
        "clear fail": walk.a_screened_subject(cast, Course(f"{seed} 5", site="02", platelets="52", ecog="2"), at=at),
        "review": walk.a_screened_subject(
            cast, Course(f"{seed} 6", sex="female", scans_days_ago=(60, 12), markers_days_ago=(60, 11)), at=at
        ),
    }
    # The walks lie some days back; the board shows today.
    judge = system_actor("eligibility")
    with as_actor(judge):
        rejudge_subjects((each.subject for each in walks.values()), by=judge, at=at)
    return cast, walks


def half_a_casebook(cast: Cast, course: Course, *, at: datetime) -> Walk:
    """Return a subject in the middle of entry: history and blood done, chemistry begun, one count far too low."""
    here = walk.a_subject_with_history(cast, course, at=at)
    # 1.9 × 10⁹/L is what a count per µL looks like in the wrong unit: kept, and asked about.
    walk.enter(here, "HE", answers.haematology(course.seed, here.on, platelets="1.9"), at=here.before(2))
    begun = answers.chemistry(course.seed, here.on)
    few = {path: begun[path] for path in ("sampled_on", "laboratory", "alt", "ast")}
    walk.enter(here, "CH", few, at=here.before(2), complete=False)
    return here
