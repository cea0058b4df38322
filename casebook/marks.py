"""The one set of states a person sees: for each its word, its icon and its tone, the same on every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Mark:
    """How one state looks and reads."""

    word: str | Promise
    icon: str
    tone: str


MARKS: Mapping[str, Mark] = {
    "overdue": Mark(_("Overdue"), "clock", "bad"),
    "query open": Mark(_("Query open"), "query", "bad"),
    "missed": Mark(_("Missed"), "cross", "bad"),
    "query answered": Mark(_("Query answered"), "answered", "warn"),
    "in progress": Mark(_("In progress"), "half", "warn"),
    "not started": Mark(_("Not started"), "ring", "calm"),
    "complete": Mark(_("Complete"), "check", "good"),
    "verified": Mark(_("Verified"), "eye", "good"),
    "signed": Mark(_("Signed"), "pen", "good"),
    "not done": Mark(_("Not done"), "dash", "calm"),
    "not applicable": Mark(_("Not applicable"), "dash", "calm"),
    "frozen": Mark(_("Frozen"), "snow", "busy"),
    "locked": Mark(_("Locked"), "lock", "busy"),
    # verification and review
    "to verify": Mark(_("To verify"), "ring", "calm"),
    "partly verified": Mark(_("Partly verified"), "half", "warn"),
    "mark fallen": Mark(_("Mark fallen"), "cross", "bad"),
    "to review": Mark(_("To review"), "ring", "calm"),
    "review outdated": Mark(_("Review outdated"), "clock", "warn"),
    "reviewed": Mark(_("Reviewed"), "eye", "good"),
    "visit open": Mark(_("Open"), "half", "warn"),
    "visit closed": Mark(_("Closed"), "check", "good"),
    # verdicts on criteria
    "pass": Mark(_("Pass"), "check", "good"),
    "fail": Mark(_("Fail"), "cross", "bad"),
    "unknown": Mark(_("Unknown"), "unknown", "calm"),
    "review": Mark(_("Needs review"), "eye", "warn"),
    "hidden": Mark(_("Hidden until you have signed"), "lock", "calm"),
    # queries
    "open": Mark(_("Open"), "query", "bad"),
    "answered": Mark(_("Answered"), "answered", "warn"),
    "closed": Mark(_("Closed"), "check", "good"),
    "cancelled": Mark(_("Cancelled"), "dash", "calm"),
    # signatures and locks
    "signature void": Mark(_("Signature void"), "pen", "warn"),
    "unlock waiting": Mark(_("Unlock asked for"), "lock", "warn"),
    # stages that are not steps on the way
    "screen failure": Mark(_("Screen failure"), "cross", "bad"),
    "withdrawn": Mark(_("Withdrawn"), "cross", "bad"),
    "file withdrawn": Mark(pgettext_lazy("a file", "Withdrawn"), "cross", "bad"),
    # visits
    "upcoming": Mark(_("Upcoming"), "dash", "calm"),
    "due": Mark(_("Due now"), "ring", "busy"),
    "in grace": Mark(_("In grace"), "clock", "warn"),
    "attended": Mark(_("Attended"), "check", "good"),
    "early": Mark(_("Attended early"), "check", "warn"),
    "late": Mark(_("Attended late"), "check", "warn"),
    "no date": Mark(_("No date yet"), "unknown", "calm"),
    # safety
    "clock running": Mark(_("Clock running"), "clock", "warn"),
    "reported in time": Mark(_("Reported in time"), "check", "good"),
    "reported late": Mark(_("Reported late"), "clock", "warn"),
    "sign open": Mark(_("Waits for imaging"), "clock", "bad"),
    "minor": Mark(_("Minor"), "dash", "calm"),
    "important": Mark(_("Important"), "cross", "bad"),
    # imports
    "prepared": Mark(_("Prepared"), "half", "warn"),
    "released": Mark(_("Released"), "check", "good"),
    "rejected": Mark(_("Rejected"), "cross", "bad"),
    # reference ranges, and what the rows of a file of them do
    "range in force": Mark(_("In force"), "check", "good"),
    "range waiting": Mark(_("Waits for confirmation"), "half", "warn"),
    "range replaced": Mark(_("Replaced"), "dash", "calm"),
    "range withdrawn": Mark(pgettext_lazy("a range", "Withdrawn"), "cross", "calm"),
    "range assumed": Mark(_("Assumed"), "unknown", "warn"),
    "laboratory added": Mark(_("New laboratory"), "unknown", "warn"),
    "range added": Mark(_("New range"), "check", "good"),
    "range changed": Mark(_("Correction"), "pen", "warn"),
    "range known": Mark(_("Known already"), "dash", "calm"),
    "row refused": Mark(_("Refused"), "cross", "bad"),
    # files
    "waiting": Mark(_("Waiting"), "ring", "calm"),
    "running": Mark(_("Being written"), "half", "warn"),
    "ready": Mark(_("Ready"), "check", "good"),
    "failed": Mark(_("Failed"), "cross", "bad"),
}

# The worst first: what a cell of the status grid shows of several forms.
WORST_FIRST = tuple(MARKS)[:13]

_drawn: dict[tuple[str, str], SafeString] = {}


def mark_of(state: str) -> SafeString:
    """Return the icon, word and colour of a state, in the reader's language. Raises KeyError for an unknown state."""
    key = (state, get_language() or "en")
    if key not in _drawn:
        mark = MARKS[state]
        _drawn[key] = format_html('<span class="mark tone-{}">{}{}</span>', mark.tone, icon_of(mark.icon), mark.word)
    return _drawn[key]


def icon_of(name: str) -> SafeString:
    """Return a drawing of the sprite in base.html, silent for screen readers: the word beside it speaks."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"></use></svg>', name)
