"""VS: ECOG performance status and vital signs."""

from __future__ import annotations

from typing import Any, Final

from protocol import codelists
from protocol.crfs.questions import TRIAL_RECORD, day, measured
from protocol.language import Choice, Crf, NotAbove, Number, Ref, Section, Severity
from protocol.words import N_


def _sign(name: str, title: str, unit: str, plausible: tuple[str, str], **more: Any) -> Number:
    return measured(
        "VS",
        name,
        title,
        plausible=plausible,
        units=(unit,),
        required=False,
        source="CDISC CT 2025-03-25 VSTESTCD",
        **more,
    )


_NOT_ABOVE_SYSTOLIC: Final = NotAbove(
    id="VS.diastolic.systolic",
    severity=Severity.SOFT,
    message=N_("Diastolic %(value)s %(unit)s exceeds systolic %(other)s. Check both."),
    other=Ref("systolic"),
)

VITALS: Final = Crf(
    code="VS",
    title=N_("ECOG and vital signs"),
    source="NCT05349331, eligibility; Oken 1982",
    repeats=True,
    dated_by="assessed_on",
    critical=True,
    sections=(
        Section(
            N_("Performance status"),
            (
                day("VS", "assessed_on", N_("Date of assessment"), source=TRIAL_RECORD),
                Choice(
                    name="ecog",
                    title=N_("ECOG performance status"),
                    codes=codelists.ECOG,
                    help=N_("Assessed by the investigator."),
                    source=TRIAL_RECORD,
                ),
            ),
        ),
        Section(
            N_("Vital signs"),
            (
                _sign("systolic", N_("Systolic blood pressure"), "mmHg", ("60", "260")),
                _sign(
                    "diastolic",
                    N_("Diastolic blood pressure"),
                    "mmHg",
                    ("30", "160"),
                    checks=(_NOT_ABOVE_SYSTOLIC,),
                ),
                _sign("pulse", N_("Pulse"), "/min", ("30", "220")),
                _sign("temperature", N_("Temperature"), "°C", ("33", "43")),
                _sign("weight", N_("Weight"), "kg", ("25", "250")),
                _sign("height", N_("Height"), "cm", ("100", "230")),
            ),
        ),
    ),
)
