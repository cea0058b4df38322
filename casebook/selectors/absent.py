"""The forms that a visit asks for and does not have yet."""

from __future__ import annotations

from collections.abc import Collection

from casebook.models import Form, Visit
from casebook.selectors.records import record_of
from protocol.checking import is_asked
from protocol.language import Crf
from protocol.trial import TRIAL


def absent_from(visit: Visit, *, among: Collection[str] | None = None) -> list[Crf]:
    """Return the CRFs of the visit, or those of them `among` these codes, that are asked of the subject and not there."""
    wanted = [code for code in TRIAL.visit(visit.code).forms if among is None or code in among]
    there = set(Form.objects.filter(visit=visit, crf__in=wanted).values_list("crf", flat=True))
    absent = [TRIAL.crf(code) for code in wanted if code not in there]
    if any(crf.asked_when for crf in absent):
        known = record_of(visit.subject)
        absent = [crf for crf in absent if crf.asked_when is None or is_asked(crf, known)]
    return absent
