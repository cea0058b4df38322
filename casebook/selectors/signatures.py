"""Signatures on forms, and whether they still stand: a signature is bound to content, and another content voids it."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Signature
from casebook.content import content_hash
from casebook.models import Form

ABOUT = "form"


@dataclass(frozen=True)
class Signed:
    """One signature, and whether the form still has the content it was given for."""

    signature: Signature
    stands: bool


def signatures_on(form: Form) -> tuple[Signed, ...]:
    """Return every signature the form ever got, the latest first; void ones are shown as void, never hidden."""
    found = Signature.objects.filter(about_kind=ABOUT, about_id=form.pk).order_by("-signed_at", "-id")
    now = content_hash(form)
    return tuple(Signed(signature, signature.content_hash == now) for signature in found)
