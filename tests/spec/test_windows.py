"""Chapter 4: how far back answers may lie. What people are told of each window is what the judges keep to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from protocol.criteria import CRITERIA, judge_all
from protocol.criteria.windows import BEFORE_TREATMENT, window_days
from tests.protocol_ground import R, candidate, judged

WINDOWS = """
criteria                                  | form | days
I07a I07b I07c                            | HE   | 14
I08a I08b I09c I10 I11                    | CH   | 14
I09b I10                                  | CO   | 14
I09a I10                                  | CP   | 14
I12                                       | VS   | 7
I05                                       | TA   | 28
I05                                       | MK   | 14
I06                                       | SU   | 28
I13 E04 E07a E12                          | IJ   | 28
E01 E02a E02g E03 E05 E06 E07b E09 E10 E11 | MH   | 28
E02h                                      | EG   | 28
E08a E08b                                 | PG   | 7
I02c                                      | SU   |
I14                                       | ICF  |
I04                                       | PT   |
"""


@pytest.mark.parametrize(
    ("criteria", "crf", "days"),
    [[cell.strip() for cell in line.split("|")] for line in WINDOWS.strip().splitlines()[1:]],
)
def test_the_window_told_of_a_criterion(criteria, crf, days):
    assert {window_days(code, crf) for code in criteria.split()} == {int(days) if days else None}


def test_markers_before_treatment_are_told_apart():
    assert BEFORE_TREATMENT == {"I03": 90}
    assert window_days("I03", "MK") is None


@pytest.mark.parametrize("sex", ["male", "female"])
def test_the_window_told_is_the_one_a_verdict_lapses_by(sex):
    kept_to = 0
    for code, judgement in judge_all(candidate(sex=sex), R).items():
        days = [
            date.fromisoformat(each.on[:10]) + timedelta(days=window)
            for each in judgement.evidence
            if (window := window_days(code, each.crf)) is not None and len(each.on) >= 10
        ]
        if judgement.valid_until is None:
            assert days == [], code
        elif code not in (
            "I05",
            "I14",
        ):  # the response looks at its latest scan and draw; a consent at the next version
            assert judgement.valid_until == min(days), code
            kept_to += 1

    assert kept_to > 30


def test_the_response_lapses_by_its_latest_draw_before_its_latest_scan():
    judgement = judged("I05", candidate())
    latest = {crf: max(each.on for each in judgement.evidence if each.crf == crf) for crf in ("TA", "MK")}

    assert judgement.valid_until == min(
        date.fromisoformat(on) + timedelta(days=window_days("I05", crf) or 0) for crf, on in latest.items()
    )


def test_every_criterion_names_what_it_rests_on():
    judgements = judge_all(candidate(), R)

    assert [criterion.code for criterion in CRITERIA if not judgements[criterion.code].evidence] == []
