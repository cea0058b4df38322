"""The listings of safety: adverse events with their CSV, deviations with their CSV, and explaining a deviation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.narrowing import refuse_unread
from audit import clock
from audit.decision import Refusal
from casebook.models import Form
from casebook.selectors.records import answers_of
from casebook.words import answer_in_words, said
from followup.actions.deviations import explain_deviation
from followup.models import Deviation
from followup.rules.safety import may_explain_deviation
from followup.safety_listing import Chosen, choices_of, event_cells, event_titles
from followup.selectors.safety import adverse_events, arm_sites, entered_deviations, safety_sites, visible_deviations
from followup.states import OF_ONE_ARM, DeviationKind, Severity
from followup.views.safety import PAGE_SIZE, chosen_in, frame_of_list
from paper.tables import csv_lines
from protocol.codelists import CTCAE_GRADE
from protocol.codelists_safety import EVENT_OUTCOME
from protocol.language import YES_NO
from protocol.record import BLANK
from protocol.trial import TRIAL
from protocol.words import Sentence


@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """List the adverse events."""
    chosen, user = chosen_in(request), request.user
    page = Paginator(_events(request, chosen), PAGE_SIZE).get_page(request.GET.get("page"))
    arms = arm_sites(user)
    context = {
        **frame_of_list(user, chosen),
        "page": page,
        "titles": event_titles(),
        "rows": [(form, event_cells(form, arms)) for form in page],
        "grades": choices_of(CTCAE_GRADE.codes),
        "outcomes": choices_of(EVENT_OUTCOME.codes),
        "answers": choices_of(YES_NO.codes),
    }
    return render(request, "followup/safety_events.html", context)


@require_GET
def events_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered list as CSV, all pages of it. Raises StrangeField."""
    chosen = chosen_in(request)
    refuse_unread(request, asdict(chosen))
    forms, arms = list(_events(request, chosen)), arm_sites(request.user)
    header = [_("Subject"), _("Site"), *event_titles(), _("State")]
    rows = [
        [form.subject.number, form.site.code, *event_cells(form, arms), str(form.get_state_display())] for form in forms
    ]
    return _csv(csv_lines(header, rows, bom=True), "adverse-events.csv")


def _events(request: HttpRequest, chosen: Chosen) -> QuerySet[Form]:
    return chosen.events(adverse_events(request.user, chosen.sites_of(safety_sites(request.user))))


@require_GET
def deviations(request: HttpRequest) -> HttpResponse:
    """List the deviations that follow from the record, and those that people entered."""
    chosen, user = chosen_in(request), request.user
    sites = chosen.sites_of(safety_sites(user))
    entered = list(chosen.of_subject(entered_deviations(user, sites))[: PAGE_SIZE + 1])
    context = {
        **frame_of_list(user, chosen),
        "page": Paginator(_deviations(request, chosen), PAGE_SIZE).get_page(request.GET.get("page")),
        "entered": [(form, _said_of(form)) for form in entered[:PAGE_SIZE]],
        "more_entered": len(entered) > PAGE_SIZE,
        "severities": Severity.choices,
        "kinds": DeviationKind.choices if arm_sites(user) else _kinds_of_both_arms(),
    }
    return render(request, "followup/safety_deviations.html", context)


@require_GET
def deviations_csv(request: HttpRequest) -> HttpResponse:
    """Give the deviations that follow from the record as CSV, all pages of the filtered list. Raises StrangeField."""
    chosen = chosen_in(request)
    refuse_unread(request, asdict(chosen))
    header = [
        _("Subject"),
        _("Site"),
        _("Occurred on"),
        _("Severity"),
        _("Deviation"),
        _("Cause"),
        _("Action"),
        _("State"),
    ]
    return _csv(csv_lines(header, _rows(_deviations(request, chosen)), bom=True), "deviations.csv")


def _rows(found: QuerySet[Deviation]) -> Iterator[list[str]]:
    for each in found:
        state = _("Fallen") if each.closed_at else _("Stands")
        words = [said(Sentence.from_json(each.sentence), coded=True), each.cause, each.action, state]
        severity = str(each.get_severity_display())
        yield [each.subject.number, each.site.code, each.occurred_on.isoformat(), severity, *words]


def _deviations(request: HttpRequest, chosen: Chosen) -> QuerySet[Deviation]:
    sites = chosen.sites_of(safety_sites(request.user))
    rows = visible_deviations(request.user).filter(site__in=sites).select_related("subject", "site", "explained_by")
    return chosen.deviations(rows).order_by("-occurred_on", "subject__number", "pk")


def _kinds_of_both_arms() -> list[tuple[str, str]]:
    return [(kind.value, str(kind.label)) for kind in DeviationKind if kind not in OF_ONE_ARM]


def _said_of(form: Form) -> dict[str, str]:
    """Return what the list shows of a deviation that a person entered."""
    crf, answers = TRIAL.crf(form.crf), answers_of(form)
    said_at = {name: answers.get(name, BLANK) for name in ("occurred_on", "category", "severity", "description")}
    return {name: answer_in_words(crf.item(name), answer) for name, answer in said_at.items()}


@require_http_methods(["GET", "POST"])
def deviation(request: HttpRequest, deviation_id: UUID) -> HttpResponse:
    """Show one deviation, and say what caused it and what is done about it."""
    rows = visible_deviations(request.user).select_related("subject", "site", "explained_by")
    found = get_object_or_404(rows, pk=deviation_id)
    cause, action = (request.POST.get(name, getattr(found, name)) for name in ("cause", "action"))
    refused = ""
    if request.method == "POST":
        try:
            explain_deviation(found, by=request.user, at=clock.now(), cause=cause, action=action)
        except Refusal as refusal:
            refused = said(refusal.sentence)
        else:
            messages.success(request, _("The deviation is explained."))
            return redirect("safety-deviations")
    context = {
        "deviation": found,
        "decision": may_explain_deviation(request.user, found),
        "cause": cause,
        "action": action,
        "refused": refused,
    }
    return render(request, "followup/safety_deviation.html", context, status=409 if refused else 200)


def _csv(lines: Iterator[str], name: str) -> HttpResponse:
    response = HttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
