"""The data manager's review of versions: what waits, one form, and many of a list at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.gate import posted_from
from accounts.narrowing import refuse_unread
from accounts.roles import Permission
from audit import clock
from audit.decision import Refusal
from audit.numbers import number_typed
from casebook.actions.verifying import review_form
from casebook.entry.verifying import compared
from casebook.models import Form
from casebook.rules.verifying import may_review
from casebook.selectors.sight import visible_forms
from casebook.selectors.verifying import next_to_review, reviewable, reviews_of, to_review
from casebook.states import Reviewed
from casebook.views.form_lists import PAGE_SIZES, Narrowed, around, csv_of, page_of, placed, placed_titles
from casebook.views.sight import form_in_sight
from casebook.words import said, title_of, visit_title


@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """List the forms that wait for review."""
    narrowed = Narrowed.asked(request, Reviewed.values)
    page = page_of(request, narrowed, _rows(request, narrowed))
    context = {**around(request, narrowed), "page": page, "states": [*Reviewed.choices, ("all", _("All"))]}
    return render(request, "casebook/verify_reviews.html", context)


@require_GET
def reviews_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered list as CSV, all pages of it. Raises StrangeField."""
    narrowed = Narrowed.asked(request, Reviewed.values)
    refuse_unread(request, asdict(narrowed))
    header = [*placed_titles(), _("State"), _("Version"), _("Version reviewed")]
    rows = [
        [*placed(form), str(Reviewed(form.reviewed).label), form.version, form.reviewed_version]
        for form in _rows(request, narrowed)
    ]
    return csv_of("review.csv", header, rows)


def _rows(request: HttpRequest, narrowed: Narrowed) -> QuerySet[Any]:
    forms = reviewable(request.user)
    return narrowed.rows(forms, state_field="reviewed", waiting=to_review(forms))


@posted_from("reviews")
def reviews_mark(request: HttpRequest) -> HttpResponse:
    """Mark the ticked forms of the list as reviewed, each in the version that the list showed."""
    asked, back = (
        dict(_asked(request.POST.getlist("form"))),
        f"{reverse('reviews')}?{request.POST.get('query', '')[:400]}",
    )
    if not asked:
        messages.warning(request, _("Tick at least one."))
        return redirect(back)
    began = clock.now()
    forms = visible_forms(request.user).filter(pk__in=list(asked)).select_related("subject", "site", "visit")
    done, refused = 0, []
    for form in forms.order_by("pk"):
        try:
            made = review_form(form, by=request.user, at=began, version=asked[form.pk])
        except Refusal as refusal:
            refused.append(f"{form.subject.number} {title_of(form)}: {said(refusal.sentence)}")
        else:
            done += made.reviewed_at == began
    if done:
        text = ngettext("%(count)s form is reviewed.", "%(count)s forms are reviewed.", done)
        messages.success(request, text % {"count": done})
    elif not refused:
        messages.info(request, _("What you ticked is reviewed already."))
    for sentence in refused:
        messages.warning(request, sentence)
    return redirect(back)


def _asked(listed: list[str]) -> Iterable[tuple[UUID, int]]:
    """Yield key and version of each tick; what cannot be read is no tick."""
    for text in listed[: max(PAGE_SIZES)]:
        key, _colon, version = text.partition(":")
        try:
            yield UUID(key), number_typed(version, otherwise=-1)
        except ValueError:
            continue


@require_http_methods(["GET", "POST"])
def form_review(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Show one form for reading, and mark this version as reviewed."""
    form = form_in_sight(request, form_id)
    if request.method == "GET":
        return _read(request, form)
    version = request.POST.get("version", "")
    try:
        review_form(form, by=request.user, at=clock.now(), version=number_typed(version, otherwise=-1))
    except Refusal as refusal:
        return _read(request, form_in_sight(request, form.pk), refused=said(refusal.sentence))
    messages.success(request, _("This version is reviewed."))
    following = next_to_review(request.user, form) if request.POST.get("act") == "next" else form.pk
    return redirect(reverse("form-review", args=[following]) if following else reverse("reviews"))


def _read(request: HttpRequest, form: Form, *, refused: str = "") -> HttpResponse:
    context = {
        "form": form,
        "sheet": compared(form, request.user, at=clock.now()),
        "reviews": reviews_of(form),
        "decision": may_review(request.user, form),
        "following": next_to_review(request.user, form),
        "asks": request.user.holds(Permission.QUERY_OPEN, at=form.site_id),
        "refused": refused,
        "form_title": title_of(form),
        "visit_title": visit_title(form.visit),
    }
    return render(request, "casebook/verify_review.html", context, status=409 if refused else 200)
