"""What happened to a randomized subject, read from the casebook as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from casebook.models import Subject
from casebook.selectors.records import record_of
from casebook.selectors.standing import day_at
from protocol.happenings import Happened, happened
from randomization.selectors import arm_and_moment


@dataclass(frozen=True)
class Path:
    """The subject's arm and day of randomization, and what happened since."""

    arm: str
    randomized_on: date
    happened: Happened


def path_of(subject: Subject) -> Path | None:
    """Return the path of the subject; None before randomization. Three queries."""
    allocated = arm_and_moment(subject)
    if allocated is None:
        return None
    arm, moment = allocated
    randomized_on = day_at(subject.site, moment)
    return Path(arm, randomized_on, happened(record_of(subject), randomized_on=randomized_on))
