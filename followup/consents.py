"""A newer version of the consent form that was not signed in time: a deviation, which falls with a signature in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from accounts.models import Site, User
from accounts.system import system_actor
from audit.acting import as_actor
from casebook.consenting import Asked, concerns
from casebook.models import Subject
from casebook.selectors.consents import asked_of, has_died, owed_at
from casebook.selectors.standing import day_at
from followup.actions.deviations import follow_deviations
from followup.deviations import Found
from followup.models import Deviation
from followup.states import DeviationKind, Severity
from protocol.words import N_, sentence

KIND = DeviationKind.CONSENT
NOT_SIGNED = N_("Version %(version)s of the consent form was to be signed by %(due)s; none is on record in time.")
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
