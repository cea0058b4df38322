"""The screening log: everyone assessed, with its filters and CSV; lines of people who are no subjects; silent weeks."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.gate import needs, posted_from
from accounts.models import Site
from accounts.narrowing import refuse_unread
from accounts.roles import Permission
from accounts.views.shown import checked
from audit import clock
from audit.decision import Refusal
from audit.numbers import number_typed
from casebook.selectors.sight import visible_subjects
from casebook.views.keys import new_key
from casebook.words import said
from eligibility.actions.screening import add_line, confirm_weeks, correct_line
from eligibility.entry import CorrectionEntry, LineEntry, NewLineEntry, WeeksEntry
from eligibility.models import ScreeningLine
from eligibility.rules.screening import may_log
from eligibility.selectors.screening import (
    Attempt,
    Logged,
    called,
    log_sites,
    screening_log,
    silent_weeks,
    tally,
    visible_lines,
)
from eligibility.states import Outcome
from paper.tables import csv_lines

P = Permission
PAGE_SIZES = (50, 25, 100)
MOST_WEEKS = 53  # shown at once, the latest; those before follow as these are confirmed
SITE_IN_SESSION = "site"  # set by the site switch of the frame


@require_GET
@needs(P.ELIGIBILITY_READ)
def screening(request: HttpRequest) -> HttpResponse:
    """Show the log of the sites within sight, and the weeks that still say nothing."""
    return _page(request)


@posted_from("screening-log")
@needs(P.SUBJECT_ADD)
def line_add(request: HttpRequest) -> HttpResponse:
    """Add somebody assessed who is no subject."""
    form = checked(NewLineEntry(request.POST, sites=_kept(request)), request)
    if not form.is_valid():
        return _page(request, form=form, status=400)
    details = dict(form.cleaned_data)
    if not _names_line(request, form, details):
        return _page(request, form=form, status=400)
    try:
        line = add_line(details.pop("site"), by=request.user, at=clock.now(), **details)
    except Refusal as refusal:
        return _page(request, form=form, refused=said(refusal.sentence), status=409)
    words = _("%(number)s is in the log. Write this number in the site's own identification log, beside the name.")
    messages.success(request, words % {"number": called(line)})
    return redirect("screening-log")


@require_http_methods(["GET", "POST"])
@needs(P.ELIGIBILITY_READ)
def line_page(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """Show one line, and correct it with a reason."""
    line = get_object_or_404(visible_lines(request.user), pk=line_id)
    decision = may_log(request.user, line.site)
    form, refused, status = CorrectionEntry(initial=_as_typed(line)), "", 200
    if request.method == "POST":
        form = checked(CorrectionEntry(request.POST), request)
        refused, status = _corrected(request, line, form) if form.is_valid() else ("", 400)
        if not refused and status == 200:
            messages.success(request, _("The line is corrected."))
            return redirect("screening-log")
    context = {"line": line, "called": called(line), "form": form, "refused": refused, "decision": decision}
    return render(request, "eligibility/screening_line.html", context, status=status)


def _corrected(request: HttpRequest, line: ScreeningLine, form: CorrectionEntry) -> tuple[str, int]:
    details = dict(form.cleaned_data)
    number = details.pop("number").strip()
    subject = visible_subjects(request.user).filter(number__iexact=number).first() if number else None
    if number and subject is None:
        form.add_error("number", _("There is no such subject at your sites."))
    if not _names_line(request, form, details) or form.errors:
        return "", 400
    try:
        correct_line(line, by=request.user, at=clock.now(), subject=subject, **details)
    except Refusal as refusal:
        return said(refusal.sentence), 409
    return "", 200


def _names_line(request: HttpRequest, form: LineEntry, details: dict[str, Any]) -> bool:
    """Put the line or subject typed as the attempt before into the details; False, and said, where there is none."""
    typed = details.pop("before").strip()
    code, _between, sequence = typed.upper().rpartition("-L")
    lines = visible_lines(request.user).filter(site__code__iexact=code, sequence=number_typed(sequence))
    details["again_of"] = lines.first() if typed else None
    subjects = visible_subjects(request.user).filter(number__iexact=typed)
    details["after_subject"] = subjects.first() if typed and details["again_of"] is None else None
    if typed and details["again_of"] is None and details["after_subject"] is None:
        form.add_error("before", _("There is no such line and no such subject in the logs of your sites."))
        return False
    return True


def _as_typed(line: ScreeningLine) -> dict[str, object]:
    names = ("assessed_on", "outcome", "criteria", "reason", "sex", "age")
    number = line.subject.number if line.subject else ""
    before = called(line.again_of) if line.again_of else line.after_subject.number if line.after_subject else ""
    return {**{name: getattr(line, name) for name in names}, "number": number, "before": before}


@posted_from("screening-log")
@needs(P.SUBJECT_ADD)
def weeks_confirm(request: HttpRequest) -> HttpResponse:
    """Say of weeks that nobody was assessed."""
    form = checked(WeeksEntry(request.POST), request)
    try:
        mondays = [date.fromisoformat(typed) for typed in request.POST.getlist("monday")]
    except ValueError:
        return _page(request, refused_week=_("A week is named by its Monday, such as 2025-03-03."), status=400)
    if not form.is_valid():
        return _page(request, refused_week=_("Choose the site of these weeks."), status=400)
    site = get_object_or_404(
        Site.objects.filter(pk__in=[site.pk for site in _kept(request)]), pk=form.cleaned_data["site"]
    )
    try:
        confirm_weeks(site, by=request.user, at=clock.now(), mondays=mondays)
    except Refusal as refusal:
        return _page(request, refused_week=said(refusal.sentence), status=409)
    messages.success(request, _("The log says now that nobody was assessed in these weeks."))
    return redirect("screening-log")


@require_GET
@needs(P.ELIGIBILITY_READ)
def screening_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered log as CSV, all pages of it. Raises StrangeField."""
    chosen = _chosen(request)
    days = {name: chosen[name] if _is_day(chosen[name]) else "" for name in ("from", "to")}
    known = {"outcome": chosen["outcome"] if chosen["outcome"] in Outcome.values else "", **days}
    refuse_unread(request, {**chosen, **known})
    header = [
        _("Number"),
        _("Site"),
        _("Assessed on"),
        _("Outcome"),
        _("Consent"),
        _("Criteria"),
        _("Reason"),
        _("Sex"),
        _("Age"),
        _("Attempt before"),
        _("Next attempt"),
    ]
    lines = csv_lines(header, map(_row, _logged(request)), bom=True)
    response = HttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="screening-log.csv"'
    return response


def _is_day(typed: str) -> bool:
    try:
        return bool(date.fromisoformat(typed))
    except ValueError:
        return False


def _row(each: Logged) -> list[object]:
    told = [each.number, each.site.code, each.assessed_on.isoformat(), each.outcome, "Y" if each.consented else "N"]
    attempts = [_number(each.before), _number(each.again)]
    return [*told, " ".join(each.criteria), each.reason, each.sex, each.age, *attempts]


def _number(attempt: Attempt | None) -> str:
    return attempt.number if attempt is not None else ""


def _page(
    request: HttpRequest,
    *,
    form: NewLineEntry | None = None,
    refused: str = "",
    refused_week: str = "",
    status: int = 200,
) -> HttpResponse:
    chosen, kept = _chosen(request), _kept(request)
    size = number_typed(chosen["size"]) if number_typed(chosen["size"]) in PAGE_SIZES else PAGE_SIZES[0]
    everyone = _everyone(request)
    page = Paginator([each for each in everyone if _fits(each, chosen)], size).get_page(request.GET.get("page"))
    silent = silent_weeks(kept, at=clock.now())
    context = {
        "chosen": chosen,
        "query": urlencode({name: value for name, value in chosen.items() if value}),
        "sites": _sites(request),
        "page": page,
        "rows": [(each, Outcome(each.outcome).label) for each in page],
        "outcomes": Outcome.choices,
        "counts": _counts(everyone, chosen),
        "sizes": PAGE_SIZES,
        "size": size,
        "silent": [_weeks_shown(site, silent[site.pk]) for site in kept if site.pk in silent],
        "form": form or (NewLineEntry(sites=kept, initial={"key": new_key()}) if kept else None),
        "refused": refused,
        "refused_week": refused_week,
    }
    return render(request, "eligibility/screening.html", context, status=status)


def _weeks_shown(site: Site, mondays: list[date]) -> tuple[Site, list[date], int, int]:
    """Return a site with the latest of its silent weeks, how many there are, and how many are left out."""
    shown = mondays[-MOST_WEEKS:]
    return site, shown, len(mondays), len(mondays) - len(shown)


def _counts(everyone: list[Logged], chosen: dict[str, str]) -> list[tuple[str, int, str]]:
    """Return the people of these sites by outcome, each number with the list of those behind it."""
    counted = tally(everyone)
    said_of = [(_("Assessed"), sum(counted.values()), "")]
    said_of += [(str(outcome.label), count, outcome.value) for outcome, count in counted.items()]
    return [
        (words, count, urlencode({"site": chosen["site"] or "0", "last": "1", "outcome": outcome}))
        for words, count, outcome in said_of
    ]


def _everyone(request: HttpRequest) -> list[Logged]:
    wanted = number_typed(_chosen(request)["site"])
    return screening_log(site for site in _sites(request) if wanted in (0, site.pk))


def _logged(request: HttpRequest) -> list[Logged]:
    chosen = _chosen(request)
    return [each for each in _everyone(request) if _fits(each, chosen)]


def _fits(each: Logged, chosen: dict[str, str]) -> bool:
    day = each.assessed_on.isoformat()
    return (
        chosen["number"].casefold() in each.number.casefold()
        and chosen["outcome"] in ("", each.outcome)
        and (not chosen["last"] or each.is_last)
        and (not chosen["from"] or chosen["from"] <= day)
        and (not chosen["to"] or day <= chosen["to"])
    )


def _sites(request: HttpRequest) -> list[Site]:
    if not hasattr(request, "log_sites"):
        request.log_sites = log_sites(request.user)  # type: ignore[attr-defined]
    return request.log_sites  # type: ignore[attr-defined]


def _kept(request: HttpRequest) -> list[Site]:
    return [site for site in _sites(request) if may_log(request.user, site)]


def _chosen(request: HttpRequest) -> dict[str, str]:
    asked = request.GET
    names = ("site", "number", "outcome", "from", "to", "last", "size")
    chosen = {name: asked.get(name, "").replace("\0", "").strip()[:32] for name in names}
    if "site" not in asked and (site := request.session.get(SITE_IN_SESSION)):
        chosen["site"] = str(site)
    return chosen
