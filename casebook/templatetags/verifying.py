"""The links from a form to its verification and its review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission as P
from casebook.models import Form
from casebook.rules.marks import DONE

register = template.Library()


@register.simple_tag(takes_context=True)
def form_cleaning_links(context: Mapping[str, Any], form: Form) -> list[tuple[str, str | Promise]]:
    """Return address and word of what the reader may do with a form that is done: verify it, review it."""
    if form.state not in DONE:
        return []
    user = context["request"].user
    acts = ((P.FORM_VERIFY, "form-verify", _("Verify")), (P.FORM_REVIEW, "form-review", _("Review")))
    return [(reverse(name, args=[form.pk]), word) for asked, name, word in acts if user.holds(asked, at=form.site_id)]
