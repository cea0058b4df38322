"""Template tags that list the files of a form or of a subject, for whoever reads the page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from audit.decision import Decision
from casebook.models import Form, Subject
from casebook.selectors.files import files_of, files_of_form
from casebook.selectors.presence import Present

register = template.Library()
FEW = 8


@register.inclusion_tag("casebook/files_of.html", takes_context=True)
def files_of_a_form(context: Context, form: Form, present: Present, decision: Decision | None = None) -> dict[str, Any]:
    """List the files of a form, if there are any; `decision` is whether the reader may save it, and so bring one."""
    files = list(files_of_form(context["request"].user, form)) if present.files else []
    return {"form": form, "files": files, "decision": decision}


@register.inclusion_tag("casebook/files_of_subject.html", takes_context=True)
def files_of_a_subject(context: Context, subject: Subject) -> dict[str, Any]:
    """List the latest files of a subject that stand. One query."""
    standing = files_of(context["request"].user, subject).filter(withdrawn_at__isnull=True)
    return {"subject": subject, "files": list(standing[:FEW])}
