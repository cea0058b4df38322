"""What may still be entered after a withdrawal of consent, and when a subject counts as lost. Answers the casebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from audit.decision import YES, Decision, no
from casebook.models import Form, Subject, Visit
from casebook.selectors.records import answers_of
from casebook.states import Stage
from followup.selectors.consent import Withdrawal, withdrawal_of
from protocol.assumptions import CONTACT_ATTEMPTS, CONTACT_KINDS
from protocol.facts import days_of
from protocol.record import BLANK, Answer, FormRecord
from protocol.trial import TRIAL
from protocol.words import N_

# Whoever was never randomized has no follow-up that a withdrawal could end.
AFTER = frozenset({Stage.RANDOMIZED, Stage.FOLLOW_UP, Stage.COMPLETED, Stage.WITHDRAWN})
# What ends the study, and what was taken before and is read later; follow-up of an event keeps the event's day.
STAYS = frozenset({"WD", "ES", "DV", "PA"})
DATED: Mapping[str, tuple[str, ...]] = {
    "AE": ("onset_on",),
    "SAE": ("onset_on",),
    "NT": ("started_on",),
    "OP": ("operated_on", "not_performed_on"),
}
RECORDS: Mapping[str, str] = {"DT": "died_on", "SS": "contacted_on"}  # may come from a public register
REGISTER = "register"

LATER = N_(
    "%(subject)s withdrew consent on %(on)s, and %(day)s is later: nothing dated after the withdrawal is entered. "
    "What was entered before stays."
)
NO_RECORDS = N_(
    "%(subject)s withdrew consent on %(on)s, and the consent form does not allow public death records to be looked up. "
    "Nothing from a register is entered."
)
ONLY_RECORDS = N_(
    "%(subject)s withdrew consent on %(on)s, and %(day)s is later: only a public register may be the source, "
    "as the consent form allows."
)
NOT_LOST = N_(
    "A subject counts as lost after %(attempts)s dated attempts of %(kinds)s kinds; %(count)s of %(found)s are entered. "
    "Add the attempts, or save without completing."
)


def may_enter(
    subject: Subject,
    *,
    form: Form | None,
    crf: str,
    visit: Visit | None,
    answers: Mapping[str, Answer] | None,
    complete: bool,
) -> Decision:
    """Whether answers may be given to the form, or a form may be added: the withdrawal of consent, the loss."""
    if crf == "ES" and complete and form is not None:
        return _is_lost_with_attempts(_together(form, answers))
    if subject.stage not in AFTER or crf in STAYS or (withdrawal := withdrawal_of(subject)) is None:
        return YES
    if form is None:
        return may_be_dated(subject, _day_of_visit(visit), withdrawal)
    after = _together(form, answers)
    if crf in RECORDS:
        return _may_come_from_records(subject, crf, after, withdrawal)
    day = _latest(after, crf) or _day_of_visit(form.visit)
    if form.answers and _latest(answers_of(form), crf) == _latest(after, crf):
        return YES  # entered before, and dated as it was: a correction
    return may_be_dated(subject, day, withdrawal)


def may_be_dated(subject: Subject, day: date | None, withdrawal: Withdrawal | None) -> Decision:
    """Whether something of this day may still be entered; a day that is not known yet may be any."""
    if withdrawal is None or day is None or day <= withdrawal.on:
        return YES
    return no(LATER, subject=subject.number, on=withdrawal.on, day=day)


def _may_come_from_records(subject: Subject, crf: str, after: Mapping[str, Answer], withdrawal: Withdrawal) -> Decision:
    source = after.get("source", BLANK).value
    day = days_of(found).earliest if (found := after.get(RECORDS[crf], BLANK).value) else None
    if source == REGISTER:
        return YES if withdrawal.records else no(NO_RECORDS, subject=subject.number, on=withdrawal.on)
    if day is None or day <= withdrawal.on:
        return YES
    if not withdrawal.records:
        return no(LATER, subject=subject.number, on=withdrawal.on, day=day)
    return no(ONLY_RECORDS, subject=subject.number, on=withdrawal.on, day=day) if source else YES


def _together(form: Form, answers: Mapping[str, Answer] | None) -> dict[str, Answer]:
    return {**answers_of(form), **(answers or {})}


def _latest(answers: Mapping[str, Answer], crf: str) -> date | None:
    """Return the day that dates the form, the first it can mean; of several the latest."""
    paths = DATED.get(crf) or (TRIAL.crf(crf).dated_by,)
    days = (days_of(answers[path].value).earliest for path in paths if path in answers and answers[path].value)
    return max((day for day in days if day is not None), default=None)


def _day_of_visit(visit: Visit | None) -> date | None:
    return (visit.attended_on or visit.opens_on) if visit is not None else None


def _is_lost_with_attempts(answers: Mapping[str, Answer]) -> Decision:
    if answers.get("how", BLANK).value != "lost":
        return YES
    rows = FormRecord(id="", crf="ES", answers=answers).rows("attempts")
    kinds = list(_kinds(row for _key, row in rows))
    if len(kinds) >= CONTACT_ATTEMPTS and len(set(kinds)) >= CONTACT_KINDS:
        return YES
    return no(NOT_LOST, attempts=CONTACT_ATTEMPTS, kinds=CONTACT_KINDS, count=len(kinds), found=len(set(kinds)))


def _kinds(rows: Iterable[Mapping[str, Answer]]) -> Iterable[str]:
    """Yield the kind of every attempt that has both a day and a kind."""
    for row in rows:
        if row.get("on", BLANK).value and (kind := row.get("kind", BLANK).value):
            yield kind
