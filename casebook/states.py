"""The states of casebook rows and their tables of moves."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Stage(TextChoices):
    """How far a subject has come. Advanced only by `casebook.actions.advance`, called by later apps."""

    LISTED = "listed", _("On the screening log")
    CONSENTED = "consented", _("Consented")
    SCREENING = "screening", _("In screening")
    RESPONSE_CONFIRMED = "response confirmed", _("Response confirmed")
    ELIGIBLE = "eligible", _("Eligible")
    RANDOMIZED = "randomized", _("Randomized")
    FOLLOW_UP = "follow-up", _("In follow-up")
    COMPLETED = "completed", _("Completed")
    SCREEN_FAILURE = "screen failure", _("Screen failure")
    WITHDRAWN = "withdrawn", _("Withdrawn")


STAGE_MOVES: Mapping[Stage, frozenset[Stage]] = {
    Stage.LISTED: frozenset({Stage.CONSENTED, Stage.SCREEN_FAILURE}),
    Stage.CONSENTED: frozenset({Stage.SCREENING, Stage.SCREEN_FAILURE, Stage.WITHDRAWN}),
    Stage.SCREENING: frozenset({Stage.RESPONSE_CONFIRMED, Stage.SCREEN_FAILURE, Stage.WITHDRAWN}),
    Stage.RESPONSE_CONFIRMED: frozenset({Stage.ELIGIBLE, Stage.SCREENING, Stage.SCREEN_FAILURE, Stage.WITHDRAWN}),
    # A determination that is revoked leaves what is still true: the response confirmed, or screening.
    Stage.ELIGIBLE: frozenset(
        {Stage.RANDOMIZED, Stage.RESPONSE_CONFIRMED, Stage.SCREENING, Stage.SCREEN_FAILURE, Stage.WITHDRAWN}
    ),
    Stage.RANDOMIZED: frozenset({Stage.FOLLOW_UP, Stage.WITHDRAWN}),
    Stage.FOLLOW_UP: frozenset({Stage.COMPLETED, Stage.WITHDRAWN}),
    Stage.COMPLETED: frozenset({Stage.FOLLOW_UP}),
    Stage.SCREEN_FAILURE: frozenset(),
    # Taken back: to follow-up after randomization, to screening before.
    Stage.WITHDRAWN: frozenset({Stage.FOLLOW_UP, Stage.SCREENING}),
}


class Reconsent(TextChoices):
    """Who signs a new version of the consent form again."""

    NOBODY = "nobody", _("Nobody")
    EVERYONE = "everyone", _("Everyone still in the trial")
    BEFORE = "before randomization", _("Those not randomized yet")
    AFTER = "after randomization", _("Those randomized")


class VisitState(TextChoices):
    """What became of a visit. Whether an open one is due or overdue follows from the day."""

    OPEN = "open", _("Open")
    ATTENDED = "attended", _("Attended")
    MISSED = "missed", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")


# A correction gives back what stood before; what the course of the subject cancelled, it restores.
VISIT_MOVES: Mapping[VisitState, frozenset[VisitState]] = {
    VisitState.OPEN: frozenset({VisitState.ATTENDED, VisitState.MISSED, VisitState.CANCELLED}),
    VisitState.ATTENDED: frozenset({VisitState.ATTENDED, VisitState.OPEN, VisitState.CANCELLED}),
    VisitState.MISSED: frozenset({VisitState.ATTENDED, VisitState.OPEN, VisitState.CANCELLED}),
    VisitState.CANCELLED: frozenset({VisitState.OPEN, VisitState.MISSED, VisitState.ATTENDED}),
}


RANDOMIZED = frozenset({Stage.RANDOMIZED, Stage.FOLLOW_UP, Stage.COMPLETED})
# Whoever withdrew may have done so before or after.
BEFORE_RANDOMIZATION = frozenset(Stage) - RANDOMIZED - {Stage.WITHDRAWN}


class FormState(TextChoices):
    """What has been entered. Signature, verification, review, freeze and lock are rows of their own."""

    NOT_STARTED = "not started", _("Not started")
    IN_PROGRESS = "in progress", _("In progress")
    COMPLETE = "complete", _("Complete")
    NOT_DONE = "not done", _("Not done")


FORM_MOVES: Mapping[FormState, frozenset[FormState]] = {
    FormState.NOT_STARTED: frozenset({FormState.IN_PROGRESS, FormState.COMPLETE, FormState.NOT_DONE}),
    FormState.IN_PROGRESS: frozenset({FormState.IN_PROGRESS, FormState.COMPLETE, FormState.NOT_DONE}),
    FormState.COMPLETE: frozenset({FormState.COMPLETE, FormState.IN_PROGRESS}),
    FormState.NOT_DONE: frozenset({FormState.IN_PROGRESS, FormState.COMPLETE}),
}


class QueryState(TextChoices):
    """The life of a question on data."""

    OPEN = "open", _("Open")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


class QueryOutcome(TextChoices):
    """What became of the data when a query was closed."""

    CHANGED = "changed", _("Value changed")
    KEPT = "kept", _("Value kept")


QUERY_MOVES: Mapping[QueryState, frozenset[QueryState]] = {
    QueryState.OPEN: frozenset({QueryState.ANSWERED, QueryState.CLOSED, QueryState.CANCELLED}),
    QueryState.ANSWERED: frozenset({QueryState.OPEN, QueryState.CLOSED, QueryState.CANCELLED}),
    QueryState.CLOSED: frozenset({QueryState.OPEN}),
    QueryState.CANCELLED: frozenset(),
}


class LockKind(TextChoices):
    """Freeze stops entry while cleaning goes on; lock stops everything until it is lifted."""

    FREEZE = "freeze", _("Frozen")
    LOCK = "lock", _("Locked")


class LockLevel(TextChoices):
    """What a freeze or lock covers."""

    FORM = "form", _("Form")
    VISIT = "visit", _("Visit")
    SUBJECT = "subject", _("Subject")
    SITE = "site", _("Site")
    TRIAL = "trial", _("Trial")


class UnlockState(TextChoices):
    """What became of the wish to lift a lock that two persons lift."""

    WAITING = "waiting", _("Waiting")
    CONFIRMED = "confirmed", _("Confirmed")
    WITHDRAWN = "withdrawn", _("Taken back")


UNLOCK_MOVES: Mapping[UnlockState, frozenset[UnlockState]] = {
    UnlockState.WAITING: frozenset({UnlockState.CONFIRMED, UnlockState.WITHDRAWN}),
    UnlockState.CONFIRMED: frozenset(),
    UnlockState.WITHDRAWN: frozenset(),
}


class Verified(TextChoices):
    """How far a complete form is verified: of all its answers, those whose mark stands."""

    NOT_YET = "to verify", _("To verify")
    PARTLY = "partly verified", _("Partly verified")
    FALLEN = "mark fallen", _("Mark fallen")
    WHOLLY = "verified", _("Verified")


class Reviewed(TextChoices):
    """Whether the version of a complete form that stands was reviewed, or only an earlier one."""

    NOT_YET = "to review", _("To review")
    FALLEN = "review outdated", _("Review outdated")
    YES = "reviewed", _("Reviewed")


class MonitoringKind(TextChoices):
    """Whether the monitor came to the site or looked from afar."""

    ON_SITE = "on-site", _("On site")
    REMOTE = "remote", _("Remote")


class MonitoringState(TextChoices):
    """Where a monitoring visit stands; what was closed stays closed."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class MonitoringNoteKind(TextChoices):
    """What is written down in a monitoring visit."""

    FINDING = "finding", _("Finding")
    ACTION = "action", _("Action")


class ImportState(TextChoices):
    """A data manager prepares an import, a delegated person of the site releases it."""

    PREPARED = "prepared", _("Prepared")
    RELEASED = "released", _("Released")
    REJECTED = "rejected", _("Rejected")


IMPORT_MOVES: Mapping[ImportState, frozenset[ImportState]] = {
    ImportState.PREPARED: frozenset({ImportState.RELEASED, ImportState.REJECTED}),
    ImportState.RELEASED: frozenset(),
    ImportState.REJECTED: frozenset(),
}


class TransferState(TextChoices):
    """A principal investigator asks another site to take a subject over; that of the other site accepts or declines."""

    ASKED = "asked", pgettext_lazy("a transfer", "Asked for")
    ACCEPTED = "accepted", _("Transferred")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("Taken back")


TRANSFER_MOVES: Mapping[TransferState, frozenset[TransferState]] = {
    TransferState.ASKED: frozenset({TransferState.ACCEPTED, TransferState.DECLINED, TransferState.CANCELLED}),
    TransferState.ACCEPTED: frozenset(),
    TransferState.DECLINED: frozenset(),
    TransferState.CANCELLED: frozenset(),
}
