"""Two people, one form: different items are merged, the same item is a conflict that shows both answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.decision import Refusal
from casebook.models import Form
from casebook.paths import row_of, rows_decided_whole
from casebook.selectors.history import answers_at, last_changed
from casebook.selectors.records import answers_of
from protocol.record import BLANK, Answer
from protocol.words import N_, Sentence, sentence

CHANGED_MEANWHILE = N_(
    "%(name)s saved this form while you were working on it. Compare the answers shown side by side, choose, and save again."
)
NO_SUCH_VERSION = N_("This page does not belong to the form as it stands. Open the form again.")


@dataclass(frozen=True, kw_only=True)
class Clash:
    """One item that two people changed: what stood when you began, what you entered, what stands now."""

    path: str
    before: Answer
    yours: Answer
    theirs: Answer


class Conflict(Refusal):
    """Somebody else changed the same items. Carries both answers, item by item, and the version to save again upon."""

    def __init__(
        self,
        why: Sentence,
        *,
        clashes: tuple[Clash, ...] = (),
        version: int = 0,
        changed_by: str = "",
        changed_at: datetime | None = None,
    ) -> None:
        super().__init__(why)
        self.clashes, self.version = clashes, version
        self.changed_by, self.changed_at = changed_by, changed_at


@dataclass(frozen=True)
class Merged:
    """The answers to keep, and the paths that another person had changed since this page was opened."""

    answers: Mapping[str, Answer]
    of_others: tuple[str, ...] = ()


def merged(form: Form, answers: Mapping[str, Answer], *, based_on: int) -> Merged:
    """Return the answers of the form with the given ones; items not given keep theirs. Raises Conflict."""
    now = answers_of(form)
    if based_on == form.version:
        return Merged(now | dict(answers))
    base = answers_at(form, based_on) if based_on < form.version else None
    if base is None:
        raise Conflict(sentence(NO_SUCH_VERSION), version=form.version)
    mine = {path: answer for path, answer in answers.items() if answer != base.get(path, BLANK)}
    theirs = {path for path in now.keys() | base.keys() if now.get(path, BLANK) != base.get(path, BLANK)}
    whole = rows_decided_whole(base, now, mine)
    yours = base | mine
    paths = {path for path in mine if path in theirs}
    paths |= {path for path in {*base, *now, *mine} if row_of(path) in whole}
    clashes = tuple(
        Clash(path=path, before=base.get(path, BLANK), yours=yours.get(path, BLANK), theirs=now.get(path, BLANK))
        for path in sorted(paths)
        if yours.get(path, BLANK) != now.get(path, BLANK)
    )
    if clashes:
        raise _conflict(form, clashes)
    return Merged(now | mine, tuple(sorted(theirs - mine.keys())))


def _conflict(form: Form, clashes: tuple[Clash, ...]) -> Conflict:
    name, at = last_changed(form) or ("", None)
    why = sentence(CHANGED_MEANWHILE, name=name)
    return Conflict(why, clashes=clashes, version=form.version, changed_by=name, changed_at=at)
