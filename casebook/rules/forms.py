"""Rules over forms: adding, saving, completing, marking as not done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may, may_perform, term
from audit.decision import YES, Decision, no
from casebook.models import Form, Subject, Visit
from casebook.ports import may_add, may_enter
from casebook.rules.evaluating import may_evaluate
from casebook.rules.locks import may_change
from casebook.rules.transferring import may_go_on
from casebook.rules.wording import may_say
from casebook.selectors.sight import knows_reading
from casebook.selectors.standing import day_at, standing_over, standing_over_subject, standing_over_visit
from casebook.selectors.transfers import WITHOUT_CONSENT
from casebook.states import FORM_MOVES, RANDOMIZED, FormState, Stage
from protocol.crfs.evaluation import SURGEON_EVALUATION
from protocol.language import Crf
from protocol.record import Answer
from protocol.trial import TRIAL
from protocol.words import N_

RANDOMIZATION_VISIT = "RAND"
EVALUATES = SURGEON_EVALUATION.task
SURGEONS_ONLY = N_(
    "Only a liver surgeon of %(site)s enters this form: an evaluation of their own, or a chart record that names two "
    "surgeons, with its file. The chart record is then signed by an investigator. Your role does not include this."
)
SCAN_STANDS = N_(
    "The day of the scan stays as it was when this reading was completed. Enter another reading for that scan."
)


def may_save(
    user: User,
    form: Form,
    *,
    at: datetime,
    complete: bool = False,
    answers: Mapping[str, Answer] | None = None,
) -> Decision:
    """Whether the user may save answers of this form now: role, delegation, training, locks, authorship, state.

    What apps above say is asked with the answers that are given.
    """
    crf = TRIAL.crf(form.crf)
    held = standing_over(form)
    if not (decision := _may_perform(user, crf.task, form.site, day_at(form.site, at))):
        return decision
    if not (decision := may_change(held)):
        return decision
    if not (decision := may_go_on(form.subject, form.crf)):
        return decision
    if not (decision := _is_author(user, form, crf) and _is_apart(user, form.site_id, crf)):
        return decision
    if not (decision := _stays_with_its_scan(form, crf, answers or {})):
        return decision
    if not (decision := may_move(form, to=FormState.COMPLETE if complete else FormState.IN_PROGRESS)):
        return decision
    if not (decision := may_evaluate(user, form, answers or {}, at=at, complete=complete)):
        return decision
    return may_enter(form, answers=answers, complete=complete)


def may_type(user: User, form: Form, *, at: datetime) -> Decision:
    """Whether what the user types here is kept for them: role, delegation, training, authorship.

    A lock or a freeze stands over data. Typing is none yet, and whoever began before it loses nothing.
    """
    crf = TRIAL.crf(form.crf)
    if not (decision := _may_perform(user, crf.task, form.site, day_at(form.site, at))):
        return decision
    return _is_author(user, form, crf) and _is_apart(user, form.site_id, crf)


def may_import(
    user: User,
    form: Form,
    *,
    at: datetime,
    complete: bool = False,
    answers: Mapping[str, Answer] | None = None,
) -> Decision:
    """Whether the user may bring answers of a file into this form: whoever may save it and release an import."""
    if not (decision := may_save(user, form, at=at, complete=complete, answers=answers)):
        return decision
    return may(user, Permission.IMPORT_RELEASE, form.site)


def may_complete(user: User, form: Form, *, at: datetime) -> Decision:
    """Whether the user may save and complete this form now; what is missing is said when it is tried."""
    return may_save(user, form, at=at, complete=True)


def may_mark_not_done(user: User, form: Form, *, at: datetime, reason: str) -> Decision:
    """Whether the form may be marked as not done: only where nothing was entered that it would hide."""
    if not (decision := may_save(user, form, at=at)):
        return decision
    if not (decision := may_move(form, to=FormState.NOT_DONE)):
        return decision
    if form.answers:
        return no(N_("This form holds answers. Empty them, with a reason for each, before marking it as not done."))
    return may_say(reason, otherwise=N_("Say why this form was not done."))


def may_add_form(user: User, subject: Subject, *, at: datetime, visit: Visit | None, crf: str) -> Decision:
    """Whether one more form of this CRF may be added to the visit, or to the log where the CRF is one."""
    definition = TRIAL.crf(crf)
    decision = may_add_by_task(user, subject, at=at, tasks=[definition.task])[definition.task]
    if not decision or not (decision := may_go_on(subject, crf) and _is_apart(user, subject.site_id, definition)):
        return decision
    if not (decision := _has_place(subject, visit, definition)):
        return decision
    if visit is not None and not (decision := may_change(standing_over_visit(visit))):
        return decision
    return may_add(subject, crf=crf, visit=visit)


def may_add_logs(user: User, subject: Subject, *, at: datetime, crfs: Iterable[Crf]) -> Mapping[str, Decision]:
    """Whether one more form of each of these CRFs may be added to the log; role and locks are asked once a task."""
    crfs = tuple(crfs)
    by_task = may_add_by_task(user, subject, at=at, tasks=sorted({crf.task for crf in crfs}))
    goes_on = may_go_on(subject)
    return {
        crf.code: by_task[crf.task]
        and (YES if crf.code in WITHOUT_CONSENT else goes_on)
        and _is_apart(user, subject.site_id, crf)
        and _may_stand_in_log(subject, crf)
        for crf in crfs
    }


def _may_stand_in_log(subject: Subject, crf: Crf) -> Decision:
    return _has_place(subject, None, crf) and may_add(subject, crf=crf.code, visit=None)


def may_add_by_task(user: User, subject: Subject, *, at: datetime, tasks: Iterable[str]) -> Mapping[str, Decision]:
    """Whether forms of each task may be added to the subject at all: the locks are read once, each task once."""
    unlocked = may_change(standing_over_subject(subject))
    on = day_at(subject.site, at)
    found = {task: _may_perform(user, task, subject.site, on) for task in tasks}
    return {task: unlocked if decision else decision for task, decision in found.items()}


def _may_perform(user: User, task: str, site: Site, on: date) -> Decision:
    decision = may_perform(user, task, site, on)
    if not decision and task == EVALUATES and user.is_active and not user.holds(Permission.EVALUATION_ENTER, at=site):
        return no(SURGEONS_ONLY, site=site.code)
    return decision


def may_move(form: Form, *, to: FormState) -> Decision:
    """Whether a form in its state may reach another."""
    if to in FORM_MOVES[FormState(form.state)]:
        return YES
    return no(
        N_("A form that is %(state)s cannot become %(to)s."),
        state=term(FormState(form.state).value),
        to=term(to.value),
    )


def _is_author(user: User, form: Form, crf: Crf) -> Decision:
    if not crf.blind_until_complete or form.entered_by_id in (None, user.pk) or user.is_system:
        return YES
    return no(N_("This evaluation belongs to its author. Add a form of your own for yours."))


def _is_apart(user: User, site_id: int, crf: Crf) -> Decision:
    if crf.read_apart_from and knows_reading(user, at=site_id):
        return no(N_("You know the reading of this site by your other roles. The second reading is another person's."))
    return YES


def _stays_with_its_scan(form: Form, crf: Crf, answers: Mapping[str, Answer]) -> Decision:
    # By its day a reading is laid beside that of the site: another day would open another scan to whoever read this one.
    if not crf.read_apart_from or form.completed_at is None or crf.dated_by not in answers:
        return YES
    stands = Answer.from_json(form.answers.get(crf.dated_by, {}))
    return YES if answers[crf.dated_by].value == stands.value else no(SCAN_STANDS)


def _is_randomized(subject: Subject) -> bool:
    if subject.stage == Stage.WITHDRAWN:
        # Before or after: the visit of randomization tells.
        return Visit.objects.filter(subject=subject, code=RANDOMIZATION_VISIT).exists()
    return subject.stage in RANDOMIZED


def _has_place_in_log(subject: Subject, visit: Visit | None, crf: Crf) -> Decision:
    if visit is not None:
        return no(N_("%(crf)s is a log of the subject. Add it there, not at a visit."), crf=term(crf.title))
    if not crf.repeats and Form.objects.filter(subject=subject, crf=crf.code).exists():
        return no(N_("%(crf)s is asked once and is already there. Open that form."), crf=term(crf.title))
    return YES


def _has_place(subject: Subject, visit: Visit | None, crf: Crf) -> Decision:
    if crf.after_randomization and not _is_randomized(subject):
        return no(N_("%(crf)s is entered after randomization; this subject is not randomized."), crf=term(crf.title))
    if crf.log:
        return _has_place_in_log(subject, visit, crf)
    if visit is None:
        return no(N_("%(crf)s belongs to a visit. Add it there."), crf=term(crf.title))
    if visit.subject_id != subject.pk or crf.code not in TRIAL.visit(visit.code).forms:
        return no(N_("%(crf)s is not part of visit %(visit)s."), crf=term(crf.title), visit=visit.code)
    if not crf.repeats and Form.objects.filter(subject=subject, visit=visit, crf=crf.code).exists():
        return no(N_("%(crf)s is asked once per visit and is already there. Open that form."), crf=term(crf.title))
    return YES
