"""SU: one liver surgeon's evaluation; two different surgeons answer each question, each alone."""

from __future__ import annotations

from typing import Final

from protocol import codelists
from protocol.crfs.questions import TRIAL_RECORD, day, free_text, measured, yes_no
from protocol.language import Choice, Crf, Entry, Section, When
from protocol.words import N_

SURGEONS_NEEDED: Final = 2

_ROUND: Final = measured(
    "SU",
    "round",
    N_("Round"),
    plausible=("1", "9"),
    decimals=0,
    missing=(),
    help=N_("1, and one more for each new round of both: after a disagreement, or when the last one is too old."),
    source=TRIAL_RECORD,
)

_EVALUATION: Final = Section(
    N_("Evaluation"),
    (
        Choice(
            name="question",
            title=N_("Question"),
            codes=codelists.EVALUATION_QUESTION,
            source=TRIAL_RECORD,
            missing=(),
        ),
        Choice(name="source", title=N_("Source"), codes=codelists.EVALUATION_SOURCE, source=TRIAL_RECORD, missing=()),
        yes_no(
            "names_two_surgeons",
            N_("The record names two liver surgeons"),
            shown_when=When("source", ("chart record",)),
            source=TRIAL_RECORD,
        ),
        _ROUND,
        day(
            "SU",
            "evaluated_on",
            N_("Date of evaluation"),
            help=N_("Of a chart record, the date of the record."),
            source=TRIAL_RECORD,
        ),
        Choice(name="finding", title=N_("Finding"), codes=codelists.RESECTABILITY, source=TRIAL_RECORD, missing=()),
    ),
)

_LIVER: Final = Section(
    N_("Liver reserve"),
    (
        measured(
            "SU",
            "icg_r15",
            N_("ICG retention at 15 minutes"),
            percent=True,
            plausible=("0", "60"),
            units=("%",),
            required=False,
            source="China Liver Cancer guideline, 2022 edition",
        ),
        measured(
            "SU",
            "remnant_volume",
            N_("Volume of the future liver remnant"),
            percent=True,
            plausible=("15", "100"),
            units=("%",),
            required=False,
            help=N_("Of the standard liver volume."),
            source="China Liver Cancer guideline, 2022 edition",
        ),
        free_text("SU", "comment", N_("Comment"), long=True, max_length=2000, required=False, source=TRIAL_RECORD),
    ),
)

SURGEON_EVALUATION: Final = Crf(
    code="SU",
    title=N_("Surgeon's evaluation"),
    source="NCT05349331, eligibility",
    repeats=True,
    dated_by="evaluated_on",
    blind_until_complete=SURGEONS_NEEDED,
    entry=Entry.DIRECT,
    task="surgeon evaluation",
    critical=True,
    help=N_("Two different liver surgeons, each alone; nobody sees the other's answer before both have signed."),
    sections=(_EVALUATION, _LIVER),
)
