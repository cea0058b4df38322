"""PO: the course after the operation, 30 and 90 days on."""

from __future__ import annotations

from typing import Final

from protocol import codelists_surgery as codelists
from protocol.crfs.events import ctcae_term
from protocol.crfs.questions import asks_for, day, free_text, measured, not_before, partial_day, yes_no
from protocol.crfs.surgery import BEFORE_OPERATION, FIRST_OPERATION
from protocol.language import Choice, Crf, Derived, Group, OneOf, Section, Severity, When
from protocol.words import N_

DINDO: Final = "Dindo 2004"
ISGLS: Final = "ISGLS 2011"

_DEATH_OF_THE_LIVING: Final = OneOf(
    id="PO.complications.grade.alive",
    severity=Severity.SOFT,
    message=N_("Grade V is death, but the subject is said to be alive. Check both answers."),
    values=("I", "II", "IIIa", "IIIb", "IVa", "IVb"),
    given=(When("alive", ("Y",)),),
)

_COMPLICATION: Final = (
    free_text("PO", "term", N_("Complication"), prefix="complications.", source=DINDO),
    *ctcae_term("PO", prefix="complications.", required=False),
    partial_day(
        "PO",
        "began_on",
        N_("Began on"),
        prefix="complications.",
        source=DINDO,
        checks=(not_before("PO", "complications.began_on", "operation", BEFORE_OPERATION, FIRST_OPERATION),),
    ),
    Choice(
        name="grade",
        title=N_("Clavien-Dindo grade"),
        codes=codelists.CLAVIEN_DINDO,
        source=DINDO,
        checks=(_DEATH_OF_THE_LIVING,),
    ),
    yes_no("disability", N_("Disability at discharge"), source=DINDO),
)

_BLOOD: Final = (
    measured(
        "PO",
        "pod",
        N_("Day after the operation"),
        prefix="blood.",
        plausible=("1", "90"),
        decimals=0,
        source=ISGLS,
    ),
    measured(
        "PO",
        "bilirubin",
        N_("Total bilirubin"),
        prefix="blood.",
        plausible=("1", "900"),
        units=("µmol/L", "mg/dL"),
        analyte="total bilirubin",
        source=ISGLS,
    ),
    measured("PO", "inr", N_("INR"), prefix="blood.", plausible=("0.5", "10"), source=ISGLS),
)

_COURSE: Final = Section(
    N_("Course"),
    (
        day(
            "PO",
            "assessed_on",
            N_("Date of assessment"),
            source=DINDO,
            missing=(),
            checks=(not_before("PO", "assessed_on", "operation", BEFORE_OPERATION, FIRST_OPERATION),),
        ),
        yes_no(
            "alive",
            N_("Alive"),
            source=DINDO,
            missing=(),
            checks=(
                asks_for(
                    "PO",
                    "alive",
                    "death",
                    N_("The subject is not alive, but the form “Death” is missing. Add it."),
                    "DT",
                    When("alive", ("N",)),
                ),
            ),
        ),
        yes_no("readmitted", N_("Admitted again since discharge"), source=DINDO),
    ),
)

_COMPLICATIONS: Final = Section(
    N_("Complications"),
    (
        Group(
            name="complications",
            title=N_("Complications"),
            items=_COMPLICATION,
            row_title=N_("Complication"),
            help=N_("Each one since the operation; none leaves the list empty."),
            source=DINDO,
        ),
        Derived(
            name="highest_grade",
            title=N_("Highest grade"),
            derivation="highest_grade",
            help=N_("IIIa and above is major."),
            source=DINDO,
        ),
    ),
)

_LIVER: Final = Section(
    N_("Liver"),
    (
        Choice(name="phlf", title=N_("Liver failure after resection"), codes=codelists.LIVER_FAILURE, source=ISGLS),
        Choice(name="bile_leak", title=N_("Bile leak"), codes=codelists.BILE_LEAK, source=ISGLS),
        Group(
            name="blood",
            title=N_("Bilirubin and INR"),
            items=_BLOOD,
            row_title=N_("Sample"),
            help=N_("On days 1, 3, 5 and 7 after the operation."),
            source=ISGLS,
        ),
    ),
)

POSTOPERATIVE: Final = Crf(
    code="PO",
    title=N_("Post-operative course"),
    source=DINDO,
    dated_by="assessed_on",
    after_randomization=True,
    reveals_arm=True,
    critical=True,
    sections=(_COURSE, _COMPLICATIONS, _LIVER),
)
