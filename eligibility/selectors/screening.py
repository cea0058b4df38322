"""The screening log: everyone assessed, subjects and others alike, and the weeks that say nothing.

Subjects stand in it by themselves, from the casebook; only who never became one has a line of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Site, User
from accounts.roles import Permission
from casebook.models import Form, Subject
from casebook.selectors.standing import day_at
from casebook.states import FormState
from eligibility.models import QuietWeek, ScreeningLine
from eligibility.states import Assessed, FailureKind

CONSENTED = "consented"
OF_FAILURE = {
    FailureKind.CRITERIA: Assessed.INELIGIBLE,
    FailureKind.DECLINED: Assessed.DECLINED,
    FailureKind.OTHER: Assessed.OTHER,
}
WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One line of the log as it is read."""

    number: str
    site: Site
    assessed_on: date
    outcome: str
    criteria: tuple[str, ...] = ()
    reason: str = ""
    sex: str = ""
    age: int | None = None
    line: UUID | None = None
    subject: UUID | None = None
    after: str = ""  # the number of the attempt before


def log_sites(user: User) -> list[Site]:
    """Return the sites whose log the user may read."""
    readable = [site for site in user.site_ids() if user.holds(Permission.ELIGIBILITY_READ, at=site)]
    return list(Site.objects.filter(pk__in=readable).order_by("code"))


def visible_lines(user: User) -> QuerySet[ScreeningLine]:
    """Return the lines of people who are no subjects, of the sites whose log the user may read."""
    readable = [site for site in user.site_ids() if user.holds(Permission.ELIGIBILITY_READ, at=site)]
    return ScreeningLine.objects.filter(site__in=readable).select_related("site", "subject")


def screening_log(sites: Iterable[Site]) -> list[Logged]:
    """Return everyone assessed at these sites, the latest first. Two queries, however many they are."""
    known = {site.pk: site for site in sites}
    lines = ScreeningLine.objects.filter(site__in=known, subject__isnull=True)
    found = [*map(_of_line, lines.select_related("site")), *map(_of_subject, _subjects(known))]
    return sorted(found, key=lambda each: (each.assessed_on, each.number), reverse=True)


def _subjects(sites: Iterable[int]) -> QuerySet[Subject]:
    consents = Form.objects.filter(subject=OuterRef("pk"), crf="ICF", state=FormState.COMPLETE)
    subjects = Subject.objects.filter(site__in=list(sites)).annotate(has_consent=Exists(consents))
    return subjects.select_related("site", "screen_failure", "screening_line", "rescreened_from")


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
    )


def called(line: ScreeningLine) -> str:
    """Return the number of a line: its own row, so that nobody takes it for a subject's."""
    return f"{line.site.code}-L{line.sequence:03d}"


def _of_subject(subject: Subject) -> Logged:
    failure, line = getattr(subject, "screen_failure", None), getattr(subject, "screening_line", None)
    outcome = CONSENTED if subject.has_consent else Assessed.UNDECIDED.value  # type: ignore[attr-defined]
    if outcome != CONSENTED and failure is not None:
        outcome = OF_FAILURE[FailureKind(failure.kind)].value
    return Logged(
        number=subject.number,
        site=subject.site,
        assessed_on=line.assessed_on if line else day_at(subject.site, subject.added_at),
        outcome=outcome,
        criteria=tuple(failure.criteria) if failure else (),
        reason=failure.reason if failure else "",
        subject=subject.pk,
        line=line.pk if line else None,
        after=subject.rescreened_from.number if subject.rescreened_from else "",
    )


# --- weeks ------------------------------------------------------------------------------------------------------------


def monday_of(day: date) -> date:
    """Return the Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def assessed_in_week(site: Site, monday: date) -> int:
    """Return how many were assessed at the site in this week."""
    return sum(monday <= each.assessed_on < monday + WEEK for each in screening_log([site]))


def silent_weeks(sites: Iterable[Site], *, at: datetime) -> dict[int, list[date]]:
    """Return, by site, the Mondays of the weeks that are over and of which the log says nothing. Three queries.

    A site begins with the first line of its log, or the first week confirmed. An exercise keeps no log.
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
        if (said := spoken[site.pk])
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
