"""IJ: what only the investigator can judge."""

from __future__ import annotations

from typing import Final

from protocol.crfs.pauses import pauses
from protocol.crfs.questions import TRIAL_RECORD, day, free_text, if_yes, yes_no
from protocol.language import Crf, Entry, Item, Section
from protocol.words import N_


def _judged(name: str, title: str, text_title: str, help: str = "") -> tuple[Item, Item]:
    return (
        yes_no(name, title, help=help, source=TRIAL_RECORD, missing=()),
        free_text("IJ", f"{name}_text", text_title, shown_when=if_yes(name), max_length=500, source=TRIAL_RECORD),
    )


JUDGEMENT: Final = Crf(
    code="IJ",
    title=N_("Investigator's judgements"),
    source="NCT05349331, eligibility",
    dated_by="judged_on",
    entry=Entry.DIRECT,
    critical=True,
    help=N_("Answered and signed by an investigator."),
    sections=(
        Section(
            N_("Judgements"),
            (
                day(
                    "IJ",
                    "judged_on",
                    N_("Date of judgement"),
                    source=TRIAL_RECORD,
                    checks=pauses("IJ", "judged_on"),
                ),
                yes_no(
                    "life_expectancy_over_3m",
                    N_("Life expectancy is more than 3 months"),
                    source=TRIAL_RECORD,
                    missing=(),
                ),
                *_judged(
                    "organ_dysfunction",
                    N_("Serious dysfunction of another important organ"),
                    N_("Which organ"),
                ),
                *_judged("bleeding_tendency", N_("Haemophilia or bleeding tendency"), N_("Which")),
                *_judged(
                    "other_condition",
                    N_("Another condition that makes the subject unsuitable"),
                    N_("Which condition"),
                    N_(
                        "Physical, psychiatric or an abnormal laboratory test that raises the risk or blurs the result."
                    ),
                ),
            ),
        ),
    ),
)
