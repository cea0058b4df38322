"""Pathological complete response of one subject of the resection arm, and what the rate divides by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from protocol.arms import RESECTION
from protocol.words import N_, Sentence, sentence


class Standing(StrEnum):
    """What the specimen shows; of the last three nothing is known, or nothing is asked."""

    COMPLETE = "pathological complete response"
    NOT_COMPLETE = "viable tumour left"
    NOT_EVALUABLE = "not evaluable"
    NOT_RESECTED = "not resected"
    PENDING = "pending"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, kw_only=True)
class Specimen:
    """One pathology report: codes as entered, empty where nothing is."""

    operated_on: date | None
    reported_on: date | None = None
    viable_tumour: str = ""
    margin: str = ""
    sampling_adequate: str = ""
    beds_resected: str = ""


@dataclass(frozen=True, kw_only=True)
class Surgery:
    """What became of the operation the arm asks for, up to the data cut."""

    arm: str
    operated_on: date | None = None
    not_operated_on: date | None = None
    specimens: tuple[Specimen, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PathologicalResponse:
    """The standing with its rule. Rates: among evaluable specimens (A), among all allocated to resection (B)."""

    standing: Standing
    rule: Sentence

    @property
    def is_response(self) -> bool:
        return self.standing is Standing.COMPLETE

    @property
    def in_evaluable(self) -> bool:
        """Whether the subject stands in denominator A."""
        return self.standing in (Standing.COMPLETE, Standing.NOT_COMPLETE)

    @property
    def in_allocated(self) -> bool:
        """Whether the subject stands in denominator B."""
        return self.standing is not Standing.NOT_ASKED


COMPLETE: Final = N_("No viable tumour in the specimen of %(on)s; every former lesion bed resected, margin R0.")
LEFT: Final = N_("Viable tumour in the specimen of %(on)s.")
NOT_EVALUABLE: Final = N_(
    "The specimen of %(on)s is not evaluable: it asks for adequate sampling, every former lesion bed, and margin R0. "
    "It counts as no response among all allocated to resection."
)
NOT_RESECTED: Final = N_("Not resected, decided on %(on)s: no response among all allocated to resection.")
NOT_YET: Final = N_("Not operated yet.")
NO_REPORT: Final = N_("Operated on %(on)s; the pathology report is not complete yet.")
NOT_ASKED: Final = N_("Asked of the resection arm only.")


def pcr(surgery: Surgery) -> PathologicalResponse:
    """Return the pathological response of a subject."""
    if surgery.arm != RESECTION:
        return PathologicalResponse(standing=Standing.NOT_ASKED, rule=sentence(NOT_ASKED))
    on = surgery.operated_on
    if on is None:
        return _not_operated(surgery.not_operated_on)
    # A report that names no operation, or another day, belongs to another specimen.
    reports = [each for each in surgery.specimens if each.operated_on == on]
    standing = _standing(reports)
    rules = {
        Standing.COMPLETE: COMPLETE,
        Standing.NOT_COMPLETE: LEFT,
        Standing.NOT_EVALUABLE: NOT_EVALUABLE,
        Standing.PENDING: NO_REPORT,
    }
    return PathologicalResponse(standing=standing, rule=sentence(rules[standing], on=on))


def _not_operated(decided_on: date | None) -> PathologicalResponse:
    if decided_on is None:
        return PathologicalResponse(standing=Standing.PENDING, rule=sentence(NOT_YET))
    return PathologicalResponse(standing=Standing.NOT_RESECTED, rule=sentence(NOT_RESECTED, on=decided_on))


def _standing(reports: list[Specimen]) -> Standing:
    if not reports:
        return Standing.PENDING
    said = [(each.viable_tumour, each.margin, each.sampling_adequate, each.beds_resected) for each in reports]
    if any(not all(answers) for answers in said):
        return Standing.PENDING
    if any((margin, sampled, beds) != ("R0", "Y", "Y") for _, margin, sampled, beds in said):
        return Standing.NOT_EVALUABLE
    return Standing.COMPLETE if all(viable == "none" for viable, *_ in said) else Standing.NOT_COMPLETE
