"""Somebody types without a pause while the network goes, the session ends or the browser dies: what is old enough is kept."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice

import psycopg2
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.soak.browser import Person
from tests.soak.counts import Run, how_many
from tests.soak.installation import PASSWORD, Installation
from tests.soak.processes import children, kill

FAULTS = how_many("SOAK_TYPING", 8)
OLD_SECONDS = 5.0  # what was typed longer ago than this must be kept, whatever happens
PATIENCE_MS = 60_000  # a killed server has to read everything anew before it answers again
STROKE_MS = 60
BOX = "weight"
KEPT_SQL = "SELECT typed->>'weight' FROM casebook_draft WHERE form_id = %s AND author_id = %s ORDER BY kept_at DESC"


@dataclass
class Typist:
    """A browser in which one person types into one box, and what was typed when."""

    it: Installation
    page: Page
    form: str
    author: str
    text: str = ""
    typed_at: list[float] = field(default_factory=list)

    def type_for(self, seconds: float, chance: random.Random) -> None:
        """Type digits, one after the other and without a pause."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            stroke = str(chance.randint(0, 9))
            self.page.locator(f"[name={BOX}]").press(stroke)
            self.text += stroke
            self.typed_at.append(time.monotonic())
            time.sleep(STROKE_MS / 1000)

    @property
    def old_enough(self) -> int:
        """How many characters must be kept by now."""
        now = time.monotonic()
        return sum(now - at > OLD_SECONDS for at in self.typed_at)

    def rest(self) -> None:
        """Wait until all that was typed is kept, or too long."""
        until = time.monotonic() + PATIENCE_MS / 1000
        while self.kept() != self.text and time.monotonic() < until:
            time.sleep(0.05)

    def kept(self) -> str:
        """Return what the database holds of the box."""
        found = self.it.asked(KEPT_SQL, self.form, self.author)
        return found[0][0] if found else ""


@contextmanager
def typing(it: Installation, browser: Browser) -> Iterator[tuple[Typist, BrowserContext, str]]:
    """Open a new form in a browser of its own, logged in; gives also the key of the session."""
    user = it.coordinator(0)
    person = Person(user.email, PASSWORD, it.port).log_in()
    context = browser.new_context()
    address = f"http://127.0.0.1:{it.port}"
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in person.cookies.items()])
    page, form = context.new_page(), str(it.a_form(user).pk)
    try:
        page.goto(f"{address}/forms/{form}/")
        yield Typist(it, page, form, str(user.pk)), context, person.cookies["sessionid"]
    finally:
        context.close()


def the_network_goes(who: Typist, context: BrowserContext, session: str, chance: random.Random) -> None:
    """Go on typing without a network, and with it again."""
    context.set_offline(True)
    who.type_for(chance.uniform(1, 6), chance)
    expect(who.page.locator("[data-unkept]")).to_be_visible(timeout=PATIENCE_MS)
    context.set_offline(False)
    who.type_for(1, chance)


def the_session_ends(who: Typist, context: BrowserContext, session: str, chance: random.Random) -> None:
    """Be asked for the password in place, and go on."""
    who.rest()  # a stroke still on its way would open the dialog first, and the next one would fall into its password
    address = who.it.server.url("postgres", database=who.it.database)
    with closing(psycopg2.connect(address)) as conn, conn, conn.cursor() as cursor:
        cursor.execute("DELETE FROM django_session WHERE session_key = %s", [session])
    who.text += "5"
    who.page.locator(f"[name={BOX}]").press("5")
    who.typed_at.append(time.monotonic())
    dialog = who.page.get_by_role("dialog")
    expect(dialog).to_be_visible(timeout=PATIENCE_MS)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_label("Password").press("Enter")
    expect(dialog).to_be_hidden(timeout=PATIENCE_MS)
    who.type_for(1, chance)


def the_server_starts_again(who: Typist, context: BrowserContext, session: str, chance: random.Random) -> None:
    """Type on while every worker of the server is killed and started again."""
    for pid in children(who.it.web):
        kill(pid)
    who.type_for(2, chance)


def the_browser_dies(who: Typist, context: BrowserContext, session: str, chance: random.Random) -> None:
    """Crash the page: nothing of it runs any more."""
    try:
        who.page.goto("chrome://crash", timeout=3_000)
    except Error:
        return


RECOVERED = (the_network_goes, the_session_ends, the_server_starts_again)


def one_run(run: Run, it: Installation, browser: Browser, fault, chance: random.Random) -> None:
    """Type, suffer the fault, and compare: all that is old enough is kept, and in the end all where the page lives."""
    name = fault.__name__.replace("_", " ")
    with typing(it, browser) as (who, context, session):
        who.type_for(chance.uniform(6, 9), chance)
        due, kept = who.old_enough, who.kept()
        run.expect(who.text.startswith(kept), f"{name}: kept is not what was typed: {kept!r} of {who.text!r}.")
        run.expect(len(kept) >= due, f"{name}: before it {len(kept)} of {due} characters older than 5 s are kept.")
        due = who.old_enough
        fault(who, context, session, chance)
        if fault in RECOVERED:
            who.rest()
            run.expect(who.kept() == who.text, f"{name}: in the end {who.kept()!r} is kept of {who.text!r}.")
            expect(who.page.locator("[data-kept]")).to_contain_text(re.compile("Kept"), timeout=PATIENCE_MS)
        else:
            run.expect(len(who.kept()) >= due, f"{name}: {len(who.kept())} of {due} characters outlive it.")
        run.see("characters", len(who.text))
        run.see(name)
        run.done += 1


def test_typing(counts, installation, browser: Browser):
    chance = random.Random(20220414)
    with counts.run("typing", asked=FAULTS, share=0.25) as run:
        for fault in islice(cycle((*RECOVERED, the_browser_dies)), FAULTS):
            if run.may_go_on:
                one_run(run, installation, browser, fault, chance)
