"""Rules over evaluations that two people make, each alone: once a round, and as they were when both had signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from accounts.models import User
from accounts.rules import may_perform
from audit.decision import YES, Decision, no
from casebook.models import Form
from casebook.selectors.evaluations import Evaluated, evaluated, placed_in
from casebook.selectors.standing import day_at
from protocol.record import Answer
from protocol.rounds import ASKED, bound_by
from protocol.trial import TRIAL
from protocol.words import N_

OPENED = N_(
    "Round %(round)s of this question is closed: enough surgeons signed in it, and each may read the other. "
    "This evaluation stays as it was signed. Evaluate anew in round %(next)s, with a form of its own."
)
CLOSED = N_(
    "Round %(round)s of this question is closed: enough surgeons signed in it, and what they found may be read. "
    "Evaluate in round %(next)s."
)
ANSWERED = N_(
    "You evaluated this question in round %(round)s already; a second evaluation in the same round does not count. "
    "Correct that one until the other surgeon has signed; after that, evaluate anew in round %(next)s."
)
TOO_EARLY = N_(
    "Round %(round)s of this question begins when enough surgeons have signed in round %(before)s. "
    "Until then, evaluate in round %(before)s, or correct your evaluation there."
)
THEIRS = N_(
    "Round %(round)s of this question is for %(surgeons)s: they evaluated in round %(before)s without agreeing that it "
    "is so, and nobody else takes that back. Another surgeon may evaluate once one of them no longer can."
)


def may_evaluate(user: User, form: Form, answers: Mapping[str, Answer], *, at: datetime, complete: bool) -> Decision:
    """Whether these answers may be given to an evaluation now. One query for an evaluation, none for other forms."""
    if not is_evaluation(form.crf):
        return YES
    known = evaluated(form)
    if any(each.form == form.pk and each.is_signed and is_open(known, each, form.crf) for each in known):
        own = next(each for each in known if each.form == form.pk)
        return no(OPENED, round=own.round, next=own.round + 1)
    if not complete:
        return YES
    # A blank answer empties its item.
    given = {**form.answers, **{path: each.to_json() for path, each in answers.items()}}
    return _fits(user, form, given, known) and _is_theirs(user, form, given, known, at=at)


def may_sign_evaluation(user: User, form: Form) -> Decision:
    """Whether an evaluation may be signed now: nobody's second in the round, and none after the round was opened."""
    if not is_evaluation(form.crf):
        return YES
    known = evaluated(form)
    if any(each.form == form.pk and each.is_signed for each in known):
        return YES
    return _fits(user, form, form.answers, [each for each in known if each.is_signed])


def is_evaluation(crf: str) -> bool:
    """Whether a form of this CRF is an evaluation that several people make, each alone."""
    definition = TRIAL.crf(crf)
    return bool(definition.blind_until_complete) and not definition.read_apart_from


def is_open(known: Iterable[Evaluated], one: Evaluated, crf: str) -> bool:
    """Whether enough people have signed in the round of this evaluation, so that what they found may be read."""
    return _is_open(known, one.question, one.round, crf)


def _is_open(known: Iterable[Evaluated], question: str, number: int, crf: str) -> bool:
    signed = {each.author for each in known if each.is_signed and (each.question, each.round) == (question, number)}
    return len(signed) >= TRIAL.crf(crf).blind_until_complete


def _fits(user: User, form: Form, answers: Mapping[str, object], known: Iterable[Evaluated]) -> Decision:
    """Whether an evaluation with these answers still has a place in its round."""
    placed = placed_in(answers)
    if placed is None:
        return YES
    question, number = placed
    others = [each for each in known if each.form != form.pk]
    author = form.entered_by_id or user.pk
    if any(each.author == author and (each.question, each.round) == placed for each in others):
        return no(ANSWERED, round=number, next=number + 1)
    if _is_open(others, question, number, form.crf):
        return no(CLOSED, round=number, next=number + 1)
    if number > 1 and not _is_open(others, question, number - 1, form.crf):
        return no(TOO_EARLY, round=number, before=number - 1)
    return YES


def _is_theirs(
    user: User, form: Form, answers: Mapping[str, object], known: Iterable[Evaluated], *, at: datetime
) -> Decision:
    """Whether the round is open to this surgeon: after two who did not agree that it is so, to those two alone.

    Where one of them can evaluate no more, another may, and two persons look at what comes of it.
    """
    placed = placed_in(answers)
    if placed is None or placed[1] == 1:
        return YES
    question, number = placed
    signed = [each for each in known if each.is_signed and each.question == question and each.round < number]
    before = bound_by(((each.round, str(each.author), each.finding) for each in signed), ASKED.get(question, ""))
    if before is None or str(form.entered_by_id or user.pk) in before.surgeons:
        return YES
    surgeons = list(User.objects.filter(pk__in=before.surgeons).order_by("name"))
    on, task = day_at(form.site, at), TRIAL.crf(form.crf).task
    if not all(may_perform(each, task, form.site, on) for each in surgeons):
        return YES
    return no(THEIRS, round=number, before=before.round, surgeons=tuple(each.name for each in surgeons))
