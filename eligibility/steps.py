"""The response as a table: every scan and draw by day, what it found, what it does to its run, and its source form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from casebook.models import Form
from casebook.words import value_in_words
from eligibility.candidate import Candidate, Fact
from protocol.assessments import Assessment
from protocol.facts import Fact as Drawn
from protocol.facts import Facts
from protocol.imaging import read_otherwise, standing_of
from protocol.markers import MarkerPoint, MarkerValue, invalid_values
from protocol.pairs import Ended, Pair, Standing
from protocol.ranges import laboratory_of, method_of
from protocol.record import Evidence
from protocol.trial import TRIAL
from protocol.words import N_, Sentence, sentence

SCAN_WORDS: Mapping[Standing, str] = {
    Standing.COUNTS: N_("counts"),
    Standing.BREAKS: N_("is no complete response"),
    Standing.NEITHER: N_("neither counts nor breaks a run"),
    Standing.OPEN: N_("not known yet"),
}
DRAW_WORDS: Mapping[Standing, str] = {
    Standing.COUNTS: N_("both normal: counts"),
    Standing.BREAKS: N_("above the limit"),
    Standing.IGNORED: N_("one marker only: not counted"),
    Standing.OPEN: N_("not known yet"),
}
TO_REVIEW = N_("to be reviewed: the reader states another response")
UNUSED = N_("not used")
INVALID = N_("Not used: the result is declared invalid.")
NOT_USED = N_("Not used: %(why)s")
FIRST, SECOND = N_("first of the pair"), N_("second of the pair")
BROKE, LEFT_OPEN = N_("broke the run before it"), N_("leaves the run before it open")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One marker as reported: the value beside its limit, from which laboratory and by which method."""

    fact: Fact
    laboratory: str
    method: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One scan or draw on the way to the response."""

    first_on: date
    last_on: date
    is_scan: bool
    standing: str  # what it does to a run, in words
    tone: str  # good, bad or calm
    place: tuple[str, ...] = ()  # its place in the pair, and whether it broke a run
    found: str = ""  # of a scan: the overall response
    modality: str = ""
    reasons: tuple[Sentence, ...] = ()
    values: tuple[Measured, ...] = ()
    form: Form | None = None


def steps_of(candidate: Candidate) -> list[Step]:
    """Return every scan and draw by day, as the reader may see it."""
    return sorted([*_scans(candidate), *_draws(candidate)], key=lambda step: (step.first_on, not step.is_scan))


def _scans(candidate: Candidate) -> Iterator[Step]:
    response = candidate.response
    for at, each in enumerate(response.assessments):
        standing, otherwise = standing_of(each), read_otherwise(each)
        is_doubtful = otherwise is not None and standing is Standing.COUNTS
        yield Step(
            first_on=each.on,
            last_on=each.on,
            is_scan=True,
            standing=TO_REVIEW if is_doubtful else SCAN_WORDS[standing],
            tone="calm" if is_doubtful else _tone(standing),
            place=_place(at, standing, response.imaging_pair, response.imaging.ended),
            found=each.overall.value if each.overall is not None else "",
            modality=_modality(each),
            reasons=(*each.reasons, otherwise) if otherwise is not None else each.reasons,
            form=candidate.forms.get(each.scan.form.id),
        )


def _draws(candidate: Candidate) -> Iterator[Step]:
    response, invalid = candidate.response, defaultdict[str, list[Drawn]](list)
    for fact in invalid_values(Facts(candidate.judged.record, candidate.on)):
        invalid[fact.form.id].append(fact)
    for at, point in enumerate(response.markers):
        beside = [each for value in point.values for each in invalid.pop(value.fact.form.id, ())]
        yield Step(
            first_on=point.first_on,
            last_on=point.last_on,
            is_scan=False,
            standing=DRAW_WORDS[point.standing],
            tone=_tone(point.standing),
            place=_place(at, point.standing, response.marker_pair, response.marker.ended),
            values=(*_values(candidate, point), *_invalid(candidate, beside)),
        )
    for alone in invalid.values():
        yield _step_of_invalid(candidate, alone)


def _step_of_invalid(candidate: Candidate, alone: Sequence[Drawn]) -> Step:
    """Return a draw of which nothing was used."""
    on = alone[0].on or candidate.on
    values = tuple(_invalid(candidate, alone))
    return Step(first_on=on, last_on=on, is_scan=False, standing=UNUSED, tone="calm", values=values)


def _invalid(candidate: Candidate, facts: Iterable[Drawn]) -> Iterator[Measured]:
    return (_measured(candidate, each, each.evidence(note=sentence(INVALID))) for each in facts)


def _values(candidate: Candidate, point: MarkerPoint) -> tuple[Measured, ...]:
    return tuple(_measured(candidate, value.fact, _evidence(value)) for value in point.values)


def _evidence(value: MarkerValue) -> Evidence:
    """Return the value as cited; of one that has no limit to be compared with, that it is not used and why."""
    said = value.evidence()
    return replace(said, note=sentence(NOT_USED, why=value.without.reason)) if value.without is not None else said


def _measured(candidate: Candidate, drawn: Drawn, evidence: Evidence) -> Measured:
    fact = candidate.fact(evidence)
    if fact.is_hidden:
        return Measured(fact=fact, laboratory="", method="")
    return Measured(fact=fact, laboratory=laboratory_of(drawn), method=method_of(drawn))


def _modality(each: Assessment) -> str:
    said = each.scan.said("modality")
    return value_in_words(TRIAL.crf("TA").item("modality"), said) if said else ""


def _tone(standing: Standing) -> str:
    return {Standing.COUNTS: "good", Standing.BREAKS: "bad"}.get(standing, "calm")


def _place(at: int, standing: Standing, pair: Pair | None, ended: tuple[Ended, ...]) -> tuple[str, ...]:
    found = []
    if pair is not None and at in (pair.first, pair.second):
        found.append(_(FIRST) if at == pair.first else _(SECOND))
    if any(each.by == at for each in ended):
        found.append(_(LEFT_OPEN) if standing is Standing.OPEN else _(BROKE))
    return tuple(found)
