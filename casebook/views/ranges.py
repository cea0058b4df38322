"""Laboratories with their reference ranges: the list with its CSV, one laboratory through time, one range."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.gate import needs, posted_from
from accounts.narrowing import refuse_unread
from accounts.roles import Permission
from accounts.selectors import visible_sites
from accounts.views.shown import checked
from audit import clock
from audit.decision import Decision, Refusal
from audit.numbers import number_typed
from casebook.actions.range_file import COLUMNS, NOT_READ
from casebook.actions.reference import add_laboratory, propose_range, withdraw_range
from casebook.entry.ranges import ConversionEntry, CorrectionEntry, LaboratoryEntry, RangeEntry
from casebook.models import Laboratory, ReferenceRange
from casebook.rules.reference import (
    UNITS,
    may_be_corrected,
    may_begin_confirming,
    may_confirm_range,
    may_reject_ranges,
    may_somewhere,
)
from casebook.selectors.range_list import ORDERS, SHOWN, WAITS, Chosen, ranges_in, versions_of, with_people
from casebook.selectors.reference import laboratories
from casebook.words import plain, said
from paper.tables import csv_lines

P = Permission
READS = (P.FORM_READ, P.RANGE_PROPOSE, P.RANGE_CONFIRM, P.ADMINISTER)
PAGE_SIZES = (50, 25, 100)


@require_GET
@needs(*READS)
def ranges(request: HttpRequest) -> HttpResponse:
    """List the ranges chosen; the filter stands in the address."""
    return list_page(request, LaboratoryEntry())


def list_page(request: HttpRequest, entry: LaboratoryEntry, *, status: int = 200, refused: str = "") -> HttpResponse:
    """Draw the list with the form of a new laboratory."""
    chosen = Chosen.from_query(request.GET)
    size = number_typed(request.GET.get("size", ""))
    size = size if size in PAGE_SIZES else PAGE_SIZES[0]
    query = urlencode({**chosen.to_query(), **({"size": size} if size != PAGE_SIZES[0] else {})})
    context = {
        "chosen": chosen,
        "query": query,
        "page": Paginator(ranges_in(request.user, chosen), size).get_page(request.GET.get("page")),
        "sizes": PAGE_SIZES,
        "size": size,
        "sites": visible_sites(request.user) if request.user.holds_anywhere(P.FORM_READ) else (),
        "laboratories": laboratories(),
        "analytes": UNITS,
        "shown": [(value, word) for value, (word, _chosen) in SHOWN.items()],
        "orders": [(value, word) for value, (word, _fields) in ORDERS.items()],
        "entry": entry,
        "may_propose": may_propose(request),
        "refused": refused,
    }
    return render(request, "casebook/ranges.html", context, status=status)


def may_propose(request: HttpRequest) -> Decision:
    """Whether the reader keeps ranges."""
    return may_somewhere(request.user, P.RANGE_PROPOSE)


@require_GET
@needs(*READS)
def ranges_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered list as CSV, all pages of it, in the columns that can be uploaded again. Raises StrangeField."""
    chosen = Chosen.from_query(request.GET)
    refuse_unread(request, {**asdict(chosen), "on": chosen.day})
    rows = [
        [*(_cell(held, name) for name in COLUMNS), held.state.removeprefix("range ")]
        for held in ranges_in(request.user, chosen)
    ]
    lines = csv_lines([*COLUMNS, *NOT_READ], rows, bom=True)
    response = HttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="reference-ranges.csv"'
    return response


def _cell(held: ReferenceRange, name: str) -> str:
    if name in ("low", "high"):
        return plain(held.low if name == "low" else held.high)
    value = held.laboratory.code if name == "laboratory" else getattr(held, name)
    return "" if value is None else str(value)


@posted_from("ranges")
@needs(P.RANGE_PROPOSE)
def laboratory_add(request: HttpRequest) -> HttpResponse:
    """Add a laboratory to the list."""
    entry = checked(LaboratoryEntry(request.POST), request)
    if not entry.is_valid():
        return list_page(request, entry, status=400)
    try:
        laboratory = add_laboratory(None, by=request.user, at=clock.now(), **entry.cleaned_data)
    except Refusal as refusal:
        return list_page(request, entry, status=409, refused=said(refusal.sentence))
    messages.success(request, _("Laboratory %(code)s is added.") % {"code": laboratory.code})
    return redirect("laboratory", laboratory.pk)


@require_GET
@needs(*READS)
def laboratory(request: HttpRequest, laboratory_id: int) -> HttpResponse:
    """Show every range of a laboratory through time, and its factors."""
    return laboratory_page(request, laboratory_in_sight(laboratory_id))


def laboratory_in_sight(laboratory_id: int) -> Laboratory:
    """Return the laboratory; everybody who comes here sees all of them. Raises Http404."""
    return get_object_or_404(Laboratory, pk=laboratory_id)


def laboratory_page(request: HttpRequest, laboratory: Laboratory, *, status: int = 200, **more: Any) -> HttpResponse:
    """Draw the page of a laboratory, with its forms as they were typed."""
    versions = list(versions_of(laboratory))
    for held in versions:
        held.may_be_confirmed = waits(held) and bool(may_begin_confirming(request.user, held))  # type: ignore[attr-defined]
    context = {
        "laboratory": laboratory,
        "kinds": [(key, list(group)) for key, group in groupby(versions, _kind)],
        "conversions": laboratory.conversions.select_related("withdrawn_by").order_by(
            "analyte", "unit_from", "unit_to", "pk"
        ),
        "waiting": any(held.may_be_confirmed for held in versions),  # type: ignore[attr-defined]
        "entry": RangeEntry(auto_id="range-%s"),
        "factor": ConversionEntry(auto_id="factor-%s"),
        "may_propose": may_propose(request),
        **more,
    }
    return render(request, "casebook/laboratory.html", context, status=status)


def waits(held: ReferenceRange) -> bool:
    """Whether the range waits to be confirmed."""
    return held.left_at is None and held.confirmed_at is None


def _kind(held: ReferenceRange) -> tuple[object, ...]:
    return (held.analyte, held.unit, held.method, held.sex, held.age_from, held.age_to)


@posted_from("laboratory")
@needs(P.RANGE_PROPOSE)
def range_add(request: HttpRequest, laboratory_id: int) -> HttpResponse:
    """Propose a range of the laboratory; nobody is judged by it until it is confirmed."""
    found = laboratory_in_sight(laboratory_id)
    entry = checked(RangeEntry(request.POST, auto_id="range-%s"), request)
    if not entry.is_valid():
        return laboratory_page(request, found, status=400, entry=entry)
    try:
        held = propose_range(found, by=request.user, at=clock.now(), **entry.cleaned_data)
    except Refusal as refusal:
        return laboratory_page(request, found, status=409, entry=entry, refused=said(refusal.sentence))
    messages.success(request, _("The range is proposed. A principal investigator confirms it."))
    return redirect("range", held.pk)


@require_GET
@needs(*READS)
def range_(request: HttpRequest, range_id: int) -> HttpResponse:
    """Show one range: its limits, who entered it, what it replaces and what replaced it."""
    return range_page(request, range_in_sight(range_id))


def range_in_sight(range_id: int) -> ReferenceRange:
    """Return the range with everybody named beside it. Raises Http404."""
    return get_object_or_404(with_people(ReferenceRange.objects.all()), pk=range_id)


def range_page(request: HttpRequest, held: ReferenceRange, *, status: int = 200, **more: Any) -> HttpResponse:
    """Draw the page of a range, with the correction as it was typed."""
    correctable = may_propose(request) and may_be_corrected(held)
    context = {
        "held": held,
        "corrections": with_people(held.corrections.order_by("proposed_at", "pk")),
        "waits": waits(held),
        "correctable": correctable,
        "confirmable": may_confirm_range(request.user, held),
        "withdrawable": may_reject_ranges(request.user),
        "entry": CorrectionEntry.of(held) if correctable else None,
        **more,
    }
    return render(request, "casebook/range.html", context, status=status)


@posted_from("range")
@needs(P.RANGE_PROPOSE, P.RANGE_CONFIRM)
def range_withdraw(request: HttpRequest, range_id: int) -> HttpResponse:
    """Take a proposal back that nobody confirmed."""
    held = range_in_sight(range_id)
    reason = request.POST.get("reason", "")
    try:
        withdraw_range(held, by=request.user, at=clock.now(), reason=reason)
    except Refusal as refusal:
        return range_page(request, held, status=409, refused=said(refusal.sentence), withdrawal=reason)
    messages.success(request, _("The proposal is withdrawn; it stays on record."))
    return redirect("laboratory", held.laboratory_id)


def waiting_among(laboratory: Laboratory, keys: list[str]) -> list[ReferenceRange]:
    """Return the ticked proposals of a laboratory that still wait."""
    chosen = [number_typed(key) for key in keys]
    order = (F("replaces").asc(nulls_last=True), "pk")  # a correction may end the range that a new one follows
    return list(with_people(laboratory.ranges.filter(WAITS, pk__in=chosen)).order_by(*order))
