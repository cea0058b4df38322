"""NT: the log of anticancer treatments after randomization."""

from __future__ import annotations

from typing import Final

from protocol import codelists_followup as codelists
from protocol.crfs.questions import asks_for, free_text, not_after_death, not_before, partial_day, yes_no
from protocol.language import Choice, Crf, NoTwin, Ref, Section, Severity, When
from protocol.words import N_

SCHEDULE: Final = "Trial schedule, edition 1"

_TWICE: Final = NoTwin(
    id="NT.started_on.twin",
    severity=Severity.SOFT,
    message=N_("Line %(other)s has the same treatment with the same start. Correct one of the two, or explain."),
    items=("kind", "agent", "started_on"),
)

NEW_THERAPY: Final = Crf(
    code="NT",
    title=N_("New anticancer therapy"),
    source=SCHEDULE,
    log=True,
    repeats=True,
    expected=False,
    dated_by="started_on",
    after_randomization=True,
    critical=True,
    help=N_("One line for each treatment that began or was taken up again after randomization."),
    sections=(
        Section(
            N_("Treatment"),
            (
                partial_day(
                    "NT",
                    "started_on",
                    N_("Started on"),
                    source=SCHEDULE,
                    checks=(not_after_death("NT", "started_on"), _TWICE),
                ),
                Choice(name="kind", title=N_("Kind"), codes=codelists.NEW_THERAPY, source=SCHEDULE, missing=()),
                free_text("NT", "agent", N_("Agent, regimen or procedure"), source=SCHEDULE),
                yes_no(
                    "of_conversion_regimen",
                    N_("Agent of the conversion treatment"),
                    help=N_("One that was given before randomization and goes on or is taken up again."),
                    source=SCHEDULE,
                ),
                Choice(
                    name="reason",
                    title=N_("Reason"),
                    codes=codelists.THERAPY_REASON,
                    source=SCHEDULE,
                    checks=(
                        asks_for(
                            "NT",
                            "reason",
                            "recurrence",
                            N_(
                                "The treatment is given for progression, but the casebook tells of none. "
                                "Add “Recurrence or progression”, or correct the reason."
                            ),
                            "RP",
                            When("reason", ("progression",)),
                        ),
                    ),
                ),
                yes_no("ongoing", N_("Still given"), source=SCHEDULE),
                partial_day(
                    "NT",
                    "ended_on",
                    N_("Last given on"),
                    shown_when=When("ongoing", ("N",)),
                    source=SCHEDULE,
                    checks=(
                        not_before(
                            "NT",
                            "ended_on",
                            "started",
                            N_("%(title)s %(value)s is before the start %(other)s. Check both dates."),
                            Ref("started_on"),
                        ),
                    ),
                ),
            ),
        ),
    ),
)
