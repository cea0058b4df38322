"""The eligibility board, its CSV and its paper."""

from __future__ import annotations

from dataclasses import asdict, replace
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.narrowing import refuse_unread
from audit import clock
from audit.numbers import number_typed
from audit.selectors import last_seal
from casebook.around import render_around
from casebook.marks import MARKS
from casebook.states import Stage
from eligibility.board import crf_options, criteria_options, head_of, plain_options, rows_of
from eligibility.papers import chosen_in_words, csv_header, csv_rows, paper_lines
from eligibility.selectors import Chosen, candidates, cells_of, readable_sites, states_of
from eligibility.states import Enters, Standing
from paper.pdf import Foot, pdf_of
from paper.tables import csv_lines
from protocol.language import Criterion, Verdict
from protocol.trial import TRIAL
from protocol.words import N_

PAGE_SIZES = (50, 25, 100)
SITE_IN_SESSION = "site"  # set by the site switch of the frame
MOST_ON_PAPER = 200
TOO_MANY = N_(
    "The filter finds %(count)s candidates; paper holds at most %(most)s. Narrow the filter, or take the CSV, which has all."
)


def chosen_in(request: HttpRequest) -> Chosen:
    """Return what the address says; the site switch decides where it says nothing of a site."""
    chosen = Chosen.from_query(request.GET)
    if "site" not in request.GET and (site := request.session.get(SITE_IN_SESSION)):
        return replace(chosen, site=str(site))
    return chosen


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Show candidates × criteria as they were last judged."""
    return _page(request)


@require_GET
def board_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give the filtered board as CSV, all pages of it. Raises StrangeField."""
    refuse_unread(request, asdict(chosen_in(request)))
    at = clock.now()
    subjects = list(candidates(request.user, chosen_in(request), readable_sites(request.user), at=at))
    lines = csv_lines(
        csv_header(), csv_rows(subjects, cells_of(subjects, request.user, at=at), states_of(subjects), at=at), bom=True
    )
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="eligibility.csv"'
    return response


@require_GET
def board_pdf(request: HttpRequest) -> HttpResponse:
    """Give the filtered board on paper, a line a candidate; more than paper holds is refused with what to do. Raises StrangeField."""
    refuse_unread(request, asdict(chosen_in(request)))
    at, sites = clock.now(), readable_sites(request.user)
    found = candidates(request.user, chosen_in(request), sites, at=at)
    if (count := found.count()) > MOST_ON_PAPER:
        return _page(request, refused=_(TOO_MANY) % {"count": count, "most": MOST_ON_PAPER})
    subjects = list(found)
    context = {
        "lines": paper_lines(subjects, cells_of(subjects, request.user, at=at), states_of(subjects), at=at),
        "filters": chosen_in_words(chosen_in(request), sites),
        "reader": request.user,
        "foot": Foot.of(last_seal(), at=at, synthetic=any(each.synthetic for each in subjects)),
    }
    body = pdf_of("eligibility/board_paper.html", context, language=get_language() or "en")
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="eligibility.pdf"'
    return response


def _page(request: HttpRequest, *, refused: str = "") -> HttpResponse:
    chosen, sites, at = chosen_in(request), readable_sites(request.user), clock.now()
    size = request.GET.get("size", "")
    size_shown = number_typed(size) if number_typed(size) in PAGE_SIZES else PAGE_SIZES[0]
    found = candidates(request.user, chosen, sites, at=at)
    page = Paginator(found, size_shown).get_page(request.GET.get("page"))
    subjects, criteria = list(page.object_list), _columns(chosen)
    context = {
        "chosen": chosen,
        "query": urlencode({**chosen.to_query(), "size": size_shown}),
        "page": page,
        "head": head_of(criteria),
        "sites": sites,
        "stages": plain_options(Stage.choices, chosen.stage),
        "verdicts": [(verdict.value, MARKS[verdict.value].word) for verdict in Verdict],
        "criteria": criteria_options(chosen.criterion),
        "crfs": crf_options(chosen.missing),
        "enters": plain_options(Enters.choices, chosen.who),
        "standings": plain_options(Standing.choices, chosen.determined),
        "sizes": PAGE_SIZES,
        "size": size_shown,
        "is_narrowed": replace(chosen, order="", site="") != Chosen(),
        "unknown": Chosen.unknown_in(request.GET),
        "refused": refused,
    }
    rows = rows_of(subjects, cells_of(subjects, request.user, at=at), criteria, states_of(subjects), at=at)
    return render_around(request, "eligibility/board.html", context, status=400 if refused else 200, rows=rows)


def _columns(chosen: Chosen) -> tuple[Criterion, ...]:
    """Return the criteria to show: the chosen one, or all."""
    return tuple(each for each in TRIAL.criteria if chosen.criterion in ("", each.code))
