"""What stops a save: the impossible, the missing at completion, a change without a reason. What does not: a query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from accounts.rules import term
from audit.decision import Refusal
from casebook.hiding import newly_unasked
from casebook.models import Form
from casebook.paths import row_of, rows_in, titled
from casebook.rules.wording import says_something
from casebook.selectors.beside import Beside
from casebook.selectors.queries import LEFT_OPEN_CHECK
from casebook.selectors.records import form_record, in_order, reference_once, visit_name
from protocol.checking import Finding, check, missing_items
from protocol.identifiers import IDENTIFIER, holds_identifier
from protocol.language import Agrees, Crf, Group, Item, LaboratoryChoice, Severity
from protocol.record import BLANK, Answer, Record
from protocol.words import N_, Sentence, sentence

IMPOSSIBLE = N_("Nothing was saved. Correct these answers and save again: %(items)s.")
INCOMPLETE = N_("The form is not complete. Answer these items, or say why there is no answer: %(items)s.")
UNASKED = N_(
    "These items are no longer asked, but hold a value: %(items)s. "
    "Take each value off, or go back to the answer that asks for it."
)
UNEXPLAINED = N_("This form was complete. Give a reason for each change: %(items)s.")
LEFT_OPEN = N_("The imported file did not have these items: %(items)s. Answer them, or say why there is no answer.")
NO_LABORATORY = N_("There is no laboratory %(code)s. Choose one of the list, or have it added.")
ROW_GONE = N_("%(row)s %(key)s was removed earlier, and its number is not given again. Add a new row.")
ROW_KEY = N_("%(row)s %(key)s has no number that can be kept. Rows are numbered 1, 2, 3.")
LESION_KEY = N_("%(row)s %(key)s is no lesion number. Targets are T1, T2, non-targets NT1, new lesions N1.")
LESION_KEYS = re.compile(r"(T|NT|N)[1-9][0-9]?")
ROW_KEYS = re.compile(r"[1-9][0-9]{0,3}")


class Invalid(Refusal):
    """The answers cannot be kept so. Carries findings, what is missing, unexplained changes, and values not asked."""

    def __init__(
        self,
        why: Sentence,
        *,
        findings: tuple[Finding, ...] = (),
        missing: tuple[str, ...] = (),
        unexplained: tuple[str, ...] = (),
        unasked: tuple[str, ...] = (),
    ) -> None:
        super().__init__(why)
        self.findings, self.missing, self.unexplained, self.unasked = findings, missing, unexplained, unasked


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is about to be saved: the answers before and after, and which paths differ."""

    crf: Crf
    before: Mapping[str, Answer]
    after: Mapping[str, Answer]
    changed: tuple[str, ...]
    of_others: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


def judged(
    form: Form, entry: Entry, *, around: Beside, on: date, complete: bool, gaps: bool = False
) -> tuple[Finding, ...]:
    """Return what is implausible. Raises Invalid for what is impossible, incomplete, or changed without a reason.

    With `gaps` a form may be completed with items left open; then one finding names them.
    """
    refused = (
        *_rows_refused(form, entry),
        *_laboratories_refused(entry, around.laboratories),
        *_reasons_refused(entry),
    )
    is_whole = complete or form.completed_at is not None
    findings = (*refused, *_checked(form, entry, around.others, on, is_whole=is_whole))
    hard = tuple(finding for finding in findings if finding.severity is Severity.HARD)
    missing = missing_items(entry.crf, entry.after) if complete else ()
    if gaps and missing:
        findings, missing = (*findings, _left_open(entry.crf, missing)), ()
    unexplained = tuple(path for path in entry.changed if _needs_reason(form, entry, path))
    # Nobody is there to be asked about the values of a file: a query asks.
    unasked = () if gaps else newly_unasked(entry.crf, entry.before, entry.after)
    for message, paths in (
        (IMPOSSIBLE, [each.path for each in hard]),
        (UNASKED, unasked),
        (INCOMPLETE, missing),
        (UNEXPLAINED, unexplained),
    ):
        if paths:
            named = tuple(dict.fromkeys(titled(entry.crf, path) for path in paths))
            raise Invalid(
                sentence(message, items=named),
                findings=findings,
                missing=missing,
                unexplained=unexplained,
                unasked=unasked,
            )
    return findings


def _left_open(crf: Crf, missing: tuple[str, ...]) -> Finding:
    named = tuple(dict.fromkeys(titled(crf, path) for path in missing))
    return Finding(LEFT_OPEN_CHECK, Severity.SOFT, "", sentence(LEFT_OPEN, items=named))


def _needs_reason(form: Form, entry: Entry, path: str) -> bool:
    was_complete = form.completed_at is not None
    return (
        was_complete and not entry.before.get(path, BLANK).is_blank and not says_something(entry.reasons.get(path, ""))
    )


def _checked(form: Form, entry: Entry, others: Iterable[Form], on: date, *, is_whole: bool) -> Iterable[Finding]:
    known = tuple(form_record(each) for each in in_order(others))
    ranges = reference_once(form.subject).ranges if _computes(entry.crf.items) else ()
    record = Record(subject=form.subject.number, forms=known, ranges=ranges)
    return check(entry.crf, entry.after, record, on, visit=visit_name(form), complete=is_whole)


def _computes(items: Iterable[Item]) -> bool:
    return any(isinstance(asked, Agrees) for item in items for asked in item.checks) or any(
        _computes(item.items) for item in items if isinstance(item, Group)
    )


def laboratories_named(entry: Entry) -> Mapping[str, str]:
    """Return the laboratory codes that the changes name, by path."""
    items = {item.name for item in entry.crf.items if isinstance(item, LaboratoryChoice)}
    changed = (path for path in entry.changed if path in items and path in entry.after)
    return {path: code for path in changed if (code := entry.after[path].value)}


def _laboratories_refused(entry: Entry, known: frozenset[str]) -> Iterable[Finding]:
    return tuple(
        Finding(f"{entry.crf.code}.{path}.unknown", Severity.HARD, path, sentence(NO_LABORATORY, code=code))
        for path, code in laboratories_named(entry).items()
        if code not in known
    )


def _reasons_refused(entry: Entry) -> Iterable[Finding]:
    for path in entry.changed:
        reasons = (entry.reasons.get(path, ""), entry.after.get(path, BLANK).reason)
        if any(holds_identifier(reason) for reason in reasons):
            yield Finding(f"{entry.crf.code}.reason.identifier", Severity.HARD, path, sentence(IDENTIFIER))


def _rows_refused(form: Form, entry: Entry) -> Iterable[Finding]:
    old, new = rows_in(entry.before), rows_in(entry.after)
    groups = {item.name for item in entry.crf.items if isinstance(item, Group)}
    for row in sorted(new - old):
        name, _, key = row.partition("/")
        if name not in groups:
            continue  # the checks name what is no item of the form
        message = _row_message(form, entry.crf.item(name), key)
        if message:
            path = min(path for path in entry.after if row_of(path) == row)
            words = sentence(message, row=term(getattr(entry.crf.item(name), "row_title", name)), key=key)
            yield Finding(f"{entry.crf.code}.{name}.row", Severity.HARD, path, words)


def _row_message(form: Form, group: Item, key: str) -> str:
    if isinstance(group, Group) and group.lesions:
        return "" if LESION_KEYS.fullmatch(key) else LESION_KEY
    if not ROW_KEYS.fullmatch(key):
        return ROW_KEY
    return ROW_GONE if int(key) <= form.last_row else ""


def rows_count(form: Form, entry: Entry) -> int:
    """Return the highest row number ever used in the form, lesions aside: they are counted per subject."""
    numbers = [int(row.split("/")[1]) for row in map(row_of, entry.after) if row and row.split("/")[1].isdecimal()]
    return max([form.last_row, *numbers])
