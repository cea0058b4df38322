"""AE and SAE: adverse events, and the report of a serious one with its clock."""

from __future__ import annotations

from typing import Any, Final

from protocol import codelists
from protocol import codelists_safety as safety
from protocol.assumptions import SAE_REPORT_HOURS
from protocol.crfs.questions import free_text, moment, not_before, partial_day, yes_no
from protocol.language import Choice, Crf, Derived, Item, MultiChoice, OneOf, Ref, Section, Severity, When, Within
from protocol.words import N_

CTCAE: Final = "CTCAE v5.0, 27 Nov 2017"
E2A: Final = "ICH E2A, 1994"
BEFORE_ONSET: Final = N_("%(title)s %(value)s is before the onset %(other)s. Check both dates.")


def _term(crf: str) -> Item:
    return free_text(
        crf, "term", N_("Event"), help=N_("A diagnosis where there is one, otherwise the symptom."), source=CTCAE
    )


def _grade(crf: str) -> Item:
    fatal = OneOf(
        id=f"{crf}.grade.fatal",
        severity=Severity.SOFT,
        message=N_("The outcome is fatal, so the grade is 5. Check both answers."),
        values=("5",),
        given=(When("outcome", ("fatal",)),),
    )
    return Choice(name="grade", title=N_("CTCAE grade"), codes=codelists.CTCAE_GRADE, source=CTCAE, checks=(fatal,))


def _related(name: str, title: str) -> Item:
    return Choice(name=name, title=title, codes=safety.RELATED, source=E2A)


def _outcome(crf: str, *more: OneOf) -> Item:
    fatal = OneOf(
        id=f"{crf}.outcome.grade",
        severity=Severity.SOFT,
        message=N_("Grade 5 is death, so the outcome is fatal. Check both answers."),
        values=("fatal",),
        given=(When("grade", ("5",)),),
    )
    return Choice(name="outcome", title=N_("Outcome"), codes=safety.EVENT_OUTCOME, source=E2A, checks=(fatal, *more))


def _yes(crf: str, name: str, rule: str, message: str, given: When) -> OneOf:
    return OneOf(id=f"{crf}.{name}.{rule}", severity=Severity.SOFT, message=message, values=("Y",), given=(given,))


_SERIOUS: Final = yes_no(
    "serious",
    N_("Serious"),
    help=N_("A serious event also needs a report of its own, within 24 hours. Planned admission for surgery is none."),
    source=E2A,
    checks=(
        _yes(
            "AE",
            "serious",
            "grade",
            N_("An event of grade 5 is serious. Check both answers."),
            When("grade", ("5",)),
        ),
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
    sections=(
        Section(
            N_("Event"),
            (
                _term("AE"),
                partial_day("AE", "onset_on", N_("Onset"), source=CTCAE),
                yes_no("ongoing", N_("Ongoing"), source=CTCAE),
                partial_day(
                    "AE",
                    "ended_on",
                    N_("Ended on"),
                    shown_when=When("ongoing", ("N",)),
                    source=CTCAE,
                    checks=(not_before("AE", "ended_on", "onset", BEFORE_ONSET, Ref("onset_on")),),
                ),
                _grade("AE"),
                _SERIOUS,
            ),
        ),
        Section(
            N_("Cause and outcome"),
            (
                _related("related_surgery", N_("Related to surgery")),
                _related("related_drug", N_("Related to a drug")),
                Choice(name="action", title=N_("Action taken"), codes=safety.EVENT_ACTION, source=E2A),
                _outcome("AE"),
            ),
        ),
    ),
)


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
        Section(N_("Event"), (_term("SAE"), partial_day("SAE", "onset_on", N_("Onset"), source=E2A))),
        Section(N_("Clock"), _clock()),
        Section(
            N_("Seriousness"),
            (
                MultiChoice(name="criteria", title=N_("Serious because of"), codes=safety.SERIOUSNESS, source=E2A),
                _grade("SAE"),
                _related("related_surgery", N_("Related to surgery")),
                _related("related_drug", N_("Related to a drug")),
                Choice(name="expected", title=N_("Expected"), codes=safety.EXPECTEDNESS, source=E2A),
                _outcome("SAE"),
                free_text("SAE", "narrative", N_("Narrative"), long=True, max_length=4000, source=E2A),
            ),
        ),
    ),
)
