"""OP: the operation, or why there was none. Opens in either arm."""

from __future__ import annotations

from typing import Final

from protocol import codelists_surgery as codelists
from protocol.crfs.pauses import pauses
from protocol.crfs.questions import (
    TRIAL_RECORD,
    asks_for,
    day,
    free_text,
    measured,
    not_after_death,
    not_before_consent,
    yes_no,
)
from protocol.language import Choice, Crf, Ref, Section, When, Which
from protocol.words import N_

SCHEDULE: Final = "Trial schedule, edition 1"
OPERATED: Final = When("performed", ("Y",))
NOT_OPERATED: Final = When("performed", ("N",))
UNEXPECTED: Final = When("finding", ("unresectable", "extrahepatic", "additional malignancy"))
FIRST_OPERATION: Final = Ref("operated_on", "OP", Which.FIRST)
BEFORE_OPERATION: Final = N_("%(title)s %(value)s is before the operation of %(other)s. Check both dates.")

_WHETHER: Final = Section(
    N_("Whether"),
    (
        yes_no("performed", N_("Operation performed"), source=SCHEDULE, missing=()),
        day(
            "OP",
            "not_performed_on",
            N_("Decided on"),
            shown_when=NOT_OPERATED,
            help=N_("The day it was clear that there would be no operation."),
            source=SCHEDULE,
            missing=(),
        ),
        Choice(
            name="not_performed_reason",
            title=N_("Why not"),
            codes=codelists.NOT_OPERATED,
            shown_when=NOT_OPERATED,
            source=SCHEDULE,
            missing=(),
        ),
        free_text(
            "OP",
            "not_performed_other",
            N_("Which reason"),
            shown_when=When("not_performed_reason", ("other",)),
            source=SCHEDULE,
        ),
    ),
)

_OPERATION: Final = Section(
    N_("Operation"),
    (
        day(
            "OP",
            "operated_on",
            N_("Date of operation"),
            shown_when=OPERATED,
            source=SCHEDULE,
            missing=(),
            checks=(
                not_before_consent("OP", "operated_on"),
                not_after_death("OP", "operated_on"),
                *pauses("OP", "operated_on"),
            ),
        ),
        Choice(
            name="purpose",
            title=N_("Purpose"),
            codes=codelists.OPERATION_PURPOSE,
            shown_when=OPERATED,
            source=SCHEDULE,
            missing=(),
            checks=(
                asks_for(
                    "OP",
                    "purpose",
                    "recurrence",
                    N_(
                        "A salvage operation follows progression or relapse, but the casebook tells of none. "
                        "Add “Recurrence or progression”, or correct the purpose."
                    ),
                    "RP",
                    When("purpose", ("salvage",)),
                ),
            ),
        ),
        Choice(
            name="procedure",
            title=N_("Procedure"),
            codes=codelists.PROCEDURE,
            shown_when=OPERATED,
            source=SCHEDULE,
            missing=(),
        ),
        Choice(
            name="anaesthesia",
            title=N_("Anaesthesia"),
            codes=codelists.ANAESTHESIA,
            shown_when=OPERATED,
            source=SCHEDULE,
        ),
        measured(
            "OP",
            "duration",
            N_("Duration"),
            plausible=("30", "900"),
            units=("min",),
            decimals=0,
            shown_when=OPERATED,
            help=N_("From first cut to last stitch."),
            source=SCHEDULE,
        ),
        measured(
            "OP",
            "blood_loss",
            N_("Blood loss"),
            plausible=("0", "5000"),
            units=("mL",),
            decimals=0,
            shown_when=OPERATED,
            source=SCHEDULE,
        ),
        yes_no("transfusion", N_("Red cells transfused"), shown_when=OPERATED, source=SCHEDULE),
    ),
)

_FINDING: Final = Section(
    N_("Finding at operation"),
    (
        Choice(
            name="finding",
            title=N_("Finding"),
            codes=codelists.OPERATIVE_FINDING,
            shown_when=OPERATED,
            help=N_("Anything but “nothing unexpected” is progression on the day of the operation."),
            source=TRIAL_RECORD,
            missing=(),
        ),
        Choice(
            name="finding_basis",
            title=N_("Known by"),
            codes=codelists.FINDING_BASIS,
            shown_when=UNEXPECTED,
            source=SCHEDULE,
        ),
        free_text(
            "OP",
            "finding_text",
            N_("What was found"),
            long=True,
            max_length=1000,
            shown_when=UNEXPECTED,
            source=SCHEDULE,
        ),
    ),
)

OPERATION: Final = Crf(
    code="OP",
    title=N_("Operation"),
    source=SCHEDULE,
    log=True,
    repeats=True,
    expected=False,
    after_randomization=True,
    reveals_arm=True,
    critical=True,
    help=N_("One line for each operation on the liver after randomization, or one that says why there was none."),
    sections=(_WHETHER, _OPERATION, _FINDING),
)
