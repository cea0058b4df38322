"""SR: a second reader's own reading of one scan, made without the site's reading. It decides nothing."""

from __future__ import annotations

from typing import Final

from protocol import codelists_response as codelists
from protocol.crfs.lesion_size import EVALUABLE, MRECIST, TARGET, viable_diameter
from protocol.crfs.questions import day, free_text, not_after_death, yes_no
from protocol.language import Choice, CodeList, Crf, Entry, Group, Section, When
from protocol.words import N_

_FOLLOW_UP: Final = When("timepoint", ("follow-up",))

_SCAN: Final = Section(
    N_("Scan"),
    (
        day(
            "SR",
            "scan_on",
            N_("Date of scan"),
            help=N_("The day of the scan: by it this reading is laid beside that of the site."),
            source=MRECIST,
            missing=(),
            checks=(not_after_death("SR", "scan_on"),),
        ),
        Choice(name="timepoint", title=N_("Timepoint"), codes=codelists.TIMEPOINT, source=MRECIST, missing=()),
        yes_no("arterial_phase", N_("Arterial phase acquired"), source=MRECIST),
    ),
)

# The rows have numbers of their own: to know the site's lesions would be to know its reading.
_FINDINGS: Final = Group(
    name="findings",
    title=N_("Findings"),
    row_title=N_("Finding"),
    source=MRECIST,
    items=(
        Choice(name="class", title=N_("Class"), codes=codelists.LESION_CLASS, source=MRECIST, missing=()),
        Choice(name="organ", title=N_("Organ"), codes=codelists.ORGAN, source=MRECIST),
        Choice(
            name="segment",
            title=N_("Liver segment"),
            codes=codelists.SEGMENT,
            shown_when=When("organ", ("liver",)),
            required=False,
            source="Couinaud 1957",
        ),
        yes_no("evaluable", N_("Evaluable on this scan"), source=MRECIST),
        Choice(
            name="enhancement",
            title=N_("Arterial enhancement"),
            codes=codelists.ENHANCEMENT,
            shown_when=EVALUABLE,
            source=MRECIST,
        ),
        viable_diameter("SR", "findings.", required_when=TARGET),
    ),
)


def _stated(name: str, title: str, codes: CodeList) -> Choice:
    return Choice(name=name, title=title, codes=codes, shown_when=_FOLLOW_UP, source=MRECIST, missing=())


_RESPONSE: Final = Section(
    N_("Response"),
    (
        _stated("new_lesion", N_("New lesion"), codelists.NEW_LESION),
        _stated("reader_target", N_("Reader: target response"), codelists.TARGET_RESPONSE),
        _stated("reader_non_target", N_("Reader: non-target response"), codelists.NON_TARGET_RESPONSE),
        _stated("reader_overall", N_("Reader: overall response"), codelists.OVERALL_RESPONSE),
        free_text("SR", "comment", N_("Comment"), long=True, max_length=2000, required=False, source=MRECIST),
    ),
)

SECOND_READING: Final = Crf(
    code="SR",
    title=N_("Second reading"),
    source=MRECIST,
    repeats=True,
    log=True,
    expected=False,
    dated_by="scan_on",
    blind_until_complete=1,
    read_apart_from=("TA", "RP"),
    entry=Entry.DIRECT,
    task="reading",
    help=N_(
        "Optional. A second reader reads the scan alone: neither sees the other's reading of it before both are "
        "complete and this one is signed. Differences are listed; the signed reading of the site decides."
    ),
    sections=(_SCAN, Section(N_("Lesions"), (_FINDINGS,)), _RESPONSE),
)
