"""PT: the log of treatments of the liver cancer before randomization."""

from __future__ import annotations

from typing import Final

from protocol import codelists
from protocol.crfs.questions import TRIAL_RECORD, free_text, measured, partial_day, yes_no
from protocol.language import Choice, Crf, NotBefore, NoTwin, Ref, Section, Severity, When, Which
from protocol.words import N_

_TWICE: Final = NoTwin(
    id="PT.started_on.twin",
    severity=Severity.SOFT,
    message=N_("Line %(other)s has the same treatment with the same start. Correct one of the two, or explain."),
    items=("kind", "agent", "started_on"),
)

PRIOR_TREATMENT: Final = Crf(
    code="PT",
    title=N_("Prior treatment"),
    source="NCT05349331, eligibility",
    log=True,
    repeats=True,
    dated_by="started_on",
    critical=True,
    help=N_("One line for each treatment; a change of agent is a new line. All antitumour treatments, also old ones."),
    sections=(
        Section(
            N_("Treatment"),
            (
                Choice(name="kind", title=N_("Kind"), codes=codelists.TREATMENT_KIND, source=TRIAL_RECORD, missing=()),
                Choice(
                    name="targeted_agent",
                    title=N_("Targeted agent"),
                    codes=codelists.TARGETED_AGENT,
                    shown_when=When("kind", ("targeted",)),
                    source=TRIAL_RECORD,
                ),
                free_text(
                    "PT",
                    "agent",
                    N_("Agent, regimen or procedure"),
                    help=N_("As in the chart; needed where the lists above say another."),
                    required=False,
                    source=TRIAL_RECORD,
                ),
                yes_no(
                    "first_line",
                    N_("Part of the first-line conversion treatment"),
                    help=N_("The first treatment of the tumour: arterial, targeted and immune therapy together."),
                    source=TRIAL_RECORD,
                ),
                measured(
                    "PT",
                    "cycles",
                    N_("Number of cycles or sessions"),
                    plausible=("1", "60"),
                    decimals=0,
                    required=False,
                    source=TRIAL_RECORD,
                ),
            ),
        ),
        Section(
            N_("When"),
            (
                partial_day(
                    "PT",
                    "started_on",
                    N_("Started on"),
                    source=TRIAL_RECORD,
                    checks=(
                        NotBefore(
                            id="PT.started_on.diagnosis",
                            severity=Severity.SOFT,
                            message=N_("%(title)s %(value)s is before the diagnosis of %(other)s. Check both dates."),
                            other=Ref("diagnosed_on", "HCC", Which.FIRST),
                        ),
                        _TWICE,
                    ),
                ),
                yes_no("ongoing", N_("Still given"), source=TRIAL_RECORD),
                partial_day(
                    "PT",
                    "ended_on",
                    N_("Last given on"),
                    shown_when=When("ongoing", ("N",)),
                    help=N_("Last dose, or the day of the procedure."),
                    source=TRIAL_RECORD,
                    checks=(
                        NotBefore(
                            id="PT.ended_on.started",
                            severity=Severity.SOFT,
                            message=N_("%(title)s %(value)s is before the start %(other)s. Check both dates."),
                            other=Ref("started_on"),
                        ),
                    ),
                ),
            ),
        ),
    ),
)
