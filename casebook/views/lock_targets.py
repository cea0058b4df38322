"""What a lock covers, as an address names it and a person calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.selectors import visible_sites
from audit.numbers import number_typed
from casebook.models import Lock
from casebook.selectors.sight import visible_forms, visible_subjects, visible_visits
from casebook.states import LockLevel
from casebook.words import title_of, visit_title
from protocol.trial import TRIAL


def target_in_sight(request: HttpRequest, level: LockLevel, key: str) -> Any:
    """Return the form, visit, subject or site, None for the trial. Raises Http404."""
    user = request.user
    if level == LockLevel.TRIAL:
        if key != "trial":
            raise Http404
        return None
    if level == LockLevel.SITE:
        return get_object_or_404(visible_sites(user), pk=number_typed(key))
    find: dict[LockLevel, Callable[[], Any]] = {
        LockLevel.FORM: lambda: visible_forms(user).select_related("subject", "visit", "site"),
        LockLevel.VISIT: lambda: visible_visits(user).select_related("subject", "site"),
        LockLevel.SUBJECT: lambda: visible_subjects(user).select_related("site"),
    }
    try:
        return get_object_or_404(find[level](), pk=UUID(key))
    except ValueError as odd:
        raise Http404 from odd


def named(level: LockLevel, target: Any) -> str:
    """Return what a person calls the target."""
    match level:
        case LockLevel.FORM:
            return f"{target.subject.number} · {visit_title(target.visit)} · {title_of(target)}"
        case LockLevel.VISIT:
            return f"{target.subject.number} · {visit_title(target)}"
        case LockLevel.SUBJECT:
            return str(target.number)
        case LockLevel.SITE:
            return f"{target.code} {target.name}"
    return _("The trial %(name)s") % {"name": _(TRIAL.short_name)}


def named_lock(lock: Lock) -> tuple[str, str]:
    """Return name and address of what a wide lock covers."""
    if lock.level == LockLevel.SUBJECT and lock.subject:
        return lock.subject.number, reverse("lock", args=["subject", str(lock.subject_id)])
    if lock.level == LockLevel.SITE and lock.site:
        return lock.site.code, reverse("lock", args=["site", str(lock.site_id)])
    return named(LockLevel.TRIAL, None), reverse("lock", args=["trial", "trial"])


def address_of(level: LockLevel, target: Any) -> str:
    """Return the address where the target itself is shown."""
    match level:
        case LockLevel.FORM:
            return reverse("form", args=[target.pk])
        case LockLevel.VISIT:
            again = f"-{target.repeat}" if target.repeat > 1 else ""
            return f"{reverse('casebook', args=[target.subject_id])}#visit-{target.code}{again}"
        case LockLevel.SUBJECT:
            return reverse("casebook", args=[target.pk])
        case LockLevel.SITE:
            return f"{reverse('locks')}?level=subject&site={target.pk}"
    return f"{reverse('locks')}?level=site"


def where_mended(level: LockLevel, target: Any, name: str) -> str:
    """Return where what stands against a lock is mended."""
    match name:
        case "subjects":
            return f"{reverse('locks')}?{urlencode({'level': 'subject', 'site': target.pk, 'held': 'open'})}"
        case "sites":
            return f"{reverse('locks')}?level=site&held=open"
        case "safety clocks" | "signs of relapse" | "deviations":
            return reverse("safety")
        case "unverified" | "queries" if level != LockLevel.FORM:
            number = target.number if level == LockLevel.SUBJECT else target.subject.number
            return f"{reverse('verification' if name == 'unverified' else 'queries')}?{urlencode({'number': number})}"
    return address_of(level, target)
