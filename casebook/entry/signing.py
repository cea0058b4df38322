"""What a signer is shown beside a form: what is not any more what was signed last, in words."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from casebook.models import Form
from casebook.paths import titled
from casebook.selectors.sight import NOT_SHOWN, tells_arm
from casebook.selectors.signatures import SignatureState
from casebook.words import answer_in_words, said
from protocol.record import Answer
from protocol.trial import TRIAL


@dataclass(frozen=True)
class ChangeInWords:
    """One item that changed since the last signature, as a person reads it."""

    title: str
    path: str
    old: str
    new: str


def changes_in_words(form: Form, state: SignatureState, user: User) -> list[ChangeInWords]:
    """Return what changed in the form since its last signature, as this person may read it. No query."""
    crf = TRIAL.crf(form.crf)
    return [
        ChangeInWords(
            said(titled(crf, each.path)),
            each.path,
            _in_words(form, each.path, each.old, user),
            _in_words(form, each.path, each.new, user),
        )
        for each in state.changes
    ]


def _in_words(form: Form, path: str, answer: Answer, user: User) -> str:
    if tells_arm(form, path, user):
        return said(NOT_SHOWN.value)
    try:
        return answer_in_words(TRIAL.crf(form.crf).item(path), answer)
    except KeyError:  # asked by an earlier version of the protocol only
        return answer.value
