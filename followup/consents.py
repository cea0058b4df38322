"""A newer version of the consent form that was not signed in time: a deviation, and reminders until it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from accounts.models import DatabaseClock, Grant, Site, User
from accounts.roles import Permission, permissions_of
from accounts.system import system_actor
from audit.acting import as_actor
from casebook.consenting import Asked, concerns
from casebook.models import Subject
from casebook.selectors.consents import Owed, asked_of, has_died, owed_at
from casebook.selectors.standing import day_at
from followup.actions.deviations import follow_deviations
from followup.deviations import Found
from followup.models import Deviation
from followup.reminders import CLOSING_DAYS, OVERDUE_EVERY_DAYS
from followup.states import DeviationKind, Severity
from outbox.models import Notice
from protocol.words import N_, Sentence, sentence

KIND = DeviationKind.CONSENT
NOT_SIGNED = N_("Version %(version)s of the consent form was to be signed by %(due)s; none is on record in time.")
ASKED, SOON, OVERDUE = "consent asked", "consent soon", "consent outdated"
REMINDERS = {
    ASKED: N_("%(subject)s: version %(version)s of the consent form is to be signed by %(due)s."),
    SOON: N_("%(subject)s: version %(version)s of the consent form is to be signed by %(due)s, in a few days."),
    OVERDUE: N_(
        "%(subject)s: the consent version is outdated. Version %(version)s was to be signed by %(due)s: have it signed, "
        "and enter the consent."
    ),
}
ONE_DAY = timedelta(days=1)


def follow_consents(subject: Subject, *, by: User, at: datetime) -> None:
    """Let the deviations follow the consents on record: one appears past its day, and falls with a signature in time."""
    on = day_at(subject.site, at)
    standing = set(Deviation.objects.filter(subject=subject, kind=KIND).values_list("about", flat=True))
    found = [_found(each) for each in _missed(subject, standing, on=on)]
    if found or standing:
        follow_deviations(subject, by=by, at=at, found=found, kinds={KIND.value})


def _missed(subject: Subject, standing: set[str], *, on: date) -> Iterator[Asked]:
    missed = [asked for asked in asked_of(subject, on=on) if asked.is_missed(on)]
    # What stood when a subject left the trial still stands; nothing new is asked of who left, or died.
    is_gone = bool(missed) and has_died(subject)
    for asked in missed:
        if str(asked.form.pk) in standing or (concerns(asked.form, subject.stage) and not is_gone):
            yield asked


def _found(asked: Asked) -> Found:
    return Found(
        kind=KIND,
        occurred_on=asked.due_on + ONE_DAY,
        sentence=sentence(NOT_SIGNED, version=asked.form.version, due=asked.due_on),
        about=str(asked.form.pk),
        severity=Severity.IMPORTANT,
    )


def find_outdated_consents(*, at: datetime) -> int:
    """Let deviations follow where a day passed without a signature; return how many subjects were looked at."""
    actor = system_actor("follow-up")
    with as_actor(actor):
        overdue = [owed for owed in owed_at(Site.objects.all(), at=at) if owed.is_overdue]
        known = Deviation.objects.filter(
            kind=KIND, closed_at__isnull=True, subject__in=[owed.subject for owed in overdue]
        )
        told = set(known.values_list("subject_id", "about"))
        fresh = {
            owed.subject.pk: owed.subject for owed in overdue if (owed.subject.pk, str(owed.asked.form.pk)) not in told
        }
        for subject in fresh.values():
            follow_consents(subject, by=actor, at=at)
        return len(fresh)


# --- reminders ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What one site's people are reminded of about one subject today."""

    kind: str
    due_on: date
    owed: Owed

    @property
    def text(self) -> Sentence:
        """Return the sentence of the reminder."""
        asked, number = self.owed.asked, self.owed.subject.number
        return sentence(REMINDERS[self.kind], subject=number, version=asked.form.version, due=asked.due_on)


def remind_of_consents(*, at: datetime) -> int:
    """Keep a notice for whoever enters data of each subject that must sign again; running it twice changes nothing."""
    with as_actor(system_actor("follow-up")):
        owed = [each for each in owed_at(Site.objects.filter(is_open=True), at=at) if each.asked.settled_on is None]
        told = [told for each in owed for told in [_told(each, on=day_at(each.subject.site, at))]]
        waiting = Notice.objects.filter(kind__in=REMINDERS, digest__isnull=True)
        waiting.exclude(about__in=[each.owed.subject.pk for each in told]).delete()
        people = _people() if told else {}
        fresh = [_notice(each, person, at=at) for each in told for person in people.get(each.owed.subject.site_id, ())]
        before = Notice.objects.filter(kind__in=REMINDERS).count()
        Notice.objects.bulk_create(fresh, ignore_conflicts=True)
        return Notice.objects.filter(kind__in=REMINDERS).count() - before


def _told(owed: Owed, *, on: date) -> Told:
    due = owed.asked.due_on
    if on > due:
        late = (on - due).days - 1
        return Told(OVERDUE, due + timedelta(days=1 + late // OVERDUE_EVERY_DAYS * OVERDUE_EVERY_DAYS), owed)
    if owed.days_left <= CLOSING_DAYS:
        return Told(SOON, due - timedelta(days=CLOSING_DAYS), owed)
    return Told(ASKED, owed.asked.form.effective_on, owed)


def _notice(told: Told, person: UUID, *, at: datetime) -> Notice:
    subject = told.owed.subject
    return Notice(
        kind=told.kind,
        about=subject.pk,
        recipient_id=person,
        site_id=subject.site_id,
        subject_number=subject.number,
        text=told.text.to_json(),
        path=reverse("casebook", args=[subject.pk]),
        due_on=told.due_on,
        created_at=at,
    )


def _people() -> dict[int, list[UUID]]:
    """Return who enters data at which site now. One query."""
    grants = Grant.objects.filter(user__is_active=True, site__isnull=False, valid_from__lte=DatabaseClock())
    standing = grants.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=DatabaseClock()))
    held: dict[int, list[UUID]] = {}
    for site, user, role in standing.values_list("site_id", "user_id", "role").order_by("site", "user", "id"):
        if Permission.FORM_ENTER in permissions_of(role) and user not in held.setdefault(site, []):
            held[site].append(user)
    return held
