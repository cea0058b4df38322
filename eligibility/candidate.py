"""One candidate as the page shows it: judged from the answers, never from what was kept; now, or as of the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from accounts.models import Signature, User
from casebook.models import Form, Subject
from casebook.rules.evaluating import is_evaluation
from casebook.selectors.sight import hidden_forms
from casebook.states import BEFORE_RANDOMIZATION, FormState
from casebook.words import title_of, value_in_words, visit_title
from eligibility.missing import Missing, ToReview, missing_of, waiting_reviews
from eligibility.selectors.judged import Judged, judged_of
from eligibility.selectors.veiled import HIDDEN, veiled_in, without
from eligibility.selectors.waiting import RESPONSE
from eligibility.states import AsOf
from protocol.criteria.windows import BEFORE_TREATMENT, window_days
from protocol.language import Criterion, Side, Verdict
from protocol.record import Evidence, FormRecord, Judgement, Need
from protocol.response import Response
from protocol.trial import TRIAL


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One value a verdict rests on, as entered, with its source form; empty where the reader may not see it yet."""

    title: str
    value: str = ""
    unit: str = ""
    limit: str = ""
    on: str = ""
    note: object = None
    form: Form | None = None
    path: str = ""
    signed: tuple[Signature, ...] = ()  # what stands on this version of the form
    declared: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, kw_only=True)
class Window:
    """How far back answers may lie for a criterion; without a first day: counted from the first treatment."""

    days: int
    since: date | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One criterion with its judgement."""

    criterion: Criterion
    judgement: Judgement
    stands: Verdict  # the verdict with its review
    is_veiled: bool = False  # hidden from this reader, who has still to evaluate alone
    facts: tuple[Fact, ...]
    missing: tuple[Missing, ...]
    windows: tuple[Window, ...] = ()
    reviewed_by: tuple[str, ...] = ()  # who settled it, where a review did

    @property
    def shown(self) -> str:
        """The verdict as this reader may see it."""
        return HIDDEN if self.is_veiled else self.stands.value


@dataclass
class Candidate:
    """A subject as it was judged, as this user may see it."""

    judged: Judged  # without what is hidden from this reader
    whole: Judged
    forms: Mapping[str, Form]
    hidden: frozenset[str]
    signatures: Mapping[str, tuple[Signature, ...]] = field(default_factory=dict)  # by form, on its present version

    @cached_property
    def veiled(self) -> frozenset[str]:
        """The criteria that are hidden from this reader, who has still to evaluate alone."""
        return veiled_in(self.whole, self.hidden)

    @property
    def subject(self) -> Subject:
        """The subject."""
        return self.judged.subject

    @property
    def on(self) -> date:
        """The day it is judged for: today at the site, after the gate or the end of screening the day of that."""
        return self.judged.on

    @property
    def has_passed(self) -> bool:
        """Whether it is judged as of the day it went through the gate."""
        return self.judged.as_of is AsOf.PASSAGE

    @property
    def has_left(self) -> bool:
        """Whether it is judged as of the day its screening ended: nothing lapses, and nobody is asked for anything."""
        return self.judged.as_of is AsOf.END

    @cached_property
    def inclusion(self) -> list[Line]:
        """The inclusion criteria, in their order."""
        return self._lines(Side.INCLUSION)

    @cached_property
    def exclusion(self) -> list[Line]:
        """The exclusion criteria, in their order."""
        return self._lines(Side.EXCLUSION)

    @cached_property
    def counts(self) -> list[tuple[str, int]]:
        """How many criteria have each verdict, all four; and how many are hidden, where some are."""
        counts = Counter(self.judged.stands(code) for code in self.judged.judgements if code not in self.veiled)
        four = (Verdict.PASS, Verdict.FAIL, Verdict.REVIEW, Verdict.UNKNOWN)
        told = [(verdict.value, counts[verdict]) for verdict in four]
        return [*told, (HIDDEN, len(self.veiled))] if self.veiled else told

    @cached_property
    def valid_until(self) -> tuple[date, str] | None:
        """The first day after which a verdict that passes now lapses, and of which criterion; none of who left."""
        if self.has_left:
            return None
        days = [
            (judgement.valid_until, code)
            for code, judgement in self.judged.judgements.items()
            if judgement.verdict is Verdict.PASS and judgement.valid_until
        ]
        return min(days, default=None)

    @property
    def response(self) -> Response:
        """The clinical complete response with all its timepoints."""
        return self.judged.response

    @property
    def response_stands(self) -> Verdict:
        """The verdict on the response with its review."""
        return self.judged.stands(RESPONSE)

    @property
    def asks(self) -> bool:
        """Whether anything is still asked for: nothing is after randomization, or once screening ended."""
        subject = self.judged.subject
        return not self.has_left and not self.has_passed and subject.stage in BEFORE_RANDOMIZATION

    @cached_property
    def missing(self) -> list[Missing]:
        """What is missing over all criteria, form by form in the order of the casebook; nothing of what counts."""
        return list(self._missing((need, code) for code, needs in self._open for need in needs))

    @property
    def to_review(self) -> list[ToReview]:
        """The verdicts that wait for the decision of two persons, or of one more."""
        return list(waiting_reviews(self.judged)) if self.asks else []

    @cached_property
    def _to_settle(self) -> frozenset[str]:
        return frozenset(each.code for each in waiting_reviews(self.judged))

    @cached_property
    def _open(self) -> list[tuple[str, tuple[Need, ...]]]:
        return [(code, needs) for code in self.judged.judgements if (needs := self.judged.needs(code))]

    @cached_property
    def complete_from(self) -> date | None:
        """The first day on which everything that is missing can be there; None where nothing has to be waited for.

        What two persons may settle today waits for nothing: what would mend it otherwise is not counted.
        """
        waits = [(code, needs) for code, needs in self._open if code not in self._to_settle]
        days = [need.not_before for _code, needs in waits for need in needs]
        if any(code == RESPONSE for code, _needs in waits):
            days += [self.response.imaging.complete_on, self.response.marker.complete_on]
        return max((day for day in days if day), default=None)

    @property
    def fails(self) -> bool:
        """Whether a criterion fails, of those that this reader may know."""
        return any(verdict == Verdict.FAIL.value and count for verdict, count in self.counts)

    @property
    def lapses_first(self) -> bool:
        """Whether a verdict lapses before what is missing can be complete: no day to enter it by can be kept."""
        until, first = self.valid_until, self.complete_from
        return until is not None and first is not None and until[0] < first

    def _lines(self, side: Side) -> list[Line]:
        return [self._line(criterion) for criterion in TRIAL.criteria if criterion.side is side]

    def _line(self, criterion: Criterion) -> Line:
        judgement = self.judged.judgements[criterion.code]
        return Line(
            criterion=criterion,
            judgement=judgement,
            stands=self.judged.stands(criterion.code),
            is_veiled=criterion.code in self.veiled,
            facts=tuple(self.fact(each) for each in judgement.evidence),
            missing=tuple(self._missing((need, criterion.code) for need in self.judged.needs(criterion.code))),
            windows=tuple(self._windows(criterion.code, judgement)),
            reviewed_by=self._reviewed_by(criterion.code),
        )

    def _reviewed_by(self, code: str) -> tuple[str, ...]:
        """Return who settled the verdict; nobody while one of two has not decided."""
        if self.judged.stands(code) is self.judged.judgements[code].verdict:
            return ()
        return tuple(each.resolved_by.name for each in self.judged.reviews[code].said)

    def _windows(self, code: str, judgement: Judgement) -> Iterable[Window]:
        """Return the windows of what the criterion rests on, or still asks for, each once."""
        if (before := BEFORE_TREATMENT.get(code)) is not None:
            yield Window(days=before)
        asked = [*(each.crf for each in judgement.evidence), *(each.crf for each in judgement.needs)]
        for days in dict.fromkeys(window_days(code, crf) for crf in asked):
            if days is not None:
                yield Window(days=days, since=self.on - timedelta(days=days))

    def fact(self, evidence: Evidence) -> Fact:
        """Return a value as this reader may see it."""
        title = evidence.title
        if evidence.form in self.hidden:
            return Fact(title=title, is_hidden=True)
        return Fact(
            title=title,
            value=_in_words(evidence, evidence.value),
            unit=evidence.unit,
            limit=_in_words(evidence, evidence.limit),
            on=evidence.on,
            note=evidence.note,
            form=self.forms.get(evidence.form),
            path=evidence.path,
            signed=self.signatures.get(evidence.form, ()),
            declared=self._is_declared(evidence),
        )

    def _is_declared(self, evidence: Evidence) -> bool:
        return evidence.form in self._records and bool(self._records[evidence.form].answer(evidence.path).declared)

    @cached_property
    def _records(self) -> Mapping[str, FormRecord]:
        return {form.id: form for form in self.judged.record.forms}

    def _missing(self, wanted: Iterable[tuple[Need, str]]) -> Iterable[Missing]:
        if not self.asks:
            return ()
        return missing_of(wanted, self._open_form, self._to_settle, self.complete_from, self.on)

    def _open_form(self, crf: str) -> Form | None:
        """Return the form to go on with: an unfinished one, else the only one there is; of evaluations one's own."""
        there = [form for form in self.forms.values() if form.crf == crf]
        if is_evaluation(crf):  # those that others began are not among the forms
            return next((form for form in there if form.state == FormState.IN_PROGRESS), None)
        unfinished = [form for form in there if form.state in (FormState.NOT_STARTED, FormState.IN_PROGRESS)]
        return next(iter(unfinished or (there if TRIAL.crf(crf).log or not TRIAL.crf(crf).repeats else [])), None)


def candidate_of(subject: Subject, user: User, *, at: datetime) -> Candidate:
    """Return the subject judged now, as the user may see it. Five queries, one more after the gate."""
    hidden = frozenset(str(pk) for pk in hidden_forms(user).filter(subject=subject).values_list("pk", flat=True))
    rows = Form.objects.filter(subject=subject).select_related("visit").order_by("crf", "repeat", "pk")
    forms = {str(form.pk): form for form in rows if str(form.pk) not in hidden}
    whole = judged_of(subject, at=at)
    judged = without(whole, veiled_in(whole, hidden))
    return Candidate(judged=judged, whole=whole, forms=forms, hidden=hidden, signatures=_signatures_on(forms, subject))


def _signatures_on(forms: Mapping[str, Form], subject: Subject) -> Mapping[str, tuple[Signature, ...]]:
    """Return what people put their name to on the present version of these forms. One query."""
    found: dict[str, tuple[Signature, ...]] = {}
    for each in Signature.objects.filter(about_kind="form", subject_id=subject.pk).order_by("signed_at", "pk"):
        form = forms.get(str(each.about_id))
        if form is not None and each.form_version == form.version:
            found[str(form.pk)] = (*found.get(str(form.pk), ()), each)
    return found


def source_title(form: Form) -> str:
    """Return what a reader calls the source of a value: the form and its visit."""
    return f"{title_of(form)}, {visit_title(form.visit)}"


def _in_words(evidence: Evidence, value: str) -> str:
    """Return a value or limit of the item: a code of a list in its words; a number as it was entered."""
    try:
        item = TRIAL.crf(evidence.crf).item(evidence.path)
    except KeyError:
        return value
    return value_in_words(item, value) if value else ""
