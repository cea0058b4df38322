"""What follows from a change of the casebook for safety: signs of relapse, deviations, the clock of a serious event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from casebook.models import Form, Subject, Visit
from casebook.selectors.records import record_of
from casebook.selectors.standing import day_at
from casebook.states import FormState
from eligibility.selectors import altered_since_passage
from eligibility.selectors.judged import is_judged_by
from followup.actions.deviations import follow_deviations
from followup.actions.safety import follow_signs
from followup.deviations import Ground, asked, deviations_in
from followup.happened import Path, path_of
from followup.models import Deviation, RelapseSign
from followup.rules.entering import AFTER
from followup.safety_clock import clock_of
from followup.safety_mail import SAE, SAE_TEXT, SAE_TITLE, tell_of_event, told_of
from followup.safety_signs import as_entered, signs_in
from protocol.assessments import assess
from protocol.facts import Facts
from protocol.imaging import scans_of


def react(subject: Subject, *, form: Form | None, by: User, at: datetime, path: Path | None = None) -> None:
    """Let signs of relapse and deviations follow the record; before randomization nothing is asked of the database.

    `path` is what the caller has read already of the subject it holds.
    """
    if subject.stage not in AFTER or (path := path or path_of(subject)) is None:
        return
    ground = ground_of(subject, path, form=form, at=at)
    seen = signs_in(ground.facts, ground.assessments, randomized_on=ground.randomized_on)
    if seen or RelapseSign.objects.filter(subject=subject).exists():
        follow_signs(subject, by=by, at=at, seen=seen)
    found = deviations_in(ground)
    if found or Deviation.objects.filter(subject=subject).exists():
        follow_deviations(subject, by=by, at=at, found=found, kinds=asked(ground))


def ground_of(subject: Subject, path: Path, *, form: Form | None, at: datetime) -> Ground:
    """Return everything that signs and deviations are read from."""
    facts = Facts(as_entered(record_of(subject)), day_at(subject.site, at))
    return Ground(
        arm=path.arm,
        randomized_on=path.randomized_on,
        facts=facts,
        assessments=[each for each in assess(scans_of(facts)) if each.on > path.randomized_on],
        happened=path.happened,
        visits=list(Visit.objects.filter(subject=subject)),
        not_done=_not_done(subject),
        altered=altered_since_passage(subject) if _can_alter(form) else None,
    )


def _not_done(subject: Subject) -> Sequence[Form]:
    forms = Form.objects.filter(subject=subject, state=FormState.NOT_DONE, visit__isnull=False)
    return list(forms.select_related("visit"))


def _can_alter(form: Form | None) -> bool:
    """Whether the change can alter a verdict of before randomization; without a form, reference data may have changed."""
    return form is None or is_judged_by(form)


def note_serious_event(subject: Subject, *, form: Form | None, by: User, at: datetime) -> None:
    """Tell of a serious adverse event at its first save, complete or not; it may come before randomization."""
    if form is None or form.crf != "SAE" or not form.answers or told_of([SAE], [form]):
        return
    clock = clock_of(form.answers, zone=form.site.zone, entered_at=form.entered_at or at)
    path = reverse("form", args=[form.pk])
    tell_of_event(SAE, SAE_TITLE, SAE_TEXT, form, due_at=clock.due_at, path=path, at=at)
