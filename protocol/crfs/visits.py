"""VR and SS: what every visit of the follow-up asks first, and the contact that only asks for survival."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from protocol import codelists_followup as codelists
from protocol.crfs.questions import (
    GCP,
    asks_for,
    day,
    free_text,
    if_yes,
    measured,
    not_after_death,
    not_before_consent,
    yes_no,
)
from protocol.language import Choice, Crf, Section, When
from protocol.words import N_

SCHEDULE: Final = "Trial schedule, edition 1"
CHINA: Final = "China Liver Cancer guideline, 2022 edition"

_CONTACT: Final = Section(
    N_("Contact"),
    (
        day(
            "VR",
            "visited_on",
            N_("Date of visit"),
            source=SCHEDULE,
            missing=(),
            checks=(not_before_consent("VR", "visited_on"), not_after_death("VR", "visited_on")),
        ),
        Choice(name="contact", title=N_("Kind of contact"), codes=codelists.CONTACT, source=SCHEDULE, missing=()),
        yes_no(
            "relapse_suspected",
            N_("Relapse or progression suspected"),
            help=N_("By anything seen, felt or measured; imaging decides."),
            source=SCHEDULE,
            missing=(),
        ),
        free_text(
            "VR",
            "relapse_basis",
            N_("What raises the suspicion"),
            long=True,
            max_length=1000,
            shown_when=if_yes("relapse_suspected"),
            source=SCHEDULE,
        ),
    ),
)

_VIRUS: Final = Section(
    N_("Hepatitis B"),
    (
        yes_no(
            "antiviral",
            N_("Antiviral treatment now"),
            help=N_("Each drug is a line of “Concomitant medication”."),
            source=CHINA,
        ),
        measured(
            "VR",
            "hbv_dna",
            N_("HBV DNA"),
            units=("IU/mL",),
            comparators=True,
            required=False,
            help=N_("As reported, with < where it is below the limit of detection; the value of this visit."),
            source=CHINA,
        ),
        free_text("VR", "comment", N_("Comment"), long=True, max_length=2000, required=False, source=SCHEDULE),
    ),
)

VISIT_RECORD: Final = Crf(
    code="VR",
    title=N_("Visit record"),
    source=SCHEDULE,
    dated_by="visited_on",
    after_randomization=True,
    critical=True,
    sections=(_CONTACT, _VIRUS),
)

SURVIVAL_STATUS: Final = Crf(
    code="SS",
    title=N_("Survival status"),
    source=SCHEDULE,
    repeats=True,
    dated_by="contacted_on",
    after_randomization=True,
    critical=True,
    help=N_("One form for each attempt to hear of the subject; a phone call is enough."),
    sections=(
        Section(
            N_("Survival"),
            (
                day(
                    "SS",
                    "contacted_on",
                    N_("Date of contact"),
                    help=N_("The day the subject was known to be in this state, not the day it was written down."),
                    source=GCP,
                    missing=(),
                    checks=(replace(not_after_death("SS", "contacted_on"), given=(When("status", ("alive",)),)),),
                ),
                Choice(
                    name="status",
                    title=N_("Status"),
                    codes=codelists.SURVIVAL,
                    source=GCP,
                    missing=(),
                    checks=(
                        asks_for(
                            "SS",
                            "status",
                            "death",
                            N_("The subject is dead, but the form “Death” is missing. Add it."),
                            "DT",
                            When("status", ("dead",)),
                        ),
                    ),
                ),
                Choice(name="source", title=N_("Known from"), codes=codelists.SURVIVAL_SOURCE, source=GCP),
                yes_no(
                    "subsequent_therapy",
                    N_("Antitumour treatment since the last contact"),
                    help=N_("Enter each one in “New anticancer therapy”."),
                    source=SCHEDULE,
                ),
            ),
        ),
    ),
)
