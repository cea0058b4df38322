"""Taking a subject to another site: one site asks, the other accepts or declines; the database moves the rows."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.db import connection
from django.urls import reverse

from accounts import signing
from accounts.models import Signature, Site, User
from accounts.roles import Permission
from accounts.selectors import holders_of
from audit.door import action, as_actor, locked, record
from casebook.models import Query, Subject, SubjectTransfer, TransferCopy
from casebook.ports import after_change, paper_of
from casebook.rules.transferring import (
    may_accept_transfer,
    may_ask_transfer,
    may_cancel_transfer,
    may_decline_transfer,
)
from casebook.selectors.records import read_once
from casebook.selectors.sight import hiding_what_is_blinded
from casebook.states import QueryState, TransferState
from outbox.posting import tell
from protocol.words import N_, sentence

ABOUT = "transfer"
MAIL = "casebook transfer"
TITLE = N_("%(subject)s: site %(site)s asks you to take the subject over")
TEXT = N_("%(name)s asks your site to take %(subject)s over. Accept or decline it with your own password.")
ASKS = N_("I ask site %(site)s to take this subject over.")
ACCEPTS = N_("I take this subject over at site %(site)s; a new consent is obtained here.")
MOVE_SQL = "SELECT casebook_move_subject(%s)"


@action(may_ask_transfer)
def ask_transfer(subject: Subject, *, by: User, at: datetime, to_site: Site, reason: str) -> SubjectTransfer:
    """Ask another site to take the subject over; who leads it is told by mail. Nothing moves yet."""
    transfer = SubjectTransfer.objects.create(
        subject_id=subject.pk,
        number=subject.number,
        origin_id=subject.origin_id or subject.site_id,
        sequence=subject.sequence,
        from_site_id=subject.site_id,
        to_site=to_site,
        reason=reason.strip(),
        asked_at=at,
        asked_by=by,
    )
    _sign(transfer, ASKS, site_id=subject.site_id, by=by, at=at)
    facts = {"transfer": str(transfer.pk), "number": subject.number, "to": to_site.code}
    record("casebook.subject.transfer_asked", subject=subject, by=by, at=at, reason=transfer.reason, facts=facts)
    _tell_other_site(transfer, by=by, at=at)
    return transfer


@action(may_accept_transfer)
def accept_transfer(transfer: SubjectTransfer, *, by: User, at: datetime) -> Subject:
    """Take the subject over with all that is recorded of it; the site that had it keeps its casebook on paper."""
    transfer.copy_sha256 = _keep_copy(transfer, at=at)
    _settle(transfer, TransferState.ACCEPTED, by=by, at=at)
    _sign(transfer, ACCEPTS, site_id=transfer.to_site_id, by=by, at=at)
    with connection.cursor() as cursor:
        cursor.execute(MOVE_SQL, [str(transfer.pk)])
        rows = cursor.fetchone()[0]
    subject = Subject.objects.select_related("site").get(pk=transfer.subject_id)
    _leave_unassigned(subject)
    facts = {
        "transfer": str(transfer.pk),
        "number": transfer.number,
        "from": transfer.from_site.code,
        "to": transfer.to_site.code,
        "rows": rows,
        "copy": transfer.copy_sha256,
    }
    record("casebook.subject.transferred", subject=subject, by=by, at=at, reason=transfer.reason, facts=facts)
    # What follows from the casebook follows from the versions of the consent form at the site where it is now.
    read_once(subject)
    after_change(subject, form=None, by=by, at=at)
    return subject


@action(may_decline_transfer)
def decline_transfer(transfer: SubjectTransfer, *, by: User, at: datetime, reason: str) -> SubjectTransfer:
    """Decline: the subject stays where it is."""
    return _not_made(transfer, TransferState.DECLINED, transfer.to_site_id, by=by, at=at, reason=reason)


@action(may_cancel_transfer)
def cancel_transfer(transfer: SubjectTransfer, *, by: User, at: datetime, reason: str) -> SubjectTransfer:
    """Take the wish back: the subject stays where it is."""
    return _not_made(transfer, TransferState.CANCELLED, transfer.from_site_id, by=by, at=at, reason=reason)


def _not_made(
    transfer: SubjectTransfer, to: TransferState, site_id: int, *, by: User, at: datetime, reason: str
) -> SubjectTransfer:
    transfer.settled_because = reason.strip()
    _settle(transfer, to, by=by, at=at)
    facts = {"transfer": str(transfer.pk), "number": transfer.number}
    record(f"casebook.subject.transfer_{to}", site=site_id, by=by, at=at, reason=transfer.settled_because, facts=facts)
    return transfer


def _settle(transfer: SubjectTransfer, to: TransferState, *, by: User, at: datetime) -> None:
    transfer.state, transfer.settled_at, transfer.settled_by = to, at, by
    transfer.save(update_fields=["state", "settled_at", "settled_by", "settled_because", "copy_sha256"])


def _sign(transfer: SubjectTransfer, meaning: str, *, site_id: int, by: User, at: datetime) -> None:
    # Not of the subject: the signature of each side stays at its site.
    Signature.objects.create(
        signer=by,
        printed_name=by.name,
        meaning=meaning % {"site": transfer.to_site.code},
        signed_at=at,
        about_kind=ABOUT,
        about_id=transfer.pk,
        content_hash=signing.content_hash(content_of(transfer)),
        site_id=site_id,
    )


def content_of(transfer: SubjectTransfer) -> dict[str, object]:
    """Return what both sign: who goes from where to where, and why."""
    names = ("id", "subject_id", "number", "from_site_id", "to_site_id", "reason", "asked_at")
    return {"format": "edc-transfer-1", **{name: getattr(transfer, name) for name in names}}


def _keep_copy(transfer: SubjectTransfer, *, at: datetime) -> str:
    """Keep the casebook as who asked sees it, without what is blinded for anybody, and return its SHA-256."""
    reader = transfer.asked_by
    with as_actor(reader):
        subject = locked(Subject(pk=transfer.subject_id))
        with hiding_what_is_blinded(subject):
            content = paper_of(subject, reader=reader, at=at)
        TransferCopy.objects.create(
            transfer=transfer,
            site_id=transfer.from_site_id,
            file_name=f"casebook-{transfer.number}-transferred-{at:%Y%m%d}.pdf",
            content=content,
            made_at=at,
            made_by=reader,
        )
    return sha256(content).hexdigest()


def _leave_unassigned(subject: Subject) -> None:
    """Take open queries from who cannot see them any more."""
    standing = Query.objects.filter(subject=subject, assigned_to__isnull=False, state=QueryState.OPEN)
    for query in standing.select_related("assigned_to"):
        if query.assigned_to is not None and subject.site_id not in query.assigned_to.site_ids():
            query.assigned_to = None
            query.save(update_fields=["assigned_to"])


def _tell_other_site(transfer: SubjectTransfer, *, by: User, at: datetime) -> None:
    words = {"subject": transfer.number, "site": transfer.from_site.code, "name": by.name}
    tell(
        kind=MAIL,
        about=str(transfer.pk),
        users=holders_of(Permission.SUBJECT_TRANSFER, transfer.to_site_id),
        subject=sentence(TITLE, subject=words["subject"], site=words["site"]),
        body=sentence(TEXT, name=words["name"], subject=words["subject"]),
        at=at,
        path=reverse("transfers"),
    )
