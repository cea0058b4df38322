"""The home page of everybody in the demonstration: it leads nobody to a closed page."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client

from accounts.models import Site, User
from audit.door import as_actor
from desk.selectors.waiting import Asking
from desk.selectors.work_gate import AHEAD_DAYS, confirmations
from eligibility.models import CriterionVerdict
from rehearsal.cast import PARTS

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class TestTheDemonstration:
    @pytest.fixture(autouse=True)
    def _there(self, rehearsed_db: str) -> None:
        return

    @pytest.mark.parametrize("email", [part.email for part in PARTS])
    def test_leads_nobody_to_a_page_they_may_not_open(self, email):
        client = Client(HTTP_HOST="localhost")
        client.force_login(User.objects.get(email=email), backend=BACKEND)
        shown = client.get("/").content.decode().split("<main")[1]

        links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)', shown)}

        assert {link: client.get(link, follow=True).status_code for link in links} == dict.fromkeys(links, 200)

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
        sites = list(Site.objects.filter(pk__in=user.site_ids()))
        (work,) = confirmations(Asking(user, sites, datetime.combine(on, time(4), UTC)))
        return work.count
