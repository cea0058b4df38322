"""Which answers after randomization speak of relapse, and whether imaging after them has settled it. Nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from followup.states import SignKind
from protocol.assessments import Assessment
from protocol.facts import Facts, day_of
from protocol.markers import Level, marker_points
from protocol.mrecist import Category
from protocol.record import FormRecord, Record

# A marker above its limit speaks at the first save; a scan only once its reading is complete.
SPEAKS_WHILE_ENTERED = ("MK", "VR")
MARKER_SIGNS = {"afp": SignKind.AFP, "pivka": SignKind.PIVKA}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One sign of relapse as the record shows it now."""

    kind: SignKind
    form: str
    on: date
    imaged: bool  # a later scan was read and left nothing doubtful

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes it one sign: its kind and its form."""
        return (self.kind.value, self.form)


def signs_in(facts: Facts, assessments: Sequence[Assessment], *, randomized_on: date) -> tuple[Seen, ...]:
    """Return the signs of relapse after randomization up to the day of the facts; these come `as_entered`."""
    found = {
        (kind, form, day): Seen(kind=kind, form=form, on=day, imaged=_is_imaged(form, day, assessments))
        for kind, form, day in (*_of_markers(facts), *_of_scans(assessments), *_of_visits(facts))
        if randomized_on < day <= facts.on
    }
    return tuple(sorted(found.values(), key=lambda seen: (seen.on, seen.kind.value, seen.form)))


def as_entered(record: Record) -> Record:
    """Return the record with the forms that speak while they are still being entered."""
    return replace(record, forms=tuple(map(_speaking, record.forms)))


def _speaking(form: FormRecord) -> FormRecord:
    return replace(form, complete=True) if form.crf in SPEAKS_WHILE_ENTERED and form.answers else form


def _of_markers(facts: Facts) -> Iterator[tuple[SignKind, str, date]]:
    for point in marker_points(facts):
        for value in point.values:
            if value.level is Level.ABOVE and value.fact.on is not None:
                yield MARKER_SIGNS[value.fact.path], value.fact.form.id, value.fact.on


def _of_scans(assessments: Iterable[Assessment]) -> Iterator[tuple[SignKind, str, date]]:
    for assessment in assessments:
        if assessment.overall is Category.PD:
            yield SignKind.PROGRESSION, assessment.scan.form.id, assessment.on
        elif assessment.equivocal:
            yield SignKind.EQUIVOCAL, assessment.scan.form.id, assessment.on


def _of_visits(facts: Facts) -> Iterator[tuple[SignKind, str, date]]:
    for form in facts.forms("VR"):
        day = day_of(form.answer("visited_on").value)
        if form.answer("relapse_suspected").value == "Y" and day is not None:
            yield SignKind.SUSPECTED, form.id, day


def _is_imaged(form: str, on: date, assessments: Iterable[Assessment]) -> bool:
    return any(_settles(each) for each in assessments if each.on >= on and each.scan.form.id != form)


def _settles(assessment: Assessment) -> bool:
    is_read = assessment.overall is not None and assessment.overall is not Category.NE
    return is_read and (not assessment.equivocal or assessment.resolved or assessment.overall is Category.PD)
