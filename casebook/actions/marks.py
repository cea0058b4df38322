"""What people put to a form beside its answers: the signature."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Signature, User
from audit.door import action, record
from casebook.actions.saving import facts_of
from casebook.content import content_hash
from casebook.models import Form
from casebook.ports import after_change
from casebook.rules.marks import may_sign
from casebook.selectors.records import read_once
from casebook.selectors.signatures import ABOUT
from protocol.words import N_

SIGNED_AS_CORRECT = N_("I have reviewed this form; its answers are complete and correct.")


@action(may_sign)
def sign_form(
    form: Form,
    *,
    by: User,
    at: datetime,
    meaning: str = SIGNED_AS_CORRECT,
    version: int | None = None,
    content: str = "",
) -> Signature:
    """Sign the form, in the version and content that was read. A later change voids the signature; it stays, as void."""
    signature = Signature.objects.create(
        signer=by,
        printed_name=by.name,
        meaning=meaning,
        signed_at=at,
        about_kind=ABOUT,
        about_id=form.pk,
        content_hash=content_hash(form),
        site_id=form.site_id,
        subject_id=form.subject_id,
        form_version=form.version,
    )
    facts = {**facts_of(form), "signature": str(signature.pk), "content_hash": signature.content_hash}
    record("casebook.form.signed", subject=form.subject, by=by, at=at, facts=facts)
    read_once(form.subject)
    after_change(form.subject, form=form, by=by, at=at)
    return signature
