"""The content of a form as it is signed: which form it is, under which protocol, and every answer as stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts import signing
from casebook.models import Form

FORMAT = "edc-form-1"


def content_of(form: Form) -> Mapping[str, Any]:
    """Return what a signature on a form binds. Derived values are not in it: they are computed from the answers."""
    return {
        "format": FORMAT,
        "form": str(form.pk),
        "subject": str(form.subject_id),
        "crf": form.crf,
        "repeat": form.repeat,
        "protocol_version": form.protocol_version,
        "state": str(form.state),
        "not_done_reason": form.not_done_reason,
        "answers": form.answers,
    }


def content_hash(form: Form) -> str:
    """Return the SHA-256, in hexadecimal, of the content as canonical JSON in UTF-8: keys sorted, no spaces."""
    return signing.content_hash(content_of(form))
