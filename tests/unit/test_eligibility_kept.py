"""A judgement goes into its row and comes back as it was."""

from __future__ import annotations

from datetime import date

import pytest

from eligibility.kept import judgement_from, kept
from protocol.criteria import judge_all
from protocol.language import Verdict
from protocol.record import Evidence, Judgement, Need, Record
from protocol.words import sentence

WHOLE = Judgement(
    verdict=Verdict.REVIEW,
    reason=sentence("The gap of %(gap)s days is longer than %(longest)s days.", gap=46, longest=42),
    evidence=(
        Evidence(form="f1", crf="TA", path="overall_response", title="Overall", value="CR", on="2025-03-03"),
        Evidence(
            form="f2",
            crf="MK",
            path="afp",
            title="AFP",
            value="<0.61",
            unit="ng/mL",
            limit="≤ 20",
            note=sentence("A note."),
        ),
    ),
    valid_until=date(2025, 4, 28),
    needs=(
        Need(crf="TA", item="scan_on", not_before=date(2025, 3, 31)),
        Need(crf="ICF"),
        Need(crf="MK", item="afp", not_before=date(2024, 7, 12), not_after=date(2024, 10, 10)),
        Need(crf="IJ", signature=True),
    ),
)


@pytest.mark.parametrize("judgement", [WHOLE, Judgement(verdict=Verdict.UNKNOWN, reason=sentence("Nothing."))])
def test_nothing_is_lost(judgement):
    assert judgement_from(kept(judgement)) == judgement


def test_every_judgement_of_an_empty_record_can_be_kept():
    for judgement in judge_all(Record(subject="T-001"), date(2025, 3, 31)).values():
        again = judgement_from(kept(judgement))

        assert (again.verdict, again.needs, again.valid_until) == (Verdict.UNKNOWN, judgement.needs, None)
        assert again.reason.english() == judgement.reason.english()


def test_every_criterion_of_an_empty_record_says_what_is_missing():
    silent = [code for code, found in judge_all(Record(subject="T-001"), date(2025, 3, 31)).items() if not found.needs]

    assert silent == []
