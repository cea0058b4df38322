"""The lines of a history in the words of its reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from casebook.selectors.subject_history import Line
from casebook.states import FormState, Stage
from casebook.words import answer_in_words, day_in_words, title_of, visit_title
from protocol.record import Answer
from protocol.trial import TRIAL
from protocol.words import N_

ALIKE = timedelta(minutes=5)

KIND_WORDS = {
    "entered": N_("Answer entered"),
    "changed": N_("Answer changed"),
    "removed": N_("Answer removed"),
    "form": N_("Form"),
    "query": N_("Query"),
    "verified": N_("Verification"),
    "reviewed": N_("Review"),
    "signed": N_("Signature"),
    "locked": N_("Freeze and lock"),
    "visit": N_("Visit"),
    "subject": N_("Subject"),
    "comment": N_("Comment"),
    "file": N_("File"),
    "monitoring": N_("Monitoring note"),
}
WHAT_WORDS = {
    "form added": N_("Form added"),
    "form in progress": N_("Form begun"),
    "form complete": N_("Form completed"),
    "form reopened": N_("Form reopened"),
    "form not done": N_("Form not done"),
    "form not started": N_("Form not started"),
    "query open": N_("Query opened"),
    "query answered": N_("Query answered"),
    "query closed": N_("Query closed"),
    "query cancelled": N_("Query cancelled"),
    "verified": N_("Verified"),
    "mark fell": N_("Verification mark fell"),
    "reviewed": N_("Reviewed"),
    "signed": N_("Signed"),
    "signature void": N_("Signature void"),
    "locked": N_("Locked"),
    "frozen": N_("Frozen"),
    "unlocked": N_("Freeze or lock lifted"),
    "visit added": N_("Visit added"),
    "visit moved": N_("Visit changed"),
    "visit open": N_("Visit planned again"),
    "visit attended": N_("Visit attended"),
    "visit missed": N_("Visit missed"),
    "visit cancelled": N_("Visit cancelled"),
    "subject added": N_("Subject added"),
    "subject advanced": N_("Stage reached"),
    "subject transferred": N_("Transferred to this site"),
    "comment": N_("Comment made"),
    "file brought": N_("File brought"),
    "file withdrawn": N_("File withdrawn"),
    "file erased": N_("File withdrawn and erased"),
    "monitoring finding": N_("Finding at a monitoring visit"),
    "monitoring action": N_("Action agreed on at a monitoring visit"),
}
FLAG_WORDS = {
    "after completion": N_("After completion"),
    "after signature": N_("After a signature"),
    "many at once": N_("Ten or more changes at once"),
    "out of hours": N_("Out of hours: before 7, after 20, at weekends"),
}
TYPED = ("comment", "file", "monitoring")
ORDER_WORDS = {
    "newest": N_("Latest first"),
    "oldest": N_("Earliest first"),
    "item": N_("By form and item"),
    "user": N_("By user"),
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """One line in the reader's words."""

    line: Line
    what: str
    item: str
    old: str
    new: str
    flags: tuple[str, ...]

    @property
    def form_title(self) -> str:
        """The title of the form, if it is of one."""
        return title_of(self.line.form) if self.line.form else ""

    @property
    def visit_title(self) -> str:
        """The title of the visit, if it is of one."""
        visit = self.line.form.visit if self.line.form else self.line.visit
        return visit_title(visit) if visit or self.line.form else ""

    @property
    def is_of_another_time(self) -> bool:
        """Whether the moment given is far from when it was recorded: a synthetic subject, or an import."""
        return abs(self.line.at - self.line.recorded_at) > ALIKE


def said_of(line: Line, *, coded: bool = False) -> Said:
    """Return a line in the reader's words; `coded` leaves units as they are stored, for files."""
    what = _(KIND_WORDS[line.kind]) if not line.what else _(WHAT_WORDS.get(line.what, line.what))
    return Said(
        line=line,
        what=what,
        item=_item_title(line),
        old=_answered(line, line.old, coded) if not line.what else _stood(line.kind, line.old_text),
        new=_answered(line, line.new, coded) if not line.what else _stood(line.kind, line.new_text),
        flags=tuple(_(FLAG_WORDS[flag]) for flag in line.flags),
    )


def _stood(kind: str, text: str) -> str:
    """Return what stood of a form, a visit or the subject, in words."""
    labels = {"form": FormState, "subject": Stage}
    if kind in labels and text in labels[kind].values:
        return str(labels[kind](text).label)
    if kind in TYPED:
        return text  # a person wrote it: nothing of it is looked up
    return day_in_words(text) if kind == "visit" and text else _(text) if text else ""


def _item_title(line: Line) -> str:
    return item_title(line.form.crf, line.path) if line.path and line.form else ""


def item_title(crf: str, path: str) -> str:
    """Return what an item is called, in a group with the key of its row; the path where it is no item any more."""
    try:
        title = _(TRIAL.crf(crf).item(path).title)
    except KeyError:
        return path
    return f"{title} ({path.split('/')[1]})" if "/" in path else title


def _answered(line: Line, answer: Answer, coded: bool) -> str:
    try:
        item = TRIAL.crf(line.form.crf).item(line.path) if line.form else None
    except KeyError:
        return answer.value
    return answer_in_words(item, answer, coded=coded) if item is not None else answer.value
