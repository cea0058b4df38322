"""Edit checks: data only, performed by protocol.performing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from protocol.language.codes import Ref, Severity, When


@dataclass(frozen=True, kw_only=True)
class Check:
    """One edit check; `id` is stable for ever, it stands in queries and in the audit trail.

    The check is asked only where all conditions of `given` hold.
    """

    id: str
    severity: Severity
    message: str
    given: tuple[When, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Between(Check):
    """The number lies between both limits (inclusive), given in `unit`; None is no limit."""

    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class NotFuture(Check):
    """The date is not after the day of entry at the site."""


@dataclass(frozen=True, kw_only=True)
class NotBefore(Check):
    """The date is not before the other date; a partial date breaks it only if it cannot be otherwise."""

    other: Ref


@dataclass(frozen=True, kw_only=True)
class Within(Check):
    """The moment lies no more than `hours` after the other; later is explained at the item `unless`."""

    other: Ref
    hours: int
    unless: str


@dataclass(frozen=True, kw_only=True)
class NoIdentifier(Check):
    """The text holds nothing that looks like an identity or hospital number, a telephone number or an e-mail address."""


@dataclass(frozen=True, kw_only=True)
class AtMostRows(Check):
    """No more than `most` rows hold all of `having` (item, value); counted per value of `per` if given."""

    most: int
    having: tuple[tuple[str, str], ...] = ()
    per: str = ""


@dataclass(frozen=True, kw_only=True)
class AtLeastRows(Check):
    """There are at least `least` rows, with at least `kinds` different values of `per` among them."""

    least: int
    per: str
    kinds: int


@dataclass(frozen=True, kw_only=True)
class HasRows(Check):
    """A complete form has a row that holds all of `having`; with `known_before` only where an earlier form has a row."""

    known_before: bool = False
    having: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class HasEveryRow(Check):
    """A complete form that has rows has all that `derivation` computes from the record; it names those without one."""

    derivation: str


@dataclass(frozen=True, kw_only=True)
class KnownBefore(Check):
    """The row is one that a form of the CRF dated before has, where any has rows at all."""


@dataclass(frozen=True, kw_only=True)
class OneOf(Check):
    """The code is one of these; a list may offer more than what is usual."""

    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AllowedBy(Check):
    """The code is one of those that the answer at `by` allows; an answer that is not listed allows every code."""

    by: str
    allowed: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class NotAfter(Check):
    """The date is not after the other date; a partial date breaks it only if it cannot be otherwise."""

    other: Ref


@dataclass(frozen=True, kw_only=True)
class ClearOf(Check):
    """The date lies at least `days` after `item` of each earlier form of `crf` that holds all of `having`.

    Where `ongoing` is answered with Y, what the other form dates has not ended at all.
    """

    days: int
    crf: str
    item: str
    having: tuple[When, ...] = ()
    ongoing: str = ""


@dataclass(frozen=True, kw_only=True)
class NotAfterFirst(Check):
    """The date is not after the first of the days at `item` of the forms of `crf` that hold all of `having`."""

    crf: str
    item: str
    having: tuple[When, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HasForm(Check):
    """A complete form asks for one of `crf` in the casebook; with `having`, for one that holds one of them.

    At the visits of `not_at` nothing is asked.
    """

    crf: str
    having: tuple[When, ...] = ()
    not_at: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NoTwin(Check):
    """No other form of the CRF has the same answers at all of `items`; an empty answer is the same as none."""

    items: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Steady(Check):
    """The number differs by at most `percent` from the one of the form of the CRF that was dated last before."""

    percent: int


@dataclass(frozen=True, kw_only=True)
class AsFirst(Check):
    """The code in a row is that of the row of this key in the form of the CRF that was dated first and has one."""


@dataclass(frozen=True, kw_only=True)
class NoFinerThan(Check):
    """The date says no more than its first `parts`: 1 the year, 2 the month, 3 the day."""

    parts: int


@dataclass(frozen=True, kw_only=True)
class Spelled(Check):
    """The text has this form, a regular expression it matches wholly."""

    pattern: str


@dataclass(frozen=True, kw_only=True)
class InUse(Check):
    """The text is a version of the site's consent form, in force by the day at `dated_by` (no version known: nothing said)."""

    dated_by: str


@dataclass(frozen=True, kw_only=True)
class NotAbove(Check):
    """The number is not greater than the other number, both brought to one unit."""

    other: Ref


@dataclass(frozen=True, kw_only=True)
class Agrees(Check):
    """What a person declared equals what `derivation` computes from the record (nothing known: nothing said)."""

    derivation: str
