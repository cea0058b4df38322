"""The content of a form as it is signed: which form it is, under which protocol, and every answer as stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts import signing
from casebook.models import Form

FORMAT = "edc-form-1"


BOUND = ("crf", "repeat", "protocol_version", "state", "not_done_reason", "answers")


def content_of(form: Form) -> Mapping[str, Any]:
    """Return what a signature on a form binds. Derived values are not in it: they are computed from the answers."""
    row = {name: getattr(form, name) for name in BOUND}
    return content_of_row({**row, "id": str(form.pk), "subject_id": str(form.subject_id), "state": str(form.state)})


def content_of_row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the same of a form's row as the trail keeps it."""
    named = {"format": FORMAT, "form": row["id"], "subject": row["subject_id"]}
    return {**named, **{name: row[name] for name in BOUND}}


def content_hash(form: Form) -> str:
    """Return the SHA-256, in hexadecimal, of the content as canonical JSON in UTF-8: keys sorted, no spaces."""
    return signing.content_hash(content_of(form))
