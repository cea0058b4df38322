"""Every page of the demonstration that links lead to: no obstacle, no complaint of the browser, room on a telephone.

1. Everybody follows every link of their home page, and one person of each role every kind of link they are offered;
   no link fails.
2. A page of each kind is read by the accessibility scan, and is no wider than 360 pixels.
3. What no link leads to stands in a list with its reason, so that a new page nobody can reach is found.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, ConsoleMessage, Page

from accounts.models import User
from rehearsal.cast import PARTS
from tests.obstacles import assert_no_serious_obstacle, is_too_wide
from tests.permissions_table import ADDRESSES
from tests.signed_in import BACKEND, let_in

TELEPHONE, DESK = {"width": 360, "height": 780}, {"width": 1280, "height": 900}
LINK = re.compile(r'href="(/[^"#]*)')

NOT_BY_A_LINK = {
    "asked by a program": {
        "api-form",
        "api-forms",
        "api-subject",
        "api-subjects",
        "api-verdicts",
        "api-visits",
        "health",
    },
    "asked by a script": {"codes", "form-resume"},
    "a form that is sent leads there": {"subject-jump", "export-table"},
    "before the log-in, or a step of it": {
        "account_inactive",
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_set_password",
        "mfa_authenticate",
        "mfa_deactivate_totp",
        "mfa_download_recovery_codes",
        "mfa_edit_webauthn",
        "mfa_generate_recovery_codes",
        "mfa_list_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "mfa_view_recovery_codes",
    },
    "the banner of a demonstration leads there, and this is a test": {"days-pass"},
    "only the first page of each kind is opened: another subject, report or list leads there": {
        "download",
        "file",
        "file-withdraw",
        "import-batch",
    },
}


@cache
def name_of(path: str) -> str:
    try:
        return resolve(urlsplit(path).path).url_name or ""
    except Resolver404:
        return ""


def links_in(page: str) -> list[str]:
    return [html.unescape(link) for link in LINK.findall(page)]


@dataclass
class Found:
    """The kinds of pages that links lead to, each with who came to it and where it stood; and links that failed."""

    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)

    def follow(self, email: str, *, beyond_home: bool) -> None:
        """Let one person follow every link that home shows, and beyond it a link of every kind they are offered."""
        client = Client(HTTP_HOST="localhost")
        client.force_login(User.objects.get(email=email), backend=BACKEND)
        home = client.get("/")
        assert home.status_code == 200, email
        self.pages.setdefault("home", (email, "/"))
        frame, main = home.content.decode().split("<main")
        seen, waiting = {"account_logout", "home"}, links_in(frame)
        for path in dict.fromkeys(links_in(main)):
            waiting += self.links_of(client, email, name_of(path), path)
            seen.add(name_of(path))
        while beyond_home and waiting:
            path = waiting.pop(0)
            name = name_of(path)
            if name and name not in seen:
                seen.add(name)
                waiting += self.links_of(client, email, name, path)

    def links_of(self, client: Client, email: str, name: str, path: str) -> list[str]:
        answer = client.get(path, follow=True)
        if answer.status_code != 200:
            self.failed.append(f"{email} {path}: {answer.status_code}")
        elif not answer.headers.get("Content-Type", "").startswith("text/html"):
            self.files.add(name)
        else:
            self.pages.setdefault(name, (email, path))
            return links_in(answer.content.decode())
        return []


@pytest.fixture(scope="module")
def found(rehearsed_db: str) -> Found:
    found = Found()
    for part in PARTS:
        # Beyond home, a second person of a role is offered the same.
        found.follow(part.email, beyond_home=not part.mark)
    return found


@dataclass
class Look:
    """One browser; what is wrong with a page is kept with its address."""

    browser: Browser
    address: str
    wrong: list[str] = field(default_factory=list)

    def at(self, email: str, paths: Iterable[str]) -> None:
        context = self.browser.new_context(viewport=DESK)
        page = context.new_page()
        page.on("console", lambda message: self.hear(page, message))
        let_in(context, self.address, email)
        for path in paths:
            page.goto(f"{self.address}{path}")
            self.judge(page, email)
        context.close()

    def judge(self, page: Page, email: str) -> None:
        try:
            assert_no_serious_obstacle(page)
        except AssertionError as obstacle:
            self.wrong.append(f"{email} {page.url}: {obstacle}")
        page.set_viewport_size(TELEPHONE)
        if is_too_wide(page):
            self.wrong.append(f"{email} {page.url}: wider than a telephone")
        page.set_viewport_size(DESK)

    def hear(self, page: Page, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"{page.url}: {message.text}")


@pytest.fixture(scope="module")
def looked(found: Found, browser: Browser, demo_address: str) -> Look:
    look = Look(browser, demo_address)
    of: dict[str, list[str]] = defaultdict(list)
    for email, path in found.pages.values():
        of[email].append(path)
    for email, paths in of.items():
        look.at(email, paths)
    return look


def test_no_link_fails(found):
    assert found.failed == []


def test_every_page_is_reached_by_links(found):
    named = {address.name for address in ADDRESSES if not address.post}
    excused = frozenset().union(*NOT_BY_A_LINK.values())

    assert sorted(named - found.pages.keys() - found.files - excused) == []
    assert sorted(excused & found.pages.keys()) == []


def test_no_page_has_an_obstacle_a_complaint_or_is_too_wide(looked):
    assert looked.wrong == []
