"""One mail per person and day: everything the person is to be reminded of, gathered at eight in the morning there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils import translation

from accounts.models import Grant, User
from accounts.roles import Permission
from accounts.system import system_actor
from audit.acting import as_actor
from outbox.models import Message, Notice
from outbox.posting import posted, said
from protocol.words import N_, Sentence, sentence

KIND = "digest"
# The earliest place on earth has reached a day this long before the last one begins it.
AHEAD = timedelta(days=1)

SUBJECT = N_("What is due on %(day)s: %(count)s")
GREETING = N_("What is due at your sites, %(name)s:")
FOOT = N_("Days are calendar days of the site. A mail like this comes at most once a day.")


@dataclass(frozen=True)
class Reader:
    """A person, and what day it is where the person works."""

    user: User
    day: date


def gather(*, at: datetime) -> int:
    """Post the digest of everyone whose morning has come; return how many. Twice, or late, changes nothing."""
    keeper = system_actor("outbox")
    with as_actor(keeper):
        readers = list(_readers(at))
    count = 0
    for reader in readers:
        with as_actor(keeper):
            count += _gathered(reader, at=at)
    return count


def _readers(at: datetime) -> Iterator[Reader]:
    """Yield who waits for something, may still log in, has morning, and has not had the digests of the day."""
    waiting = Notice.objects.filter(digest=None, due_on__lte=(at + AHEAD).date()).values("recipient")
    users = {user.pk: user for user in User.objects.filter(pk__in=waiting, is_active=True)}
    zones = _zones(users, at=at)
    awake = []
    for pk, user in users.items():
        local = at.astimezone(zones.get(pk, ZoneInfo("UTC")))
        if local.time() >= time(settings.DIGEST_HOUR):
            awake.append(Reader(user, local.date()))
    last = {reader.user.pk: _named(reader, settings.DIGESTS_A_DAY) for reader in awake}
    told = set(Message.objects.filter(kind=KIND, about__in=last.values()).values_list("about", flat=True))
    yield from (reader for reader in awake if last[reader.user.pk] not in told)


def _zones(users: Iterable[UUID], *, at: datetime) -> Mapping[UUID, ZoneInfo]:
    """Return the time zone of the first site each person came to work at."""
    standing = Grant.objects.filter(user__in=list(users), site__isnull=False, valid_from__lte=at)
    standing = standing.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=at)).order_by("-granted_at", "-site__code")
    # The first one is read last, and stays; of two given at one moment, the one whose code comes first.
    return {user: ZoneInfo(zone) for user, zone in standing.values_list("user_id", "site__time_zone")}


def _gathered(reader: Reader, *, at: datetime) -> bool:
    """Post one digest; whether there was something to say."""
    waiting = Notice.objects.filter(recipient=reader.user, digest=None, due_on__lte=reader.day)
    # A second sweep waits here and then finds nothing: what the first one has gathered is no longer waiting.
    notices = list(waiting.select_for_update(of=("self",)).select_related("site").order_by("id"))
    readable = [notice for notice in notices if reader.user.holds(Permission.FORM_READ, at=notice.site_id)]
    _forget([notice.pk for notice in notices if notice not in readable])
    about = _next(reader)
    if not readable or about is None:
        return False
    with translation.override(reader.user.language):
        subject = said(sentence(SUBJECT, day=reader.day, count=len(readable)))
        body = said_to(reader.user, readable)
    message = posted(kind=KIND, about=about, recipient=reader.user.email, subject=subject, body=body, at=at)
    Notice.objects.filter(pk__in=[notice.pk for notice in readable]).update(digest=message)
    return message is not None


def _forget(notices: list[int]) -> None:
    """Forget what may no longer be told: the person has left the site since."""
    if notices:
        Notice.objects.filter(pk__in=notices).delete()


def _named(reader: Reader, number: int) -> str:
    return f"{reader.user.pk}:{reader.day}" + (f":{number}" if number > 1 else "")


def _next(reader: Reader) -> str | None:
    """Return what the person's next digest of the day is about; None where all of them are posted."""
    names = [_named(reader, number) for number in range(1, settings.DIGESTS_A_DAY + 1)]
    told = set(Message.objects.filter(kind=KIND, about__in=names).values_list("about", flat=True))
    return next((name for name in names if name not in told), None)


def said_to(user: User, notices: Iterable[Notice]) -> str:
    """Return the text of a digest, by site, what is due longest first, each with its link."""
    ordered = sorted(notices, key=lambda each: (each.site.code, each.due_on, each.subject_number, each.pk))
    parts = [said(sentence(GREETING, name=user.name))]
    for site, here in groupby(ordered, key=lambda each: each.site):
        lines = [f"- {said(Sentence.from_json(each.text))}\n  {_link(each)}" for each in here]
        parts.append("\n".join([f"{site.code} {site.name}", *lines]))
    return "\n\n".join([*parts, said(sentence(FOOT))]) + "\n"


def _link(notice: Notice) -> str:
    return settings.SITE_ADDRESS.rstrip("/") + notice.path
