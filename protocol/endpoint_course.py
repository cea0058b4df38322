"""What an endpoint is read from, and what it says: the course of one subject up to the data cut, and the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from protocol.dates import PossibleDays, days_between
from protocol.mrecist import Category
from protocol.schedule import Window
from protocol.words import Sentence

DAYS_PER_MONTH: Final = 30.4375
EVENT: Final = 0
CENSORED: Final = 1


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One scan after the baseline. `progressed_on`: of a PD, the scan that first showed it."""

    on: date
    overall: Category | None
    adequate: bool = True  # all scheduled imaging done
    progressed_on: date | None = None

    @property
    def counts(self) -> bool:
        """Whether it shows, adequately, that nothing progressed."""
        return self.adequate and self.overall not in (None, Category.NE, Category.PD)


@dataclass(frozen=True, kw_only=True)
class Course:
    """What happened to one subject, as far as endpoints ask. Days after the data cut may stand in it; none is used."""

    randomized_on: date
    cut_on: date
    scans: tuple[Seen, ...] = ()
    planned: tuple[Window, ...] = ()  # the scheduled tumour assessments
    intraoperative_on: date | None = None
    died: PossibleDays | None = None
    new_therapy: PossibleDays | None = None
    relapse_treated_on: date | None = None  # local recurrence declared on other evidence than a scan
    visits_ended_on: date | None = None
    consent_ended_on: date | None = None
    public_records: bool = False  # of death, after consent was withdrawn
    lost_on: date | None = None
    last_alive_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An endpoint of one subject. `cnsr` 0 is the event, 1 censored; None with its reason in `rule`: not known."""

    start_on: date
    on: date | None
    cnsr: int | None
    rule: Sentence
    reveals_arm: bool = False  # the rule speaks of what happens in one arm only
    alternatives: tuple[tuple[str, Outcome], ...] = ()

    @property
    def is_known(self) -> bool:
        return self.on is not None

    @property
    def event(self) -> bool:
        """Whether the event happened."""
        return self.cnsr == EVENT

    @property
    def days(self) -> int | None:
        """The time in days; the day of randomization is day 1."""
        return None if self.on is None else days_between(self.start_on, self.on) + 1

    @property
    def months(self) -> float | None:
        """The time in months of 30.4375 days."""
        return None if self.days is None else self.days / DAYS_PER_MONTH
