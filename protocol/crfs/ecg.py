"""EG: the ECG, with one row for each tracing."""

from __future__ import annotations

from typing import Final

from protocol.crfs.questions import TRIAL_RECORD, day, measured
from protocol.language import Crf, Derived, Group, Section
from protocol.words import N_

_ROW: Final = (
    measured(
        "EG",
        "qt",
        N_("QT interval"),
        prefix="tracings.",
        plausible=("200", "700"),
        units=("ms",),
        help=N_("Uncorrected."),
        source=TRIAL_RECORD,
    ),
    measured(
        "EG",
        "heart_rate",
        N_("Heart rate"),
        prefix="tracings.",
        plausible=("30", "220"),
        units=("/min",),
        source=TRIAL_RECORD,
    ),
)

ECG: Final = Crf(
    code="EG",
    title=N_("ECG"),
    source="NCT05349331, eligibility; CTCAE v5.0",
    repeats=True,
    dated_by="performed_on",
    critical=True,
    sections=(
        Section(
            N_("ECG"),
            (
                day("EG", "performed_on", N_("Date of ECG"), source=TRIAL_RECORD),
                Group(
                    name="tracings",
                    title=N_("Tracings"),
                    items=_ROW,
                    row_title=N_("Tracing"),
                    required=True,
                    help=N_("The mean of the tracings is used."),
                    source=TRIAL_RECORD,
                ),
                Derived(
                    name="qtcf",
                    title=N_("QTc (Fridericia)"),
                    derivation="qtcf",
                    units=("ms",),
                    source="Fridericia 1920",
                ),
                Derived(name="qtcb", title=N_("QTc (Bazett)"), derivation="qtcb", units=("ms",), source="Bazett 1920"),
            ),
        ),
    ),
)
