"""Reminders of consents to be signed again: when a version asks, before its day, and every week past it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from accounts.models import DatabaseClock, Grant, Site
from accounts.roles import Permission, permissions_of
from accounts.system import system_actor
from audit.acting import as_actor
from casebook.selectors.consents import Owed, owed_at
from casebook.selectors.standing import day_at
from followup.reminders import CLOSING_DAYS, OVERDUE_EVERY_DAYS
from outbox.models import Notice
from protocol.words import N_, Sentence, sentence

ASKED, SOON, OVERDUE = "consent asked", "consent soon", "consent outdated"
REMINDERS = {
    ASKED: N_("%(subject)s: version %(version)s of the consent form is to be signed by %(due)s."),
    SOON: N_("%(subject)s: version %(version)s of the consent form is to be signed by %(due)s, in a few days."),
    OVERDUE: N_(
        "%(subject)s: the consent version is outdated. Version %(version)s was to be signed by %(due)s: have it signed, "
        "and enter the consent."
    ),
}


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
