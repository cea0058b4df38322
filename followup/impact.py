"""What follow-up would open or settle with an answer, said before it is saved: deviations and signs of relapse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Subject
from casebook.ports import Seen
from casebook.states import BEFORE_RANDOMIZATION
from casebook.words import day_in_words
from followup.selectors.safety import visible_deviations, visible_signs
from followup.states import DeviationKind, SignKind
from protocol.words import N_, Sentence, sentence

DEVIATION = N_("Protocol deviation, %(kind)s")
SIGN = N_("Sign of relapse, %(kind)s, %(day)s")
TO_EXPLAIN = N_("to be explained")
EXPLAINED = N_("explained")
NOT_ELIGIBLE = N_("Randomized subjects for whom a protocol deviation would be opened, because they were not eligible")
WAITS = N_("told to the investigators; waits for imaging or a reason")


def look(subject: Subject, *, by: User, at: datetime) -> Mapping[str, Seen]:
    """Return the standing deviations and open signs that the person may read; none before randomization. Two queries."""
    if subject.stage in BEFORE_RANDOMIZATION or not by.holds(Permission.SAFETY_READ, at=subject.site_id):
        return {}
    deviations = visible_deviations(by).filter(subject=subject, closed_at__isnull=True)
    signs = visible_signs(by).filter(subject=subject, closed_at__isnull=True)
    seen = {
        f"deviation {each.kind} {each.about}": Seen(
            what=sentence(DEVIATION, kind=str(DeviationKind(each.kind).label)),
            stands=sentence(EXPLAINED if each.explained_at else TO_EXPLAIN),
            why=partial(Sentence.from_json, each.sentence),
            counted_as=NOT_ELIGIBLE if each.kind == DeviationKind.INELIGIBLE else "",
        )
        for each in deviations.order_by("occurred_on", "pk")
    }
    for sign in signs.order_by("seen_on", "pk"):
        said = {"kind": str(SignKind(sign.kind).label), "day": day_in_words(sign.seen_on.isoformat())}
        seen[f"sign {sign.kind} {sign.form_id}"] = Seen(what=sentence(SIGN, **said), stands=sentence(WAITS))
    return seen
