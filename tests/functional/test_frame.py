"""The frame in a real browser: the log-in page opens, and nothing on it breaks the content security policy.

1. Somebody opens the address and is led to the log-in page.
2. The browser reports no refused script, style or picture, and asks no other host for anything.
"""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Page


def test_the_log_in_page_opens_without_a_complaint_of_the_browser(site_address: str, page: Page):
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    page.on("request", lambda request: asked.append(request.url))

    page.goto(site_address)

    assert page.url.startswith(f"{site_address}/accounts/login/")
    assert complaints == []
    assert [url for url in asked if not url.startswith(site_address)] == []


def is_complaint(message: ConsoleMessage) -> bool:
    return message.type in {"error", "warning"}
