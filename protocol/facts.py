"""A record read for one day: its complete forms indexed once, dated answers, the latest value in a window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Final

from protocol.crfs import CRFS
from protocol.dates import PossibleDays, exactly, possible_days
from protocol.language import UNKNOWN, Group, Number
from protocol.record import (
    BLANK,
    Answer,
    Evidence,
    FormRecord,
    Judgement,
    Need,
    Record,
    ReferenceRange,
    Told,
    Untold,
    told,
)
from protocol.values import plain
from protocol.words import N_, Param, Sentence, sentence

DATED_BY: Final[Mapping[str, str]] = {crf.code: crf.dated_by for crf in CRFS}
FORM_TITLES: Final[Mapping[str, str]] = {crf.code: crf.title for crf in CRFS}
TITLES: Final[Mapping[tuple[str, str], str]] = {
    (crf.code, item.name): item.title for crf in CRFS for item in crf.items
} | {
    (crf.code, f"{group.name}/{item.name}"): item.title
    for crf in CRFS
    for group in crf.items
    if isinstance(group, Group)
    for item in group.items
}
NUMBERS: Final[Mapping[tuple[str, str], Number]] = {
    (crf.code, item.name): item for crf in CRFS for item in crf.items if isinstance(item, Number)
}


TERMS: Final[Mapping[tuple[str, str], Sentence]] = {place: Sentence(title) for place, title in TITLES.items()}


@lru_cache(maxsize=10_000)
def titled(crf: str, path: str) -> Sentence:
    """Return the words of an item, also of one inside a row, as a term that is translated with its sentence."""
    term = TERMS.get((crf, path))
    if term is None:
        group, _, rest = path.partition("/")
        term = TERMS[(crf, f"{group}/{rest.rpartition('/')[2]}")]
    return term


@plain()
class Fact:
    """One answer with its form and, where the form is dated, its day."""

    form: FormRecord
    path: str
    answer: Answer
    on: date | None = None
    until: date | None = None  # the last day on which it lies in the window it was asked for

    @property
    def value(self) -> str:
        return self.answer.value

    @property
    def shown(self) -> str:
        """The value as entered with comparator and unit."""
        answer = self.answer
        value = answer.comparator + answer.value
        return f"{value} {answer.unit}" if answer.unit else value

    def term(self) -> Sentence:
        """Return the words of the item."""
        return titled(self.form.crf, self.path)

    def evidence(self, *, limit: str = "", note: Sentence | None = None, on: str = "") -> Evidence:
        """Return the fact as a verdict cites it."""
        answer = self.answer
        return Evidence(
            form=self.form.id,
            crf=self.form.crf,
            path=self.path,
            title=titled(self.form.crf, self.path).message,
            value=answer.comparator + answer.value if answer.missing is None else answer.missing.value,
            unit=answer.unit,
            limit=limit,
            on=on or (self.on.isoformat() if self.on is not None else ""),
            note=note,
        )


@lru_cache(maxsize=10_000)  # the days of a trial are few
def day_of(text: str) -> date | None:
    """Return the whole day a stored date or moment means; None for a partial or unreadable one."""
    try:
        return date.fromisoformat(text[:10]) if len(text) >= 10 else None
    except ValueError:
        return None


@lru_cache(maxsize=10_000)
def days_of(text: str) -> PossibleDays:
    """Return the days a stored date can mean; an unreadable one can mean any."""
    whole = day_of(text) if len(text) == len("2025-03-31") else None
    if whole is not None:
        return exactly(whole)
    try:
        return possible_days(text)
    except ValueError:
        return PossibleDays(None, None)


span: Final = cache(timedelta)  # so many days: the windows of the trial are few

_ORDER: Final = attrgetter("visit", "repeat", "id")


class Facts:
    """Everything known of a subject on a day. Built once per judging, so that no criterion searches the record anew."""

    def __init__(self, record: Record, on: date) -> None:
        self.record = record
        self.on = on
        self._forms: defaultdict[str, list[FormRecord]] = defaultdict(list)
        for form in record.forms:
            if not form.complete:
                continue
            for answer in form.answers.values():
                if answer.value or answer.missing is not None:
                    # A form without a single answer is not a treatment without a kind: it says nothing.
                    self._forms[form.crf].append(form)
                    break
        for forms in self._forms.values():
            if len(forms) > 1:
                forms.sort(key=_ORDER)
        self._dated: dict[str, list[tuple[date, FormRecord]]] = {}
        self._ranges: dict[tuple[str, str], list[ReferenceRange]] | None = None
        self._treatments: list[FormRecord] | None = None
        self._sex: str | None = None
        self.scanned: Any = None  # the scans, once protocol.imaging has read them: several criteria ask for them

    def forms(self, crf: str) -> list[FormRecord]:
        """Return the complete forms of a CRF in an order that does not depend on how they were given."""
        return self._forms.get(crf, [])

    def dated(self, crf: str) -> list[tuple[date, FormRecord]]:
        """Return the complete forms of a CRF dated up to the day, the latest first."""
        known = self._dated.get(crf)
        if known is None:
            item, known = DATED_BY[crf], []
            for form in self._forms.get(crf, ()):
                answer = form.answers.get(item)
                on = day_of(answer.value) if answer is not None else None
                if on is not None and on <= self.on:
                    known.append((on, form))
            if len(known) > 1:
                known.sort(key=_latest_first, reverse=True)
            self._dated[crf] = known
        return known

    def ranges(self, laboratory: str, analyte: str, on: date) -> list[ReferenceRange]:
        """Return the reference ranges with an upper limit that a laboratory has for an analyte on a day."""
        if self._ranges is None:
            self._ranges = {}
            for each in self.record.ranges:
                self._ranges.setdefault((each.laboratory, each.analyte), []).append(each)
        found = []
        for each in self._ranges.get((laboratory, analyte), ()):
            if each.high is not None and each.valid_from <= on and (each.valid_to is None or on <= each.valid_to):
                found.append(each)
        return found

    def treatments(self) -> list[FormRecord]:
        """Return the treatments that had or may have begun by the day."""
        if self._treatments is None:
            self._treatments = [form for form in self.forms("PT") if self._may_have_begun(form)]
        return self._treatments

    def _may_have_begun(self, treatment: FormRecord) -> bool:
        started = treatment.answers.get("started_on", BLANK).value
        earliest = days_of(started).earliest if started else None
        return earliest is None or earliest <= self.on

    @property
    def sex(self) -> str:
        """The sex as entered, or an empty text."""
        if self._sex is None:
            fact = self.undated("DM", "sex")
            self._sex = fact.value if fact is not None else ""
        return self._sex

    @property
    def birth(self) -> Fact | None:
        """The date of birth as entered."""
        return self.undated("DM", "birth_date")

    def undated(self, crf: str, item: str) -> Fact | None:
        """Return the answer of a form that has no day of its own; of several forms the last one that answers."""
        found: Fact | None = None
        for form in self.forms(crf):
            answer = form.answers.get(item)
            if answer is not None and answer.value:
                found = Fact(form, item, answer)
        return found

    def newest(self, crf: str, item: str) -> Fact | None:
        """Return the latest dated value up to the day, however old; an answer without a value is passed over."""
        for on, form in self._dated.get(crf) or self.dated(crf):
            answer = form.answers.get(item)
            if answer is not None and answer.value:
                return Fact(form, item, answer, on)
        return None

    def latest(self, crf: str, item: str, days: int, lasting: tuple[str, ...] = ()) -> Fact | Judgement:
        """Return the latest value of the window (`days` before the day, inclusive), or why there is none: UNKNOWN.

        Values that are `lasting` do not grow old: where one of them is the latest, it is returned from before the window.
        """
        for on, form in self._dated.get(crf) or self.dated(crf):
            answer = form.answers.get(item)
            if answer is not None and answer.value:
                until = on + span(days)
                found = Fact(form, item, answer, on, until)
                return found if until >= self.on or answer.value in lasting else self._old(found, days)
        return self.absent(crf, item)

    def _old(self, found: Fact, days: int) -> Judgement:
        return Untold(UNKNOWN, lambda: _told_old(found, days, self.on))

    def absent(self, crf: str, item: str) -> Judgement:
        """Return UNKNOWN for an item that no complete form up to the day answers, with what was said instead."""
        return Untold(UNKNOWN, lambda: self._told_absent(crf, item))

    def _told_absent(self, crf: str, item: str) -> Told:
        term = titled(crf, item)
        for form in self.forms(crf):
            answer = form.answers.get(item)
            if answer is None or answer.is_blank:
                continue
            return self._said_instead(Fact(form, item, answer, day_of(form.answer(DATED_BY[crf]).value)), term)
        needs = (Need(crf=crf, item=item),)
        if self._forms.get(crf):
            return told(N_("“%(item)s” is not entered."), needs=needs, item=term)
        return told(
            N_("“%(item)s” is missing: no form “%(form)s” is complete."),
            needs=needs,
            item=term,
            form=Sentence(FORM_TITLES[crf]),
        )

    def _said_instead(self, fact: Fact, term: Sentence) -> Told:
        crf, needs, evidence = fact.form.crf, (Need(crf=fact.form.crf, item=fact.path),), (fact.evidence(),)
        if fact.answer.missing is not None:
            missing = Sentence(fact.answer.missing.value)
            return told(
                N_("%(item)s has no value: %(missing)s."), needs=needs, evidence=evidence, item=term, missing=missing
            )
        if fact.on is None:
            needs = (Need(crf=crf, item=DATED_BY[crf]),)
            return told(N_("The day of %(item)s is missing."), needs=needs, evidence=evidence, item=term)
        return told(
            N_("%(item)s is dated %(on)s, after %(day)s."),
            needs=needs,
            evidence=evidence,
            item=term,
            on=fact.on,
            day=self.on,
        )


def _told_old(found: Fact, days: int, day: date) -> Told:
    return told(
        N_("%(item)s of %(on)s is older than the %(days)s days before %(day)s; a newer value is needed."),
        needs=(Need(crf=found.form.crf, item=found.path, not_before=day - span(days)),),
        evidence=(found.evidence(),),
        item=found.term(),
        on=found.on or "",
        days=days,
        day=day,
    )


def _latest_first(dated: tuple[date, FormRecord]) -> tuple[date, int, str]:
    return (dated[0], dated[1].repeat, dated[1].id)


def unknown(
    message: str, *, needs: tuple[Need, ...], evidence: tuple[Evidence, ...] = (), **params: Param
) -> Judgement:
    """Return UNKNOWN: what is missing is asked for, and never taken for a no."""
    return Judgement(verdict=UNKNOWN, reason=sentence(message, **params), evidence=evidence, needs=needs)
