"""A web worker dies in the middle of saves: who sends again under the same key is answered, with one effect."""

from __future__ import annotations

import random
import time
from contextlib import closing

import psycopg2

from tests.soak.checker import broken_promises, kept_unanswered
from tests.soak.counts import Run, how_many
from tests.soak.entering import wait_for_one_in_flight, wait_for_saves, writers
from tests.soak.installation import Installation
from tests.soak.ledger import LOST, TAKEN, Ledger
from tests.soak.processes import children, kill

KILLS, WRITERS = how_many("SOAK_WORKER_KILLS", 40), 4

# Between the commit and the answer lie milliseconds that no chance hits: so often the kill waits for the commit itself.
AT_COMMIT_EVERY = 4
KEPT_SQL = "select 1 from casebook_savereceipt where key = any(%s) limit 1"


def wait_until_kept_unanswered(it: Installation, ledger: Ledger, run: Run) -> None:
    """Wait until a save is committed whose answer has not come yet."""
    with closing(psycopg2.connect(it.server.url("postgres", database=it.database))) as conn, conn.cursor() as cursor:
        conn.autocommit = True
        while run.has_time:
            if keys := [wish.key for wish in ledger.wishes[-16:] if wish.sent > len(wish.answers)]:
                cursor.execute(KEPT_SQL, [keys])
                if cursor.fetchone():
                    return


def test_killed_web_workers(counts, ledger, installation):
    chance = random.Random(20220414)
    with counts.run("killed web workers", asked=KILLS, share=0.22) as run:
        with writers(installation, ledger, run, count=WRITERS):
            while run.may_go_on:
                wait_for_saves(ledger, chance.randint(2, 8), run)
                at_commit = run.done % AT_COMMIT_EVERY == AT_COMMIT_EVERY - 1
                if at_commit:
                    wait_until_kept_unanswered(installation, ledger, run)
                else:
                    wait_for_one_in_flight(ledger, run)
                    time.sleep(chance.uniform(0, 0.06))
                if run.has_time and (workers := children(installation.web)):
                    for pid in workers if at_commit else [chance.choice(workers)]:
                        kill(pid)
                    run.done += 1

        strange = [(wish.number, wish.answers) for wish in ledger if set(wish.answers) - {TAKEN, LOST}]
        run.expect(not strange, f"Answers that no killed worker explains: {strange[:5]}")
        never = [wish.number for wish in ledger if not wish.is_acknowledged]
        run.expect(not never, f"Never answered, however often sent again: {never[:5]}")
        run.see("acknowledged", ledger.acknowledged)
        run.see("answers lost", sum(wish.was_lost for wish in ledger))
        run.see("of these kept", kept_unanswered(installation, ledger))
        run.broken.extend(broken_promises(installation, ledger))
