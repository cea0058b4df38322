"""Signatures on forms, and whether they still stand: a signature is bound to content, and another content voids it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import connection

from accounts.models import Signature, User
from casebook.content import content_hash
from casebook.models import Form
from protocol.record import BLANK, Answer

ABOUT = "form"
# What was signed, and since when another content stands; for each form one look into the trail of its row.
SINCE_SQL = """
SELECT s.form,
       (SELECT (c.new::jsonb -> 'answers')::text FROM audit_change c
         WHERE c.row_id = s.form::text AND c.table_name = 'casebook_form'
           AND (c.new::jsonb ->> 'version')::integer = s.version ORDER BY c.id LIMIT 1),
       (SELECT e.at FROM audit_change c
          JOIN audit_event e ON e.txid = c.txid AND c.id BETWEEN e.first_change AND e.last_change
         WHERE c.row_id = s.form::text AND c.table_name = 'casebook_form'
           AND (c.new::jsonb ->> 'version')::integer > s.version ORDER BY c.id LIMIT 1)
  FROM unnest(%s::uuid[], %s::integer[]) AS s(form, version)
"""


def signed_already(user: User, forms: Iterable[Form]) -> set[UUID]:
    """Return which of these forms the user has signed as they stand. One query, however many."""
    keyed = {form.pk: form for form in forms}
    kept = Signature.objects.filter(about_kind=ABOUT, about_id__in=list(keyed), signer=user)
    return {
        pk
        for pk, version, content in kept.values_list("about_id", "form_version", "content_hash")
        if version == keyed[pk].version and content == content_hash(keyed[pk])
    }


@dataclass(frozen=True)
class Signed:
    """One signature, and whether the form still has the content it was given for."""

    signature: Signature
    stands: bool


@dataclass(frozen=True)
class Changed:
    """One item that is not what was signed."""

    path: str
    old: Answer
    new: Answer


@dataclass(frozen=True)
class SignatureState:
    """What stands of the signatures on one form: the last one, and if it is void, since when and by which changes."""

    state: Literal["signed", "void", "none"]
    signature: Signature | None = None
    void_since: datetime | None = None
    changes: tuple[Changed, ...] = ()

    @property
    def is_signed(self) -> bool:
        """Whether a signature stands on what the form holds now."""
        return self.state == "signed"

    @property
    def is_void(self) -> bool:
        """Whether the form was signed, and holds something else now."""
        return self.state == "void"

    @property
    def is_foreign(self) -> bool:
        """Whether the signature names this very version and was never given for its content: something was forged."""
        return self.is_void and self.void_since is None


NONE = SignatureState("none")


def signatures_on(form: Form) -> tuple[Signed, ...]:
    """Return every signature the form ever got, the latest first; void ones are shown as void, never hidden."""
    found = Signature.objects.filter(about_kind=ABOUT, about_id=form.pk).order_by("-signed_at", "-id")
    now = content_hash(form)
    return tuple(Signed(signature, signature.content_hash == now) for signature in found)


def signature_state(form: Form) -> SignatureState:
    """Return what stands of the signatures on this form. One query, two where it is void."""
    return signature_states([form])[form.pk]


def signature_states(forms: Iterable[Form]) -> dict[UUID, SignatureState]:
    """Return what stands of the signatures on each of these forms. One query, two where one is void."""
    known = {form.pk: form for form in forms}
    found: dict[UUID, list[Signature]] = defaultdict(list)
    for signature in Signature.objects.filter(about_kind=ABOUT, about_id__in=list(known)).order_by("signed_at", "id"):
        found[signature.about_id].append(signature)
    standing = {pk: _standing(known[pk], signatures) for pk, signatures in found.items()}
    void = {pk: found[pk][-1] for pk, signature in standing.items() if signature is None}
    since = _since(void.values())
    return {pk: _state(form, standing.get(pk), void.get(pk), since) for pk, form in known.items()}


def _state(
    form: Form,
    standing: Signature | None,
    void: Signature | None,
    since: Mapping[UUID, tuple[dict[str, Any], datetime | None]],
) -> SignatureState:
    if standing is not None:
        return SignatureState("signed", standing)
    return _void(form, void, since) if void is not None else NONE


def _standing(form: Form, signatures: Iterable[Signature]) -> Signature | None:
    now = content_hash(form)
    return next((each for each in reversed(list(signatures)) if each.content_hash == now), None)


def _since(signatures: Collection[Signature]) -> Mapping[UUID, tuple[dict[str, Any], datetime | None]]:
    if not signatures:
        return {}
    forms, versions = ([str(each.about_id) for each in signatures], [each.form_version for each in signatures])
    with connection.cursor() as cursor:
        cursor.execute(SINCE_SQL, [forms, versions])
        return {form: (json.loads(answers or "{}"), at) for form, answers, at in cursor.fetchall()}


def _void(
    form: Form, signature: Signature, since: Mapping[UUID, tuple[dict[str, Any], datetime | None]]
) -> SignatureState:
    signed, at = since[form.pk]
    old, new = ({path: Answer.from_json(said) for path, said in each.items()} for each in (signed, form.answers))
    paths = sorted(path for path in old.keys() | new.keys() if old.get(path, BLANK) != new.get(path, BLANK))
    changes = tuple(Changed(path, old.get(path, BLANK), new.get(path, BLANK)) for path in paths)
    return SignatureState("void", signature, at, changes)
