"""What changes on the board with an answer, said before it is saved: verdicts, and whether the determination stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Subject
from casebook.ports import Seen
from eligibility.selectors.judged import judged_of
from eligibility.selectors.standing import standing_determination
from protocol.record import Judgement
from protocol.trial import TRIAL
from protocol.words import N_, Sentence, sentence

CRITERION = N_("%(code)s, %(short)s")
DETERMINED = N_("Determination of eligibility")
SIGNED = N_("signed by %(name)s")


def look(subject: Subject, *, by: User, at: datetime) -> Mapping[str, Seen]:
    """Return the verdict on each criterion, and the determination that stands, to who reads the board. Three queries."""
    if not by.holds(Permission.ELIGIBILITY_READ, at=subject.site_id):
        return {}
    judgements = judged_of(subject, at=at).judgements
    seen = {
        f"criterion {criterion.code}": Seen(
            what=sentence(CRITERION, code=criterion.code, short=Sentence(criterion.short)),
            stands=Sentence(judgements[criterion.code].verdict.value),
            why=partial(_reason, judgements[criterion.code]),
        )
        for criterion in TRIAL.criteria
    }
    if (determination := standing_determination(subject)) is not None:
        signed = sentence(SIGNED, name=determination.determined_by.name)
        seen[f"determination {determination.pk}"] = Seen(what=sentence(DETERMINED), stands=signed)
    return seen


def _reason(judgement: Judgement) -> Sentence:
    return judgement.reason
