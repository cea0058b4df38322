"""What only real commits can show of the API: no two calls take the last place, no two clicks the last token."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from api import admission
from api.admission import NotAdmitted, count_call
from api.rules import MOST_TOKENS
from audit.decision import Refusal
from tests.api_ground import a_token
from tests.casebook_ground import a_coordinator

pytestmark = pytest.mark.usefixtures("module_db")


def tried(work, count):
    """Run `work(number)` so many times, eight at once; return how many were not refused."""

    def one(number):
        try:
            work(number)
        except (NotAdmitted, Refusal):
            return 0
        finally:
            connections.close_all()
        return 1

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(one, range(count)))


def test_calls_at_once_do_not_take_the_last_place_twice(monkeypatch):
    monkeypatch.setattr(admission, "MOST_CALLS", 20)
    coordinator, at = a_coordinator(), timezone.now()

    assert tried(lambda _number: count_call(coordinator, at=at), 50) == 20


def test_tokens_made_at_once_keep_to_the_limit():
    coordinator = a_coordinator()

    assert tried(lambda number: a_token(coordinator, f"Copy {number}"), 16) == MOST_TOKENS
