"""PG and PGR: pregnancy and lactation, asked of women only, and the report of a pregnancy."""

from __future__ import annotations

from typing import Final

from protocol import codelists
from protocol import codelists_safety as safety
from protocol.assumptions import SAE_REPORT_HOURS
from protocol.crfs.questions import (
    TRIAL_RECORD,
    asks_for,
    day,
    free_text,
    moment,
    not_before,
    partial_day,
    yes_no,
)
from protocol.language import Choice, Crf, Ref, Section, Severity, When, WhenRecord, Which, Within
from protocol.words import N_

CLOCK: Final = "ICH E6(R3); assumption SAE_REPORT_HOURS"

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
                yes_no(
                    "pregnant",
                    N_("Pregnant"),
                    source=TRIAL_RECORD,
                    checks=(
                        asks_for(
                            "PG",
                            "pregnant",
                            "report",
                            N_("A pregnancy is reported to the sponsor. Add a “Pregnancy report”."),
                            "PGR",
                            When("pregnant", ("Y",)),
                            not_at=("SCR",),
                        ),
                    ),
                ),
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


_OVER: Final = When("outcome", ("live birth", "stillbirth", "miscarriage", "termination"))

_REPORT: Final = Section(
    N_("Report"),
    (
        Choice(name="who", title=N_("Who is pregnant"), codes=safety.PREGNANT_PERSON, source=CLOCK, missing=()),
        moment("PGR", "aware_at", N_("Site aware at"), source=CLOCK, missing=()),
        moment(
            "PGR",
            "reported_at",
            N_("Reported at"),
            required=False,
            help=N_("When the report went to the sponsor; empty until it is sent."),
            source=CLOCK,
            checks=(
                Within(
                    id="PGR.reported_at.late",
                    severity=Severity.SOFT,
                    message=N_(
                        "Reported %(value)s, more than %(most)s hours after awareness %(other)s. "
                        "Enter why under “Reason for late report”."
                    ),
                    other=Ref("aware_at"),
                    hours=SAE_REPORT_HOURS,
                    unless="late_reason",
                ),
            ),
        ),
        free_text("PGR", "late_reason", N_("Reason for late report"), long=True, required=False, source=CLOCK),
        partial_day("PGR", "last_menses_on", N_("First day of the last menses"), required=False, source=CLOCK),
    ),
)

_OUTCOME: Final = Section(
    N_("Outcome"),
    (
        Choice(name="outcome", title=N_("Outcome"), codes=safety.PREGNANCY_OUTCOME, source=CLOCK, missing=()),
        partial_day(
            "PGR",
            "ended_on",
            N_("Ended on"),
            shown_when=_OVER,
            source=CLOCK,
            checks=(
                not_before(
                    "PGR",
                    "ended_on",
                    "menses",
                    N_("%(title)s %(value)s is before the last menses %(other)s. Check both dates."),
                    Ref("last_menses_on"),
                ),
            ),
        ),
        Choice(
            name="infant",
            title=N_("Infant"),
            codes=safety.INFANT,
            shown_when=When("outcome", ("live birth",)),
            source=CLOCK,
        ),
        free_text("PGR", "comment", N_("Comment"), long=True, max_length=2000, required=False, source=CLOCK),
    ),
)

PREGNANCY_REPORT: Final = Crf(
    code="PGR",
    title=N_("Pregnancy report"),
    source=CLOCK,
    log=True,
    repeats=True,
    expected=False,
    critical=True,
    help=N_(
        "One line for each pregnancy of the subject or the subject's partner, within 24 hours; followed to its end."
    ),
    sections=(_REPORT, _OUTCOME),
)
