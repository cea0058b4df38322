"""Finds rows within a person's sight; what is outside does not exist."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from casebook.models import Form, Query, Subject
from casebook.selectors.opened import opened_form
from casebook.selectors.sight import is_hidden, visible_queries, visible_subjects
from protocol.language import Group, Item
from protocol.trial import TRIAL


def form_in_sight(request: HttpRequest, form_id: UUID) -> Form:
    """Return the form with its subject, visit and site. Raises Http404."""
    # As `visible_forms`, but for one form: what hides others is not asked of a form that nothing can hide.
    form = opened_form(form_id, sites=request.user.site_ids())
    if form is None or is_hidden(form, request.user):
        raise Http404
    return form


def subject_in_sight(request: HttpRequest, subject_id: UUID) -> Subject:
    """Return the subject with its site. Raises Http404."""
    return get_object_or_404(visible_subjects(request.user).select_related("site"), pk=subject_id)


def query_in_sight(request: HttpRequest, query_id: UUID) -> Query:
    """Return the query with its form. Raises Http404."""
    queries = visible_queries(request.user).select_related("form__visit", "form__subject", "site", "opened_by")
    return get_object_or_404(queries, pk=query_id)


def item_at(form: Form, path: str) -> Item:
    """Return the item at a path of the form. Raises Http404."""
    try:
        item = TRIAL.crf(form.crf).item(path)
    except KeyError as unknown:
        raise Http404 from unknown
    if isinstance(item, Group):
        raise Http404
    return item
