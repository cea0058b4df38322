"""A web worker dies in the middle of saves: who sends again under the same key is answered, with one effect."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tests.soak.checker import broken_promises
from tests.soak.counts import how_many
from tests.soak.entering import save_again_and_again
from tests.soak.ledger import Ledger
from tests.soak.processes import children, kill

KILLS, WRITERS = how_many("SOAK_WORKER_KILLS", 40), 4
LAST_PATIENCE_SECONDS = 30


def test_killed_web_workers(counts, ledger, installation):
    chance = random.Random(20220414)
    with counts.run("killed web workers", asked=KILLS, share=0.3) as run, installation() as it, it.served() as web:
        site = it.a_site("SOAK")
        people = [it.a_coordinator(site) for _ in range(2)]
        writers = [(it.at_browser(by), str(it.a_form(by).pk)) for by in people * (WRITERS // 2)]
        stopped = threading.Event()

        def work(writer) -> None:
            save_again_and_again(
                ledger,
                *writer,
                goes_on=lambda: not stopped.is_set(),
                patience=lambda: time.monotonic() < run.until + LAST_PATIENCE_SECONDS,
            )

        with ThreadPoolExecutor(WRITERS) as threads:
            writing = [threads.submit(work, writer) for writer in writers]
            try:
                while run.may_go_on and not any(each.done() for each in writing):
                    wait_for_more(ledger, chance.randint(2, 10), run)
                    while ledger.in_flight == 0 and run.has_time:
                        time.sleep(0.001)
                    time.sleep(chance.uniform(0, 0.06))
                    if workers := children(web):
                        kill(chance.choice(workers))
                        run.done += 1
            finally:
                stopped.set()
            [each.result() for each in writing]

        lost = [wish for wish in ledger if wish.was_lost]
        run.see("requests", sum(wish.sent for wish in ledger))
        run.see("acknowledged", ledger.acknowledged)
        run.see("answers lost", len(lost))
        run.expect(all(wish.is_acknowledged for wish in ledger), "A save was never answered, however often re-sent.")
        run.expect({answer for wish in ledger for answer in wish.answers} <= {"302", "lost"}, strange(ledger))
        run.broken.extend(broken_promises(it, ledger))


def wait_for_more(ledger: Ledger, saves: int, run) -> None:
    """Wait until so many more saves were acknowledged."""
    enough = ledger.acknowledged + saves
    while ledger.acknowledged < enough and run.has_time:
        time.sleep(0.01)


def strange(ledger: Ledger) -> str:
    """Say which answers came that no kill explains."""
    found = [(wish.number, wish.answers) for wish in ledger if set(wish.answers) - {"302", "lost"}]
    return f"Answers that no kill explains: {found[:5]}"
