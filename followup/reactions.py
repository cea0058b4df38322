"""Follow-up reacts to the casebook: visits, stage, signs and deviations follow what happened to the subject."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from casebook.models import Form, Subject
from casebook.selectors.transfers import CONSENT
from casebook.states import FormState, Stage
from eligibility.actions import rejudge
from followup.actions.planning import follow_withdrawal, replan
from followup.consents import follow_consents
from followup.happened import path_of
from followup.models import Deviation
from followup.safety import note_serious_event, react
from protocol.schedule import SCREENING, UNSCHEDULED

# Of a visit, these say nothing that visits, signs or deviations are read from, unless they were not done at all.
SILENT = frozenset({"HE", "CH", "CO", "CP", "VS"})
JUDGED = frozenset({SCREENING.code, UNSCHEDULED.code})
WITHDRAWAL = "WD"
AFTER_ALLOCATION = frozenset({Stage.RANDOMIZED, Stage.FOLLOW_UP, Stage.COMPLETED})
# Before randomization there is nothing to follow, and nothing is asked of the database.
FOLLOWED = frozenset({Stage.RANDOMIZED, Stage.FOLLOW_UP, Stage.COMPLETED, Stage.WITHDRAWN})


def follow(subject: Subject, *, form: Form | None, by: User, at: datetime) -> None:
    """Let follow-up follow a change of the casebook, in its transaction: first the visits, then what is read from them."""
    note_serious_event(subject, form=form, by=by, at=at)
    if form is None or form.crf == CONSENT:  # without a form, a version of the consent form may have changed
        follow_consents(subject, by=by, at=at)
    if form is not None and form.crf == WITHDRAWAL and subject.stage not in AFTER_ALLOCATION:
        _follow_withdrawal(subject, by=by, at=at)
    if subject.stage not in FOLLOWED or _is_silent(subject, form):
        return
    # The subject at hand knows its forms already; the row that the action locks would read them again.
    if (path := path_of(subject)) is not None:
        subject.stage = replan(subject, by=by, at=at, path=path).stage
        react(subject, form=form, by=by, at=at, path=path)


def _follow_withdrawal(subject: Subject, *, by: User, at: datetime) -> None:
    """Let the stage follow, and with it the day for which whoever left screening is judged."""
    before, subject.stage = subject.stage, follow_withdrawal(subject, by=by, at=at).stage
    if subject.stage != before:
        rejudge(subject, form=None, by=by, at=at)


def _is_silent(subject: Subject, form: Form | None) -> bool:
    """Whether nothing can follow from a change of this form: so it is with half of the forms of every visit."""
    if form is None or form.crf not in SILENT or form.state == FormState.NOT_DONE:
        return False
    if form.visit is None or form.visit.code in JUDGED:
        return False
    return not Deviation.objects.filter(subject=subject, about=str(form.pk)).exists()
