"""The clinical complete response over time: two scans and two marker timepoints, one month apart, and near each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from typing import Final

from protocol.assessments import Assessment, assess
from protocol.assumptions import IMAGING_WINDOW_DAYS, MARKER_AGE_DAYS, PAIR_GAP_DAYS
from protocol.facts import Facts
from protocol.imaging import imaging_half, imaging_part, scans_of
from protocol.language import PASS, REVIEW, UNKNOWN, Verdict
from protocol.marker_runs import drawn_from, marker_half, marker_part
from protocol.markers import MarkerPoint, MarkerValue, marker_points
from protocol.pairs import Pair, Part, Standing, latest_pair
from protocol.record import Evidence, Judgement, Need, Record, Told, Untold
from protocol.together import both_due, distance, draw_due, further_from, gap_of, scan_due
from protocol.values import plain
from protocol.words import N_, Sentence, sentence


@plain(kw_only=True)
class Response:
    """The clinical complete response of a subject on a day, with every timepoint, so that it can be drawn."""

    on: date
    assessments: tuple[Assessment, ...]
    markers: tuple[MarkerPoint, ...]
    imaging: Part
    marker: Part
    imaging_pair: Pair | None
    marker_pair: Pair | None
    first_on: date | None
    confirmed_on: date | None
    judgement: Judgement
    together: Sentence | None = None  # whether the second members lie near each other, or by when they still can
    notes: tuple[Sentence, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def reason(self) -> Sentence:
        return self.judgement.reason


def response(record: Record, on: date) -> Response:
    """Return the clinical complete response of a subject on a day."""
    return response_of(Facts(record, on))


def response_of(facts: Facts) -> Response:
    """Return the clinical complete response from facts already indexed."""
    return assembled(assess(scans_of(facts)), marker_points(facts), on=facts.on)


def judgement_of(facts: Facts) -> Judgement:
    """Return the judgement of the response alone, without what is only drawn."""
    course = _Course(assess(scans_of(facts)), marker_points(facts), facts.on)
    return course.judged(*course.chosen())


def assembled(assessments: Sequence[Assessment], markers: Sequence[MarkerPoint], *, on: date) -> Response:
    """Return the response that scans and marker timepoints, each by day, make on a day."""
    course = _Course(assessments, markers, on)
    imaging_pair, marker_pair = course.chosen()
    return Response(
        on=on,
        assessments=tuple(assessments),
        markers=tuple(markers),
        imaging=course.imaging_now(),
        marker=course.marker_now(),
        imaging_pair=imaging_pair,
        marker_pair=marker_pair,
        first_on=course.end(imaging_pair, marker_pair, second=False),
        confirmed_on=course.end(imaging_pair, marker_pair, second=True),
        judgement=course.judged(imaging_pair, marker_pair),
        together=course.together(imaging_pair, marker_pair),
        notes=tuple(course.notes(imaging_pair)),
    )


BOTH_PASS: Final = N_(
    "Clinical complete response: complete responses on %(first_scan)s and %(second_scan)s, "
    "AFP and PIVKA-II normal on %(first_markers)s and %(second_markers)s."
)
SCAN_FRESH: Final = N_("The latest scan may be used until %(until)s.")
SCAN_OLD: Final = N_("The latest scan of %(on)s is older than %(days)s days on %(day)s; a new scan is needed.")
MARKERS_OLD: Final = N_(
    "The latest normal markers of %(on)s are older than %(days)s days on %(day)s; a new draw is possible now."
)
MARKERS_FRESH: Final = N_("The latest normal markers may be used until %(until)s.")


class _Course:
    """Both halves side by side. The verdict is made of runs and days; the words of each half are made when asked for."""

    def __init__(self, assessments: Sequence[Assessment], markers: Sequence[MarkerPoint], on: date) -> None:
        self.assessments = assessments
        self.markers = markers
        self.on = on
        self.scans = imaging_half(assessments)
        self.draws = marker_half(markers)

    @cached_property
    def imaging(self) -> Part:
        """The scans in words."""
        return imaging_part(self.assessments, self.on)

    @cached_property
    def marker(self) -> Part:
        """The markers in words."""
        return marker_part(self.markers, self.on)

    def chosen(self) -> tuple[Pair | None, Pair | None]:
        """Return the latest pairs; those whose second members lie near each other before all others."""
        if not self.scans.pairs or not self.draws.pairs:
            return latest_pair(self.scans), latest_pair(self.draws)
        both = [(scans, draws) for scans in self.scans.pairs for draws in self.draws.pairs]
        if len(both) == 1:
            return both[0]
        return max(both, key=lambda two: (self.gap(*two) <= PAIR_GAP_DAYS, two[0].second, two[1].second, two[0].first))

    def gap(self, scans: Pair, draws: Pair) -> int:
        """Return the days between the second scan and the draw of the second timepoint farthest from it."""
        return gap_of(*self.seconds(scans, draws))

    def seconds(self, scans: Pair, draws: Pair) -> tuple[date, MarkerPoint]:
        """Return the day of the second scan and the second marker timepoint."""
        return self.assessments[scans.second].on, self.markers[draws.second]

    def end(self, scans: Pair | None, draws: Pair | None, *, second: bool) -> date | None:
        """Return the day from which both first (or both second) members stand."""
        if scans is None or draws is None:
            return None
        scan, draw = (scans.second, draws.second) if second else (scans.first, draws.first)
        return max(self.assessments[scan].on, self.markers[draw].last_on)

    def together(self, scans: Pair | None, draws: Pair | None) -> Sentence | None:
        """Return whether both second members lie near each other, or by when the one that is missing still can."""
        if scans is not None and draws is not None:
            return distance(*self.seconds(scans, draws))
        if scans is not None:
            return draw_due(self.assessments[scans.second].on, self.marker)
        if draws is not None:
            return scan_due(self.markers[draws.second].first_on, self.imaging)
        return both_due(self.imaging, self.marker)

    def judged(self, scans: Pair | None, draws: Pair | None) -> Judgement:
        """Return the verdict: what is not known comes before what asks for a review."""
        if scans is None or draws is None:
            return Untold(UNKNOWN, lambda: self._told_open(scans, draws))
        scan_until = self._latest_scan_on() + timedelta(days=IMAGING_WINDOW_DAYS)
        if scan_until < self.on:
            return Untold(UNKNOWN, lambda: self._told(self._scan_old(), needs=(self._scan_today(),)))
        if why := self._why_review(scans, draws):
            return Untold(REVIEW, lambda: self._told_review(scans, draws, why), scan_until)
        until = min(scan_until, self._fresh_until())
        return Untold(PASS, lambda: self._told(self._passed(scans, draws)), until)

    def _told_open(self, scans: Pair | None, draws: Pair | None) -> Told:
        parts = [part for part in (self.imaging, self.marker) if part.verdict is UNKNOWN]
        needs = (*(need for part in parts for need in part.needs), *self._further(scans, draws))
        return self._told(parts[0].reason, needs=needs, notes=[part.reason for part in parts[1:]])

    def _further(self, scans: Pair | None, draws: Pair | None) -> Iterator[Need]:
        """Yield the further scan or draw without which both second members cannot lie near each other."""
        scan_on = self.assessments[scans.second].on if scans is not None else None
        drawn_on = self.markers[draws.second].last_on if draws is not None else None
        if scan_from := further_from(scan_on, self.imaging, self.marker):
            yield Need(crf="TA", item="scan_on", not_before=max(self.on, scan_from))
        if draw_from := further_from(drawn_on, self.marker, self.imaging):
            yield from drawn_from(max(self.on, draw_from))

    def _told_review(self, scans: Pair, draws: Pair, why: Sequence[Sentence]) -> Told:
        return self._told(why[0], notes=why[1:], needs=self._needs_review(scans, draws))

    def _why_review(self, scans: Pair, draws: Pair) -> list[Sentence]:
        why = [*scans.why, *draws.why]
        if self.gap(scans, draws) > PAIR_GAP_DAYS:
            why.append(distance(*self.seconds(scans, draws)))
        if self._fresh_until() < self.on:
            why.append(self._markers_old())
        return why

    def _needs_review(self, scans: Pair, draws: Pair) -> tuple[Need, ...]:
        """Return what would mend a review: a further scan, a further draw, or both."""
        marker = self.marker_now()
        needs = [*self.imaging.needs, *marker.needs]
        if not needs and self.gap(scans, draws) > PAIR_GAP_DAYS:
            # The half that ended earlier is the one to go on with.
            is_scan_earlier = self.assessments[scans.second].on < self.markers[draws.second].first_on
            scan = Need(crf="TA", item="scan_on", not_before=self.imaging.next_on)
            needs = [scan] if is_scan_earlier else [*drawn_from(self.marker.next_on or self.on)]
        return tuple(needs)

    def marker_now(self) -> Part:
        """Return the markers with their age said: a clear pair needs no second draw, only a fresh one once it is old."""
        if self.marker.verdict is not PASS:
            return self.marker
        until = self._fresh_until()
        is_old = until < self.on
        age = self._markers_old() if is_old else sentence(MARKERS_FRESH, until=until)
        return replace(
            self.marker,
            reason=sentence(N_("%(first)s %(second)s"), first=self.marker.reason, second=age),
            next_on=self.on if is_old else None,
            window=None,
            needs=drawn_from(self.on) if is_old else (),
        )

    def imaging_now(self) -> Part:
        """Return the scans, of a clear pair with the last day on which the latest one may be used."""
        if self.imaging.verdict is not PASS:
            return self.imaging
        until = self._latest_scan_on() + timedelta(days=IMAGING_WINDOW_DAYS)
        is_old = until < self.on
        age = self._scan_old() if is_old else sentence(SCAN_FRESH, until=until)
        return replace(
            self.imaging,
            reason=sentence(N_("%(first)s %(second)s"), first=self.imaging.reason, second=age),
            next_on=self.on if is_old else None,
            window=None,
            needs=(self._scan_today(),) if is_old else (),
        )

    def _scan_old(self) -> Sentence:
        return sentence(SCAN_OLD, on=self._latest_scan_on(), days=IMAGING_WINDOW_DAYS, day=self.on)

    def _scan_today(self) -> Need:
        return Need(crf="TA", item="scan_on", not_before=self.on - timedelta(days=IMAGING_WINDOW_DAYS))

    def _markers_old(self) -> Sentence:
        return sentence(MARKERS_OLD, on=self._latest_markers_on(), days=MARKER_AGE_DAYS, day=self.on)

    def _fresh_until(self) -> date:
        return self._latest_markers_on() + timedelta(days=MARKER_AGE_DAYS)

    def _passed(self, scans: Pair, draws: Pair) -> Sentence:
        return sentence(
            BOTH_PASS,
            first_scan=self.assessments[scans.first].on,
            second_scan=self.assessments[scans.second].on,
            first_markers=self.markers[draws.first].last_on,
            second_markers=self.markers[draws.second].last_on,
        )

    def _latest_scan_on(self) -> date:
        return self.assessments[self.scans.run.counting[-1]].on

    def _latest_markers_on(self) -> date:
        return self.markers[self.draws.run.counting[-1]].first_on

    def _told(self, reason: Sentence, *, needs: tuple[Need, ...] = (), notes: Sequence[Sentence] = ()) -> Told:
        evidence = (*map(_scan_evidence, self.assessments), *(value.evidence() for value in self._values()))
        for also in notes:
            reason = sentence(N_("%(first)s %(second)s"), first=reason, second=also)
        return Told(reason, evidence, needs)

    def _values(self) -> Iterable[MarkerValue]:
        """Return every marker value once, however many timepoints it belongs to."""
        return {id(value): value for point in self.markers for value in point.values}.values()

    def notes(self, scans: Pair | None) -> Iterator[Sentence]:
        """Yield what a reader should know and no verdict rests on."""
        for point in self.markers:
            if point.standing is Standing.IGNORED:
                yield sentence(N_("The draw of %(on)s has one marker only and is not counted."), on=point.first_on)
        for value in self._values():
            if value.converted is not None:
                yield sentence(
                    N_("%(item)s %(value)s was converted to the unit of the reference range."),
                    item=value.fact.term(),
                    value=value.fact.shown,
                )
        if scans is None:
            return
        first, second = self.assessments[scans.first].scan, self.assessments[scans.second].scan
        if first.said("modality") != second.said("modality"):
            yield sentence(N_("The modality changed between the two scans; compare them with care."))


def _scan_evidence(each: Assessment) -> Evidence:
    note = each.reasons[0] if each.reasons else None
    if each.equivocal and not each.resolved:
        note = sentence(N_("An equivocal finding demands a repeat scan."))
    return Evidence(
        form=each.scan.form.id,
        crf="TA",
        path="overall_response",
        title=N_("Overall response, computed"),
        value=each.overall.value if each.overall is not None else "",
        on=each.on.isoformat(),
        note=note,
    )
