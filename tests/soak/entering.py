"""How people of these runs enter data: open the form, change three values that belong together, send until answered."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.soak.browser import Answer, Person, form_in
from tests.soak.counts import Run
from tests.soak.installation import Installation
from tests.soak.ledger import CONFLICT, TAKEN, Ledger, Wish

# One more for every value that is typed, so that each can be told from all others wherever it stands.
_number = itertools.count(1)
PAUSE_SECONDS = 0.05
LAST_PATIENCE_SECONDS = 30


def page_of(form: str) -> str:
    """Return the address of a form."""
    return f"/forms/{form}/"


def three_values() -> dict[str, str]:
    """Return three values that were typed together and never before: half of them would be half a form."""
    number = next(_number)
    return {"weight": f"60.{number:06}", "height": f"170.{number:06}", "temperature": f"36.{number:06}"}


def opened(person: Person, form: str, *, goes_on: Callable[[], bool] = lambda: True) -> dict[str, str] | None:
    """Open the form until it is shown, and return what its page would send; None where there was no time left."""
    while goes_on():
        answer = person.get(page_of(form))
        if answer.status == 200:
            return form_in(answer.body, "based_on")
        time.sleep(PAUSE_SECONDS)
    return None


def wished(ledger: Ledger, person: Person, form: str, page: dict[str, str], typed: dict[str, str]) -> Wish:
    """Enter into the ledger what is about to be sent."""
    return ledger.wish(who=person.email, about=form, key=page["key"], based_on=int(page["based_on"]), typed=typed)


def send(ledger: Ledger, person: Person, wish: Wish, fields: dict[str, str], *, act: str = "save") -> Answer:
    """Send once."""
    ledger.sending(wish)
    answer = person.post(page_of(wish.about), {**fields, "act": act})
    ledger.answered(wish, answer.said)
    return answer


def send_until_answered(
    ledger: Ledger, person: Person, wish: Wish, fields: dict[str, str], *, goes_on: Callable[[], bool]
) -> Answer:
    """Send, and again under the same key while no answer comes: what a person does whose page hangs."""
    while True:
        answer = send(ledger, person, wish, fields)
        if answer.said in (TAKEN, CONFLICT) or not goes_on():
            return answer
        time.sleep(PAUSE_SECONDS)


def save_again_and_again(
    ledger: Ledger, person: Person, form: str, *, goes_on: Callable[[], bool], patience: Callable[[], bool]
) -> None:
    """Save new values one after the other while it `goes_on`; the last is sent while there is `patience`."""
    while goes_on():
        page = opened(person, form, goes_on=patience)
        if page is None:
            return
        typed = three_values()
        wish = wished(ledger, person, form, page, typed)
        send_until_answered(ledger, person, wish, page | typed, goes_on=patience)


@contextmanager
def writers(it: Installation, ledger: Ledger, run: Run, *, count: int) -> Iterator[None]:
    """Let so many people save, each at a form of their own, until the block ends and every one is answered."""
    stopped = threading.Event()
    windows = [it.at_browser(it.coordinator(number % 2)) for number in range(count)]
    forms = [str(it.a_form(it.coordinator(number % 2)).pk) for number in range(count)]

    def work(person: Person, form: str) -> None:
        save_again_and_again(
            ledger,
            person,
            form,
            goes_on=lambda: not stopped.is_set(),
            patience=lambda: time.monotonic() < run.until + LAST_PATIENCE_SECONDS,
        )

    with ThreadPoolExecutor(count) as threads:
        writing = [threads.submit(work, *each) for each in zip(windows, forms, strict=True)]
        try:
            yield
        finally:
            stopped.set()
        for each in writing:
            each.result()


def wait_for_saves(ledger: Ledger, count: int, run: Run) -> None:
    """Wait until so many more saves were acknowledged."""
    enough = ledger.acknowledged + count
    while ledger.acknowledged < enough and run.has_time:
        time.sleep(0.01)


def wait_for_one_in_flight(ledger: Ledger, run: Run) -> None:
    """Wait until a save was sent and is not answered."""
    while ledger.in_flight == 0 and run.has_time:
        time.sleep(0.001)


def at_once(*works: Callable[[], Answer]) -> list[Answer]:
    """Do all at the same moment."""
    start = threading.Barrier(len(works))

    def one(work: Callable[[], Answer]) -> Answer:
        start.wait(60)
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(one, works))
