"""The conversion therapy before the trial, as far as a scan asks for it: by when it had certainly begun."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from protocol.codelists import CONVERSION
from protocol.facts import days_of
from protocol.record import BLANK, FormRecord


def begun_by(treatments: Iterable[FormRecord]) -> date | None:
    """Return the day by which conversion therapy had begun at the latest; None where no start is known.

    What is known of one treatment is enough: another that began earlier would make it no later.
    """
    latest: date | None = None
    for form in treatments:
        started = form.answers.get("started_on", BLANK).value
        if started and form.answers.get("kind", BLANK).value in CONVERSION:
            day = days_of(started).latest
            if day is not None and (latest is None or day < latest):
                latest = day
    return latest
