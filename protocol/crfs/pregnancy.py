"""PG: pregnancy and lactation, asked of women only."""

from __future__ import annotations

from typing import Final

from protocol import codelists
from protocol.crfs.questions import TRIAL_RECORD, day, yes_no
from protocol.language import Choice, Crf, Ref, Section, WhenRecord, Which
from protocol.words import N_

PREGNANCY: Final = Crf(
    code="PG",
    title=N_("Pregnancy and lactation"),
    source="NCT05349331, eligibility",
    repeats=True,
    dated_by="assessed_on",
    critical=True,
    asked_when=WhenRecord(Ref("sex", "DM", Which.FIRST), ("female",)),
    sections=(
        Section(
            N_("State"),
            (
                day("PG", "assessed_on", N_("Date asked"), source=TRIAL_RECORD),
                yes_no("pregnant", N_("Pregnant"), source=TRIAL_RECORD),
                yes_no("lactating", N_("Lactating"), source=TRIAL_RECORD),
            ),
        ),
        Section(
            N_("Test"),
            (
                day("PG", "tested_on", N_("Date of the test"), required=False, source=TRIAL_RECORD),
                Choice(
                    name="specimen",
                    title=N_("Specimen"),
                    codes=codelists.SPECIMEN,
                    required=False,
                    source=TRIAL_RECORD,
                ),
                Choice(
                    name="result",
                    title=N_("Result"),
                    codes=codelists.TEST_RESULT,
                    required=False,
                    source=TRIAL_RECORD,
                ),
            ),
            N_("Needed of every woman of childbearing potential within 7 days before randomization."),
        ),
    ),
)
