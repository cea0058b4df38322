"""Which moment an export is of: that of asking, or one of the past, read from the audit trail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from accounts.models import Site, User
from casebook.rules.moments import moment_typed
from casebook.selectors.as_of import casebook_as_of
from protocol.words import Sentence
from randomization.models import Allocation


@contextmanager
def standing(user: User, moment: datetime | None) -> Iterator[None]:
    """Read what stands, or what stood at a moment, as far as the user could and may see it."""
    if moment is None:
        yield
        return
    with casebook_as_of(user, moment, Allocation):
        yield


def asked_moment(text: str, sites: Sequence[Site], *, now: datetime) -> tuple[datetime | None, Sentence | None]:
    """Return the moment that was typed, by the clock these sites share, else UTC; or why there is none."""
    zones = {site.time_zone for site in sites}
    return moment_typed(text, ZoneInfo(zones.pop()) if len(zones) == 1 else UTC, now=now)


def in_name(moment: datetime | None) -> str:
    """Return what the name of a file says of its moment."""
    return f"-as-of-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" if moment else ""
