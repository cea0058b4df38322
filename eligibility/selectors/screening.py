"""The screening log: everyone assessed, subjects and others alike, and the weeks that say nothing.

Subjects stand in it by themselves, from the casebook; only who never became one has a line of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounts.models import Site, User
from accounts.roles import Permission
from casebook.models import Form, Subject
from casebook.selectors.standing import day_at
from casebook.states import RANDOMIZED, FormState, Stage
from eligibility.models import GatePassage, QuietWeek, ScreeningLine
from eligibility.states import Assessed, FailureKind, Outcome
from protocol.trial import BEGAN_ON

OF_FAILURE = {
    FailureKind.CRITERIA: Outcome.INELIGIBLE,
    FailureKind.DECLINED: Outcome.DECLINED,
    FailureKind.OTHER: Outcome.OTHER,
}
LEFT = (Stage.SCREEN_FAILURE, Stage.WITHDRAWN)
WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Another attempt of the same person: its number, and where the product shows it."""

    number: str
    line: UUID | None = None
    subject: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One attempt as the log is read."""

    number: str
    site: Site
    assessed_on: date
    outcome: str
    consented: bool = False
    criteria: tuple[str, ...] = ()
    reason: str = ""
    sex: str = ""
    age: int | None = None
    line: UUID | None = None
    subject: UUID | None = None
    before: Attempt | None = None
    again: Attempt | None = None

    @property
    def is_last(self) -> bool:
        """Whether it is the person's last attempt, in which the person is counted."""
        return self.again is None


def log_sites(user: User) -> list[Site]:
    """Return the sites whose log the user may read."""
    readable = [site for site in user.site_ids() if user.holds(Permission.ELIGIBILITY_READ, at=site)]
    return list(Site.objects.filter(pk__in=readable).order_by("code"))


def visible_lines(user: User) -> QuerySet[ScreeningLine]:
    """Return the lines of people who are no subjects, of the sites whose log the user may read."""
    readable = [site for site in user.site_ids() if user.holds(Permission.ELIGIBILITY_READ, at=site)]
    return ScreeningLine.objects.filter(site__in=readable).select_related("site", "subject")


def screening_log(sites: Iterable[Site]) -> list[Logged]:
    """Return every attempt at these sites, the latest first. Two queries, however many they are."""
    known = {site.pk: site for site in sites}
    # A line that was not decided yet is the subject the person became, and no attempt of its own.
    lines = ScreeningLine.objects.filter(site__in=known).exclude(outcome=Assessed.UNDECIDED, subject__isnull=False)
    lines = lines.select_related(
        "site", "subject", "again_of__site", "again_as__site", "again_as__subject", "after_subject"
    )
    found = [*map(_of_line, lines), *map(_of_subject, _subjects(known))]
    return sorted(found, key=lambda each: (each.assessed_on, each.number), reverse=True)


def tally(logged: Iterable[Logged]) -> Mapping[Outcome, int]:
    """Return how many people have each outcome, each counted once, in the last attempt: as the flow counts them."""
    counted = Counter(each.outcome for each in logged if each.is_last)
    return {outcome: counted[outcome.value] for outcome in Outcome}


def _subjects(sites: Iterable[int]) -> QuerySet[Subject]:
    consents = Form.objects.filter(subject=OuterRef("pk"), crf="ICF", state=FormState.COMPLETE)
    passages = GatePassage.objects.filter(subject=OuterRef("pk"))
    withdrawn = Form.objects.filter(subject=OuterRef("pk"), crf="WD", state=FormState.COMPLETE).order_by("-repeat")
    subjects = Subject.objects.filter(site__in=list(sites)).annotate(
        has_consent=Exists(consents), has_passed=Exists(passages), withdrawal=Subquery(withdrawn.values("answers")[:1])
    )
    return subjects.select_related(
        "site",
        "screen_failure",
        "screening_line__again_of__site",
        "screening_line__after_subject",
        "screening_line_after__site",
        "screening_line_after__subject",
        "rescreened_from",
        "rescreened_as",
    )


def _of_line(line: ScreeningLine) -> Logged:
    return Logged(
        number=called(line),
        site=line.site,
        assessed_on=line.assessed_on,
        outcome=line.outcome,
        criteria=tuple(line.criteria),
        reason=line.reason,
        sex=line.sex,
        age=line.age,
        line=line.pk,
        before=_attempt_of_line(line.again_of) or _attempt_of(line.after_subject),
        again=_after_line(line),
    )


def called(line: ScreeningLine) -> str:
    """Return the number of a line: its own row, so that nobody takes it for a subject's."""
    return f"{line.site.code}-L{line.sequence:03d}"


def _after_line(line: ScreeningLine) -> Attempt | None:
    if line.subject is not None:
        return _attempt_of(line.subject)
    return _undecided_as_subject(getattr(line, "again_as", None))


def _undecided_as_subject(after: ScreeningLine | None) -> Attempt | None:
    """Return a later attempt; a line that was not decided yet is the subject the person became."""
    if after is not None and after.outcome == Assessed.UNDECIDED and after.subject is not None:
        return _attempt_of(after.subject)
    return _attempt_of_line(after)


def _attempt_of_line(line: ScreeningLine | None) -> Attempt | None:
    return Attempt(number=called(line), line=line.pk) if line is not None else None


def _attempt_of(subject: Subject | None) -> Attempt | None:
    return Attempt(number=subject.number, subject=subject.pk) if subject is not None else None


def _of_subject(subject: Subject) -> Logged:
    failure, line = getattr(subject, "screen_failure", None), getattr(subject, "screening_line", None)
    was_open = line is not None and line.outcome == Assessed.UNDECIDED
    earlier = line.again_of if line is not None and was_open else line
    came_from = line.after_subject if line is not None and was_open else None
    after = getattr(subject, "screening_line_after", None)
    return Logged(
        number=subject.number,
        site=subject.site,
        assessed_on=line.assessed_on if line is not None and was_open else day_at(subject.site, subject.added_at),
        outcome=_outcome(subject).value,
        consented=subject.has_consent,  # type: ignore[attr-defined]
        criteria=tuple(failure.criteria) if failure else (),
        reason=failure.reason if failure else _why_withdrawn(subject),
        subject=subject.pk,
        line=line.pk if line is not None else None,
        before=_attempt_of(subject.rescreened_from or came_from) or _attempt_of_line(earlier),
        again=_attempt_of(getattr(subject, "rescreened_as", None)) or _undecided_as_subject(after),
    )


def _outcome(subject: Subject) -> Outcome:
    failure = getattr(subject, "screen_failure", None)
    if failure is not None:
        return OF_FAILURE[FailureKind(failure.kind)]
    if subject.stage in RANDOMIZED or subject.has_passed:  # type: ignore[attr-defined]
        return Outcome.RANDOMIZED
    if subject.stage in LEFT:
        return Outcome.OTHER
    return Outcome.UNDECIDED if subject.stage == Stage.LISTED else Outcome.SCREENING


def _why_withdrawn(subject: Subject) -> str:
    """Return the reason of whoever left screening by withdrawing; what came after randomization is not of this log."""
    if _outcome(subject) is not Outcome.OTHER:
        return ""
    return str(((subject.withdrawal or {}).get("reason") or {}).get("value") or "")  # type: ignore[attr-defined]


# --- weeks ------------------------------------------------------------------------------------------------------------


def monday_of(day: date) -> date:
    """Return the Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def assessed_by_week(site: Site) -> Counter[date]:
    """Return how many were assessed at the site in each week, by its Monday. Two queries, however many weeks."""
    return Counter(monday_of(each.assessed_on) for each in screening_log([site]))


def silent_weeks(sites: Iterable[Site], *, at: datetime) -> dict[int, list[date]]:
    """Return, by site, the Mondays of the weeks that are over and of which the log says nothing. Three queries.

    A site begins with the first line of its log, or the first week confirmed, and never before the trial did: a line
    mistyped by a century silences no other week. An exercise keeps no log.
    """
    counted = [site for site in sites if site.counts and site.is_open]
    spoken: dict[int, set[date]] = defaultdict(set)
    for each in screening_log(counted):
        spoken[each.site.pk].add(monday_of(each.assessed_on))
    for site, monday in QuietWeek.objects.filter(site__in=counted).values_list("site_id", "monday"):
        spoken[site].add(monday)
    silent = {
        site.pk: [monday for monday in _weeks(min(said), day_at(site, at)) if monday not in said]
        for site in counted
        if (said := {monday for monday in spoken[site.pk] if monday >= monday_of(BEGAN_ON)})
    }
    return {site: mondays for site, mondays in silent.items() if mondays}


def _weeks(first: date, today: date) -> Iterator[date]:
    while first + WEEK <= today:
        yield first
        first += WEEK


def weeks_without_log(user: User, *, at: datetime) -> list[tuple[Site, date]]:
    """Return site and Monday of every silent week at the sites whose log the user keeps; the earliest first."""
    kept = [site for site in log_sites(user) if user.holds(Permission.SUBJECT_ADD, at=site)]
    by_key = {site.pk: site for site in kept}
    silent = silent_weeks(kept, at=at)
    return sorted(((by_key[site], monday) for site in silent for monday in silent[site]), key=_by_week)


def _by_week(pair: tuple[Site, date]) -> tuple[date, str]:
    return pair[1], pair[0].code
