"""What an answer hides: a value that would no longer be asked is never wiped, and never left behind, without a word."""

from __future__ import annotations

from collections.abc import Mapping

from protocol.checking import shown_items
from protocol.language import Crf
from protocol.record import Answer


def newly_unasked(crf: Crf, before: Mapping[str, Answer], after: Mapping[str, Answer]) -> tuple[str, ...]:
    """Return the paths whose answer a save would leave where it is not asked, by hiding the item or by entering it.

    What stood there unasked before, from an import, holds up no save: a query asks about it.
    """
    now = unasked(crf, after)
    stood = set(unasked(crf, before)) if now else set()
    return tuple(path for path in now if path not in stood or after[path] != before[path])


def unasked(crf: Crf, answers: Mapping[str, Answer]) -> tuple[str, ...]:
    """Return the paths that hold an answer and are not asked: skipped themselves, or in a group that is."""
    shown = shown_items(crf, answers)
    return tuple(
        path
        for path, answer in sorted(answers.items())
        if not answer.is_blank and (path not in shown or path.partition("/")[0] not in shown)
    )
