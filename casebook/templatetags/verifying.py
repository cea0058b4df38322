"""The links between the pages of verification, review, monitoring visits and sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission as P

register = template.Library()

VERIFIES = (P.FORM_VERIFY, P.FORM_LOCK)
PAGES: tuple[tuple[str, str | Promise, tuple[P, ...]], ...] = (
    ("verification", _("To verify"), VERIFIES),
    ("verification-plan", _("Plan"), VERIFIES),
    ("reviews", _("To review"), (P.FORM_REVIEW,)),
    ("monitoring", _("Monitoring visits"), (*VERIFIES, P.FORM_ENTER)),
    ("source-list", _("Source list"), (P.FORM_READ,)),
)


@register.simple_tag(takes_context=True)
def cleaning_links(context: Mapping[str, Any]) -> list[tuple[str, str, str | Promise]]:
    """Return name, address and word of the pages that are open to the reader."""
    user = context["request"].user
    return [
        (name, reverse(name), word)
        for name, word, permissions in PAGES
        if any(user.holds_anywhere(permission) for permission in permissions)
    ]
