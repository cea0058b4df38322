"""What a change of ranges or factors would do, foreseen by making it for once and taking it back. Nothing is written.

The results whose place in their range changes are counted for every subject in sight; of so many of these as can be
looked at while somebody waits, verdicts, determinations, endpoints and queries are compared as well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.system import system_actor
from audit.door import as_actor
from casebook import actions
from casebook.entry.impact import becomes, differing_above, differing_queries, with_moments_in_words
from casebook.models import ReferenceRange, Subject
from casebook.ports import Seen, after_change, seen_above
from casebook.selectors.queries import STANDING
from casebook.selectors.records import Reference, form_record, forms_with_signers, in_order, reference_for
from casebook.selectors.reference import touched_by_any
from casebook.selectors.sight import visible_forms, visible_queries, visible_subjects
from casebook.selectors.standing import day_at
from casebook.states import Stage
from casebook.words import said
from protocol.comparing import Measured, Relation, holds
from protocol.facts import NUMBERS, Fact, Facts
from protocol.ranges import Limited, laboratory_of, upper_limit
from protocol.record import FormRecord, Judgement, Record
from protocol.words import Sentence

THREE_DIGITS = Context(prec=3)
MOST_COUNTED = 1000  # subjects whose results are compared
MOST_LOOKED_AT = 40  # subjects whose verdicts and queries are compared
Key = tuple[str, str]  # form and item
Place = tuple[Fact, str, str]  # a result, its flag and the whole in words
Change = Callable[[], Iterable[ReferenceRange]]


class _TakenBack(Exception):
    """Nothing of the change is kept."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """A stored result whose place in its range would be another."""

    subject: Subject
    form: str
    title: str
    value: str
    on: date | None
    before: str
    after: str
    flag_changes: bool  # between normal, below, above and not known; otherwise only the multiple of the limit


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What would be otherwise: results, and what follows from them for each subject looked at."""

    touched: int  # subjects in sight with a result of the laboratory
    elsewhere: int  # subjects of sites out of sight with one: judged again as well
    results: tuple[Result, ...] = ()
    follows: tuple[tuple[Subject, tuple[str, ...]], ...] = ()
    newly: tuple[tuple[str, int], ...] = ()  # what subjects are counted under, and of how many looked at it is new
    not_counted: int = 0
    not_looked_at: int = 0

    @property
    def subjects(self) -> int:
        """How many subjects have a result that stands otherwise."""
        return len({result.subject.pk for result in self.results})

    @property
    def flags(self) -> int:
        """How many results change between normal and not."""
        return sum(result.flag_changes for result in self.results)


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """What follows from a subject's results, as far as its reader may see it."""

    above: Mapping[str, Seen]
    queries: Mapping[UUID, str]
    stage: str


def effect_of(
    change: Change, *, laboratories: Collection[str], analytes: Collection[str], by: User, at: datetime
) -> Effect:
    """Return what the change would do once it is confirmed. Raises Refusal where it would be refused."""
    subjects, touched, elsewhere = _touched(laboratories, by)
    forms = _forms(subjects, by)
    sites = {subject.site_id for subject in subjects}
    before = _places(subjects, forms, reference_for(sites), laboratories, analytes, at)
    found: list[Result] = []
    looked_at: list[Subject] = []
    then: dict[UUID, _Standing] = {}
    try:
        with transaction.atomic():
            _made(change, at)
            after = _places(subjects, forms, reference_for(sites), laboratories, analytes, at)
            found = list(_differing(subjects, before, after))
            looked_at = _first(found)
            _judged_again(looked_at, at)
            then = {subject.pk: _standing(subject, by, at) for subject in looked_at}
            raise _TakenBack
    except _TakenBack:
        pass
    now = {subject.pk: _standing(subject, by, at) for subject in looked_at}
    follows = tuple((each, tuple(_follows(now[each.pk], then[each.pk]))) for each in looked_at)
    return Effect(
        touched=touched,
        elsewhere=elsewhere,
        results=tuple(sorted(found, key=lambda result: not result.flag_changes)),
        follows=tuple((subject, sentences) for subject, sentences in follows if sentences),
        newly=_newly(now, then),
        not_counted=touched - len(subjects),
        not_looked_at=len({result.subject.pk for result in found}) - len(looked_at),
    )


def _touched(laboratories: Collection[str], by: User) -> tuple[list[Subject], int, int]:
    """Return those in sight as far as they are counted, how many they are, and how many are out of sight."""
    in_sight = visible_subjects(by).filter(pk__in=touched_by_any(laboratories).values("pk"))
    count = in_sight.count()
    with as_actor(system_actor("eligibility")):
        everywhere = touched_by_any(laboratories).count()
    counted = in_sight.select_related("site").order_by("site__code", "sequence", "pk")[:MOST_COUNTED]
    return list(counted), count, everywhere - count


def _first(found: Iterable[Result]) -> list[Subject]:
    """Return as many subjects as are looked at, first those of whom a result changes between normal and not."""
    weighty = sorted(found, key=lambda result: not result.flag_changes)
    return list({result.subject.pk: result.subject for result in weighty}.values())[:MOST_LOOKED_AT]


def _newly(now: Mapping[UUID, _Standing], then: Mapping[UUID, _Standing]) -> tuple[tuple[str, int], ...]:
    """Return of how many subjects something is new, by what it is counted under."""
    counts = Counter(
        label
        for subject, standing in then.items()
        for label in {each.counted_as for key, each in standing.above.items() if key not in now[subject].above}
        if label
    )
    return tuple((_(label), count) for label, count in sorted(counts.items()))


def _made(change: Change, at: datetime) -> None:
    confirms = system_actor("set-up")
    for held in change():
        actions.confirm_range(held, by=confirms, at=at, only=())


def _judged_again(subjects: Iterable[Subject], at: datetime) -> None:
    judge = system_actor("eligibility")
    with as_actor(judge):
        for subject in subjects:
            after_change(_anew(subject), form=None, by=judge, at=at)


def _anew(subject: Subject) -> Subject:
    return Subject.objects.select_related("site").get(pk=subject.pk)


def _standing(subject: Subject, by: User, at: datetime) -> _Standing:
    fresh = _anew(subject)
    queries = visible_queries(by).filter(subject=fresh, state__in=STANDING).order_by("opened_at", "id")
    return _Standing(
        above=seen_above(fresh, by=by, at=at),
        queries={query.pk: said(Sentence.from_json(query.sentence)) for query in queries},
        stage=str(Stage(fresh.stage).label),
    )


def _follows(before: _Standing, after: _Standing) -> Iterator[str]:
    if before.stage != after.stage:
        yield becomes(_("Stage of the subject"), before.stage, after.stage)
    for sentence in (*differing_above(before.above, after.above), *differing_queries(before.queries, after.queries)):
        yield with_moments_in_words(sentence)


# --- the place of a result in its range -----------------------------------------------------------------------


def _crfs() -> frozenset[str]:
    return frozenset(crf for (crf, _name), item in NUMBERS.items() if item.analyte)


def _forms(subjects: Iterable[Subject], by: User) -> Mapping[UUID, list[FormRecord]]:
    """Return what a range is looked up by: results that the person may read, and sex and birth."""
    wanted = forms_with_signers([subject.pk for subject in subjects]).filter(crf__in=(*_crfs(), "DM"))
    by_subject: dict[UUID, list[FormRecord]] = defaultdict(list)
    for form in in_order(wanted.filter(pk__in=visible_forms(by).values("pk")).select_related("visit")):
        by_subject[form.subject_id].append(form_record(form))
    return by_subject


def _places(
    subjects: Iterable[Subject],
    forms: Mapping[UUID, list[FormRecord]],
    reference: Reference,
    laboratories: Collection[str],
    analytes: Collection[str],
    at: datetime,
) -> dict[UUID, dict[Key, Place]]:
    """Return of every result of these laboratories and analytes how it stands to its range, by subject."""
    asked = [place for place, item in NUMBERS.items() if item.analyte in analytes]
    places: dict[UUID, dict[Key, Place]] = {}
    for subject in subjects:
        record = Record(
            subject=subject.number,
            forms=tuple(forms.get(subject.pk, ())),
            ranges=reference.ranges,
            conversions=reference.conversions,
        )
        facts = Facts(record, day_at(subject.site, at))
        places[subject.pk] = {
            (fact.form.id, fact.path): (fact, *_place(facts, fact))
            for fact in _results(facts, asked)
            if laboratory_of(fact) in laboratories
        }
    return places


def _results(facts: Facts, asked: Iterable[tuple[str, str]]) -> Iterator[Fact]:
    for crf, item in asked:
        for on, form in facts.dated(crf):
            if form.answer(item).value:
                yield Fact(form, item, form.answer(item), on)


def _place(facts: Facts, fact: Fact) -> tuple[str, str]:
    limited = upper_limit(facts, fact)
    if isinstance(limited, Judgement):
        return "", said(limited.reason)
    if limited.upper and not limited.measured.comparator:
        times = _("%(times)s × upper limit %(limit)s") % {
            "times": f"{THREE_DIGITS.divide(limited.measured.number, limited.upper):f}",
            "limit": limited.limit,
        }
    else:
        times = _("upper limit %(limit)s") % {"limit": limited.limit}
    flag = _flag(limited)
    return flag, f"{flag}, {times}"


def _flag(limited: Limited) -> str:
    above = holds(limited.measured, Relation.ABOVE, limited.upper)
    if above is None:
        return _("neither normal nor not")
    if above:
        return _("above")
    return _("below") if _is_below(limited.measured, limited) else _("normal")


def _is_below(measured: Measured, limited: Limited) -> bool:
    low, high = limited.range.low, limited.high
    return low is not None and high != 0 and bool(holds(measured, Relation.BELOW, low * (limited.upper / high)))


def _differing(
    subjects: Iterable[Subject],
    before: Mapping[UUID, Mapping[Key, Place]],
    after: Mapping[UUID, Mapping[Key, Place]],
) -> Iterator[Result]:
    for subject in subjects:
        for key, (fact, flag, was) in before[subject.pk].items():
            _fact, flag_then, now = after[subject.pk][key]
            if now != was:
                yield Result(
                    subject=subject,
                    form=fact.form.id,
                    title=said(fact.term()),
                    value=fact.shown,
                    on=fact.on,
                    before=was,
                    after=now,
                    flag_changes=flag != flag_then,
                )
