"""Criteria, visits, arms, assumptions, and the trial that binds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from protocol.fingerprint import fingerprint_of
from protocol.language.codes import Code
from protocol.language.items import Crf


class Verdict(StrEnum):
    """What is known of a criterion. Only PASS opens the gate; UNKNOWN blocks; REVIEW asks two persons."""

    PASS = "pass"  # noqa: S105  # a verdict, no secret
    FAIL = "fail"
    UNKNOWN = "unknown"
    REVIEW = "review"


# By their own names where judging asks for them by the hundred: Python 3.11 runs a function for each `Verdict.PASS`.
PASS: Final = Verdict.PASS
FAIL: Final = Verdict.FAIL
UNKNOWN: Final = Verdict.UNKNOWN
REVIEW: Final = Verdict.REVIEW


class Side(StrEnum):
    """Inclusion criteria pass when met; exclusion criteria pass when absent."""

    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"


class Basis(StrEnum):
    """C computed, J judgement (signed), D declared history."""

    COMPUTED = "computed"
    JUDGEMENT = "judgement"
    DECLARED = "declared"


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One atomic criterion: its sentence, and by name the function of protocol.criteria that judges it."""

    code: str
    side: Side
    title: str
    short: str
    basis: Basis
    source: str
    reading: str = ""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A visit of the schedule: target in calendar months or days after its anchor, window in days (inclusive)."""

    code: str
    title: str
    number: int
    anchor: str = "randomization"  # or "operation", "progression", "" for a visit without a window of its own
    months: int | None = None
    days: int | None = None
    days_before: int = 0
    days_after: int = 0
    forms: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()  # empty: both
    every_months: int = 0  # comes again every so many months, until the follow-up ends
    grace_days: int = 0  # after the window, still accepted with a reason
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """A treatment arm; `share` is its part of the ratio."""

    code: str
    title: str
    share: int
    source: str


@dataclass(frozen=True, kw_only=True)
class Stratum:
    """A stratification factor: the derivation that gives its level, and the levels."""

    code: str
    title: str
    derivation: str
    levels: tuple[Code, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """A value the trial record does not give: its reading, where it comes from, and what it decides."""

    code: str
    title: str
    value: str
    reading: str
    tag: str
    section: str


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Everything one released version of the protocol says."""

    registration: str
    short_name: str
    title: str
    version: str
    crfs: tuple[Crf, ...]
    criteria: tuple[Criterion, ...]
    visits: tuple[Visit, ...]
    arms: tuple[Arm, ...]
    strata: tuple[Stratum, ...]
    assumptions: tuple[Assumption, ...] = ()
    settings: tuple[tuple[str, str], ...] = field(default=())

    @cached_property
    def fingerprint(self) -> str:
        """Return the SHA-256 over codes, types, units, limits and rules; wording does not count."""
        return fingerprint_of(self)

    def crf(self, code: str) -> Crf:
        """Return the CRF of this code. Raises KeyError."""
        return {crf.code: crf for crf in self.crfs}[code]

    def criterion(self, code: str) -> Criterion:
        """Return the criterion of this code. Raises KeyError."""
        return {criterion.code: criterion for criterion in self.criteria}[code]

    def visit(self, code: str) -> Visit:
        """Return the visit of this code. Raises KeyError."""
        return {visit.code: visit for visit in self.visits}[code]
