"""CM: the log of concomitant medication; anticancer treatments have logs of their own."""

from __future__ import annotations

from typing import Final

from protocol import codelists_course as codelists
from protocol.crfs.questions import (
    free_text,
    if_yes,
    measured,
    not_after_death,
    not_before,
    partial_day,
    usual,
    yes_no,
)
from protocol.language import Choice, Crf, NoTwin, Ref, Section, Severity, When
from protocol.words import N_

CDISC_CM: Final = "CDISC CM"

_TWICE: Final = NoTwin(
    id="CM.started_on.twin",
    severity=Severity.SOFT,
    message=N_("Line %(other)s has the same drug with the same start. Correct one of the two, or explain."),
    items=("name", "started_on"),
)

_DRUG: Final = Section(
    N_("Drug"),
    (
        free_text(
            "CM",
            "name",
            N_("Name"),
            help=N_("The generic name where it is known; a product of several drugs by its own name."),
            source=CDISC_CM,
            missing=(),
        ),
        free_text(
            "CM",
            "atc_code",
            N_("ATC code"),
            max_length=7,
            required=False,
            help=N_("Given by whoever codes, such as J05AF10."),
            source="WHO ATC classification",
        ),
        Choice(name="purpose", title=N_("Given for"), codes=codelists.MEDICATION_PURPOSE, source=CDISC_CM),
        free_text("CM", "indication", N_("Indication"), source=CDISC_CM),
        yes_no(
            "antiviral",
            N_("Antiviral against hepatitis B or C"),
            help=N_("Of these every change of drug is a new line."),
            source=CDISC_CM,
        ),
        yes_no(
            "antitumour",
            N_("Antitumour treatment"),
            source=CDISC_CM,
            checks=(
                usual(
                    "CM",
                    "antitumour",
                    "elsewhere",
                    N_(
                        "Antitumour treatment is entered in “Prior treatment” or “New anticancer therapy”. "
                        "Enter it there and correct this line."
                    ),
                    ("N",),
                ),
            ),
        ),
    ),
)

_DOSE: Final = Section(
    N_("Dose"),
    (
        measured("CM", "dose", N_("Single dose"), required=False, source=CDISC_CM),
        Choice(name="dose_unit", title=N_("Unit"), codes=codelists.DOSE_UNIT, required=False, source=CDISC_CM),
        Choice(name="route", title=N_("Route"), codes=codelists.ROUTE, source=CDISC_CM),
        Choice(name="frequency", title=N_("Frequency"), codes=codelists.FREQUENCY, source=CDISC_CM),
    ),
    N_("As prescribed; a change of dose that matters is a new line."),
)

_WHEN: Final = Section(
    N_("When"),
    (
        partial_day(
            "CM",
            "started_on",
            N_("Started on"),
            source=CDISC_CM,
            checks=(not_after_death("CM", "started_on"), _TWICE),
        ),
        yes_no("ongoing", N_("Still given"), source=CDISC_CM),
        partial_day(
            "CM",
            "ended_on",
            N_("Last given on"),
            shown_when=When("ongoing", ("N",)),
            source=CDISC_CM,
            checks=(
                not_before(
                    "CM",
                    "ended_on",
                    "started",
                    N_("%(title)s %(value)s is before the start %(other)s. Check both dates."),
                    Ref("started_on"),
                ),
            ),
        ),
        free_text(
            "CM",
            "interruption",
            N_("Why an antiviral was stopped"),
            required=False,
            shown_when=if_yes("antiviral"),
            source=CDISC_CM,
        ),
    ),
)

MEDICATION: Final = Crf(
    code="CM",
    title=N_("Concomitant medication"),
    source=CDISC_CM,
    log=True,
    repeats=True,
    expected=False,
    dated_by="started_on",
    help=N_("One line for each drug from the consent on, also those begun before and still given."),
    sections=(_DRUG, _DOSE, _WHEN),
)
