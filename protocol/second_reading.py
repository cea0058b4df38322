"""Two readings of one scan laid side by side. The reading of the site decides; the other is compared, nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from protocol.assessments import Assessment, assess, at_baseline
from protocol.conversion import begun_by
from protocol.facts import day_of
from protocol.lesions import scan_of
from protocol.mrecist import NOTHING
from protocol.record import BLANK, FormRecord
from protocol.words import N_

ARTERIAL_PHASE: Final = N_("Arterial phase acquired")
SUM: Final = N_("Sum of viable diameters, mm")
NEW_LESION: Final = N_("New lesion")
TARGET: Final = N_("Target response")
NON_TARGET: Final = N_("Non-target response")
OVERALL: Final = N_("Overall response")
WORDS: Final = {"Y": N_("yes"), "N": N_("no")}


@dataclass(frozen=True)
class Compared:
    """One question that both readings answer; the sum is measured by two people and differs without disagreement."""

    title: str
    first: str
    second: str
    differs: bool


@dataclass(frozen=True, kw_only=True)
class TwoReadings:
    """The readings of one scan; without the first there is nothing to compare yet."""

    second: FormRecord
    on: date | None
    first: FormRecord | None = None
    compared: tuple[Compared, ...] = ()

    @property
    def differences(self) -> tuple[Compared, ...]:
        """What the two readings disagree on."""
        return tuple(each for each in self.compared if each.differs)


def two_readings(forms: Iterable[FormRecord]) -> tuple[TwoReadings, ...]:
    """Return the complete second readings of a subject by day, each beside the reading of the site of that day."""
    known = [form for form in forms if form.complete]
    first = [(on, form) for form in known if form.crf == "TA" and (on := day_of(form.answer("scan_on").value))]
    begun = begun_by(form for form in known if form.crf == "PT")
    scans = [scan_of(form, on, begun_by=begun) for on, form in first]
    judged = {each.scan.form.id: each for each in assess(scans)}
    judged |= {scan.form.id: at_baseline(scan) for scan in scans if scan.is_baseline}
    seconds = sorted((form for form in known if form.crf == "SR"), key=_order)
    return tuple(_beside(form, first, judged) for form in seconds)


def _order(form: FormRecord) -> tuple[str, int, str]:
    return form.answer("scan_on").value, form.repeat, form.id


def _beside(second: FormRecord, first: Iterable[tuple[date, FormRecord]], judged: dict[str, Assessment]) -> TwoReadings:
    on = day_of(second.answer("scan_on").value)
    same = [form for day, form in first if day == on]
    if not same:
        return TwoReadings(second=second, on=on)
    form = min(same, key=lambda form: (form.visit, form.repeat, form.id))
    return TwoReadings(second=second, on=on, first=form, compared=tuple(_compared(form, second, judged.get(form.id))))


def _compared(first: FormRecord, second: FormRecord, judged: Assessment | None) -> Iterator[Compared]:
    phases = [WORDS.get(form.answer("arterial_phase").value, "") for form in (first, second)]
    yield _both(ARTERIAL_PHASE, *phases)
    yield Compared(SUM, _shown(judged.sum_viable if judged else None), _shown(sum_of(second)), differs=False)
    if second.answer("timepoint").value == "baseline":
        return
    # Of the site the response that its lesions give is what decides, so it is what is compared.
    found = (judged.new, judged.target, judged.non_target, judged.overall) if judged else (None,) * 4
    items = ("new_lesion", "reader_target", "reader_non_target", "reader_overall")
    for title, category, item in zip((NEW_LESION, TARGET, NON_TARGET, OVERALL), found, items, strict=True):
        yield _both(title, category.value if category is not None else "", second.answer(item).value)


def _both(title: str, first: str, second: str) -> Compared:
    # What one of them has not said yet is no disagreement.
    return Compared(title, first, second, differs=bool(first and second) and first != second)


def _shown(number: Decimal | None) -> str:
    return "" if number is None else str(number)


def sum_of(second: FormRecord) -> Decimal | None:
    """Return the sum of the viable diameters of the targets of a second reading; None where one is not measured."""
    total, measured = NOTHING, False
    for _key, answers in second.rows("findings"):
        if answers.get("class", BLANK).value != "target":
            continue
        diameter = answers.get("viable_diameter", BLANK)
        if diameter.number is None or diameter.unit != "mm":
            return None
        total, measured = total + diameter.number, True
    return total if measured else None
