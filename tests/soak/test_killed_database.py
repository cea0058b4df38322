"""The database server dies under writers: what was acknowledged is there, and the service comes back by itself."""

from __future__ import annotations

import random
import time
from pathlib import Path

from django.db import connections

from scripts import embedded_postgres
from tests.soak.checker import broken_promises, kept_unanswered
from tests.soak.counts import how_many
from tests.soak.entering import wait_for_one_in_flight, wait_for_saves, writers
from tests.soak.ledger import CONFLICT
from tests.soak.processes import children, kill

KILLS, WRITERS = how_many("SOAK_DATABASE_KILLS", 5), 6
# From the kill to the first save that is acknowledged again.
BACK_WITHIN_SECONDS = 30


def kill_database(folder: Path, *, all_of_it: bool) -> None:
    """Kill the first process of the server, and every second time all others with it."""
    first = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    others = children(first)
    kill(first)
    for pid in others if all_of_it else ():
        kill(pid)


def test_killed_database(counts, ledger, installation):
    chance, server, slowest = random.Random(20220414), installation.server, 0.0
    with counts.run("killed database", asked=KILLS, share=0.13) as run:
        with writers(installation, ledger, run, count=WRITERS):
            while run.may_go_on:
                wait_for_saves(ledger, chance.randint(5, 20), run)
                wait_for_one_in_flight(ledger, run)
                time.sleep(chance.uniform(0, 0.06))
                kill_database(Path(server.folder), all_of_it=run.done % 2 == 1)
                killed_at, before = time.monotonic(), ledger.acknowledged
                # As whoever supervises the database does; the web server is left alone.
                again = embedded_postgres.start(Path(server.folder))
                run.expect(again.port == server.port, "The database came back at another address.")
                run.done += 1
                while ledger.acknowledged <= before and time.monotonic() < killed_at + 2 * BACK_WITHIN_SECONDS:
                    time.sleep(0.01)
                back = time.monotonic() - killed_at
                slowest = max(slowest, back)
                run.expect(back <= BACK_WITHIN_SECONDS, f"After kill {run.done} the service was away for {back:.0f} s.")
        connections["default"].close()

        refused = [(wish.number, wish.answers) for wish in ledger if CONFLICT in wish.answers]
        run.expect(not refused, f"A person alone at a form was told of a conflict: {refused[:5]}")
        never = [wish.number for wish in ledger if not wish.is_acknowledged]
        run.expect(not never, f"Never answered, however often sent again: {never[:5]}")
        run.see("acknowledged", ledger.acknowledged)
        run.see("answers lost", sum(wish.was_lost for wish in ledger))
        run.see("of these kept", kept_unanswered(installation, ledger))
        run.see("slowest return in s", f"{slowest:.1f}")
        run.broken.extend(broken_promises(installation, ledger))
