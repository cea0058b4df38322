"""AE: the log of adverse events."""

from __future__ import annotations

from typing import Final

from protocol import codelists_safety as safety
from protocol.crfs.events import (
    BEFORE_CONSENT,
    BEFORE_ONSET,
    CTCAE,
    E2A,
    FATAL,
    GRADE_FIVE,
    ctcae_term,
    grade,
    outcome,
    related,
    verbatim,
)
from protocol.crfs.questions import (
    asks_for,
    not_after_death,
    not_before,
    not_before_consent,
    partial_day,
    usual,
    yes_no,
)
from protocol.language import Choice, Crf, NoTwin, Ref, Section, Severity, When
from protocol.words import N_

_SERIOUS: Final = yes_no(
    "serious",
    N_("Serious"),
    help=N_("A serious event also needs a report of its own, within 24 hours. Planned admission for surgery is none."),
    source=E2A,
    checks=(
        usual(
            "AE",
            "serious",
            "grade",
            N_("An event of grade 5 is serious. Check both answers."),
            ("Y",),
            GRADE_FIVE,
        ),
        usual(
            "AE",
            "serious",
            "hospital",
            N_("An event that led to a hospital admission is serious, unless it was planned. Check both answers."),
            ("Y",),
            When("action", ("hospital",)),
        ),
        asks_for(
            "AE",
            "serious",
            "report",
            N_(
                "This event is serious, but no report of a serious event is in the casebook. Add “Serious adverse event”."
            ),
            "SAE",
            When("serious", ("Y",)),
        ),
    ),
)

_TWICE: Final = NoTwin(
    id="AE.ctcae_term.twin",
    severity=Severity.SOFT,
    message=N_("Line %(other)s has the same term with the same onset. Correct one of the two, or explain."),
    items=("ctcae_term", "onset_on"),
)

_ENDINGS: Final = (
    usual(
        "AE",
        "outcome",
        "ongoing",
        N_("The event is ongoing, but its outcome says that it has ended. Check both answers."),
        ("recovering", "not recovered", "unknown"),
        When("ongoing", ("Y",)),
    ),
    usual(
        "AE",
        "outcome",
        "ended",
        N_("The event has ended, but its outcome says that it goes on. Check both answers."),
        ("recovered", "sequelae", "fatal", "unknown"),
        When("ongoing", ("N",)),
    ),
    asks_for(
        "AE",
        "outcome",
        "report",
        N_("The event ended in death, but no serious event with this outcome is in the casebook. Add or correct it."),
        "SAE",
        FATAL,
        having=(FATAL,),
    ),
    asks_for(
        "AE", "outcome", "death", N_("The event ended in death, but the form “Death” is missing. Add it."), "DT", FATAL
    ),
)

_EVENT: Final = Section(
    N_("Event"),
    (
        verbatim("AE"),
        *ctcae_term("AE", _TWICE),
        partial_day(
            "AE",
            "onset_on",
            N_("Onset"),
            source=CTCAE,
            checks=(not_before_consent("AE", "onset_on", BEFORE_CONSENT), not_after_death("AE", "onset_on")),
        ),
        yes_no("ongoing", N_("Ongoing"), source=CTCAE),
        partial_day(
            "AE",
            "ended_on",
            N_("Ended on"),
            shown_when=When("ongoing", ("N",)),
            source=CTCAE,
            checks=(
                not_before("AE", "ended_on", "onset", BEFORE_ONSET, Ref("onset_on")),
                not_after_death("AE", "ended_on"),
            ),
        ),
        grade("AE"),
        _SERIOUS,
    ),
)

_CAUSE: Final = Section(
    N_("Cause and outcome"),
    (
        related("related_surgery", N_("Related to surgery")),
        related("related_drug", N_("Related to a drug")),
        Choice(name="action", title=N_("Action taken"), codes=safety.EVENT_ACTION, source=E2A),
        outcome("AE", *_ENDINGS),
    ),
)

ADVERSE_EVENT: Final = Crf(
    code="AE",
    title=N_("Adverse event"),
    source=CTCAE,
    log=True,
    repeats=True,
    expected=False,
    critical=True,
    help=N_("One line for each event; a change of grade corrects its line to the worst."),
    sections=(_EVENT, _CAUSE),
)
