"""RP: the log of recurrences and progressions: what was found, on what evidence, and what is planned."""

from __future__ import annotations

from typing import Final

from protocol import codelists_course as codelists
from protocol.crfs.questions import (
    asks_for,
    day,
    free_text,
    measured,
    not_after_death,
    not_before,
    not_before_consent,
    yes_no,
)
from protocol.language import Choice, Crf, MultiChoice, Number, Ref, Section, When
from protocol.words import N_

DOMAIN: Final = "mRECIST, Lencioni and Llovet 2010; trial schedule, edition 1"
SOURCE: Final = "Trial schedule, edition 1"
KNOWN: Final = When("status", ("suspected", "confirmed"))
CONFIRMED: Final = When("status", ("confirmed",))
IN_LIVER: Final = When("site", ("intrahepatic", "both"))
OUTSIDE: Final = When("site", ("extrahepatic", "both"))

_STATUS: Final = Section(
    N_("Finding"),
    (
        Choice(name="status", title=N_("Status"), codes=codelists.RECURRENCE_STATUS, source=SOURCE, missing=()),
        day(
            "RP",
            "suspected_on",
            N_("First suspected on"),
            help=N_("The day of the first sign: a marker, a finding, a complaint."),
            source=SOURCE,
            missing=(),
            checks=(not_before_consent("RP", "suspected_on"), not_after_death("RP", "suspected_on")),
        ),
        day(
            "RP",
            "confirmed_on",
            N_("Confirmed on"),
            help=N_("The day of the scan or specimen that shows it, not of its report."),
            shown_when=CONFIRMED,
            source=DOMAIN,
            missing=(),
            checks=(
                not_before(
                    "RP",
                    "confirmed_on",
                    "suspected",
                    N_("%(title)s %(value)s is before the first suspicion %(other)s. Check both dates."),
                    Ref("suspected_on"),
                ),
            ),
        ),
        MultiChoice(
            name="basis",
            title=N_("Known by"),
            codes=codelists.RECURRENCE_BASIS,
            help=N_("Markers or signs alone are a suspicion: imaging or pathology confirms."),
            source=DOMAIN,
            checks=(
                asks_for(
                    "RP",
                    "basis",
                    "scan",
                    N_(
                        "No tumour assessment tells of progression or a new lesion. "
                        "Enter the reading of the scan, or correct the basis."
                    ),
                    "TA",
                    CONFIRMED,
                    When("basis", ("imaging",)),
                    having=(When("reader_overall", ("PD",)), When("new_lesion", ("yes", "equivocal"))),
                ),
            ),
        ),
    ),
    N_(
        "Progression is read from the scans, and this form does not move its day. A local recurrence that pathology "
        "confirms counts for the time to treatment failure."
    ),
)


def _count() -> Number:
    return measured(
        "RP",
        "tumour_count",
        N_("Number of new tumours"),
        plausible=("1", "50"),
        decimals=0,
        comparators=True,
        required=False,
        shown_when=IN_LIVER,
        source=DOMAIN,
    )


_EXTENT: Final = Section(
    N_("Extent"),
    (
        Choice(name="site", title=N_("Site"), codes=codelists.RECURRENCE_SITE, shown_when=KNOWN, source=SOURCE),
        Choice(
            name="pattern",
            title=N_("Within the liver"),
            codes=codelists.RECURRENCE_PATTERN,
            shown_when=IN_LIVER,
            source=SOURCE,
        ),
        MultiChoice(
            name="organs",
            title=N_("Organs outside the liver"),
            codes=codelists.RECURRENCE_ORGAN,
            shown_when=OUTSIDE,
            source=SOURCE,
        ),
        _count(),
        measured(
            "RP",
            "largest_diameter",
            N_("Largest diameter"),
            plausible=("3", "300"),
            units=("mm", "cm"),
            required=False,
            shown_when=KNOWN,
            source=DOMAIN,
        ),
        yes_no("vascular_invasion", N_("Macrovascular invasion"), required=False, shown_when=KNOWN, source=DOMAIN),
    ),
)

_PLAN: Final = Section(
    N_("Plan"),
    (
        yes_no(
            "treatment_planned",
            N_("Treatment planned"),
            help=N_("When it begins it is a line of “New anticancer therapy”."),
            shown_when=KNOWN,
            source=SOURCE,
        ),
        free_text(
            "RP",
            "plan",
            N_("Which treatment, or why none"),
            long=True,
            max_length=1000,
            required=False,
            shown_when=KNOWN,
            source=SOURCE,
        ),
        free_text(
            "RP",
            "refuted_by",
            N_("How it was refuted"),
            long=True,
            max_length=1000,
            shown_when=When("status", ("refuted",)),
            source=SOURCE,
        ),
    ),
)

RECURRENCE: Final = Crf(
    code="RP",
    title=N_("Recurrence or progression"),
    source=DOMAIN,
    log=True,
    repeats=True,
    expected=False,
    dated_by="suspected_on",
    after_randomization=True,
    critical=True,
    help=N_("One line for each episode, from the first suspicion; confirmation or refutation corrects its line."),
    sections=(_STATUS, _EXTENT, _PLAN),
)
