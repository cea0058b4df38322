"""What follow-up has against the lock of a subject: clocks that run, signs and deviations nobody settled. Answers the casebook."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, QuerySet

from casebook.models import Form
from casebook.ports import Hindrance
from followup.models import Deviation, RelapseSign
from followup.selectors.safety import ENTERED
from protocol.words import N_

UNREPORTED = N_("serious adverse events whose report is not entered: %(count)s")
SIGNS = N_("signs of relapse that nobody settled: %(count)s")
DEVIATIONS = N_("protocol deviations without a cause on record: %(count)s")


def hindrances_of(subjects: Collection[UUID]) -> tuple[Hindrance, ...]:
    """Return what stands against a lock of each of these subjects. Three queries."""
    keys = list(subjects)
    saes = Form.objects.filter(subject__in=keys, crf="SAE", state__in=ENTERED, answers__reported_at__value__isnull=True)
    signs = RelapseSign.objects.filter(subject__in=keys, closed_at__isnull=True)
    deviations = Deviation.objects.filter(subject__in=keys, closed_at__isnull=True, explained_at__isnull=True)
    return (
        Hindrance("safety clocks", UNREPORTED, _by_subject(saes)),
        Hindrance("signs of relapse", SIGNS, _by_subject(signs)),
        Hindrance("deviations", DEVIATIONS, _by_subject(deviations)),
    )


def _by_subject(rows: QuerySet[Form] | QuerySet[RelapseSign] | QuerySet[Deviation]) -> dict[UUID, int]:
    return dict(rows.order_by().values_list("subject").annotate(count=Count("pk")))
