"""CP: the clinical items of the Child-Pugh score; the class is computed with the blood results."""

from __future__ import annotations

from typing import Final

from protocol import codelists
from protocol.crfs.questions import TRIAL_RECORD, day, yes_no
from protocol.language import Agrees, Choice, Crf, Derived, Section, Severity, When
from protocol.words import N_

PUGH: Final = "Pugh 1973; CDISC CPS01"

_AGREES: Final = Agrees(
    id="CP.declared_class.computed",
    severity=Severity.SOFT,
    message=N_("Class %(value)s is declared, the data give class %(computed)s. Check the items and the blood results."),
    derivation="child_pugh_class",
)

CHILD_PUGH: Final = Crf(
    code="CP",
    title=N_("Child-Pugh items"),
    source=PUGH,
    repeats=True,
    dated_by="assessed_on",
    critical=True,
    sections=(
        Section(
            N_("Clinical items"),
            (
                day("CP", "assessed_on", N_("Date of assessment"), source=PUGH),
                Choice(name="encephalopathy", title=N_("Encephalopathy"), codes=codelists.ENCEPHALOPATHY, source=PUGH),
                Choice(
                    name="ascites",
                    title=N_("Ascites"),
                    codes=codelists.ASCITES,
                    help=N_("Also what is seen on imaging alone."),
                    source=PUGH,
                ),
                yes_no(
                    "trace_fluid_ncs",
                    N_("Only trace fluid around the liver, not clinically significant"),
                    shown_when=When("ascites", ("slight",)),
                    required=False,
                    help=N_("After arterial therapy; the investigator's judgement."),
                    source=TRIAL_RECORD,
                ),
                Choice(
                    name="declared_class",
                    title=N_("Class in the chart"),
                    codes=codelists.CHILD_PUGH_CLASS,
                    required=False,
                    source=PUGH,
                    checks=(_AGREES,),
                ),
            ),
        ),
        Section(
            N_("Computed"),
            (
                Derived(
                    name="child_pugh_points", title=N_("Child-Pugh points"), derivation="child_pugh_points", source=PUGH
                ),
                Derived(
                    name="child_pugh_class", title=N_("Child-Pugh class"), derivation="child_pugh_class", source=PUGH
                ),
                Derived(name="albi_score", title=N_("ALBI score"), derivation="albi_score", source="Johnson 2015"),
                Derived(name="albi_grade", title=N_("ALBI grade"), derivation="albi_grade", source="Johnson 2015"),
            ),
        ),
    ),
)
