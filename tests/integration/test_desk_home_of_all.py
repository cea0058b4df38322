"""The home pages of the demonstration: what they cost, and second confirmations possible now and soon."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Site, User
from audit.door import as_actor
from desk.selectors.waiting import Asking, Work
from desk.selectors.work_gate import AHEAD_DAYS, confirmations
from eligibility.kept import judgement_from
from eligibility.models import CriterionVerdict
from protocol.completing import completes
from rehearsal.cast import PARTS

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def firsts_of(row: CriterionVerdict) -> list[date]:
    """Return the days from which on something of this verdict can be completed."""
    judgement = judgement_from(vars(row))
    return [need.not_before for need in judgement.needs if need.not_before and completes(need, judgement)]


class TestTheDemonstration:
    @pytest.fixture(autouse=True)
    def _there(self, rehearsed_db: str) -> None:
        return

    def test_asks_no_more_than_forty_queries_of_whoever_has_most_to_do(self):
        asked = {}
        for part in PARTS:
            client = Client(HTTP_HOST="localhost")
            client.force_login(User.objects.get(email=part.email), backend=BACKEND)
            client.get("/")
            with CaptureQueriesContext(connection) as captured:
                assert client.get("/").status_code == 200
            asked[part.email] = len(captured)

        assert max(asked.values()) <= 40, asked

    def test_counts_apart_the_second_confirmations_possible_now_and_those_possible_soon(self):
        coordinator = User.objects.get(email="coordinator@example.org")
        with as_actor(coordinator):
            sites = Site.objects.filter(pk__in=coordinator.site_ids())
            rows = CriterionVerdict.objects.filter(criterion="I05", subject__stage="screening", site__in=sites)
            days = [
                min(date.fromisoformat(need["not_before"]) for need in row.needs if "not_before" in need)
                for row in rows.exclude(evidence=[])
                if row.needs and "not_before" in row.needs[0]
            ]
            first = min(days)
            before, there = (self.asked(coordinator, on) for on in (first - timedelta(days=1), first))

        assert [work.title for work in before] == [
            "Second confirmations possible now",
            "Second confirmations possible soon",
        ]
        assert [(work.count, work.waits) for work in before] == [
            (0, True),
            (sum(day <= first + timedelta(days=AHEAD_DAYS - 1) for day in days), False),
        ]
        assert f"from {first.day} {first:%b %Y}" in before[1].lines[0].text
        assert there[0].count == days.count(first)
        assert "possible now" in there[0].lines[0].text

    def test_reads_no_more_candidates_than_it_shows_however_many_wait(self, monkeypatch):
        coordinator = User.objects.get(email="coordinator@example.org")
        with as_actor(coordinator):
            sites = Site.objects.filter(pk__in=coordinator.site_ids())
            here = CriterionVerdict.objects.filter(criterion="I05", subject__stage="screening", site__in=sites)
            rows = [row for row in here.exclude(evidence=[]) if firsts_of(row)]
            last = max(min(firsts_of(row)) for row in rows)
            monkeypatch.setattr("desk.selectors.waiting.SHOWN", 1)
            with CaptureQueriesContext(connection) as captured:
                now, soon = self.asked(coordinator, last)

        assert len(rows) > 1
        assert (now.count, len(now.lines)) == (len(rows), 1)
        assert (soon.count, soon.lines) == (0, ())
        assert len([each for each in captured if "I05" in each["sql"]]) == 1

    def test_tells_of_a_second_confirmation_two_weeks_before_its_first_day_and_no_earlier(self):
        coordinator = User.objects.get(email="coordinator@example.org")
        with as_actor(coordinator):
            rows = CriterionVerdict.objects.filter(criterion="I05", subject__stage="screening").exclude(evidence=[])
            first_day = min(
                date.fromisoformat(row.needs[0]["not_before"])
                for row in rows
                if row.needs and "not_before" in row.needs[0]
            )
            told, not_yet = (
                self.told(coordinator, first_day - timedelta(days=days)) for days in (AHEAD_DAYS, AHEAD_DAYS + 1)
            )

        assert told >= 1
        assert not_yet == 0

    def told(self, user: User, on: date) -> int:
        return sum(work.count for work in self.asked(user, on))

    def asked(self, user: User, on: date) -> list[Work]:
        sites = list(Site.objects.filter(pk__in=user.site_ids()))
        return list(confirmations(Asking(user, sites, datetime.combine(on, time(4), UTC))))
