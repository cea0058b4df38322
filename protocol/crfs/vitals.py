"""VS: ECOG performance status and vital signs."""

from __future__ import annotations

from typing import Any, Final

from protocol import codelists
from protocol.crfs.questions import TRIAL_RECORD, asks_for, day, measured, not_after_death
from protocol.language import Choice, Crf, NotAbove, Number, Ref, Section, Severity, Steady, When
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


def _steady(name: str, percent: int) -> Steady:
    return Steady(
        id=f"VS.{name}.jump",
        severity=Severity.SOFT,
        message=N_(
            "%(title)s %(value)s %(unit)s differs by more than %(percent)s %% from %(other)s before. Check both values."
        ),
        percent=percent,
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
                day(
                    "VS",
                    "assessed_on",
                    N_("Date of assessment"),
                    source=TRIAL_RECORD,
                    checks=(not_after_death("VS", "assessed_on"),),
                ),
                Choice(
                    name="ecog",
                    title=N_("ECOG performance status"),
                    codes=codelists.ECOG,
                    help=N_("Assessed by the investigator."),
                    source=TRIAL_RECORD,
                    checks=(
                        asks_for(
                            "VS",
                            "ecog",
                            "death",
                            N_("ECOG 5 is death, but the form “Death” is missing. Add it, or correct the status."),
                            "DT",
                            When("ecog", ("5",)),
                        ),
                    ),
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
                _sign("weight", N_("Weight"), "kg", ("25", "250"), checks=(_steady("weight", 10),)),
                _sign("height", N_("Height"), "cm", ("100", "230"), checks=(_steady("height", 3),)),
            ),
        ),
    ),
)
