"""What the scans before this one measured of each lesion: beside the box for its viable diameter of today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from casebook.entry.rows import Rows, groups_of
from casebook.models import Form
from casebook.selectors.records import record_of
from casebook.selectors.standing import day_at
from casebook.words import day_in_words
from protocol.facts import Facts, day_of
from protocol.imaging import scans_of
from protocol.language import Crf
from protocol.lesions import Reading, Scan, state_of
from protocol.mrecist import State
from protocol.record import BLANK, Answer

ITEM = "viable_diameter"
Measured = tuple[Scan, Decimal]


def sizes_before(form: Form, crf: Crf, answers: Mapping[str, Answer], rows: Rows, *, at: datetime) -> dict[str, str]:
    """Return, by the path of the diameter, what it was at baseline and at its smallest; nothing without a scan before."""
    lesions = {f"{group.name}/{key}": key for group in groups_of(crf) if group.lesions for key in rows[group.name]}
    if not lesions:
        return {}
    this = day_of(answers.get(crf.dated_by, BLANK).value)
    scans = scans_of(Facts(record_of(form.subject), day_at(form.site, at)))
    before = (scan for scan in scans if scan.form.id != str(form.pk) and (this is None or scan.on < this))
    measured = _by_lesion(sorted(before, key=lambda scan: scan.order))
    return {f"{place}/{ITEM}": _in_words(measured[key]) for place, key in lesions.items() if measured[key]}


def _by_lesion(scans: list[Scan]) -> dict[str, list[Measured]]:
    measured: dict[str, list[Measured]] = defaultdict(list)
    for scan in scans:
        for reading in scan.readings:
            if (size := _size(reading, scan)) is not None:
                measured[reading.key].append((scan, size))
    return measured


def _size(reading: Reading, scan: Scan) -> Decimal | None:
    state, diameter = state_of(reading, scan)
    # A node below its limit has a short axis still.
    return reading.millimetres(ITEM) or Decimal(0) if state is State.GONE else diameter


def _in_words(measured: list[Measured]) -> str:
    return " · ".join(_parts(measured))


def _parts(measured: list[Measured]) -> Iterator[str]:
    baseline = [(scan.on, size) for scan, size in measured if scan.is_baseline]
    if baseline:
        on, size = baseline[-1]
        yield _("Baseline %(size)s mm (%(day)s)") % _said(on, size)
    on, size = min(((scan.on, size) for scan, size in measured), key=lambda each: each[1])
    yield _("smallest %(size)s mm (%(day)s)") % _said(on, size)


def _said(on: date, size: Decimal) -> dict[str, str]:
    return {"size": f"{size.normalize():f}", "day": day_in_words(on.isoformat())}
