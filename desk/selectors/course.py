"""What is on record of a subject over time: markers as multiples of their upper limit, imaging, treatment, operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from casebook.models import Form, Subject
from casebook.selectors.records import form_record, reference_for
from casebook.words import day_in_words, value_in_words
from protocol.assessments import assess
from protocol.facts import Facts, days_of
from protocol.imaging import scans_of
from protocol.markers import AFP, PIVKA, MarkerValue, value_of
from protocol.markers import Level as MarkerLevel
from protocol.mrecist import Category
from protocol.ranges import upper_limit
from protocol.record import FormRecord, Judgement, Record
from protocol.trial import TRIAL

MARKERS = {AFP: "AFP", PIVKA: "PIVKA-II"}
TONES: Mapping[Category | None, str] = {Category.CR: "good", Category.PD: "bad", None: "open", Category.NE: "open"}


@dataclass(frozen=True)
class Level:
    """One marker of one draw; without a multiple where it was not measured, or no upper limit is known."""

    on: date
    multiple: float | None
    said: str
    is_above: bool


@dataclass(frozen=True)
class Imaged:
    """One scan and the response computed from it."""

    on: date
    word: str
    tone: str


@dataclass(frozen=True)
class Treatment:
    """A treatment or an operation with its days; `last_on` is None while it is given."""

    first_on: date
    last_on: date | None
    kind: str
    word: str
    said: str


@dataclass(frozen=True)
class Course:
    """All of it, by day."""

    randomized_on: date | None
    markers: Mapping[str, tuple[Level, ...]]
    imaging: tuple[Imaged, ...]
    treatments: tuple[Treatment, ...]

    def days(self, today: date) -> Iterator[date]:
        """Yield every day that has to find its place."""
        yield from (each.on for levels in self.markers.values() for each in levels)
        yield from (each.on for each in self.imaging)
        for each in self.treatments:
            yield from (each.first_on, each.last_on or today)
        if self.randomized_on:
            yield self.randomized_on

    def rows(self) -> list[tuple[date, str, str]]:
        """Return the same as a table: day, what, and what it was."""
        rows = [(each.on, name, each.said) for name, levels in self.markers.items() for each in levels]
        rows += [(each.on, _("Imaging"), each.word) for each in self.imaging]
        rows += [(each.first_on, _("Treatment"), f"{each.word} ({each.said})") for each in self.treatments]
        return sorted(rows)


def course_of(subject: Subject, forms: Iterable[Form], *, randomized_on: date | None, on: date) -> Course:
    """Return the course that these forms, those the reader may see, tell up to a day. One query."""
    reference = reference_for([subject.site_id])
    record = Record(
        subject=subject.number,
        forms=tuple(map(form_record, forms)),
        ranges=reference.ranges,
        conversions=reference.conversions,
    )
    facts = Facts(record, on)
    return Course(
        randomized_on=randomized_on,
        markers={name: tuple(_levels(facts, marker)) for marker, name in MARKERS.items()},
        imaging=tuple(_imaging(facts)),
        treatments=tuple(sorted(_treatments(facts), key=lambda each: (each.first_on, each.word))),
    )


def _levels(facts: Facts, marker: str) -> Iterator[Level]:
    for day, form in reversed(facts.dated("MK")):
        value = value_of(facts, form, day, marker)
        yield Level(day, None, _("not measured"), False) if value is None else _level(facts, value, day)


def _level(facts: Facts, value: MarkerValue, day: date) -> Level:
    limited = upper_limit(facts, value.fact)
    if isinstance(limited, Judgement) or not limited.upper:
        return Level(day, None, _("%(value)s, no upper limit known") % {"value": value.fact.shown}, False)
    multiple = float(limited.measured.number / limited.upper)
    words = {"value": value.fact.shown, "multiple": f"{multiple:.2g}", "limit": limited.limit}
    said = _("%(value)s, %(multiple)s times the upper limit of %(limit)s") % words
    return Level(day, multiple, said, value.level is MarkerLevel.ABOVE)


def _imaging(facts: Facts) -> Iterator[Imaged]:
    scans = scans_of(facts)
    for scan in scans:
        if scan.is_baseline:
            yield Imaged(scan.on, _("Baseline"), "open")
    for each in assess(scans):
        if not each.scan.is_baseline:
            word = each.overall.value if each.overall is not None else "?"
            yield Imaged(each.on, word, TONES.get(each.overall, "some"))


def _treatments(facts: Facts) -> Iterator[Treatment]:
    for crf, kind in (("PT", "prior"), ("NT", "later")):
        for form in facts.forms(crf):
            if (first := days_of(form.answer("started_on").value).earliest) is not None:
                yield _treatment(form, kind, first)
    for form in facts.forms("OP"):
        if (on := days_of(form.answer("operated_on").value).earliest) is not None:
            yield Treatment(on, on, "operation", _(TRIAL.crf("OP").title), day_in_words(on.isoformat()))


def _treatment(form: FormRecord, kind: str, first: date) -> Treatment:
    started, ended = form.answer("started_on").value, form.answer("ended_on").value
    last = days_of(ended).latest if ended else None if form.answer("ongoing").value == "Y" else first
    word = form.answer("agent").value or value_in_words(TRIAL.crf(form.crf).item("kind"), form.answer("kind").value)
    until = day_in_words(ended) if ended else _("still given") if last is None else _("end not known")
    return Treatment(first, max(last, first) if last else None, kind, word, f"{day_in_words(started)} – {until}")
