"""SAE: the report of a serious adverse event with its clock, and the reports that follow it."""

from __future__ import annotations

from typing import Any, Final

from protocol import codelists_safety as safety
from protocol.assumptions import SAE_REPORT_HOURS
from protocol.crfs.events import (
    BEFORE_CONSENT,
    BEFORE_ONSET,
    E2A,
    FATAL,
    ctcae_term,
    grade,
    outcome,
    related,
    verbatim,
)
from protocol.crfs.questions import (
    asks_for,
    day,
    free_text,
    if_yes,
    moment,
    not_after_death,
    not_before,
    not_before_consent,
    partial_day,
    yes_no,
)
from protocol.language import (
    Choice,
    Crf,
    Derived,
    Group,
    Item,
    MultiChoice,
    Ref,
    Section,
    Severity,
    When,
    Within,
)
from protocol.words import N_

ADMITTED: Final = When("criteria", ("hospitalisation",))


def _reported_at() -> Item:
    late = Within(
        id="SAE.reported_at.late",
        severity=Severity.SOFT,
        message=N_(
            "Reported %(value)s, more than %(most)s hours after awareness %(other)s. Enter why under “Reason for late report”."
        ),
        other=Ref("aware_at"),
        hours=SAE_REPORT_HOURS,
        unless="late_reason",
    )
    aware = not_before(
        "SAE",
        "reported_at",
        "aware",
        N_("%(title)s %(value)s is before awareness %(other)s. Check both."),
        Ref("aware_at"),
    )
    return moment(
        "SAE",
        "reported_at",
        N_("Reported at"),
        required=False,
        help=N_("When the report went to the sponsor; empty until it is sent."),
        source=E2A,
        checks=(aware, late),
    )


def _clock() -> tuple[Item, ...]:
    details: dict[str, Any] = {"long": True, "max_length": 1000, "required": False, "source": E2A}
    return (
        moment(
            "SAE",
            "aware_at",
            N_("Site aware at"),
            help=N_("When anybody of the site first knew; the 24 hours begin here."),
            source=E2A,
            missing=(),
            checks=(not_before("SAE", "aware_at", "onset", BEFORE_ONSET, Ref("onset_on")),),
        ),
        _reported_at(),
        Derived(
            name="hours_to_report",
            title=N_("Hours from awareness to report"),
            derivation="hours_to_report",
            units=("h",),
            source="Assumption SAE_REPORT_HOURS",
        ),
        free_text("SAE", "late_reason", N_("Reason for late report"), **details),
    )


def _admission() -> tuple[Item, ...]:
    return (
        partial_day("SAE", "admitted_on", N_("Admitted on"), required=False, shown_when=ADMITTED, source=E2A),
        partial_day(
            "SAE",
            "discharged_on",
            N_("Discharged on"),
            required=False,
            shown_when=ADMITTED,
            source=E2A,
            checks=(
                not_before(
                    "SAE",
                    "discharged_on",
                    "admitted",
                    N_("%(title)s %(value)s is before the admission %(other)s. Check both dates."),
                    Ref("admitted_on"),
                ),
            ),
        ),
    )


_SUSPECT: Final = (
    free_text("SAE", "drug", N_("Drug"), prefix="suspects.", source=E2A),
    partial_day("SAE", "last_given_on", N_("Last given on"), prefix="suspects.", source=E2A),
    Choice(name="related", title=N_("Related"), codes=safety.RELATED, source=E2A),
    Choice(name="action", title=N_("Action taken"), codes=safety.EVENT_ACTION, source=E2A),
)

_FOLLOW_UP: Final = (
    day("SAE", "sent_on", N_("Sent on"), prefix="follow_ups.", source=E2A),
    free_text("SAE", "what_is_new", N_("What is new"), prefix="follow_ups.", max_length=1000, source=E2A),
)

_CRITERIA: Final = MultiChoice(
    name="criteria",
    title=N_("Serious because of"),
    codes=safety.SERIOUSNESS,
    source=E2A,
    checks=(
        asks_for(
            "SAE",
            "criteria",
            "death",
            N_("Death is a criterion, but the form “Death” is missing. Add it."),
            "DT",
            When("criteria", ("death",)),
        ),
    ),
)

_OUTCOME: Final = outcome(
    "SAE",
    asks_for(
        "SAE", "outcome", "death", N_("The event ended in death, but the form “Death” is missing. Add it."), "DT", FATAL
    ),
)

_SERIOUSNESS: Final = Section(
    N_("Seriousness"),
    (
        _CRITERIA,
        *_admission(),
        grade("SAE"),
        related("related_surgery", N_("Related to surgery")),
        related("related_drug", N_("Related to a drug")),
        Group(
            name="suspects",
            title=N_("Suspected drugs"),
            items=_SUSPECT,
            row_title=N_("Drug"),
            help=N_("One row for each drug that may have caused the event; none leaves the list empty."),
            source=E2A,
        ),
        Choice(
            name="expected",
            title=N_("Expected"),
            codes=safety.EXPECTEDNESS,
            help=N_("As the sponsor judges it against the reference safety information."),
            source=E2A,
        ),
        _OUTCOME,
        free_text("SAE", "narrative", N_("Narrative"), long=True, max_length=4000, source=E2A),
    ),
)

_REPORTS: Final = Section(
    N_("Further reports"),
    (
        yes_no("to_ethics", N_("Reported to the ethics committee"), required=False, source=E2A),
        day(
            "SAE",
            "to_ethics_on",
            N_("Reported there on"),
            shown_when=if_yes("to_ethics"),
            required=False,
            source=E2A,
        ),
        Group(
            name="follow_ups",
            title=N_("Follow-up reports"),
            items=_FOLLOW_UP,
            row_title=N_("Report"),
            help=N_("One row for each report after the first; correct the answers above as well, and sign anew."),
            source=E2A,
        ),
    ),
)

SERIOUS_EVENT: Final = Crf(
    code="SAE",
    title=N_("Serious adverse event"),
    source=E2A,
    log=True,
    repeats=True,
    expected=False,
    critical=True,
    help=N_("One line for each serious event, from consent on. Save at once, complete later: the clock is running."),
    sections=(
        Section(
            N_("Event"),
            (
                verbatim("SAE"),
                *ctcae_term("SAE"),
                partial_day(
                    "SAE",
                    "onset_on",
                    N_("Onset"),
                    source=E2A,
                    checks=(
                        not_before_consent("SAE", "onset_on", BEFORE_CONSENT),
                        not_after_death("SAE", "onset_on"),
                    ),
                ),
            ),
        ),
        Section(N_("Clock"), _clock()),
        _SERIOUSNESS,
        _REPORTS,
    ),
)
