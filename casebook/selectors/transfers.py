"""Reads of transfers: those of the user's sites on either side, and what waits for them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import DateTimeField, Exists, F, Func, Max, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Collate, Left

from accounts.models import Site, User
from accounts.roles import Permission
from casebook.models import Form, Subject, SubjectTransfer, TransferCopy
from casebook.states import FormState, TransferState

CONSENT = "ICF"
# What must be told of a person whatever was signed: nobody's safety, and nobody's will to leave, waits for a consent.
WITHOUT_CONSENT = frozenset({CONSENT, "AE", "SAE", "DT", "WD", "ES"})


def visible_transfers(user: User) -> QuerySet[SubjectTransfer]:
    """Return the transfers from and to the sites where the user works with clinical data."""
    sites = user.site_ids()
    found = SubjectTransfer.objects.filter(Q(from_site__in=sites) | Q(to_site__in=sites))
    return found.select_related("from_site", "to_site", "asked_by", "settled_by")


def visible_copies(user: User) -> QuerySet[TransferCopy]:
    """Return the casebooks that subjects left at sites where the user reads forms and sees arms; without their bytes."""
    sites = [
        site
        for site in user.site_ids()
        if user.holds(Permission.FORM_READ, at=site) and user.holds(Permission.ARM_READ, at=site)
    ]
    return TransferCopy.objects.filter(site__in=sites).defer("content")


def transfers_waiting(user: User) -> QuerySet[SubjectTransfer]:
    """Return the transfers that wait for this user's yes or no, the oldest first. One query."""
    sites = [site for site in user.site_ids() if user.holds(Permission.SUBJECT_TRANSFER, at=site)]
    waiting = SubjectTransfer.objects.filter(state=TransferState.ASKED, to_site__in=sites).exclude(asked_by=user)
    return waiting.select_related("from_site", "to_site", "asked_by").order_by("asked_at", "id")


def site_then(subject: Subject, at: datetime) -> int:
    """Return the site where the subject was at this moment, as far as the reader's sites know. One query where it moved."""
    if subject.moved_at is None or subject.moved_at <= at:
        return subject.site_id
    left = SubjectTransfer.objects.filter(subject_id=subject.pk, state=TransferState.ACCEPTED, settled_at__gt=at)
    found = left.order_by("settled_at").values_list("from_site_id", flat=True).first()
    return found if found is not None else subject.site_id


def new_consents() -> QuerySet[Form]:
    """Return the consents that let a subject go on where it came to: entered after the transfer, signed on its day or later."""
    moved_at = F("subject__moved_at")
    there = Func(F("site__time_zone"), moved_at, function="timezone", output_field=DateTimeField())
    came_on = Func(there, Value("YYYY-MM-DD"), function="to_char", output_field=TextField())
    entered = Form.objects.filter(crf=CONSENT, state=FormState.COMPLETE, entered_at__gte=moved_at)
    return entered.alias(signed_on=Left(KT("answers__signed_at__value"), 10)).filter(
        signed_on__gte=Collate(came_on, "C")
    )


def owing_consent() -> Q:
    """Narrow subjects to those who came from another site and signed no consent there yet; no query of its own."""
    return Q(~Exists(new_consents().filter(subject=OuterRef("pk"))), moved_at__isnull=False)


def before_consent() -> Q:
    """Return what is true of a form that nobody may enter before the subject signs where it came to; no query of its own."""
    owed = ~Exists(new_consents().filter(subject=OuterRef("subject")))
    return Q(subject__moved_at__isnull=False) & ~Q(crf__in=WITHOUT_CONSENT) & Q(owed)


def last_number(site: Site) -> int:
    """Return the last number that the site gave, also to a subject that is elsewhere by now and not in sight."""
    own = Subject.objects.filter(Q(origin=site) | Q(origin=None, site=site)).aggregate(last=Max("sequence"))["last"]
    gone = SubjectTransfer.objects.filter(origin=site).aggregate(last=Max("sequence"))["last"]
    return max(own or 0, gone or 0)
