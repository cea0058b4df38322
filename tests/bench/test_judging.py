"""How fast subjects are judged: every criterion with its sentence and evidence, from answers in memory, on one core."""

from __future__ import annotations

import gc
import time
from collections import Counter

from protocol.criteria import CRITERIA, judge_all
from protocol.language import Verdict
from protocol.record import Record
from tests.protocol_ground import R, candidate, with_answers

SUBJECTS, LOT = 10_000, 1_000


def a_lot(first: int) -> list[Record]:
    """Return complete screenings, no two of neighbours with the same blood; some fail and some wait for an answer."""
    lot = []
    for number in range(first, first + LOT):
        record = candidate(sex="female" if number % 2 else "male")
        record = with_answers(record, "HE", platelets=f"{60 + number % 97}", leukocytes=f"{2 + number % 41 / 10:.1f}")
        record = with_answers(record, "CH", bilirubin=f"{8 + number % 31}", alt=f"{20 + number % 130}")
        lot.append(with_answers(record, "VS", ecog=str(number % 3) if number % 7 else None))
    return lot


def test_ten_thousand_complete_screenings(figures):
    verdicts: Counter[Verdict] = Counter()
    spent = 0.0
    for first in range(0, SUBJECTS, LOT):
        lot = a_lot(first)
        gc.collect()
        began = time.process_time()
        for record in lot:
            verdicts.update(each.verdict for each in judge_all(record, R).values())
        spent += time.process_time() - began

    assert verdicts.total() == SUBJECTS * len(CRITERIA)
    assert min(verdicts[each] for each in (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)) > SUBJECTS / 10
    figures.rate("Judging 10,000 complete screenings from answers in memory, subjects", SUBJECTS / spent, towards=2_000)
