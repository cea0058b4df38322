"""DM: demography."""

from __future__ import annotations

from typing import Final

from protocol import codelists
from protocol.crfs.questions import IN_FUTURE, TRIAL_RECORD
from protocol.language import Choice, Crf, NotFuture, PartialDate, Section, Severity, When
from protocol.words import N_

DEMOGRAPHY: Final = Crf(
    code="DM",
    title=N_("Demography"),
    source="NCT05349331, eligibility; CDISC DM",
    critical=True,
    sections=(
        Section(
            N_("Person"),
            (
                PartialDate(
                    name="birth_date",
                    title=N_("Date of birth"),
                    help=N_("The year alone is enough where the ethics approval asks for it."),
                    source=TRIAL_RECORD,
                    checks=(NotFuture(id="DM.birth_date.future", severity=Severity.HARD, message=IN_FUTURE),),
                ),
                Choice(name="sex", title=N_("Sex"), codes=codelists.SEX, source=TRIAL_RECORD),
                Choice(
                    name="childbearing",
                    title=N_("Childbearing potential"),
                    codes=codelists.CHILDBEARING,
                    shown_when=When("sex", ("female",)),
                    source=TRIAL_RECORD,
                ),
            ),
        ),
    ),
)
