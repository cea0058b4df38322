"""The criteria of one candidate as rows of a table file: one row for each value a verdict rests on."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.models import User
from casebook.marks import MARKS
from casebook.models import Subject
from casebook.words import day_in_words, said
from eligibility.candidate import Candidate, Fact, Line, Window, source_title
from eligibility.missing import Missing
from eligibility.selectors.judged import Review
from eligibility.selectors.reviews import is_kept
from protocol.words import BETWEEN


def criteria_header() -> list[str]:
    """Return the columns."""
    of_criterion = [
        _("Criterion"),
        _("In short"),
        _("Verdict"),
        _("Reviewed by"),
        _("Why"),
        _("Holds until"),
        _("Window"),
    ]
    of_value = [_("Rests on"), _("Value"), _("Unit"), _("Limit"), _("Day"), _("Source form"), _("Item"), _("Signed by")]
    return [*of_criterion, *of_value, _("Missing"), _("Judged as of")]


def criteria_rows(candidate: Candidate, reader: User) -> Iterator[list[object]]:
    """Yield the rows of every criterion, in their order; a criterion that rests on nothing yet has one row."""
    as_of = as_of_in_words(candidate)
    for line in (*candidate.inclusion, *candidate.exclusion):
        review = candidate.judged.reviews.get(line.criterion.code)
        about = _of_criterion(line, _reviewed(review, reader, candidate.subject) if review is not None else "")
        missing = "; ".join(missing_in_words(each) for each in line.missing)
        for fact in line.facts or (Fact(title=""),):
            yield [*about, *_of_fact(fact), missing, as_of]


def as_of_in_words(candidate: Candidate) -> str:
    """Return for which day the criteria are judged, and what that day is."""
    day = candidate.on.isoformat()
    if candidate.has_passed:
        return _("%(day)s, the day of randomization") % {"day": day}
    return _("%(day)s, the day screening ended") % {"day": day} if candidate.has_left else day


def _reviewed(review: Review, reader: User, subject: Subject) -> str:
    """Return who decided, and what as far as this reader may know it."""
    if is_kept(review, reader, at=subject.site_id):
        return "; ".join(each.resolved_by.name for each in review.said)
    return "; ".join(f"{each.resolved_by.name}: {each.get_decision_display()}" for each in review.said)


def _verdict(line: Line) -> str:
    word = str(MARKS[line.shown].word)
    return word if line.stands is line.judgement.verdict else _("%(verdict)s, by review") % {"verdict": word}


def _of_criterion(line: Line, reviewed: str) -> list[str]:
    judgement = line.judgement
    return [
        line.criterion.code,
        _(line.criterion.short),
        _verdict(line),
        reviewed,
        said(judgement.reason, coded=True),
        judgement.valid_until.isoformat() if judgement.valid_until else "",
        "; ".join(window_in_words(each) for each in line.windows),
    ]


def _of_fact(fact: Fact) -> list[str]:
    if fact.is_hidden:
        return [_(fact.title), _("hidden until both evaluations are in"), "", "", "", "", "", ""]
    source = source_title(fact.form) if fact.form is not None else ""
    signed = "; ".join(each.printed_name for each in fact.signed)
    title = _(fact.title) if fact.title else ""
    return [title, fact.value, fact.unit, fact.limit, fact.on, source, fact.path, signed]


def window_in_words(window: Window) -> str:
    """Return how far back answers may lie."""
    if window.since is None:
        return _("%(days)s days before the first treatment") % {"days": window.days}
    return _("%(days)s days, since %(day)s") % {"days": window.days, "day": window.since.isoformat()}


def missing_in_words(missing: Missing) -> str:
    """Return what is still needed, of whom, and between which days."""
    items = _(BETWEEN).join(_(item) for item in missing.items)
    title = f"{_(missing.title)}: {items}" if items else _(missing.title)
    first, last = (each and day_in_words(each.isoformat()) for each in (missing.not_before, missing.not_after))
    told = {"what": title, "who": missing.who.label, "first": first, "last": last}
    if first and last:
        return _("%(what)s (%(who)s, between %(first)s and %(last)s)") % told
    if first:
        return _("%(what)s (%(who)s, not before %(first)s)") % told
    if last:
        return _("%(what)s (%(who)s, not after %(last)s)") % told
    return _("%(what)s (%(who)s)") % told
