"""Saving a form: merged, judged, recorded, answered once; and marking one as not done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import User
from audit.door import action, record, unchanged
from casebook.actions.asking import Asked, ask
from casebook.actions.asking_across import settle_across
from casebook.actions.judging import Entry, judged, laboratories_named, rows_count
from casebook.actions.lesions import keep_lesions
from casebook.actions.receipts import earlier_answer, keep_receipt, request_hash
from casebook.actions.refusing import counts_refusals
from casebook.actions.subjects import expect_forms_asked_of, follow_consent
from casebook.models import Draft, Form
from casebook.ports import after_change
from casebook.rules.forms import may_import, may_mark_not_done, may_save
from casebook.rules.merging import merged
from casebook.rules.wording import says_something
from casebook.selectors.beside import Beside, beside
from casebook.selectors.queries import asked_by_checks
from casebook.selectors.records import answers_of, lay_at_hand, read_once, visit_name
from casebook.selectors.standing import day_at
from casebook.states import FormState
from protocol.checking import Finding
from protocol.record import BLANK, Answer
from protocol.trial import TRIAL

# What places a form never changes: words for half of the columns are put together in half of the time.
WRITTEN = (
    *("answers", "last_row", "state", "not_done_reason", "version"),
    *("entered_by", "entered_at", "completed_by", "completed_at"),
)


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What a save did: the version it made, what changed, what others had changed, which queries opened and closed."""

    form: str
    version: int
    state: str
    changed: tuple[str, ...] = ()
    of_others: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()  # queries it opened on other forms

    def did_anything(self, *, since: int) -> bool:
        """Whether a version was made, or a query opened or closed because of what stands elsewhere by now."""
        return self.version > since or bool(self.opened or self.mended or self.elsewhere)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Saved:
        """Return the answer that a receipt kept."""
        said: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()
        }
        return cls(**said)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What one page asks for, as its receipt remembers it."""

    answers: Mapping[str, Answer]
    based_on: int
    key: str
    complete: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)
    typed_on: Collection[str] = ()  # earlier pages whose typing this one shows; their drafts go with the save
    gaps: bool = False  # a completed form may leave required items open; they are asked about in one query

    def hash_for(self, form: Form) -> str:
        """Return the hash of the request; the same key must always bring the same."""
        return request_hash(
            form=str(form.pk),
            answers={path: answer.to_json() for path, answer in self.answers.items()},
            based_on=self.based_on,
            complete=self.complete,
            reasons=dict(self.reasons),
        )


@counts_refusals
@action(may_save)
def save_form(
    form: Form,
    *,
    by: User,
    at: datetime,
    answers: Mapping[str, Answer],
    based_on: int,
    key: str,
    complete: bool = False,
    reasons: Mapping[str, str] | None = None,
    typed_on: Collection[str] = (),
) -> Saved:
    """Keep the answers given; items not given keep theirs, a blank answer empties its item. Raises Conflict, Invalid.

    `based_on` is the version the page showed, `key` is new for each page shown; the same key again gives the same
    answer. `reasons` by path are needed where the form was complete before and an item had an answer.
    """
    asked = Request(
        answers=answers, based_on=based_on, key=key, complete=complete, reasons=reasons or {}, typed_on=typed_on
    )
    return _performed(form, asked, by=by, at=at)


@counts_refusals
@action(may_import)
def import_form(
    form: Form,
    *,
    by: User,
    at: datetime,
    answers: Mapping[str, Answer],
    based_on: int,
    key: str,
    complete: bool = False,
    reasons: Mapping[str, str] | None = None,
) -> Saved:
    """Keep the answers of a file as `save_form` keeps typed ones, but complete the form as far as the file goes.

    Nobody is there to say why an item has no answer, so what is open is asked about in one query of the form.
    """
    asked = Request(answers=answers, based_on=based_on, key=key, complete=complete, reasons=reasons or {}, gaps=True)
    return _performed(form, asked, by=by, at=at)


def _performed(form: Form, asked: Request, *, by: User, at: datetime) -> Saved:
    based_on, key, complete = asked.based_on, asked.key, asked.complete
    request = asked.hash_for(form)
    # Only a page that was overtaken can have been answered before, by itself or by somebody else.
    if based_on != form.version and (earlier := earlier_answer(by, key=key, asked=request)) is not None:
        return unchanged(Saved.from_json(earlier))
    entry, before = _entry(form, asked), form.version
    around = beside(form, author=by, laboratories=laboratories_named(entry).values())
    on = day_at(form.site, at)
    findings = judged(form, entry, around=around, on=on, complete=complete, gaps=asked.gaps)
    saved = _kept(form, entry, findings, around, complete=complete, overtaken=based_on != before, by=by, at=at)
    if around.is_drafted:
        Draft.objects.filter(form=form, author=by, page__in=["", key, *asked.typed_on]).delete()
    keep_receipt(by, site_id=form.site_id, key=key, verb="save_form", asked=request, answer=asdict(saved), at=at)
    if not saved.did_anything(since=before):
        return unchanged(saved)
    _record(form, entry, saved, findings, by=by, at=at)
    lay_at_hand(form.subject, (form, *around.others))
    follow_consent(form, by=by, at=at)
    after_change(form.subject, form=form, by=by, at=at)
    return saved


def _entry(form: Form, asked: Request) -> Entry:
    together = merged(form, asked.answers, based_on=asked.based_on)
    before = answers_of(form)
    after = {path: answer for path, answer in together.answers.items() if not answer.is_blank}
    changed = (path for path in before.keys() | after.keys() if before.get(path, BLANK) != after.get(path, BLANK))
    return Entry(
        crf=TRIAL.crf(form.crf),
        before=before,
        after=after,
        changed=tuple(sorted(changed)),
        of_others=together.of_others,
        reasons=asked.reasons,
    )


def _kept(
    form: Form,
    entry: Entry,
    findings: tuple[Finding, ...],
    around: Beside,
    *,
    complete: bool,
    overtaken: bool,
    by: User,
    at: datetime,
) -> Saved:
    earlier = asked_by_checks(form) if around.is_asked else []
    asked = ask(form, findings, entry.after, earlier, by=by, at=at)
    to = FormState.COMPLETE if complete else FormState.IN_PROGRESS
    if entry.changed or (form.state != to and not _is_untouched(form, entry, to=to, overtaken=overtaken)):
        _write(form, entry, to=to, by=by, at=at)
        keep_lesions(form, entry)
        expect_forms_asked_of(form, entry.after)
        asked = settle_across(asked, form, around, changed=entry.changed, on=day_at(form.site, at), by=by, at=at)
    return _saved(form, entry, asked)


def _is_untouched(form: Form, entry: Entry, *, to: FormState, overtaken: bool) -> bool:
    """Whether a page on which nothing was entered says nothing: it begins no form, and takes no state back."""
    if to == FormState.COMPLETE:
        return False
    # A page drawn before another person completed the form was not meant to take that back.
    is_overtaken = form.state == FormState.COMPLETE and overtaken
    return form.state == FormState.NOT_DONE or is_overtaken or (form.state == FormState.NOT_STARTED and not entry.after)


def _write(form: Form, entry: Entry, *, to: FormState, by: User, at: datetime) -> None:
    if form.entered_by_id is None:
        form.entered_by, form.entered_at = by, at
    if to == FormState.COMPLETE and form.state != FormState.COMPLETE:
        form.completed_by, form.completed_at = by, at
    form.answers = {path: answer.to_json() for path, answer in sorted(entry.after.items())}
    form.last_row = rows_count(form, entry)
    form.state, form.not_done_reason = to, ""
    form.version += 1
    # Nobody has signed the version that begins here.
    form.signers = []  # type: ignore[attr-defined]
    form.save(update_fields=WRITTEN)


def _saved(form: Form, entry: Entry, asked: Asked) -> Saved:
    return Saved(
        form=str(form.pk),
        version=form.version,
        state=str(FormState(form.state).value),
        changed=entry.changed,
        of_others=entry.of_others,
        opened=asked.opened,
        mended=asked.mended,
        elsewhere=asked.elsewhere,
    )


def _record(form: Form, entry: Entry, saved: Saved, findings: tuple[Finding, ...], *, by: User, at: datetime) -> None:
    reasons = {
        path: entry.reasons[path].strip() for path in entry.changed if says_something(entry.reasons.get(path, ""))
    }
    declared = [path for path in entry.changed if entry.after.get(path, BLANK).declared]
    facts = {
        **facts_of(form),
        "changed": list(entry.changed),
        "checks": sorted({found.check_id for found in findings}),
        "queries_opened": len(saved.opened) + len(saved.elsewhere),
        "queries_closed": len(saved.mended),
        **({"reasons": reasons} if reasons else {}),
        **({"declared": declared} if declared else {}),
        **({"merged": list(entry.of_others)} if entry.of_others else {}),
    }
    kind = "casebook.form.completed" if form.state == FormState.COMPLETE else "casebook.form.saved"
    record(kind, subject=form.subject, by=by, at=at, reason="; ".join(dict.fromkeys(reasons.values())), facts=facts)


def facts_of(form: Form) -> dict[str, Any]:
    """Return what every event says of its form."""
    return {
        "form": str(form.pk),
        "crf": form.crf,
        "repeat": form.repeat,
        "visit": visit_name(form),
        "version": form.version,
        "state": str(FormState(form.state).value),
    }


@action(may_mark_not_done)
def mark_not_done(form: Form, *, by: User, at: datetime, reason: str) -> Form:
    """Say that this form will not be filled in, and why."""
    form.state, form.not_done_reason = FormState.NOT_DONE, reason.strip()
    if form.entered_by_id is None:
        form.entered_by, form.entered_at = by, at
    form.version += 1
    form.save()
    record("casebook.form.not_done", subject=form.subject, by=by, at=at, reason=reason.strip(), facts=facts_of(form))
    read_once(form.subject)
    after_change(form.subject, form=form, by=by, at=at)
    return form
