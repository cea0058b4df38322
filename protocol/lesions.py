"""The lesions of one scan: what a form says of each, which of them are targets, and what a new one means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from protocol.assumptions import (
    NEW_LESION_MIN_MM,
    NODE_CR_BELOW_MM,
    NODE_OTHER_MM,
    NODE_PORTA_HEPATIS_MM,
    SLICE_MAX_MM,
    TARGET_MIN_MM,
    TARGETS_IN_ALL,
    TARGETS_PER_ORGAN,
    TOO_SMALL_MM,
)
from protocol.mrecist import ENHANCING, GONE, NOT_EVALUABLE, NOTHING, PROGRESSED, UNREAD, New, Seen, State
from protocol.record import BLANK, Answer, FormRecord, number_of
from protocol.values import plain
from protocol.words import N_, Sentence, sentence

PORTA_HEPATIS: Final = "lymph node porta hepatis"
NODES: Final = {PORTA_HEPATIS: NODE_PORTA_HEPATIS_MM, "lymph node other": NODE_OTHER_MM}
VESSELS: Final = frozenset({"portal vein", "bile duct"})
ALWAYS_NEW_DISEASE: Final = frozenset({"extrahepatic unequivocal", "malignant vein thrombosis", "effusion malignant"})


@plain()
class Reading:
    """One row of a tumour assessment as entered."""

    key: str
    answers: Mapping[str, Answer]

    def said(self, item: str) -> str:
        """Return the value of an item of the row, or an empty text."""
        answer = self.answers.get(item)
        return answer.value if answer is not None else ""

    def millimetres(self, item: str) -> Decimal | None:
        """Return a diameter in mm; None where there is none or its unit is another."""
        answer = self.answers.get(item)
        number = number_of(answer.value) if answer is not None and answer.unit == "mm" else None
        return number if number is not None and number >= 0 else None

    def coded_missing(self, item: str) -> bool:
        """Return whether a person said that there is no value, which is more than a blank."""
        return self.answers.get(item, BLANK).missing is not None

    @property
    def kind(self) -> str:
        return self.answers.get("class", BLANK).value

    @property
    def organ(self) -> str:
        return self.answers.get("organ", BLANK).value

    @property
    def is_thrombus(self) -> bool:
        return self.organ in VESSELS


@plain(kw_only=True)
class Scan:
    """One tumour assessment form, dated."""

    form: FormRecord
    on: date
    readings: tuple[Reading, ...]
    late_for: date | None = None  # of a scan entered as the baseline: the day by which therapy had begun before it

    def said(self, item: str) -> str:
        """Return the value of an item of the form, or an empty text."""
        answer = self.form.answers.get(item)
        return answer.value if answer is not None else ""

    @property
    def is_baseline(self) -> bool:
        return self.late_for is None and self.form.answers.get("timepoint", BLANK).value == "baseline"

    @property
    def order(self) -> tuple[date, int, str]:
        """The order of scans: by day, then by repeat; never by the order of entry."""
        return (self.on, self.form.repeat, self.form.id)


def scan_of(form: FormRecord, on: date, *, begun_by: date | None = None) -> Scan:
    """Return the scan that a tumour assessment form of that day holds.

    Whatever it is called, a scan after the day by which therapy had begun is no baseline.
    """
    readings = tuple([Reading(key, answers) for key, answers in form.rows("lesions")])
    is_late = begun_by is not None and on > begun_by and form.answers.get("timepoint", BLANK).value == "baseline"
    return Scan(form=form, on=on, readings=readings, late_for=begun_by if is_late else None)


# --- one lesion at one scan -----------------------------------------------------------------------------------


def state_of(reading: Reading | None, scan: Scan, *, measured: bool = False) -> tuple[State, Decimal | None]:
    """Return how a known lesion stands at a scan, with its viable diameter in mm where it enhances.

    One that is measured, a target, progresses by its diameter and by no declaration.
    """
    phase = scan.form.answers.get("arterial_phase", BLANK).value
    if phase == "N":
        return NOT_EVALUABLE, None
    if reading is None or not phase:
        return UNREAD, None
    answers = reading.answers
    evaluable = answers.get("evaluable", BLANK)
    if evaluable.value == "N" or evaluable.missing is not None:
        return NOT_EVALUABLE, None
    if not evaluable.value:
        return UNREAD, None
    if not measured and answers.get("non_target_status", BLANK).value == "unequivocal progression":
        return PROGRESSED, reading.millimetres("viable_diameter")
    return _node(reading) if answers.get("organ", BLANK).value in NODES else _enhancement(reading)


def _node(reading: Reading) -> tuple[State, Decimal | None]:
    # A node is measured by its short axis; below the limit it is a normal node and counts as nothing in the sum.
    short_axis = reading.millimetres("viable_diameter")
    if short_axis is None:
        return _enhancement(reading)
    if short_axis < NODE_CR_BELOW_MM:
        return GONE, NOTHING
    return ENHANCING, short_axis


def _enhancement(reading: Reading) -> tuple[State, Decimal | None]:
    diameter = reading.millimetres("viable_diameter")
    match reading.answers.get("enhancement", BLANK).value:
        case "absent":
            # Absent enhancement with a viable diameter contradicts itself: nothing is known until it is mended.
            return (UNREAD, None) if diameter else (GONE, NOTHING)
        case "present" if diameter == 0 or (diameter is None and reading.coded_missing("viable_diameter")):
            return ENHANCING, Decimal(TOO_SMALL_MM)
        case "present":
            return ENHANCING, diameter
        case _:
            missing = reading.coded_missing("enhancement")
            return (NOT_EVALUABLE if missing else UNREAD), None


def seen(reading: Reading | None, scan: Scan, *, key: str, measured: bool, was_gone: bool, thrombus: bool) -> Seen:
    """Return a known lesion at a scan; a lesion that must be measured and is not counts as unread."""
    state, diameter = state_of(reading, scan, measured=measured)
    if state is ENHANCING and diameter is None and (measured or (was_gone and not thrombus)):
        state = UNREAD
    return Seen(key, state, diameter, was_gone, thrombus)


# --- lesion classes at baseline -------------------------------------------------------------------------------


@plain(kw_only=True)
class Classes:
    """The lesions of the baseline: targets, non-targets, and why a lesion entered as target is none."""

    targets: tuple[str, ...] = ()
    non_targets: tuple[str, ...] = ()
    why_not: Mapping[str, Sentence]
    thrombi: frozenset[str] = frozenset()


def classes_at(baseline: Scan) -> Classes:
    """Return which lesions of the baseline are used as target, in the order of their keys."""
    targets: list[str] = []
    non_targets: list[str] = []
    thrombi: list[str] = []
    why_not: dict[str, Sentence] = {}
    per_organ: dict[str, int] = {}
    for reading in baseline.readings:
        organ = reading.organ
        if organ in VESSELS:
            thrombi.append(reading.key)
        if reading.kind == "target":
            why = _not_a_target(reading, baseline) or _too_many(reading, per_organ, len(targets))
            if why is None:
                targets.append(reading.key)
                per_organ[organ] = per_organ.get(organ, 0) + 1
                continue
            why_not[reading.key] = why
        non_targets.append(reading.key)
    return Classes(targets=tuple(targets), non_targets=tuple(non_targets), why_not=why_not, thrombi=frozenset(thrombi))


def _not_a_target(reading: Reading, baseline: Scan) -> Sentence | None:
    state, diameter = state_of(reading, baseline)
    if reading.is_thrombus:
        return sentence(N_("%(lesion)s is a tumour thrombus, which cannot be measured."), lesion=reading.key)
    if state is NOT_EVALUABLE or reading.said("delineated") == "N":
        return sentence(N_("%(lesion)s is not suitable for repeated measurement."), lesion=reading.key)
    if state is GONE and reading.organ not in NODES:
        return sentence(N_("%(lesion)s shows no arterial enhancement."), lesion=reading.key)
    smallest = _smallest_target(reading.organ, baseline)
    if diameter is not None and diameter < smallest:
        return sentence(
            N_("%(lesion)s measures %(diameter)s mm; a target has at least %(smallest)s mm."),
            lesion=reading.key,
            diameter=diameter,
            smallest=smallest,
        )
    return None


def _smallest_target(organ: str, baseline: Scan) -> Decimal:
    if organ in NODES:
        return Decimal(NODES[organ])
    slices = baseline.form.answer("slice_thickness")
    thickness = slices.number if slices.unit == "mm" else None
    if baseline.said("modality") == "ct" and thickness is not None and thickness > SLICE_MAX_MM:
        return max(Decimal(TARGET_MIN_MM), 2 * thickness)
    return Decimal(TARGET_MIN_MM)


def _too_many(reading: Reading, per_organ: Mapping[str, int], in_all: int) -> Sentence | None:
    if per_organ.get(reading.organ, 0) >= TARGETS_PER_ORGAN:
        return sentence(
            N_("%(lesion)s is one more than the %(most)s target lesions an organ may have."),
            lesion=reading.key,
            most=TARGETS_PER_ORGAN,
        )
    if in_all >= TARGETS_IN_ALL:
        return sentence(
            N_("%(lesion)s is one more than the %(most)s target lesions a subject may have."),
            lesion=reading.key,
            most=TARGETS_IN_ALL,
        )
    return None


# --- new lesions ----------------------------------------------------------------------------------------------


NODE_UNCLEAR: Final = N_("The short axis is not entered for the new lymph node %(lesions)s.")
NOT_OF_BASELINE: Final = N_(
    "%(lesions)s is entered as a target or non-target lesion, but the baseline does not have it. "
    "Enter it as a new lesion, or add it to the baseline if it was there."
)
UNCLEAR: Final = N_("Size and pattern are not entered for the new finding %(lesions)s.")


def why_unclear(reading: Reading) -> str:
    """Return the sentence that says why it cannot be told what a new finding means."""
    if reading.kind in ("target", "non-target"):
        return NOT_OF_BASELINE
    return NODE_UNCLEAR if reading.organ in NODES else UNCLEAR


def new_status(reading: Reading, *, first_size: Decimal | None) -> New | None:
    """Return what a new finding means; None when it is not read well enough to say. Markers never count."""
    pattern = reading.said("new_pattern")
    if reading.said("confirmed_by"):
        return New.YES
    if pattern == "effusion benign":
        return New.NO
    if pattern == "effusion malignant":
        return New.YES
    if reading.said("evaluable") == "N":
        return New.EQUIVOCAL
    size = size_of(reading)
    if reading.organ in NODES:
        # Below its limit a node is none; every limit is one of the short axis, however long the node is.
        return None if size is None else New.YES if size >= NODES[reading.organ] else New.NO
    if reading.said("enhancement") == "absent" and not size:
        return New.NO  # no longer seen
    if pattern in ALWAYS_NEW_DISEASE:
        return New.YES
    return _nodule(pattern, size, first_size)


def size_of(reading: Reading) -> Decimal | None:
    """Return the larger diameter of a new finding in mm, of a node the short axis.

    An atypical finding has no viable part to measure; a node is measured by its short axis alone.
    """
    if reading.organ in NODES:
        return reading.millimetres("viable_diameter")
    sizes = [size for item in ("viable_diameter", "whole_diameter") if (size := reading.millimetres(item)) is not None]
    return max(sizes, default=None)


def _nodule(pattern: str, size: Decimal | None, first_size: Decimal | None) -> New | None:
    if not pattern or size is None:
        return None
    if first_size is not None and size - first_size >= NEW_LESION_MIN_MM:
        return New.YES  # grown since it was first seen
    return New.YES if pattern == "typical" and size >= NEW_LESION_MIN_MM else New.EQUIVOCAL
