"""The screening log: lines of people who are no subjects, and weeks in which nobody was assessed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import Max

from accounts.models import Site, User
from audit.door import action, record, unchanged
from casebook.actions.receipts import keep_made, made_before, request_hash
from casebook.models import Subject
from eligibility.models import QuietWeek, ScreeningLine
from eligibility.rules.screening import may_add_line, may_confirm_weeks, may_correct_line


@action(may_add_line)
def add_line(
    site: Site,
    *,
    by: User,
    at: datetime,
    assessed_on: date,
    outcome: str,
    criteria: Collection[str] = (),
    reason: str = "",
    sex: str = "",
    age: int | None = None,
    again_of: ScreeningLine | None = None,
    after_subject: Subject | None = None,
    key: str = "",
) -> ScreeningLine:
    """Add somebody assessed who is no subject, with the next number of the site's log. A key adds one line only."""
    said = [assessed_on.isoformat(), outcome, sorted(criteria), reason.strip(), sex, age]
    before = again_of or after_subject
    asked = request_hash(site=site.pk, said=said, again_of=str(before.pk) if before else "")
    if earlier := made_before(ScreeningLine, by=by, key=key, asked=asked):
        return unchanged(earlier)
    # The door holds the site's lock: two people adding at once get two numbers.
    last = ScreeningLine.objects.filter(site=site).aggregate(last=Max("sequence"))["last"] or 0
    line = ScreeningLine.objects.create(
        site=site,
        sequence=last + 1,
        assessed_on=assessed_on,
        outcome=outcome,
        criteria=sorted(criteria),
        reason=reason.strip(),
        sex=sex,
        age=age,
        again_of=again_of,
        after_subject=after_subject,
        entered_at=at,
        entered_by_id=by.pk,
    )
    keep_made(line, by=by, key=key, verb="add_line", asked=asked, at=at)
    record("eligibility.screening.logged", site=site, by=by, at=at, facts={"line": str(line.pk)})
    return line


@action(may_correct_line)
def correct_line(
    line: ScreeningLine,
    *,
    by: User,
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
) -> ScreeningLine:
    """Correct a line, or join it with the subject that the person became."""
    line.assessed_on, line.outcome, line.criteria = assessed_on, outcome, sorted(criteria)
    line.reason, line.sex, line.age = reason.strip(), sex, age
    line.subject, line.again_of, line.after_subject = subject, again_of, after_subject
    told = ["assessed_on", "outcome", "criteria", "reason", "sex", "age"]
    line.save(update_fields=[*told, "subject", "again_of", "after_subject"])
    facts = {"line": str(line.pk)}
    record("eligibility.screening.corrected", site=line.site, by=by, at=at, reason=why.strip(), facts=facts)
    return line


@action(may_confirm_weeks)
def confirm_weeks(site: Site, *, by: User, at: datetime, mondays: Sequence[date]) -> list[QuietWeek]:
    """Say of these weeks that nobody was assessed at the site."""
    weeks = [QuietWeek(site=site, monday=monday, confirmed_at=at, confirmed_by_id=by.pk) for monday in mondays]
    QuietWeek.objects.bulk_create(weeks)
    facts = {"weeks": [monday.isoformat() for monday in mondays]}
    record("eligibility.screening.nobody", site=site, by=by, at=at, facts=facts)
    return weeks
