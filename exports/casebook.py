"""The casebook of one subject as it goes on paper: every form in order, in the words of the reader's language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Signature, User
from audit.models import Seal
from audit.selectors import last_seal
from casebook.content import content_hash
from casebook.models import File, Form, Query, Subject
from casebook.selectors.files import files_of
from casebook.selectors.records import answers_of, in_order, record_of
from casebook.selectors.sight import visible_forms, visible_queries, without_arm
from casebook.selectors.signatures import NONE, SignatureState, Signed, signature_states
from casebook.selectors.standing import day_at
from casebook.states import FormState
from casebook.words import answer_in_words, said, title_of, visit_title
from paper.pdf import Foot, pdf_of
from protocol.checking import shown_items
from protocol.derivations import derive
from protocol.language import Crf, Derived, Group, Item
from protocol.record import BLANK, Answer, FormRecord, Record
from protocol.trial import TRIAL
from randomization.selectors import arm_of

WIDEST_TABLE = 6  # more columns than that would not be readable on a page


@dataclass(frozen=True)
class Line:
    """One item with its answer."""

    title: str
    value: str
    is_computed: bool = False


@dataclass(frozen=True)
class Lines:
    """Items below each other; one table of them is printed several times faster than boxes of their own."""

    lines: list[Line]


@dataclass(frozen=True)
class Rows:
    """A group with its rows: a table where it fits the page, else each row as lines."""

    title: str
    row_title: str
    head: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Line]]]
    is_group: bool = True

    @property
    def is_table(self) -> bool:
        """Whether the rows fit side by side."""
        return len(self.head) <= WIDEST_TABLE


@dataclass(frozen=True)
class Part:
    """A section of a form."""

    title: str
    blocks: Sequence[Lines | Rows]


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A file and where it belongs; its bytes stay where they are."""

    file: File
    place: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One form on paper."""

    form: Form
    title: str
    visit: str
    state: str
    parts: Sequence[Part] = ()
    queries: Sequence[Query] = ()
    signatures: Sequence[Signed] = field(default_factory=tuple)
    signed: SignatureState = NONE

    @property
    def is_begun(self) -> bool:
        """Whether anything was entered at all; what was not takes one line, no page."""
        return bool(self.parts)


def casebook_context(subject: Subject, user: User, *, language: str, at: datetime, seal: Seal | None) -> dict[str, Any]:
    """Return what the paper shows: what this user may see of the subject at this moment. Constant queries."""
    with translation.override(language):
        forms = in_order(
            visible_forms(user).filter(subject=subject).select_related("visit", "entered_by", "completed_by")
        )
        queries, signatures = _queries(user, subject), _signatures(forms)
        record, on = record_of(subject), day_at(subject.site, at)
        states = signature_states(forms)
        sheets = [
            replace(_sheet(form, user, record, on, queries[form.pk], signatures[form.pk]), signed=states[form.pk])
            for form in forms
        ]
        return {
            "subject": subject,
            "site": subject.site,
            "arm": _arm(user, subject),
            "forms": sheets,
            "files": [_on_paper(file) for file in reversed(files_of(user, subject))],
            "printed_for": user,
            "foot": Foot.of(seal, at=at, synthetic=subject.synthetic),
        }


def paper_of(subject: Subject, *, reader: User, at: datetime) -> bytes:
    """Return the casebook as a PDF in the language of its reader."""
    context = casebook_context(subject, reader, language=reader.language, at=at, seal=last_seal())
    return pdf_of("exports/casebook.html", context, language=reader.language)


def _on_paper(file: File) -> Brought:
    form = file.form
    return Brought(file=file, place=f"{visit_title(form.visit)} · {title_of(form)}" if form else _("Subject"))


def _arm(user: User, subject: Subject) -> str:
    arm = arm_of(user, subject)
    return next((_(each.title) for each in TRIAL.arms if each.code == arm), "") if arm else ""


def _sheet(
    form: Form, user: User, record: Record, on: date, queries: Sequence[Query], signatures: Sequence[Signature]
) -> Sheet:
    crf, answers = TRIAL.crf(form.crf), without_arm(answers_of(form), form, user)
    is_begun = bool(answers) or form.state in (FormState.IN_PROGRESS, FormState.COMPLETE)
    now = content_hash(form) if signatures else ""
    return Sheet(
        form=form,
        title=title_of(form),
        visit=visit_title(form.visit),
        state=str(FormState(form.state).label),
        parts=tuple(_parts(crf, answers, record, on)) if is_begun else (),
        queries=queries,
        signatures=tuple(Signed(signature, signature.content_hash == now) for signature in signatures),
    )


def _parts(crf: Crf, answers: Mapping[str, Answer], record: Record, on: date) -> Iterator[Part]:
    shown = shown_items(crf, answers)
    for section in crf.sections:
        blocks: list[Lines | Rows] = []
        for item in section.items:
            if isinstance(item, Group):
                blocks.append(_rows(item, answers, shown))
                continue
            if isinstance(item, Derived):
                line = Line(_(item.title), _computed(item, crf, answers, record, on), is_computed=True)
            elif item.name in shown or item.name in answers:
                line = _line(item, answers.get(item.name, BLANK))
            else:
                continue
            if not blocks or not isinstance(blocks[-1], Lines):
                blocks.append(Lines([]))
            blocks[-1].lines.append(line)  # type: ignore[union-attr]  # just made sure of
        yield Part(_(section.title), blocks)


def _line(item: Item, answer: Answer) -> Line:
    return Line(_(item.title), answer_in_words(item, answer))


def _rows(group: Group, answers: Mapping[str, Answer], shown: frozenset[str]) -> Rows:
    kept = FormRecord(id="", crf="", answers=answers).rows(group.name)
    rows = []
    for key, row in kept:
        asked = [item for item in group.items if f"{group.name}/{key}/{item.name}" in shown or item.name in row]
        fits = len(group.items) <= WIDEST_TABLE
        rows.append((key, [_line(item, row.get(item.name, BLANK)) for item in (group.items if fits else asked)]))
    return Rows(_(group.title), _(group.row_title), [_(item.title) for item in group.items], rows)


def _computed(item: Derived, crf: Crf, answers: Mapping[str, Answer], record: Record, on: date) -> str:
    found = derive(item.derivation, crf=crf.code, answers=answers, record=record, on=on)
    if found.value:
        value = _(found.value) if found.in_words else found.value
        return f"{value} {_(found.unit) if found.unit else ''}".strip()
    return _("not known yet: %(why)s") % {"why": said(found.why)} if found.why else ""


def _queries(user: User, subject: Subject) -> Mapping[UUID, list[Query]]:
    found: dict[UUID, list[Query]] = defaultdict(list)
    queries = visible_queries(user).filter(subject=subject).select_related("opened_by").order_by("opened_at", "id")
    for query in queries.prefetch_related("messages__said_by"):
        query.talk = sorted(query.messages.all(), key=lambda message: message.said_at)  # type: ignore[attr-defined]
        found[query.form_id].append(query)
    return found


def _signatures(forms: Sequence[Form]) -> Mapping[UUID, list[Signature]]:
    found: dict[UUID, list[Signature]] = defaultdict(list)
    signatures = Signature.objects.filter(about_kind="form", about_id__in=[form.pk for form in forms])
    for signature in signatures.order_by("signed_at", "id"):
        found[signature.about_id].append(signature)
    return found
