"""The words a trial is written in: items, checks, CRFs, criteria, visits, arms. Definitions are frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from protocol.fingerprint import fingerprint_of
from protocol.words import N_


class Missing(StrEnum):
    """Why an item has no value although somebody looked."""

    NOT_DONE = "not done"
    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """HARD refuses what is impossible; SOFT keeps what is implausible and opens a query."""

    HARD = "hard"
    SOFT = "soft"


class Which(StrEnum):
    """Which form of another CRF a reference means."""

    SAME_FORM = "same form"
    SAME_VISIT = "same visit"
    FIRST = "first"
    LATEST = "latest"


@dataclass(frozen=True)
class Ref:
    """A pointer to an item: in the same form when `crf` is empty."""

    item: str
    crf: str = ""
    which: Which = Which.SAME_FORM


@dataclass(frozen=True)
class Code:
    """One entry of a code list: the stored value and the words a person reads."""

    value: str
    title: str


@dataclass(frozen=True)
class CodeList:
    """Codes in the order they are offered, with source and edition."""

    name: str
    codes: tuple[Code, ...]
    source: str

    def title_of(self, value: str) -> str:
        """Return the words for a stored value. Raises KeyError for a value that is not on the list."""
        return {code.value: code.title for code in self.codes}[value]

    def __contains__(self, value: object) -> bool:
        return any(code.value == value for code in self.codes)


@dataclass(frozen=True)
class When:
    """A condition on other answers of the same row or form: the item holds one of the values."""

    item: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class WhenRecord:
    """A condition on the rest of the casebook: the item referred to holds one of the values."""

    ref: Ref
    values: tuple[str, ...]


# --- checks: data only, performed by protocol.checking --------------------------------------------------------


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
class NoIdentifier(Check):
    """The text holds nothing that looks like a Chinese identity number, a mobile number or an e-mail address."""


@dataclass(frozen=True, kw_only=True)
class AtMostRows(Check):
    """No more than `most` rows hold all of `having` (item, value); counted per value of `per` if given."""

    most: int
    having: tuple[tuple[str, str], ...] = ()
    per: str = ""


@dataclass(frozen=True, kw_only=True)
class OneOf(Check):
    """The code is one of these; a list may offer more than what is usual."""

    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NotAbove(Check):
    """The number is not greater than the other number, both brought to one unit."""

    other: Ref


@dataclass(frozen=True, kw_only=True)
class Agrees(Check):
    """What a person declared equals what `derivation` computes from the record (nothing known: nothing said)."""

    derivation: str


# --- items ----------------------------------------------------------------------------------------------------


ALL_MISSING = (Missing.NOT_DONE, Missing.NOT_APPLICABLE, Missing.UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question of a CRF. `required` is asked at completion only; an item not shown is not asked.

    `required_when` narrows `required` to the rows or forms where it holds.
    """

    name: str
    title: str
    help: str = ""
    source: str = ""
    required: bool = True
    required_when: When | None = None
    shown_when: When | None = None
    missing: tuple[Missing, ...] = ALL_MISSING
    missing_needs_reason: bool = False
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Date(Item):
    """A whole calendar day."""


@dataclass(frozen=True, kw_only=True)
class PartialDate(Item):
    """A day, a month or a year, as far as it is known."""


@dataclass(frozen=True, kw_only=True)
class Moment(Item):
    """A day and a time of day at the site, to the minute: 2025-03-31T14:05."""


@dataclass(frozen=True, kw_only=True)
class Number(Item):
    """A number in one of `units` (the first is offered; empty: a pure number). `analyte` names its reference range."""

    units: tuple[str, ...] = ()
    decimals: int | None = None
    analyte: str = ""
    comparators: bool = False


@dataclass(frozen=True, kw_only=True)
class Choice(Item):
    """One code of a list."""

    codes: CodeList


@dataclass(frozen=True, kw_only=True)
class MultiChoice(Item):
    """Any number of codes of a list, stored in list order, joined by a blank."""

    codes: CodeList


@dataclass(frozen=True, kw_only=True)
class YesNo(Item):
    """Yes (`Y`) or no (`N`); never preset."""


@dataclass(frozen=True, kw_only=True)
class Text(Item):
    """Free text without identifiers."""

    long: bool = False
    max_length: int = 200


@dataclass(frozen=True, kw_only=True)
class LaboratoryChoice(Item):
    """The laboratory (reference data, by code) that all results of the form come from."""


@dataclass(frozen=True, kw_only=True)
class Derived(Item):
    """A value computed by the named function of protocol.derivations, shown while typing, never stored."""

    derivation: str
    units: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Group(Item):
    """Rows of items; a row's key is never used again. `lesions`: the keys are those of the subject's lesions."""

    items: tuple[Item, ...]
    row_title: str
    lesions: bool = False
    required: bool = False


@dataclass(frozen=True)
class Section:
    """A titled part of a form (a fieldset)."""

    title: str
    items: tuple[Item, ...]
    help: str = ""


class Entry(StrEnum):
    """Source list: transcribed from a chart, or entered directly (the form is the source)."""

    TRANSCRIBED = "transcribed"
    DIRECT = "direct"


@dataclass(frozen=True, kw_only=True)
class Crf:
    """A case report form. Every face of it (page, import, API, dictionary, export) is a fold over this definition."""

    code: str
    title: str
    source: str
    sections: tuple[Section, ...]
    checks: tuple[Check, ...] = ()
    repeats: bool = False  # several forms of this CRF per visit: scans, draws, evaluations, log lines
    log: bool = False  # belongs to the subject, not to a visit
    dated_by: str = ""  # the Date item that dates every answer of the form
    blind_until_complete: int = 0  # authors see only their own until this many are complete
    entry: Entry = Entry.TRANSCRIBED
    task: str = "crf entry"  # the task of protocol.roles that entering this form needs
    critical: bool = False  # eligibility, endpoint, randomization, safety: verified in full
    asked_when: WhenRecord | None = None  # who is asked at all: a pregnancy test of women only
    help: str = ""

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items of the top level in the order of the page."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def _by_path(self) -> Mapping[tuple[str, ...], Item]:
        # Asked for every value of every page: (item,) or (group, item), for rows differ in their key alone.
        found: dict[tuple[str, ...], Item] = {}
        for item in self.items:
            found[(item.name,)] = item
            if isinstance(item, Group):
                found.update({(item.name, inner.name): inner for inner in item.items})
        return found

    def item(self, path: str) -> Item:
        """Return the item at a path (`item` or `group/key/item`). Raises KeyError when there is none."""
        parts = path.split("/")
        if len(parts) == 2 or len(parts) > 3:
            raise KeyError(path)
        return self._by_path[(parts[0], *parts[2:])]


# --- judging --------------------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What is known of a criterion. Only PASS opens the gate; UNKNOWN blocks; REVIEW asks two persons."""

    PASS = "pass"  # noqa: S105  # a verdict, no secret
    FAIL = "fail"
    UNKNOWN = "unknown"
    REVIEW = "review"


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


YES = Code("Y", N_("Yes"))
NO = Code("N", N_("No"))
YES_NO = CodeList("yes-no", (YES, NO), "CDISC CT C66742")
