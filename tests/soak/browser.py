"""A person at a browser, as little of one as the server needs: cookies, log-in, forms read from the page and posted."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.soak.ledger import LOST

PATIENCE_SECONDS = 30


class NotInThePage(AssertionError):
    """A page lacks what was looked for."""


@dataclass(frozen=True)
class Answer:
    """What came back; `status` 0 where nothing did."""

    status: int
    body: str = ""
    location: str = ""

    @property
    def said(self) -> str:
        """Return how the ledger calls it; a way back to the log-in is no acknowledgement."""
        if not self.status:
            return LOST
        return "logged out" if "/accounts/login" in self.location else str(self.status)


@dataclass
class Person:
    """Somebody logged in at one browser. One thread at a time; `beside` gives a second window of the same session."""

    email: str
    password: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def log_in(self) -> Person:
        """Log in through the page, password and all."""
        form = form_in(self.get("/accounts/login/").body, "password")
        answer = self.post("/accounts/login/", {**form, "login": self.email, "password": self.password})
        if answer.status != 302 or "sessionid" not in self.cookies:
            raise NotInThePage(f"{self.email} cannot log in: {answer.status}")
        return self

    def beside(self) -> Person:
        """Return another window of the same browser."""
        return Person(self.email, self.password, self.port, dict(self.cookies))

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._asked("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form."""
        return self._asked("POST", path, body=urlencode(fields), type="application/x-www-form-urlencoded")

    def post_and_leave(self, path: str, fields: Mapping[str, str]) -> None:
        """Send a form and close the window before the answer comes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        headers = self._headers("application/x-www-form-urlencoded")
        connection.request("POST", path, body=urlencode(fields), headers=headers)
        connection.close()

    def _asked(self, method: str, path: str, *, body: str | None = None, type: str = "") -> Answer:
        # A connection of its own for each request: nothing is sent twice behind the ledger's back.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body=body, headers=self._headers(type))
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            return Answer(0)
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Answer(response.status, text, response.headers.get("Location", ""))

    def _headers(self, type: str) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = {"Cookie": cookies, "Content-Type": type, "Connection": "close"}
        return {name: value for name, value in named.items() if value}


def form_in(page: str, having: str) -> dict[str, str]:
    """Return what a browser would send of the form that holds a field of this name. Raises NotInThePage."""
    reader = _Forms()
    reader.feed(page)
    for form in reader.forms:
        if having in form.names:
            return form.sent
    raise NotInThePage(f"No form with a field {having!r} in: {' '.join(page.split())[:400]}")


@dataclass
class _Form:
    sent: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    """Reads the forms of a page as a browser does that nobody has touched."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self._select = self._area = ""

    def handle_starttag(self, tag: str, found: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in found}
        if tag == "form":
            self.forms.append(_Form())
        if not self.forms:
            return
        form, name = self.forms[-1], given.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            form.sent[name] = ""
        elif tag == "option" and self._select and ("selected" in given or self._select not in form.sent):
            form.sent[self._select] = given.get("value", "")
        elif tag == "input" and name:
            self._input(form, name, given)
        form.names |= {name}

    def _input(self, form: _Form, name: str, given: Mapping[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in ("submit", "button") or (kind in ("radio", "checkbox") and "checked" not in given):
            return
        form.sent[name] = given.get("value", "on" if kind == "checkbox" else "")

    def handle_data(self, text: str) -> None:
        if self._area:
            self.forms[-1].sent[self._area] += text.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""
