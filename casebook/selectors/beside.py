"""What a save must know around its form, in one query: the other forms of the subject, and what hangs on this one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef

from accounts.models import User
from casebook.models import Draft, Form, Laboratory, Query, Verification
from casebook.selectors.records import forms_with_signers, with_visits


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The other forms; whether this one was verified, has queries of checks, or a draft; which laboratories exist."""

    others: tuple[Form, ...]
    is_verified: bool
    is_asked: bool
    is_drafted: bool
    laboratories: frozenset[str]


def beside(form: Form, *, author: User, laboratories: Iterable[str]) -> Beside:
    """Return what stands beside and on the form, and which of the laboratories exist; visit and signers are read too."""
    named = Laboratory.objects.filter(code__in=list(laboratories))
    forms = forms_with_signers([form.subject_id]).annotate(
        is_verified=Exists(Verification.objects.filter(form=OuterRef("pk"), fallen_at__isnull=True)),
        is_asked=Exists(Query.objects.filter(form=OuterRef("pk")).exclude(check_id="")),
        is_drafted=Exists(Draft.objects.filter(form=OuterRef("pk"), author=author)),
        laboratories=ArraySubquery(named.values("code")),
    )
    found = {each.pk: each for each in with_visits(forms)}
    this = found.pop(form.pk)
    form.visit = this.visit
    form.signers = this.signers  # type: ignore[attr-defined]
    return Beside(
        others=tuple(found.values()),
        is_verified=this.is_verified,
        is_asked=this.is_asked,
        is_drafted=this.is_drafted,
        laboratories=frozenset(this.laboratories or ()),
    )
