"""The log forms of one subject, kind by kind, with what each line is about and whether another may be added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Permission
from audit.decision import Decision
from casebook import rules
from casebook.models import Form, Subject
from casebook.selectors.records import answers_of
from casebook.words import answer_in_words
from desk.selectors.casebook import FormLine
from followup.selectors.consent import withdrawals_read_once
from protocol.language import Crf
from protocol.record import BLANK
from protocol.trial import TRIAL
from protocol.words import BETWEEN

LOGS = tuple(crf for crf in TRIAL.crfs if crf.log)
SHOWN = 6  # a longer log is folded unless something in it is to be done
# What a line is about; nothing here may tell an arm, for the form itself is read by whoever sees the line.
BRIEF: Mapping[str, tuple[str, ...]] = {
    "ICF": ("version", "signed_at"),
    "AE": ("term", "grade"),
    "SAE": ("term", "grade"),
    "OP": ("operated_on", "purpose"),
    "PA": ("reported_on", "viable_tumour"),
    "PGR": ("who", "outcome"),
    "CM": ("name", "started_on"),
    "RP": ("status", "site", "suspected_on"),
    "NT": ("kind", "started_on"),
    "DV": ("category", "occurred_on"),
    "WD": ("of", "withdrawn_on"),
    "DT": ("died_on", "cause"),
    "ES": ("ended_on", "how"),
}


@dataclass(frozen=True)
class Log:
    """All forms of one log CRF."""

    crf: Crf
    lines: tuple[tuple[FormLine, str], ...]
    may_add: Decision

    @property
    def is_open(self) -> bool:
        """Whether its lines stand unfolded: few of them, or something to do."""
        return len(self.lines) <= SHOWN or any(not line.is_done or line.opened for line, _brief in self.lines)


def logs_of(user: User, subject: Subject, lines: Iterable[FormLine], *, at: datetime) -> list[Log]:
    """Return the logs the user may know of, also empty ones. What tells the arm is not even named to who may not see it."""
    sees_arm = user.holds(Permission.ARM_READ, at=subject.site_id)
    crfs = [crf for crf in LOGS if sees_arm or not crf.reveals_arm]
    with withdrawals_read_once():
        may_add = rules.may_add_logs(user, subject, at=at, crfs=crfs)
    by_crf: dict[str, list[tuple[FormLine, str]]] = {crf.code: [] for crf in crfs}
    for line in lines:
        if line.form.visit_id is None:
            by_crf[line.form.crf].append((line, brief_of(line.form)))
    return [Log(crf, tuple(by_crf[crf.code]), may_add[crf.code]) for crf in crfs]


def brief_of(form: Form) -> str:
    """Return what a line of a log is about, in a few words; empty before anything is entered."""
    crf, answers = TRIAL.crf(form.crf), answers_of(form)
    said = (answer_in_words(crf.item(name), answers.get(name, BLANK)) for name in BRIEF.get(form.crf, ()))
    return _(BETWEEN).join(word for word in said if word)
