"""Everything known of one subject, as the protocol reads it: forms, answers, reference ranges. No database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

from protocol.language import Missing, Verdict
from protocol.values import plain
from protocol.words import Param, Sentence


@lru_cache(maxsize=10_000)  # the same texts come again and again, from subject to subject
def number_of(text: str) -> Decimal | None:
    """Return the exact decimal that a text is, or None."""
    try:
        number = Decimal(text) if text else None
    except InvalidOperation:
        return None
    # An infinite or absurdly large number is none: no arithmetic on it could be exact.
    return number if number is not None and number.is_finite() and abs(number.adjusted()) < 40 else None


@plain(kw_only=True)
class Answer:
    """What a person entered at one item: the value as typed (canonical text, precision kept) or why there is none."""

    value: str = ""
    unit: str = ""
    comparator: str = ""  # "<", "<=", ">", ">=" as the laboratory reported it
    missing: Missing | None = None
    reason: str = ""
    laboratory: str = ""
    method: str = ""
    declared: tuple[str, ...] = ()  # fields the mapping of an import declared: "unit", "value", "laboratory"

    @property
    def is_blank(self) -> bool:
        """Whether nothing was entered, not even a missing code."""
        return not self.value and self.missing is None

    @property
    def number(self) -> Decimal | None:
        """The value as an exact decimal, or None."""
        return number_of(self.value)

    def to_json(self) -> dict[str, Any]:
        """Return the stored form: only what was said."""
        said: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("value", "unit", "comparator", "reason", "laboratory", "method")
            if getattr(self, name)
        }
        if self.missing is not None:
            said["missing"] = self.missing.value
        if self.declared:
            said["declared"] = list(self.declared)
        return said

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Answer:
        """Return the answer that `to_json` stored."""
        missing = said.get("missing")
        return cls(
            **{k: v for k, v in said.items() if k not in ("missing", "declared")},
            missing=Missing(missing) if missing else None,
            declared=tuple(said.get("declared", ())),
        )


BLANK = Answer()


@plain(kw_only=True)
class FormRecord:
    """One form of the subject. Only complete forms are used by the gate."""

    id: str
    crf: str
    visit: str = ""
    repeat: int = 1
    complete: bool = False
    version: int = 1
    answers: Mapping[str, Answer] = field(default_factory=dict)  # by path: item, or group/key/item
    entered_by: str = ""  # user id of the person who completed it
    signed_by: tuple[str, ...] = ()  # user ids of the signatures that stand on this version

    def answer(self, path: str) -> Answer:
        """Return the answer at the path; BLANK when nothing was entered."""
        return self.answers.get(path, BLANK)

    def rows(self, group: str) -> list[tuple[str, Mapping[str, Answer]]]:
        """Return (key, answers by item name) for each row of a group, in the order of entry of their keys."""
        answers = self.answers
        return [
            (key, {item: answers[path] for item, path in places}) for key, places in _rows_of(group, tuple(answers))
        ]


@lru_cache(maxsize=1_000)  # forms of a kind are filled in alike: their paths alone tell what stands in which row
def _rows_of(group: str, paths: tuple[str, ...]) -> list[tuple[str, list[tuple[str, str]]]]:
    rows: dict[str, list[tuple[str, str]]] = {}
    for path in paths:
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == group:
            _, key, item = parts
            rows.setdefault(key, []).append((item, path))
    return sorted(rows.items(), key=_key_order)


def _key_order(row: tuple[str, object]) -> tuple[int, str]:
    return (len(row[0]), row[0])


@plain(kw_only=True)
class ReferenceRange:
    """The limits of one laboratory for one analyte, inclusive, valid from and to (inclusive; None: open)."""

    id: str
    laboratory: str
    analyte: str
    unit: str
    low: Decimal | None
    high: Decimal | None
    valid_from: date
    valid_to: date | None = None
    sex: str = ""  # "male", "female" or "" for both
    age_from: int | None = None
    age_to: int | None = None
    method: str = ""
    assumed: bool = False  # from no document of the laboratory


@plain(kw_only=True)
class Conversion:
    """A factor the laboratory itself gives between two units of an analyte: to = from × factor."""

    laboratory: str
    analyte: str
    unit_from: str
    unit_to: str
    factor: Decimal


@plain(kw_only=True)
class ConsentVersion:
    """A version of the consent form at the subject's site, with the day from which it must be used."""

    version: str
    effective_from: date


@plain(kw_only=True)
class Record:
    """Everything known of a subject. The same record judged for the same day gives the same verdicts."""

    subject: str
    forms: tuple[FormRecord, ...] = ()
    ranges: tuple[ReferenceRange, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    consent_versions: tuple[ConsentVersion, ...] = ()

    def complete_forms(self, crf: str) -> tuple[FormRecord, ...]:
        """Return the complete forms of a CRF, in the order they were given."""
        return tuple(form for form in self.forms if form.crf == crf and form.complete)


@plain(kw_only=True)
class Evidence:
    """One fact a verdict rests on: the value as entered with unit, limit, day and source form."""

    form: str
    crf: str
    path: str
    title: str
    value: str
    unit: str = ""
    limit: str = ""
    on: str = ""  # ISO date, partial as entered
    note: Sentence | None = None


@plain(kw_only=True)
class Need:
    """What must still be entered, or only signed: CRF and item, and between which days it may lie."""

    crf: str
    item: str = ""
    not_before: date | None = None
    not_after: date | None = None
    signature: bool = False  # everything is entered; the form waits for its signature


class Told(NamedTuple):
    """The words of a judgement: why, what it rests on, and what is missing."""

    reason: Sentence
    evidence: tuple[Evidence, ...] = ()
    needs: tuple[Need, ...] = ()


@plain(kw_only=True)
class Judgement:
    """A verdict with its reason in a sentence, what it rests on, until when it holds, and what is missing."""

    verdict: Verdict
    reason: Sentence
    evidence: tuple[Evidence, ...] = ()
    valid_until: date | None = None
    needs: tuple[Need, ...] = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Judgement):
            return NotImplemented
        mine, its = (self.verdict, self.valid_until), (other.verdict, other.valid_until)
        return mine == its and self.told == other.told

    def __repr__(self) -> str:
        shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(Judgement))
        return f"Judgement({shown})"

    @property
    def told(self) -> Told:
        """The words alone."""
        return Told(self.reason, self.evidence, self.needs)


Tell = Callable[[], Told]


class Untold(Judgement):
    """A judgement whose verdict stands and whose words are made when the first of them is read.

    Whoever judges many to tell few (a sweep, a foreseen change) pays for the words of those few.
    """

    __slots__ = ("_words",)

    def __init__(self, verdict: Verdict, tell: Tell, valid_until: date | None = None) -> None:
        # The type checker guards these against everybody but this class, which makes them.
        self.verdict = verdict  # type: ignore[misc]
        self.valid_until = valid_until  # type: ignore[misc]
        self._words: Tell | Told = tell

    # Properties stand before the fields of the same name; what is no word is read without asking here at all.
    @property
    def told(self) -> Told:
        """The words, made once; what they were made from is then let go."""
        if not isinstance(self._words, Told):
            self._words = self._words()
        return self._words

    @property
    def reason(self) -> Sentence:
        return self.told.reason

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return self.told.evidence

    @property
    def needs(self) -> tuple[Need, ...]:
        return self.told.needs

    def __reduce__(self) -> tuple[Any, ...]:
        return _whole, (self.verdict, self.valid_until, self.told)


def _whole(verdict: Verdict, valid_until: date | None, told: Told) -> Judgement:
    return Judgement(
        verdict=verdict, reason=told.reason, evidence=told.evidence, valid_until=valid_until, needs=told.needs
    )


def told(message: str, *, evidence: tuple[Evidence, ...] = (), needs: tuple[Need, ...] = (), **params: Param) -> Told:
    """Return the words of a judgement: its sentence with what it speaks of, its evidence, and what is missing."""
    return Told(Sentence(message, tuple(params.items())), evidence, needs)
