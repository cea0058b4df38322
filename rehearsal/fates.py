"""What becomes of the subjects of a rehearsal: one kind of fate for each state of a trial, dealt out by a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from eligibility import actions as eligibility
from eligibility.states import FailureKind
from protocol.roles import Role
from rehearsal import afterwards, walk
from rehearsal.afterwards import Story
from rehearsal.answers import vary
from rehearsal.cast import Cast
from rehearsal.walk import Course, Walk

DAYS_PER_MONTH = 30.4375
SITES = ("01", "01", "02")
SEXES = ("male", "male", "male", "female")


@dataclass(frozen=True)
class Fate:
    """How far a subject comes, how many of a hundred fare so, and how many days ago its screening ended."""

    name: str
    share: int
    days_ago: tuple[int, int]
    walks: Callable[[Cast, Course, datetime, datetime], Walk]
    scans: tuple[int, ...] = (45, 12)
    markers: tuple[int, ...] = (45, 11)
    platelets: str = ""
    evaluated: bool = True
    judged: bool = True


def _listed(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
    return walk.a_listed_subject(cast, course, at=at)


def _consented(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
    here = walk.a_listed_subject(cast, course, at=at)
    walk.consent(here, days_ago=1)
    return here


def _with_history(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
    return walk.a_subject_with_history(cast, course, at=at)


def _screened(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
    return walk.a_screened_subject(cast, course, at=at)


def _confirmed(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
    here = walk.a_screened_subject(cast, course, at=at)
    afterwards.confirm_response(here)
    return here


def _eligible(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
    here = walk.a_screened_subject(cast, course, at=at)
    afterwards.determine(here)
    return here


def _failed(kind: FailureKind, reason: str) -> Callable[[Cast, Course, datetime, datetime], Walk]:
    def walks(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
        here = walk.a_screened_subject(cast, course, at=at)
        investigator = here.one(Role.PRINCIPAL_INVESTIGATOR)
        eligibility.declare_screen_failure(here.subject, by=investigator, at=at, reason=reason, kind=kind)
        return here

    return walks


def _lives(story: Story) -> Callable[[Cast, Course, datetime, datetime], Walk]:
    def walks(cast: Cast, course: Course, at: datetime, now: datetime) -> Walk:
        here = walk.a_screened_subject(cast, course, at=at)
        afterwards.live(here, story, until=now.astimezone(cast.sites[course.site].zone).date() - timedelta(days=1))
        return here

    return walks


def _months(low: float, high: float) -> tuple[int, int]:
    return round(low * DAYS_PER_MONTH), round(high * DAYS_PER_MONTH)


TOO_FEW_PLATELETS = _failed(FailureKind.CRITERIA, "Platelets below the limit, twice.")
DECLINED = _failed(FailureKind.DECLINED, "Wishes to be operated in any case.")

# In the order of importance: a small rehearsal shows the first ones.
FATES = (
    Fate("in follow-up", 11, _months(5, 11), _lives(Story(late=("M4",)))),
    Fate("eligible", 4, (0, 0), _eligible),
    Fate("progressed", 4, _months(11, 16), _lives(Story(relapse="M6"))),
    Fate("completed", 2, _months(25.5, 26.5), _lives(Story(missed=("M10",)))),
    Fate("died", 3, _months(12, 18), _lives(Story(dies="M8"))),
    Fate("failed", 6, _months(1, 20), TOO_FEW_PLATELETS, platelets="58", evaluated=False),
    Fate("just randomized", 6, (1, 6), _lives(Story())),
    Fate("overdue", 4, _months(4.6, 5.4), _lives(Story(stops_after="M2", unfinished="M2"))),
    Fate("relapse suspected", 4, _months(6.3, 6.8), _lives(Story(markers_rise="M6"))),
    Fate("serious event", 2, _months(2.4, 2.45), _lives(Story(serious="M2", serious_is_open=True))),
    Fate("response confirmed", 4, (0, 0), _confirmed),
    Fate("second scan awaited", 11, (0, 0), _screened, scans=(25,), markers=(25,), evaluated=False, judged=False),
    Fate("response to confirm", 6, (0, 0), _screened),
    Fate("declined", 3, _months(1, 18), DECLINED),
    Fate("consent withdrawn", 2, _months(6, 9), _lives(Story(withdraws="M4"))),
    Fate("lost", 2, _months(14, 17), _lives(Story(lost="M6"))),
    Fate("without surgery", 2, _months(3, 5), _lives(Story(refuses_surgery=True))),
    Fate("early in follow-up", 8, _months(1.2, 3.5), _lives(Story())),
    Fate("evaluations awaited", 3, (0, 0), _screened, evaluated=False),
    Fate("entry begun", 3, (0, 0), _with_history),
    Fate("consented", 3, (0, 0), _consented),
    Fate("listed", 7, (0, 0), _listed),
)


@dataclass(frozen=True)
class Dealt:
    """One subject to come: its fate, its course, and when its screening ends."""

    fate: Fate
    course: Course
    at: datetime


def deal(subjects: int, *, seed: str, now: datetime) -> list[Dealt]:
    """Return so many subjects in the order of their days. The same number, seed and moment give the same ones."""
    dealt = [_dealt(fate, f"{seed} {number}", now=now) for number, fate in enumerate(_fates(subjects), 1)]
    return sorted(dealt, key=lambda each: (each.at, each.course.seed))


def _fates(subjects: int) -> Iterator[Fate]:
    """Give each fate its share of the subjects, and the first ones one subject at least."""
    if subjects <= len(FATES):
        yield from FATES[:subjects]
        return
    yield from FATES
    for fate, more in zip(FATES, _apportioned(subjects - len(FATES), [fate.share for fate in FATES]), strict=True):
        yield from [fate] * more


def _apportioned(seats: int, shares: Sequence[int]) -> list[int]:
    """Return how many of the seats each share gets, by largest remainders."""
    exact = [seats * share / sum(shares) for share in shares]
    given = [int(part) for part in exact]
    by_rest = sorted(range(len(shares)), key=lambda index: (given[index] - exact[index], index))
    for index in by_rest[: seats - sum(given)]:
        given[index] += 1
    return given


def _dealt(fate: Fate, seed: str, *, now: datetime) -> Dealt:
    course = Course(
        seed=seed,
        site=pick(seed, "site", SITES),
        sex=pick(seed, "sex", SEXES),
        scans_days_ago=fate.scans,
        markers_days_ago=fate.markers,
        platelets=fate.platelets,
        ecog=pick(seed, "ecog", "001"),
        evaluated=fate.evaluated,
        judged=fate.judged,
        invasion=pick(seed, "invasion", "YN"),
        arterial=pick(seed, "arterial", ("haic", "haic", "tace")),
    )
    low, high = fate.days_ago
    days_ago = int(vary(seed, "days ago", str(low), str(high)))
    if days_ago == 0:
        return Dealt(fate, course, now)
    # At a plausible hour of the day, in the zone of both sites of the demonstration.
    hour = time(int(vary(seed, "hour", "2", "8")), int(vary(seed, "minute", "0", "59")), tzinfo=now.tzinfo)
    return Dealt(fate, course, datetime.combine((now - timedelta(days=days_ago)).date(), hour))


def pick(seed: str, name: str, among: Sequence[str]) -> str:
    """Return one of these, the same for the same seed and name."""
    return among[int(vary(seed, name, "0", str(len(among) - 1)))]
