"""Rules over transfers between sites: who asks, who accepts, and what a subject needs where it has come to."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may
from accounts.selectors import holders_of, protocol_in_force
from audit.decision import YES, Decision, no
from casebook.models import Subject, SubjectTransfer, TransferCopy, UnlockRequest
from casebook.rules.locks import may_change
from casebook.rules.wording import may_say
from casebook.selectors.standing import day_at, standing_over_site, standing_over_subject
from casebook.selectors.transfers import WITHOUT_CONSENT, new_consents
from casebook.states import Stage, TransferState, UnlockState
from protocol.words import N_

LONGEST_REASON = 500
ENDED = (Stage.SCREEN_FAILURE, Stage.WITHDRAWN, Stage.COMPLETED)
WHY_ASKED = N_("Say why the subject changes the site.")
WHY_NOT = N_("Say why the transfer is not made.")
TOO_LONG = N_("A reason has at most %(most)s characters. Shorten it.")
SETTLED = N_("This transfer was settled already.")
NEW_CONSENT = N_(
    "Subject %(subject)s came from another site on %(on)s: apart from adverse events, death, withdrawal and end of study, "
    "nothing is entered or planned here until a consent form that was signed on that day or later is complete."
)


def may_ask_transfer(
    user: User, subject: Subject, *, at: datetime, to_site: Site | None = None, reason: str = "words"
) -> Decision:
    """Whether the user may ask another site to take this subject over; without a site, whether any could be asked."""
    if not (decision := may(user, Permission.SUBJECT_TRANSFER, subject.site)):
        return decision
    if not (decision := may_change(standing_over_subject(subject))):
        return decision
    if not (decision := _may_leave(subject)):
        return decision
    if to_site is not None and not (decision := _may_be_asked(subject, to_site, at=at)):
        return decision
    return _says(reason, otherwise=WHY_ASKED)


def _may_leave(subject: Subject) -> Decision:
    if subject.stage in ENDED:
        return no(N_("Subject %(subject)s has left the trial and stays at its site."), subject=subject.number)
    waiting = SubjectTransfer.objects.filter(subject_id=subject.pk, state=TransferState.ASKED).select_related("to_site")
    if (asked := waiting.first()) is not None:
        return no(
            N_("Site %(site)s was asked to take %(subject)s over already. Take that back first."),
            site=asked.to_site.code,
            subject=subject.number,
        )
    if UnlockRequest.objects.filter(subject=subject, state=UnlockState.WAITING).exists():
        return no(N_("An unlock of %(subject)s waits for its second person. Settle it first."), subject=subject.number)
    return YES


def _may_be_asked(subject: Subject, to_site: Site, *, at: datetime) -> Decision:
    words = {"site": to_site.code, "subject": subject.number}
    if to_site.pk == subject.site_id:
        return no(N_("Subject %(subject)s is at site %(site)s already. Choose another site."), **words)
    if not to_site.is_open:
        return no(N_("Site %(site)s is closed and takes nobody over. Choose another site."), **words)
    if to_site.synthetic != subject.site.synthetic:
        return no(N_("One of the two sites is for exercises only; %(subject)s cannot go to %(site)s."), **words)
    if protocol_in_force(to_site, on=day_at(to_site, at)) is None:
        return no(N_("No version of the protocol is in force at %(site)s. Choose another site."), **words)
    if not holders_of(Permission.SUBJECT_TRANSFER, to_site.pk):
        return no(N_("Nobody at %(site)s leads the site and could accept. Choose another site."), **words)
    return YES


def _says(reason: str, *, otherwise: str) -> Decision:
    if len(reason) > LONGEST_REASON:
        return no(TOO_LONG, most=LONGEST_REASON)
    return may_say(reason, otherwise=otherwise)


def may_accept_transfer(user: User, transfer: SubjectTransfer, *, at: datetime) -> Decision:
    """Whether the user may take the subject over: who leads the other site, while who asked still leads theirs.

    What stands over the subject is not in sight yet; the database refuses it with the sentence of the lock.
    """
    if not (decision := may(user, Permission.SUBJECT_TRANSFER, transfer.to_site)):
        return decision
    if transfer.state != TransferState.ASKED:
        return no(SETTLED)
    if transfer.asked_by_id == user.pk:
        return no(N_("You asked for this transfer; another person of the other site accepts it."))
    if not may(transfer.asked_by, Permission.SUBJECT_TRANSFER, transfer.from_site):
        return no(
            N_("%(name)s asked for this and no longer leads site %(site)s. Decline it; that site can ask anew."),
            name=transfer.asked_by.name,
            site=transfer.from_site.code,
        )
    if protocol_in_force(transfer.to_site, on=day_at(transfer.to_site, at)) is None:
        return no(N_("No version of the protocol is in force at %(site)s."), site=transfer.to_site.code)
    return may_change(standing_over_site(transfer.to_site))


def may_decline_transfer(user: User, transfer: SubjectTransfer, *, reason: str = "words") -> Decision:
    """Whether the user may decline for the site that was asked."""
    return _may_settle(user, transfer, transfer.to_site, reason)


def may_cancel_transfer(user: User, transfer: SubjectTransfer, *, reason: str = "words") -> Decision:
    """Whether the user may take back what their site asked for."""
    return _may_settle(user, transfer, transfer.from_site, reason)


def _may_settle(user: User, transfer: SubjectTransfer, site: Site, reason: str) -> Decision:
    if not (decision := may(user, Permission.SUBJECT_TRANSFER, site)):
        return decision
    if transfer.state != TransferState.ASKED:
        return no(SETTLED)
    return _says(reason, otherwise=WHY_NOT)


def may_read_copy(user: User, copy: TransferCopy) -> Decision:
    """Whether the user may have the casebook as it left the site: who reads forms and sees arms there."""
    if not (decision := may(user, Permission.FORM_READ, copy.site)):
        return decision
    return may(user, Permission.ARM_READ, copy.site)


def may_go_on(subject: Subject, crf: str = "") -> Decision:
    """Whether anything may be entered for the subject: after a transfer only with a new consent. No query without one."""
    if subject.moved_at is None or crf in WITHOUT_CONSENT:
        return YES
    if new_consents().filter(subject=subject).exists():
        return YES
    return no(NEW_CONSENT, subject=subject.number, on=day_at(subject.site, subject.moved_at))
