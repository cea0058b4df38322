"""How fast subjects are judged, from answers in memory, on one core.

Measured are the verdicts of every criterion with the day until which each holds: what a sweep compares, and a gate asks.
Sentences, evidence and needs are made when they are read; a second row reads them all, as a save does that keeps them.
Counted is processor time, of the fastest lot: what else the machine does makes a lot slower, never faster.
"""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable
from itertools import chain

from protocol.criteria import CRITERIA, judge_all
from protocol.language import Verdict
from protocol.record import Judgement, Record
from tests.protocol_ground import R, candidate, with_answers

SUBJECTS, LOT = 10_000, 50  # as many at a time as a sweep judges


def a_lot(first: int) -> list[Record]:
    """Return complete screenings, no two of neighbours with the same blood; some fail and some wait for an answer."""
    lot = []
    for number in range(first, first + LOT):
        record = candidate(sex="female" if number % 2 else "male")
        record = with_answers(record, "HE", platelets=f"{60 + number % 97}", leukocytes=f"{2 + number % 41 / 10:.1f}")
        record = with_answers(record, "CH", bilirubin=f"{8 + number % 31}", alt=f"{20 + number % 130}")
        lot.append(with_answers(record, "VS", ecog=str(number % 3) if number % 7 else None))
    return lot


Judgements = dict[str, Judgement]


def judged(each: Callable[[Judgements], list[Verdict]]) -> tuple[Counter[Verdict], float]:
    """Judge all lots and do this to the judgements of each subject; return the verdicts, and subjects a second."""
    verdicts: Counter[Verdict] = Counter()
    fastest = float("inf")
    for first in range(0, SUBJECTS, LOT):
        lot = a_lot(first)
        gc.collect()
        began = time.process_time()
        found = [each(judge_all(record, R)) for record in lot]
        fastest = min(fastest, time.process_time() - began)
        verdicts.update(chain.from_iterable(found))
    return verdicts, LOT / fastest


def verdicts_alone(judgements: Judgements) -> list[Verdict]:
    return [judgement.verdict for judgement in judgements.values()]


def with_words(judgements: Judgements) -> list[Verdict]:
    for judgement in judgements.values():
        _ = (judgement.reason, judgement.evidence, judgement.needs)
    return verdicts_alone(judgements)


def test_ten_thousand_complete_screenings(figures):
    verdicts, rate = judged(verdicts_alone)

    assert verdicts.total() == SUBJECTS * len(CRITERIA)
    assert min(verdicts[each] for each in (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)) > SUBJECTS / 10
    figures.rate(
        "Judging 10,000 complete screenings: verdicts and until when they hold, subjects", rate, at_least=2_000
    )


def test_ten_thousand_complete_screenings_with_every_sentence(figures):
    verdicts, rate = judged(with_words)

    assert verdicts.total() == SUBJECTS * len(CRITERIA)
    figures.rate_towards(
        "Judging 10,000 complete screenings with every sentence and citation, subjects", rate, towards=2_000
    )
