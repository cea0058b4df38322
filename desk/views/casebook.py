"""The casebook page of one subject."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.roles import TASKS, Permission
from accounts.rules import may
from audit import clock
from audit.decision import YES, Decision, no
from casebook import rules
from casebook.models import Subject
from casebook.rules.marks import signing_needed
from casebook.rules.transferring import may_go_on
from casebook.selectors.sight import visible_subjects
from casebook.selectors.stage_told import stage_told
from casebook.selectors.standing import day_at
from casebook.states import BEFORE_RANDOMIZATION
from desk.selectors.casebook import (
    STEPS,
    FormLine,
    VisitPart,
    aside_of,
    held_on,
    lines_of,
    may_change_visit,
    neighbours,
    parts_of,
    steps_of,
)
from desk.selectors.course import course_of
from desk.selectors.logs import logs_of
from desk.selectors.summary import summary_of
from desk.timeline import timeline_of
from followup.selectors import visits_of
from protocol.language import Crf
from protocol.roles import Task
from protocol.trial import TRIAL
from protocol.words import N_

NOTHING_TO_SIGN = N_(
    "No form of this subject waits for your signature: what is complete and without an open query is signed."
)


@require_GET
def casebook(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Show one subject: how far it has come, every form of every visit, logs, open queries and signatures."""
    subject = get_object_or_404(visible_subjects(request.user).select_related("site", "rescreened_from"), pk=subject_id)
    user, at = request.user, clock.now()
    today = day_at(subject.site, at)
    visits, lines = visits_of(user, subject), lines_of(subject, user)
    parts = parts_of(visits, lines, on=today)
    logs = logs_of(user, subject, lines, at=at)
    tasks = {crf.task for part in parts for crf in _addable(part, subject)} | {log.crf.task for log in logs}
    may_add = rules.may_add_by_task(user, subject, at=at, tasks=sorted(tasks))
    goes_on = may_go_on(subject)
    to_sign, (held, held_visits) = _to_sign(lines, user, subject), held_on(subject)
    summary = summary_of(user, subject, visits, today=today)
    course = course_of(subject, (line.form for line in lines), randomized_on=summary.randomized_on, on=today)
    stage = stage_told(subject, user)
    context = {
        "subject": subject,
        "stage": stage,
        "steps": steps_of(stage),
        "left_the_way": stage not in STEPS,
        "summary": summary,
        "timeline": timeline_of(course, visits, today=today),
        "course_rows": course.rows(),
        "parts": _with_addable(parts, subject, may_add if goes_on else {}, held_visits),
        "logs": [log for log in logs if log.lines or log.may_add],
        "not_now": [log for log in logs if not log.may_add] if any(may_add.values()) else [],
        "may_add": _best_of(may_add, user, subject) and goes_on,
        "goes_on": goes_on,
        "to_sign": to_sign,
        "locks": user.holds(Permission.FORM_LOCK, at=subject.site_id),
        "held": held,
        "held_visits": held_visits,
        "key": str(uuid4()),
        "aside": aside_of(subject, user, lines),
        "may_sign_all": _may_sign_all(user, subject, to_sign),
        "may_ask": user.holds(Permission.QUERY_OPEN, at=subject.site_id),
        **neighbours(subject, user),
    }
    return render(request, "desk/casebook.html", context)


def _with_addable(
    parts: Iterable[VisitPart], subject: Subject, may_add: Mapping[str, Decision], held: Mapping[UUID, str]
) -> list[tuple[VisitPart, list[Crf], Decision]]:
    """Return each visit with what this person may add there, and whether a freeze or lock over it lets them."""
    return [
        (
            part,
            [crf for crf in _addable(part, subject) if may_add.get(crf.task)],
            may_change_visit(held.get(part.visit.pk, "")),
        )
        for part in parts
    ]


def _addable(part: VisitPart, subject: Subject) -> tuple[Crf, ...]:
    """Return what can be added to a visit at all: what comes again, once the visit takes forms."""
    if not part.takes_forms:
        return ()
    return tuple(
        crf
        for crf in map(TRIAL.crf, TRIAL.visit(part.visit.code).forms)
        if crf.repeats and not (crf.after_randomization and subject.stage in BEFORE_RANDOMIZATION)
    )


def _best_of(may_add: Mapping[str, Decision], user: User, subject: Subject) -> Decision:
    """Return a yes where there is one, else the refusal that tells the most: of a task the person's role includes."""
    return max(
        may_add.items(), key=lambda each: (each[1].allowed, user.holds(TASKS[Task(each[0])], at=subject.site_id))
    )[1]


def _may_sign_all(user: User, subject: Subject, to_sign: Collection[UUID]) -> Decision | None:
    """Return whether there is something for this person to sign here; None for whoever signs nothing here."""
    if not any(user.holds(each, at=subject.site_id) for each in (Permission.FORM_SIGN, Permission.EVALUATION_SIGN)):
        return None
    return YES if to_sign else no(NOTHING_TO_SIGN)


def _to_sign(lines: Iterable[FormLine], user: User, subject: Subject) -> frozenset[UUID]:
    """Return the forms whose row leads to signing: what the rule asks of a form, from what the page has read already."""
    return frozenset(
        line.form.pk
        for line in lines
        if line.is_complete
        and not line.opened
        and line.lock != "locked"
        and not line.is_signed
        and may(user, signing_needed(user, line.form), subject.site)
    )
