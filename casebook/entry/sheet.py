"""Opens a form as a page: its answers or what was typed, with queries, findings, computed values and drafts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Permission
from audit.decision import Decision
from casebook.actions.lesions import NAMED
from casebook.entry.asked import lay_queries
from casebook.entry.computing import computed_values
from casebook.entry.fields import items_of
from casebook.entry.layout import ENTRY, READING
from casebook.entry.page import Notes, Page, as_page_typed
from casebook.entry.posted import Posted, pages_of
from casebook.entry.rows import (
    Rows,
    adding_buttons,
    groups_of,
    known_lesions,
    removing_button,
    rows_stored,
    rows_to_begin_with,
)
from casebook.entry.sizes import sizes_before
from casebook.entry.typed import Typed
from casebook.models import Draft, Form, Laboratory
from casebook.rules.forms import may_save
from casebook.selectors.presence import Present, what_is_present
from casebook.selectors.queries import BLINDED, comments_by_path, queries_by_path
from casebook.selectors.records import answers_of, read_once
from casebook.selectors.sight import NOT_SHOWN, tells_arm, without_arm
from casebook.selectors.verifying import standing_marks
from casebook.states import FormState
from casebook.words import answer_in_words
from protocol.checking import shown_items
from protocol.language import Crf, LaboratoryChoice
from protocol.record import BLANK, Answer
from protocol.trial import TRIAL

FOR_ALL = "why"  # the place of the reason for all changes; what is no longer on the page is explained there


@dataclass(frozen=True)
class Unasked:
    """A value that would no longer be asked, as the page asks about it."""

    path: str
    title: str
    value: str


@dataclass(kw_only=True)
class Sheet:
    """One form opened by one person, and everything its page shows."""

    form: Form
    crf: Crf
    user: User
    at: datetime
    rows: Rows
    typed: dict[str, Typed]
    answers: Mapping[str, Answer]
    based_on: int
    notes: dict[str, Notes] = field(default_factory=dict)
    draft: Draft | None = None
    overtaken: str = ""  # who saved the form since the draft was begun, and which items
    other_drafts: tuple[Draft, ...] = ()  # typed by the same person on other pages
    continues: tuple[str, ...] = ()  # the pages whose typing this one shows; their drafts go with its save
    unsaved: tuple[tuple[Draft, tuple[str, ...]], ...] = ()  # drafts of who may enter no more, to be read and copied
    refused: str = ""
    impact: tuple[str, ...] = ()
    foreseen_of: str = ""  # the answers whose impact was shown: a save of them is no surprise
    unasked: tuple[Unasked, ...] = ()  # values that would no longer be asked: taken off only when that is confirmed
    reason_for_all: str = ""
    explained: Mapping[str, str] = field(default_factory=dict)
    went_to: str = ""

    @cached_property
    def decision(self) -> Decision:
        """Whether the person may enter now; asked when a page is drawn, a save asks at the door."""
        return may_save(self.user, self.form, at=self.at)

    @cached_property
    def present(self) -> Present:
        """What there is beside the answers; what is not there is not read."""
        return what_is_present(self.form, self.user)

    @property
    def mode(self) -> str:
        """Whether the person may enter now, or only read."""
        return ENTRY if self.decision else READING

    @property
    def asks_reasons(self) -> bool:
        """Whether a change of an answer needs its reason: the form was complete before."""
        return self.form.completed_at is not None

    @property
    def is_complete(self) -> bool:
        """Whether the form is complete now."""
        return self.form.state == FormState.COMPLETE

    @cached_property
    def key(self) -> str:
        """A new idempotency key: two clicks on one page are one save."""
        return str(uuid4())

    @cached_property
    def problems(self) -> list[tuple[str, str]]:
        """Return path and sentence of every error, for the linked summary on top; each sentence names its item."""
        items = dict(items_of(self.crf, self.rows))
        return [
            (path, _named(items[path].title, message) if path in items else message)
            for path, notes in self.notes.items()
            for message in notes.errors
        ]

    @property
    def misses_reason_for_all(self) -> bool:
        """Whether something is to be explained that has no place of its own on the page."""
        return FOR_ALL in self.notes

    @cached_property
    def drawn(self) -> SafeString:
        """Return the sections of the form."""
        return self.page.filled()

    @cached_property
    def page(self) -> Page:
        """Return the source that fills the skeleton of the CRF."""
        return Page(
            crf=self.crf,
            base=reverse("form", args=[self.form.pk]),
            typed=self._typed_in_sight,
            answers=self._in_sight,
            rows=self.rows,
            shown=self.shown,
            computed=computed_values(self.form, self.crf, self.answers, at=self.at),
            beside=sizes_before(self.form, self.crf, self.answers, self.rows, at=self.at),
            notes=self._notes_with_queries(),
            laboratories=self._laboratories(),
            adding=adding_buttons(self.crf) if self.decision else {},
            removing=removing_button,
            verified=standing_marks(self.form) if self.form.completed_at else (),
            may_ask=self.may_ask,
            may_comment=self.may_comment,
            mode=self.mode,
            zone=self.form.site.zone,
        )

    @property
    def may_ask(self) -> bool:
        """Whether the person's role asks queries here; the rule is asked on the page of asking."""
        return self.user.holds(Permission.QUERY_OPEN, at=self.form.site_id)

    @property
    def may_comment(self) -> bool:
        """Whether the person's role leaves comments here: whoever asks, answers, or evaluated blinded."""
        return self.may_ask or self._may_answer

    @property
    def _may_answer(self) -> bool:
        is_own = self.form.crf in BLINDED and self.form.entered_by_id == self.user.pk
        return is_own or self.user.holds(Permission.QUERY_ANSWER, at=self.form.site_id)

    @property
    def on_whole(self) -> Notes | None:
        """What is asked or remarked of the whole form; known once the page is drawn."""
        return self.notes.get("")

    @property
    def _in_sight(self) -> Mapping[str, Answer]:
        return without_arm(self.answers, self.form, self.user)

    @property
    def _typed_in_sight(self) -> Mapping[str, Typed]:
        hidden = {path: Typed(NOT_SHOWN.value) for path in self.typed if self._hides(path)}
        return {**self.typed, **hidden} if hidden else self.typed

    def _hides(self, path: str) -> bool:
        return tells_arm(self.form, path, self.user)

    @property
    def shown(self) -> frozenset[str]:
        """The paths that are asked, given what is answered."""
        return shown_items(self.crf, self._with_rows())

    def note(self, path: str) -> Notes:
        """Return the notes of an item, to be added to."""
        return self.notes.setdefault(path, Notes())

    def _with_rows(self) -> dict[str, Answer]:
        # Rows that hold nothing yet are asked like the others.
        blank = {path: BLANK for path, _item in items_of(self.crf, self.rows) if "/" in path}
        return blank | dict(self.answers)

    def _notes_with_queries(self) -> dict[str, Notes]:
        may_answer = self._may_answer and bool(self.decision)
        queries = queries_by_path(self.form) if self.present.queries else {}
        comments = comments_by_path(self.form) if self.present.comments else {}
        lay_queries(queries, self.note, hides=self._hides, may_answer=may_answer, explained=self.explained)
        for path, remarks in comments.items():
            if not self._hides(path):
                self.note(path).comments = remarks
        return self.notes

    def _laboratories(self) -> Iterable[tuple[str, str]]:
        if not any(isinstance(item, LaboratoryChoice) for item in self.crf.items):
            return ()
        return [
            (code, f"{code} · {name}") for code, name in Laboratory.objects.order_by("code").values_list("code", "name")
        ]


def _named(title: str, message: str) -> str:
    return message if _(title) in message else f"{_(title)}: {message}"


def open_sheet(form: Form, user: User, *, at: datetime) -> Sheet:
    """Return the form as it stands, with the rows to begin with for who may enter it."""
    read_once(form.subject)  # which lesions are to be read, and what is computed, follow from one record
    sheet = stored_sheet(form, user, at=at)
    if sheet.decision:
        sheet.rows = rows_to_begin_with(sheet.crf, form, sheet.rows)
        sheet.typed = as_page_typed(sheet.crf, sheet.answers, sheet.rows)
        sheet.typed |= _known_of_lesions(sheet, rows_stored(sheet.crf, sheet.answers))
    return sheet


def offer_lesions(sheet: Sheet) -> None:
    """Add the lesions to be read that became known after a draft was kept."""
    typed = sheet.rows
    lesions = [group.name for group in groups_of(sheet.crf) if group.lesions]
    offered = rows_to_begin_with(sheet.crf, sheet.form, typed) if lesions else typed
    sheet.rows = typed | {name: offered[name] for name in lesions}
    sheet.typed |= _known_of_lesions(sheet, typed)


def stored_sheet(form: Form, user: User, *, at: datetime) -> Sheet:
    """Return the form as it is stored; what is posted is laid over it."""
    crf = TRIAL.crf(form.crf)
    answers = answers_of(form)
    rows = rows_stored(crf, answers)
    typed = as_page_typed(crf, answers, rows)
    return Sheet(form=form, crf=crf, user=user, at=at, rows=rows, typed=typed, answers=answers, based_on=form.version)


def as_posted(sheet: Sheet, page: Posted, *, data: QueryDict) -> Sheet:
    """Return the sheet with everything that was typed, readable or not, and why it could not be read."""
    sheet.rows, sheet.typed = page.rows, dict(page.typed)
    sheet.answers = {path: answer for path, answer in page.answers.items() if not answer.is_blank}
    sheet.based_on = page.based_on
    sheet.reason_for_all = page.reason_for_all
    sheet.explained = _explained(data)
    sheet.continues = tuple(dict.fromkeys(page_key for page_key in (page.key, *pages_of(data)) if page_key))
    for path, errors in page.errors.items():
        sheet.note(path).errors.extend(errors)
    return sheet


def ask_reasons(sheet: Sheet, page: Posted, paths: Iterable[str]) -> None:
    """Put beside each changed item what it was and a place for the reason."""
    items = dict(items_of(sheet.crf, sheet.rows))
    for path in paths:
        note = sheet.note(path)
        note.asks_reason = True
        note.reason = page.reasons.get(path, "") if page.reasons.get(path) != page.reason_for_all else ""
        before = page.before.get(path, BLANK)
        note.old = answer_in_words(items[path], before) if path in items else before.value


def _explained(data: QueryDict) -> dict[str, str]:
    return {name.partition(".")[2]: data.get(name, "") for name in data if name.startswith("explain.")}


def _known_of_lesions(sheet: Sheet, there: Rows) -> dict[str, Typed]:
    """Return class, organ and segment of the lesions other scans named, for the rows that were not there yet."""
    groups = [group for group in groups_of(sheet.crf) if group.lesions and sheet.rows.get(group.name)]
    offered = [(group.name, key) for group in groups for key in sheet.rows[group.name] if key not in there[group.name]]
    known = known_lesions(sheet.form) if offered else {}
    return {
        f"{group}/{key}/{item}": Typed(value)
        for group, key in offered
        for name, item in NAMED.items()
        if key in known and (value := getattr(known[key], name))
    }


__all__ = ["Sheet", "as_posted", "ask_reasons", "offer_lesions", "open_sheet"]
