"""What changes of a subject's endpoints with an answer, said before it is saved: nothing that would tell the arm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Subject
from casebook.ports import Seen
from casebook.selectors.standing import day_at
from casebook.states import BEFORE_RANDOMIZATION
from outcomes.selectors.endpoints import endpoints_of
from protocol.endpoint_course import Outcome
from protocol.words import N_, Sentence, sentence

TITLES = {
    "pfs": N_("Progression-free survival"),
    "os": N_("Overall survival"),
    "ttf": N_("Time to treatment failure"),
}
EVENT = N_("event on %(day)s")
CENSORED = N_("censored on %(day)s")
NOT_KNOWN = N_("not known")


def look(subject: Subject, *, by: User, at: datetime) -> Mapping[str, Seen]:
    """Return the endpoints as the person may know them; none before randomization, then without a query."""
    if subject.stage in BEFORE_RANDOMIZATION or not by.holds(Permission.REPORT_READ, at=subject.site_id):
        return {}
    endpoints = endpoints_of(by, subject, on=day_at(subject.site, at))
    if endpoints is None:
        return {}
    return {
        f"endpoint {name}": Seen(what=Sentence(title), stands=_stands(getattr(endpoints, name)))
        for name, title in TITLES.items()
    }


def _stands(outcome: Outcome) -> Sentence:
    if outcome.on is None:
        return sentence(NOT_KNOWN)
    return sentence(EVENT if outcome.event else CENSORED, day=outcome.on.isoformat())
