"""Which form comes next for whoever enters a casebook."""

from __future__ import annotations

from accounts.models import User
from casebook.models import Form
from casebook.selectors.records import in_order
from casebook.selectors.sight import visible_forms
from casebook.states import FormState
from protocol.trial import TRIAL

ORDER = {crf.code: number for number, crf in enumerate(TRIAL.crfs)}
TO_ENTER = (FormState.NOT_STARTED, FormState.IN_PROGRESS)


def in_page_order(forms: list[Form]) -> list[Form]:
    """Return forms in the order of the casebook page: by visit, then as the protocol lists the CRFs."""
    return sorted(in_order(forms), key=lambda form: (_visit(form), ORDER[form.crf], form.repeat))


def _visit(form: Form) -> tuple[int, int]:
    return (TRIAL.visit(form.visit.code).number, form.visit.repeat) if form.visit else (0, 0)


def next_to_enter(form: Form, *, by: User) -> Form | None:
    """Return the next form of the subject that wants entry, after this one and then from the beginning; None at the end."""
    forms = in_page_order(list(visible_forms(by).filter(subject=form.subject_id).select_related("visit")))
    here = next((number for number, each in enumerate(forms) if each.pk == form.pk), -1)
    waiting = [each for each in (*forms[here + 1 :], *forms[: max(here, 0)]) if each.state in TO_ENTER]
    return waiting[0] if waiting else None
