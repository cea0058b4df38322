"""WD, DT, ES: withdrawal, death, and the end of the study."""

from __future__ import annotations

from typing import Final

from protocol import codelists_followup as codelists
from protocol.assumptions import CONTACT_ATTEMPTS, CONTACT_KINDS
from protocol.crfs.questions import (
    GCP,
    asks_for,
    day,
    free_text,
    not_before,
    not_before_consent,
    partial_day,
    yes_no,
)
from protocol.language import AtLeastRows, Choice, Crf, Group, Ref, Section, Severity, When, Which
from protocol.words import N_

LAST_VISIT: Final = Ref("visited_on", "VR", Which.LATEST)
LOST: Final = When("how", ("lost",))

WITHDRAWAL: Final = Crf(
    code="WD",
    title=N_("Withdrawal"),
    source=GCP,
    log=True,
    repeats=True,
    expected=False,
    dated_by="withdrawn_on",
    critical=True,
    help=N_("One line for each step. What was collected before stays."),
    sections=(
        Section(
            N_("Withdrawal"),
            (
                day(
                    "WD",
                    "withdrawn_on",
                    N_("Withdrawn on"),
                    source=GCP,
                    missing=(),
                    checks=(not_before_consent("WD", "withdrawn_on"),),
                ),
                Choice(name="of", title=N_("Withdrawn from"), codes=codelists.WITHDRAWN_OF, source=GCP, missing=()),
                Choice(name="decided_by", title=N_("Decided by"), codes=codelists.WITHDRAWN_BY, source=GCP),
                free_text(
                    "WD",
                    "reason",
                    N_("Reason"),
                    long=True,
                    max_length=1000,
                    help=N_("The subject need not give one; then “unknown”."),
                    source=GCP,
                ),
                yes_no(
                    "public_records",
                    N_("The consent form allows public death records to be looked up"),
                    shown_when=When("of", ("consent",)),
                    source=GCP,
                ),
            ),
        ),
    ),
)

DEATH: Final = Crf(
    code="DT",
    title=N_("Death"),
    source=GCP,
    log=True,
    expected=False,
    dated_by="died_on",
    critical=True,
    sections=(
        Section(
            N_("Death"),
            (
                partial_day(
                    "DT",
                    "died_on",
                    N_("Died on"),
                    help=N_("As far as it is known; a month that cannot be found out is written 2025-UNK."),
                    source=GCP,
                    missing=(),
                    checks=(
                        not_before_consent("DT", "died_on"),
                        not_before(
                            "DT",
                            "died_on",
                            "visit",
                            N_("%(title)s %(value)s is before the visit of %(other)s. Check both dates."),
                            LAST_VISIT,
                        ),
                    ),
                ),
                Choice(
                    name="cause",
                    title=N_("Cause"),
                    codes=codelists.DEATH_CAUSE,
                    source=GCP,
                    checks=(
                        asks_for(
                            "DT",
                            "cause",
                            "report",
                            N_(
                                "Death from a complication is a serious adverse event with a fatal outcome. "
                                "Add its report, or correct the cause."
                            ),
                            "SAE",
                            When("cause", ("surgery", "treatment")),
                            having=(When("outcome", ("fatal",)),),
                        ),
                    ),
                ),
                free_text(
                    "DT", "cause_text", N_("Which cause"), shown_when=When("cause", ("treatment", "other")), source=GCP
                ),
                Choice(name="source", title=N_("Known from"), codes=codelists.DEATH_SOURCE, source=GCP),
            ),
        ),
    ),
)

_ENOUGH_ATTEMPTS: Final = AtLeastRows(
    id="ES.attempts.enough",
    severity=Severity.SOFT,
    message=N_(
        "%(count)s attempts are entered. A subject counts as lost after %(least)s attempts of at least %(kinds)s kinds."
    ),
    least=CONTACT_ATTEMPTS,
    per="kind",
    kinds=CONTACT_KINDS,
    given=(LOST,),
)

_ATTEMPT: Final = (
    day("ES", "on", N_("Date"), prefix="attempts.", source=GCP),
    Choice(name="kind", title=N_("Kind"), codes=codelists.ATTEMPT, source=GCP),
)

END_OF_STUDY: Final = Crf(
    code="ES",
    title=N_("End of study"),
    source=GCP,
    log=True,
    expected=False,
    dated_by="ended_on",
    after_randomization=True,
    critical=True,
    sections=(
        Section(
            N_("End"),
            (
                day(
                    "ES",
                    "ended_on",
                    N_("Ended on"),
                    source=GCP,
                    missing=(),
                    checks=(not_before_consent("ES", "ended_on"),),
                ),
                Choice(
                    name="how",
                    title=N_("How"),
                    codes=codelists.END_OF_STUDY,
                    source=GCP,
                    missing=(),
                    checks=(
                        asks_for(
                            "ES",
                            "how",
                            "death",
                            N_("The study ended by death, but the form “Death” is missing. Add it."),
                            "DT",
                            When("how", ("death",)),
                        ),
                        asks_for(
                            "ES",
                            "how",
                            "withdrawal",
                            N_(
                                "The study ended because consent was withdrawn, but the form “Withdrawal” is missing. "
                                "Add it."
                            ),
                            "WD",
                            When("how", ("consent withdrawn",)),
                            having=(When("of", ("consent",)),),
                        ),
                    ),
                ),
                Group(
                    name="attempts",
                    title=N_("Attempts to reach the subject"),
                    items=_ATTEMPT,
                    row_title=N_("Attempt"),
                    required=True,
                    shown_when=LOST,
                    help=N_("At least three, of two kinds, before a subject counts as lost."),
                    source=GCP,
                    checks=(_ENOUGH_ATTEMPTS,),
                ),
                free_text("ES", "comment", N_("Comment"), long=True, max_length=2000, required=False, source=GCP),
            ),
        ),
    ),
)
