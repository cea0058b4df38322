"""Second readings beside those of the site, as a user may see them: what is blinded still, and what differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from accounts.models import Site, User
from casebook.models import Form, Subject
from casebook.selectors.records import records_of
from casebook.selectors.sight import visible_forms
from casebook.states import FormState, Stage
from eligibility.selectors import visible_candidates
from eligibility.signed_first import Later, SignedFirst, as_signed_first, changed_later, complete_since, signed_first
from protocol.crfs.second_reading import SECOND_READING
from protocol.record import FormRecord, Record
from protocol.second_reading import Compared, TwoReadings, two_readings

CODE = SECOND_READING.code


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two readings of one scan: the forms, who read second, and whether each is signed as it stands."""

    subject: Subject
    reader: str
    second: Form
    first_id: str
    readings: TwoReadings  # the second as it was signed first
    later: tuple[Later, ...] = ()  # what was changed since
    is_changed_open: bool = False  # ... when the reading of the site could be read already

    @property
    def on(self) -> date | None:
        """The day of the scan."""
        return self.readings.on

    @property
    def differences(self) -> tuple[Compared, ...]:
        """What the two disagree on."""
        return self.readings.differences

    @property
    def first_is_signed(self) -> bool:
        """Whether the reading of the site is signed as it stands: unsigned, it decides nothing yet."""
        return self.readings.first is not None and bool(self.readings.first.signed_by)

    @cached_property
    def second_is_signed(self) -> bool:
        """Whether the second reader signed this version."""
        return bool(self.readings.second.signed_by)


@dataclass(frozen=True)
class SecondReadings:
    """The second readings of one subject: those that may be shown, and how many may not yet."""

    pairs: tuple[Pair, ...] = ()
    hidden: int = 0

    def __bool__(self) -> bool:
        return bool(self.pairs or self.hidden)


def second_readings_of(subject: Subject, record: Record, hidden: Iterable[str]) -> SecondReadings:
    """Return the second readings of a subject; `hidden` are the forms this user may not see. Three queries at most."""
    unseen = frozenset(hidden)
    known = [form for form in record.forms if form.crf == CODE]
    if not known:
        return SecondReadings()
    blinded = sum(1 for form in known if form.id in unseen)
    seen = [form for form in record.forms if form.id not in unseen]
    forms = _forms([subject.pk])
    return SecondReadings(
        _pairs({subject: seen}, {key: form for key, form in forms.items() if key not in unseen}), blinded
    )


def pairs_in_sight(
    user: User,
    sites: Iterable[Site],
    *,
    number: str = "",
    differing: bool = False,
    stages: Collection[Stage] = tuple(Stage),
) -> list[Pair]:
    """Return every two readings of one scan at these sites that the user may see, by subject and day. Five queries at most.

    Whole records are read: a page that is opened all day asks only about the stages it is for.
    """
    asked = visible_candidates(user, sites).filter(stage__in=stages, number__icontains=number).order_by()
    seconds = visible_forms(user).filter(crf=CODE, state=FormState.COMPLETE, subject__in=asked)
    placed = seconds.order_by("site__code", "subject__sequence", "subject")
    forms = {str(form.pk): form for form in placed.select_related("entered_by", "subject__site")}
    known = list(dict.fromkeys(form.subject for form in forms.values()))
    records = records_of(known)
    found = _pairs({subject: records[subject.pk].forms for subject in known}, forms)
    return [pair for pair in found if pair.differences or pair.later or not differing]


def _forms(subjects: Iterable[UUID]) -> dict[str, Form]:
    forms = Form.objects.filter(subject__in=list(subjects), crf=CODE).select_related("entered_by")
    return {str(form.pk): form for form in forms}


def _pairs(known: Mapping[Subject, Iterable[FormRecord]], forms: Mapping[str, Form]) -> tuple[Pair, ...]:
    first = {str(key): each for key, each in signed_first(forms.values()).items()}
    found = [(subject, each) for subject, records in known.items() for each in _compared(records, forms, first)]
    changed = (each.first.id for _subject, each in found if each.first and each.second.id in first)
    opened = complete_since(changed)
    return tuple(_pair(subject, each, forms[each.second.id], first, opened) for subject, each in found)


def _compared(
    known: Iterable[FormRecord], forms: Mapping[str, Form], first: Mapping[str, SignedFirst]
) -> Iterator[TwoReadings]:
    records = [as_signed_first(each, first[each.id]) if each.id in first else each for each in known]
    return (each for each in two_readings(records) if each.first is not None and each.second.id in forms)


def _pair(
    subject: Subject, readings: TwoReadings, form: Form, first: Mapping[str, SignedFirst], opened: Mapping[str, int]
) -> Pair:
    site, signed = readings.first.id if readings.first else "", first.get(readings.second.id)
    return Pair(
        subject=subject,
        reader=form.entered_by.name if form.entered_by else "",
        second=form,
        first_id=site,
        readings=readings,
        later=changed_later(form, signed) if signed else (),
        is_changed_open=signed is not None and signed.changed > opened.get(site, 0),
    )
