"""Idempotency: the answer to a key is stored in the transaction of the save itself, so one click more changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

from accounts.models import User
from accounts.signing import content_hash
from audit.decision import Refusal
from casebook.models import SaveReceipt
from protocol.words import N_, sentence

M = TypeVar("M", bound=Model)

KEEP_SQL = """
INSERT INTO casebook_savereceipt (key, author_id, site_id, verb, request_hash, answer, saved_at)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
"""
KEY_USED = N_("This page was already sent with other answers. Open the form again and enter them there.")


def request_hash(**request: Any) -> str:
    """Return the hash of everything a request asks for; the same key must always ask for the same."""
    return content_hash(request)


def earlier_answer(by: User, *, key: str, asked: str) -> Mapping[str, Any] | None:
    """Return the answer given to this key before, or None. Raises Refusal where the key asked for something else."""
    receipt = SaveReceipt.objects.filter(author=by, key=key).first()
    if receipt is None:
        return None
    if receipt.request_hash != asked:
        raise Refusal(sentence(KEY_USED))
    return dict(receipt.answer)


def keep_receipt(
    by: User, *, site_id: int, key: str, verb: str, asked: str, answer: Mapping[str, Any], at: datetime
) -> None:
    """Keep the answer under its key. Raises Refusal where the key was used before for something else."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP_SQL, [key, str(by.pk), site_id, verb, asked, json.dumps(answer), at])
        kept = cursor.fetchone()
    if kept is None:
        earlier_answer(by, key=key, asked=asked)


def made_before(model: type[M], *, by: User, key: str, asked: str) -> M | None:
    """Return the row that this key made before, or None. Raises Refusal where the key asked for something else."""
    earlier = earlier_answer(by, key=key, asked=asked) if key else None
    return None if earlier is None else model._default_manager.get(pk=earlier["made"])


def keep_made(row: Any, *, by: User, key: str, verb: str, asked: str, at: datetime) -> None:
    """Keep the row made under its key, where the page sent one."""
    if key:
        keep_receipt(by, site_id=row.site_id, key=key, verb=verb, asked=asked, answer={"made": str(row.pk)}, at=at)
