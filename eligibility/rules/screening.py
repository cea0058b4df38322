"""Rules over the screening log: who was assessed and did not become a subject, and weeks in which nobody was."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may
from audit.decision import YES, Decision, no
from casebook.models import Subject
from casebook.rules.subjects import may_add_subject
from casebook.rules.wording import may_say
from casebook.selectors.standing import day_at
from eligibility.models import QuietWeek, ScreenFailure, ScreeningLine
from eligibility.selectors.screening import assessed_by_week, called, monday_of
from eligibility.states import Assessed
from protocol.trial import BEGAN_ON, TRIAL
from protocol.words import N_

WHY = N_("Say why this person does not take part; “not given” where no reason was given.")
WHY_CORRECTED = N_("Say why the line is corrected.")
SEXES = ("", "male", "female")
OLDEST = 120
WEEK = timedelta(days=7)


def may_log(user: User, site: Site) -> Decision:
    """Whether the user keeps the screening log of this site."""
    return may(user, Permission.SUBJECT_ADD, site)


def may_add_line(
    user: User,
    site: Site,
    *,
    at: datetime,
    assessed_on: date,
    outcome: str,
    criteria: Collection[str] = (),
    reason: str = "",
    sex: str = "",
    age: int | None = None,
    again_of: ScreeningLine | None = None,
    after_subject: Subject | None = None,
) -> Decision:
    """Whether this line may be added to the log of the site."""
    if not (decision := may_log(user, site)):
        return decision
    if again_of is not None and not (decision := _may_follow(again_of, site, assessed_on)):
        return decision
    if after_subject is not None and not (decision := _may_follow_subject(after_subject, site, assessed_on)):
        return decision
    return _is_whole(site, at, assessed_on, outcome, criteria, reason, sex, age)


def may_correct_line(
    user: User,
    line: ScreeningLine,
    *,
    at: datetime,
    why: str,
    assessed_on: date,
    outcome: str,
    criteria: Collection[str] = (),
    reason: str = "",
    sex: str = "",
    age: int | None = None,
    subject: Subject | None = None,
    again_of: ScreeningLine | None = None,
    after_subject: Subject | None = None,
) -> Decision:
    """Whether a line may be corrected so, or be joined with the subject that the person became."""
    if not (decision := may_log(user, line.site)):
        return decision
    if not (decision := may_say(why, otherwise=WHY_CORRECTED)):
        return decision
    if subject is not None and not (decision := _may_join(line, subject)):
        return decision
    if again_of is not None and not (decision := _may_follow(again_of, line.site, assessed_on, by=line)):
        return decision
    if after_subject is not None:
        decision = _may_follow_subject(after_subject, line.site, assessed_on, by=line, subject=subject)
        if not decision:
            return decision
    return _is_whole(line.site, at, assessed_on, outcome, criteria, reason, sex, age)


def _may_join(line: ScreeningLine, subject: Subject) -> Decision:
    if subject.site_id != line.site_id:
        return no(N_("Subject %(subject)s is not at the site of this line."), subject=subject.number)
    other = ScreeningLine.objects.filter(subject=subject).exclude(pk=line.pk).first()
    if other is not None:
        return no(N_("Another line of the log is joined with %(subject)s already."), subject=subject.number)
    if line.outcome != Assessed.UNDECIDED and subject.rescreened_from is not None:
        words = N_("Subject %(subject)s is the attempt after %(before)s already.")
        return no(words, subject=subject.number, before=subject.rescreened_from.number)
    after = ScreeningLine.objects.filter(again_of=line).select_related("site").first()
    if after is not None:
        return no(N_("The person was assessed again as %(line)s: join that line."), line=called(after))
    return YES


def _may_follow(before: ScreeningLine, site: Site, assessed_on: date, *, by: ScreeningLine | None = None) -> Decision:
    """Whether a line, a new one unless it is named, may be the next attempt after the line before."""
    before = ScreeningLine.objects.select_related("site").get(pk=before.pk)  # as it is by now
    if before.site_id != site.pk or (by is not None and by.sequence <= before.sequence):
        return no(N_("%(line)s is no earlier line of this site's log."), line=called(before))
    if before.outcome == Assessed.UNDECIDED:
        return no(N_("%(line)s is not decided yet: correct that line instead."), line=called(before))
    if before.subject_id is not None:
        words = N_("Whoever was %(line)s became a subject: add the new attempt as a subject after that one.")
        return no(words, line=called(before))
    after = ScreeningLine.objects.filter(again_of=before).first()
    if after is not None and (by is None or after.pk != by.pk):
        words = N_("%(after)s is the attempt after %(line)s already.")
        return no(words, after=called(after), line=called(before))
    if assessed_on < before.assessed_on:
        return no(
            N_("%(line)s was assessed on %(on)s; the next attempt is not earlier."),
            line=called(before),
            on=before.assessed_on,
        )
    return YES


def _may_follow_subject(
    before: Subject,
    site: Site,
    assessed_on: date,
    *,
    by: ScreeningLine | None = None,
    subject: Subject | None = None,
) -> Decision:
    """Whether a line, a new one unless it is named, may be the next attempt of a screen failure."""
    before = Subject.objects.select_related("site").get(pk=before.pk)  # as it is by now
    number, failure = before.number, ScreenFailure.objects.filter(subject=before).first()
    if before.site_id != site.pk or failure is None:
        return no(N_("A new attempt follows a screen failure at the same site; %(subject)s is none."), subject=number)
    if subject is not None and subject.pk == before.pk:
        return no(N_("%(subject)s cannot be the attempt before and the one after."), subject=number)
    if (again := Subject.objects.filter(rescreened_from=before).first()) is not None:
        return no(N_("%(subject)s was screened again already, as %(after)s."), subject=number, after=again.number)
    after = ScreeningLine.objects.filter(after_subject=before).select_related("site").first()
    if after is not None and (by is None or after.pk != by.pk):
        return no(N_("%(after)s is the attempt after %(line)s already."), after=called(after), line=number)
    failed_on = day_at(site, failure.declared_at)
    if assessed_on < failed_on:
        words = N_("The screening of %(subject)s ended on %(on)s; the next attempt is not earlier.")
        return no(words, subject=number, on=failed_on)
    return YES


def may_screen_again(user: User, subject: Subject) -> Decision:
    """Whether the person may be screened again as a new subject: no attempt in the log or the casebook followed yet."""
    return may_add_subject(user, subject.site, rescreened_from=subject)


def may_follow_failure(before: Subject) -> Decision:
    """Whether no line of the log is the attempt after this screen failure already. Asked by the casebook."""
    after = ScreeningLine.objects.filter(after_subject=before).select_related("site").first()
    if after is not None:
        words = N_("The person was assessed again as %(line)s: join the new subject with that line.")
        return no(words, line=called(after))
    return YES


def _is_whole(
    site: Site,
    at: datetime,
    assessed_on: date,
    outcome: str,
    criteria: Collection[str],
    reason: str,
    sex: str,
    age: int | None,
) -> Decision:
    if assessed_on > day_at(site, at):
        return no(N_("The day of the assessment, %(on)s, is still to come."), on=assessed_on)
    if assessed_on < BEGAN_ON:
        words = N_("The day of the assessment, %(on)s, is before the trial began, on %(first)s.")
        return no(words, on=assessed_on, first=BEGAN_ON)
    if outcome not in Assessed.values:
        return no(N_("Say what became of it."))
    if sex not in SEXES or (age is not None and not 0 <= age <= OLDEST):
        return no(N_("Write the sex as male or female, and the age in years, up to %(most)s."), most=OLDEST)
    if not (decision := _names_criteria(outcome, criteria)):
        return decision
    return may_say(reason or ("words" if outcome == Assessed.UNDECIDED else ""), otherwise=WHY)


def _names_criteria(outcome: str, criteria: Collection[str]) -> Decision:
    known = {criterion.code for criterion in TRIAL.criteria}
    if strange := sorted(set(criteria) - known):
        return no(N_("%(criterion)s is no criterion of the trial."), criterion=strange[0])
    if outcome == Assessed.INELIGIBLE and not criteria:
        return no(N_("Name every criterion that is not met."))
    return YES


def may_confirm_weeks(user: User, site: Site, *, at: datetime, mondays: Sequence[date]) -> Decision:
    """Whether the user may say of these weeks that nobody was assessed."""
    if not (decision := may_log(user, site)):
        return decision
    if not mondays:
        return no(N_("Choose the weeks in which nobody was assessed."))
    taken = set(QuietWeek.objects.filter(Q(monday__in=mondays), site=site).values_list("monday", flat=True))
    assessed = assessed_by_week(site)
    for monday in mondays:
        if not (decision := _is_quiet(site, monday, at=at, taken=taken, assessed=assessed[monday])):
            return decision
    return YES


def _is_quiet(site: Site, monday: date, *, at: datetime, taken: Collection[date], assessed: int) -> Decision:
    if monday != monday_of(monday):
        return no(N_("A week is named by its Monday; %(on)s is none."), on=monday)
    if monday < monday_of(BEGAN_ON):
        return no(N_("The week of %(on)s is before the trial began, on %(first)s."), on=monday, first=BEGAN_ON)
    if monday + WEEK > day_at(site, at):
        return no(N_("The week of %(on)s is not over yet."), on=monday)
    if monday in taken:
        return no(N_("The week of %(on)s is confirmed already."), on=monday)
    if assessed:
        return no(N_("In the week of %(on)s, %(count)s people were assessed at this site."), on=monday, count=assessed)
    return YES
