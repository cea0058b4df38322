"""The reference ranges that wait for this person: proposed by another, judged by only once they are confirmed."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from casebook.models import ReferenceRange
from casebook.selectors.range_list import WAITS
from casebook.words import unit_in_words
from desk.selectors.waiting import Asking, Line, Work, first_of


def ranges_to_confirm(asking: Asking) -> Iterator[Work]:
    """Yield the proposed ranges that this person may confirm, the oldest first. One query."""
    waiting = ReferenceRange.objects.filter(WAITS).exclude(proposed_by=asking.user)
    first, count = first_of(waiting.select_related("laboratory").order_by("proposed_at", "pk"))
    lines = tuple(
        Line(
            reverse("laboratory", args=[held.laboratory_id]),
            held.laboratory.code,
            f"{held.analyte} {unit_in_words(held.unit)}".strip(),
            since=held.proposed_at,
            note=held.reason,
        )
        for held in first
    )
    yield Work(_("Reference ranges to confirm"), count, lines, f"{reverse('ranges')}?show=waiting")
