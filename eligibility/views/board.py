"""The eligibility board and its CSV."""

from __future__ import annotations

import csv
from dataclasses import replace
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from audit import clock
from audit.numbers import number_typed
from casebook.marks import MARKS
from casebook.states import Stage
from eligibility.board import determined_in_words, head_of, missing_of, rows_of
from eligibility.selectors import Cell, Chosen, candidates, cells_of, readable_sites, states_of
from protocol.language import Criterion, Verdict
from protocol.trial import TRIAL

PAGE_SIZES = (50, 25, 100)
SITE_IN_SESSION = "site"  # set by the site switch of the frame
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def chosen_in(request: HttpRequest) -> Chosen:
    """Return what the address says; the site switch decides where it says nothing of a site."""
    chosen = Chosen.from_query(request.GET)
    if "site" not in request.GET and (site := request.session.get(SITE_IN_SESSION)):
        return replace(chosen, site=str(site))
    return chosen


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Show candidates × criteria as they were last judged."""
    chosen, sites = chosen_in(request), readable_sites(request.user)
    size = request.GET.get("size", "")
    size_shown = number_typed(size) if number_typed(size) in PAGE_SIZES else PAGE_SIZES[0]
    page = Paginator(candidates(request.user, chosen, sites), size_shown).get_page(request.GET.get("page"))
    subjects, criteria = list(page.object_list), _columns(chosen)
    context = {
        "chosen": chosen,
        "query": urlencode({**chosen.to_query(), "size": size_shown}),
        "page": page,
        "head": head_of(criteria),
        "rows": rows_of(subjects, cells_of(subjects), criteria, states_of(subjects), at=clock.now()),
        "sites": sites,
        "stages": Stage.choices,
        "verdicts": [(verdict.value, MARKS[verdict.value].word) for verdict in Verdict],
        "criteria": TRIAL.criteria,
        "crfs": TRIAL.crfs,
        "sizes": PAGE_SIZES,
        "size": size_shown,
        "is_narrowed": replace(chosen, order="", site="") != Chosen(),
    }
    return render(request, "eligibility/board.html", context)


@require_GET
def board_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered board as CSV, all pages of it."""
    chosen, criteria = chosen_in(request), TRIAL.criteria
    subjects = list(candidates(request.user, chosen, readable_sites(request.user)))
    cells, states, at = cells_of(subjects), states_of(subjects), clock.now()
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="eligibility.csv"'
    response.write("\ufeff")  # Excel takes UTF-8 for something else without it
    writer = csv.writer(response)
    writer.writerow(
        [_("Subject"), _("Site"), _("Stage"), _("Determination"), _("Missing"), *(each.code for each in criteria)]
    )
    for subject in subjects:
        row: dict[str, Cell] = cells.get(subject.pk, {})
        verdicts = [row[each.code].verdict if each.code in row else "" for each in criteria]
        determined = determined_in_words(states.get(subject.pk), subject, at=at)
        said = [subject.number, subject.site.code, subject.stage, determined, "; ".join(missing_of(row)), *verdicts]
        writer.writerow([_harmless(text) for text in said])
    return response


def _columns(chosen: Chosen) -> tuple[Criterion, ...]:
    """Return the criteria to show: the chosen one, or all."""
    return tuple(each for each in TRIAL.criteria if chosen.criterion in ("", each.code))


def _harmless(text: str) -> str:
    """Return the text such that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text
