"""The terms of CTCAE v5.0 with their system organ class and the grades that each has.

Common Terminology Criteria for Adverse Events, version 5.0, 27 November 2017, U.S. National Cancer Institute; a work of
the United States government, in the public domain. `ctcae_v5.csv` keeps terms, classes and grades; the MedDRA codes of
the publication are licensed and left out, and the definitions of the grades are read in the publication itself.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from protocol.ctcae_words import SEARCH_WORDS
from protocol.language import Code, CodeList

SOURCE: Final = "CTCAE v5.0, 27 Nov 2017"
FILE: Final = Path(__file__).with_name("ctcae_v5.csv")


class Term(NamedTuple):
    """One term: its class and its grades, "345" for 3, 4 and 5."""

    system_organ_class: str
    term: str
    grades: str


def _read() -> tuple[Term, ...]:
    with FILE.open(encoding="utf-8", newline="") as lines:
        return tuple(Term(**row) for row in csv.DictReader(lines))


TERMS: Final = _read()
CTCAE_TERM: Final = CodeList(
    "ctcae-term",
    tuple(Code(each.term, each.term, each.system_organ_class) for each in TERMS),
    f"{SOURCE}, U.S. National Cancer Institute, public domain",
    file="protocol/ctcae_v5.csv",
    search_words=SEARCH_WORDS,
)
GRADES: Final = tuple((each.term, tuple(each.grades)) for each in TERMS)
CLASSES: Final[Mapping[str, str]] = {each.term: each.system_organ_class for each in TERMS}
