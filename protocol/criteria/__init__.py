"""Every criterion of the trial. All are judged, none stops the others: the screening log needs every reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from protocol.criteria.exclusion import EXCLUSION, EXCLUSION_JUDGES
from protocol.criteria.inclusion import INCLUSION, INCLUSION_JUDGES
from protocol.criteria.judging import Judge
from protocol.facts import Facts
from protocol.record import Judgement, Record

CRITERIA: Final = (*INCLUSION, *EXCLUSION)
JUDGES: Final[Mapping[str, Judge]] = {**INCLUSION_JUDGES, **EXCLUSION_JUDGES}
_IN_ORDER: Final = tuple((criterion.code, JUDGES[criterion.code]) for criterion in CRITERIA)


def judge(code: str, record: Record, on: date) -> Judgement:
    """Return the judgement of one criterion for a day. Raises KeyError for a code that is none."""
    return JUDGES[code](Facts(record, on))


def judge_all(record: Record, on: date) -> dict[str, Judgement]:
    """Return the judgement of every criterion for a day, in the order of the criteria. The record is read once."""
    facts = Facts(record, on)
    return {code: judge_one(facts) for code, judge_one in _IN_ORDER}
