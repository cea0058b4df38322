"""Rules over signatures, and over every mark that people put to a form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from accounts.models import User
from accounts.roles import Permission, signing_permission
from accounts.rules import may, term
from audit.decision import YES, Decision, no
from casebook.content import content_hash
from casebook.models import Form
from casebook.rules.evaluating import may_sign_evaluation
from casebook.rules.locks import may_touch
from casebook.selectors.evaluations import CHART
from casebook.selectors.sight import is_hidden
from casebook.selectors.signing import EVALUATIONS, before_signing, open_queries_of
from casebook.selectors.standing import held_over_each, standing_over
from casebook.states import FormState
from protocol.trial import TRIAL
from protocol.words import N_

DONE = (FormState.COMPLETE, FormState.NOT_DONE)
CHANGED_MEANWHILE = N_("This form was changed while you read it. Read it again, then sign. It was not signed.")
OPEN_QUERIES = N_("Answer the open queries of this form before signing (%(count)s left).")
NO_RECORD = N_("Attach the record of the chart to this form as a file before it is signed.")
SIGNED_ALREADY = N_("You have signed this version of the form already.")
NOT_COMPLETE = N_("This form is %(state)s. It has to be complete first.")


def may_sign(user: User, form: Form, *, version: int | None = None, content: str = "") -> Decision:
    """Whether the user may sign what was read, by default what stands; the page asks the password.

    `version` and `content`, the hash of the answers, are what the page showed.
    """
    if not (decision := may_mark(user, form, signing_needed(user, form))):
        return decision
    if version not in (None, form.version) or content not in ("", content_hash(form)):
        return no(CHANGED_MEANWHILE)
    if not (decision := may_sign_evaluation(user, form)):
        return decision
    stands = before_signing(form, by=user)
    if stands.open_queries:
        return no(OPEN_QUERIES, count=stands.open_queries)
    if is_record(form) and not stands.has_file:
        return no(NO_RECORD)
    if content_hash(form) in stands.signed:
        return no(SIGNED_ALREADY)
    return YES


def may_sign_each(user: User, forms: Collection[Form]) -> Mapping[UUID, Decision]:
    """Whether each of these forms, found waiting for this person, can be signed now. Two queries, however many."""
    held, asked = held_over_each(forms), open_queries_of(forms)
    found: dict[UUID, Decision] = {}
    for form in forms:
        decision = may(user, signing_needed(user, form), form.site) and may_touch(held[form.pk])
        count = asked.get(form.pk, 0)
        found[form.pk] = no(OPEN_QUERIES, count=count) if decision and count else decision
    return found


def signing_needed(user: User, form: Form) -> Permission:
    """Return what the user's role has to include before this form can be signed by them."""
    # An evaluation is signed by its author; an investigator signs every other form, and a transcribed chart record.
    own = signing_permission(TRIAL.crf(form.crf).task)
    return own if form.entered_by_id == user.pk and not is_record(form) else Permission.FORM_SIGN


def is_record(form: Form) -> bool:
    """Whether the form is an evaluation that somebody transcribed from a record of the chart."""
    return form.crf in EVALUATIONS and form.answers.get("source", {}).get("value") == CHART


def may_mark(user: User, form: Form, permission: Permission) -> Decision:
    """Whether the user may put a mark of this kind to the form: it is complete, open to it and in sight."""
    held = standing_over(form)
    if not (decision := may(user, permission, form.site)):
        return decision
    if not (decision := may_touch(held)):
        return decision
    if form.state not in DONE:
        return no(NOT_COMPLETE, state=term(FormState(form.state).value))
    if is_hidden(form, user):
        return no(N_("This evaluation is blinded until enough evaluations of the question are complete."))
    return YES
