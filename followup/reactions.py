"""Follow-up reacts to the casebook: visits, stage, signs and deviations follow what happened to the subject."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from casebook.models import Form, Subject
from casebook.states import Stage
from followup.actions.planning import replan
from followup.happened import path_of
from followup.safety import note_serious_event, react

# Before randomization there is nothing to follow, and nothing is asked of the database.
FOLLOWED = frozenset({Stage.RANDOMIZED, Stage.FOLLOW_UP, Stage.COMPLETED, Stage.WITHDRAWN})


def follow(subject: Subject, *, form: Form | None, by: User, at: datetime) -> None:
    """Let follow-up follow a change of the casebook, in its transaction: first the visits, then what is read from them."""
    note_serious_event(subject, form=form, by=by, at=at)
    if subject.stage not in FOLLOWED:
        return
    # The subject at hand knows its forms already; the row that the action locks would read them again.
    if (path := path_of(subject)) is not None:
        subject.stage = replan(subject, by=by, at=at, path=path).stage
        react(subject, form=form, by=by, at=at)
