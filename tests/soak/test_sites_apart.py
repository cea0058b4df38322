"""Two sites through the same few database connections, in turns: nothing of the one ever shows to the other."""

from __future__ import annotations

import itertools
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.soak.browser import Person
from tests.soak.checker import broken_promises
from tests.soak.counts import Run, how_many
from tests.soak.entering import opened, send_until_answered, three_values, wished
from tests.soak.ledger import Ledger

REQUESTS, CLIENTS, WRITES_EVERY = how_many("SOAK_SITE_REQUESTS", 2000), 4, 20
OF_A_FORM = ("/subjects/{subject}/", "/forms/{form}/", "/forms/{form}/history/weight/", "/eligibility/{subject}/")
OF_A_SITE = ("/subjects/", "/subjects/subjects.csv", "/", "/queries/", "/eligibility/")
TYPED = re.compile(r"\b60\.\d{6}\b")
CONNECTIONS_SQL = "select pid from pg_stat_activity where usename = 'edc_app_login' and datname = current_database()"


@dataclass
class Side:
    """One site: somebody there, a subject with a form, and everything that was ever typed there."""

    code: str
    person: Person
    number: str
    ids: dict[str, str]
    typed: set[str] = field(default_factory=set)


def a_side(it, site: str) -> Side:
    by = it.coordinator(site=site)
    form = it.a_form(by)
    ids = {"subject": str(form.subject_id), "form": str(form.pk)}
    return Side(it.sites[site].code, it.at_browser(by), form.subject.number, ids)


def look(run: Run, mine: Side, theirs: Side, turn: int) -> None:
    """Open one page of one's own site, or one of the other, which does not exist."""
    person = mine.person.beside()
    pages = [*OF_A_FORM, *OF_A_SITE, *OF_A_FORM]
    which = turn % len(pages)
    is_foreign = which >= len(OF_A_FORM) + len(OF_A_SITE)
    path = pages[which].format(**(theirs if is_foreign else mine).ids)
    answer = person.get(path)
    run.expect(answer.status == (404 if is_foreign else 200), f"{mine.code} got {answer.status} for {path}.")
    if which in (0, 1, 4, 5):
        run.expect(mine.number in answer.body, f"{path} does not show {mine.number}: an empty page proves nothing.")
    for word in (theirs.code, theirs.number, theirs.person.email):
        run.expect(word not in answer.body, f"Leak: {path} shows {word} to {mine.code}.")
    foreign = set(TYPED.findall(answer.body)) & theirs.typed
    run.expect(not foreign, f"Leak: {path} shows {foreign} to {mine.code}.")
    run.see("refused as not there", int(is_foreign))


def write(run: Run, ledger: Ledger, mine: Side) -> None:
    """Save a value that only this site may ever see."""
    person, typed = mine.person.beside(), three_values()
    mine.typed.add(typed["weight"])
    page = opened(person, mine.ids["form"], goes_on=lambda: run.has_time)
    if page is not None:
        wish = wished(ledger, person, mine.ids["form"], page, typed)
        send_until_answered(ledger, person, wish, page | typed, goes_on=lambda: run.has_time)


def test_sites_apart(counts, ledger, installation):
    sides = [a_side(installation, "EAST"), a_side(installation, "WEST")]
    turns, writing = itertools.count(), threading.Lock()
    with counts.run("two sites in turns", asked=REQUESTS, share=0.13) as run:
        before = {pid for (pid,) in installation.asked(CONNECTIONS_SQL)}

        def work(_client: int) -> None:
            while run.may_go_on:
                turn = next(turns)
                mine, theirs = sides[turn % 2], sides[1 - turn % 2]
                if turn // 2 % WRITES_EVERY == 0:
                    with writing:  # no two meet at a form
                        write(run, ledger, mine)
                look(run, mine, theirs, turn // 2)
                run.done += 1

        with ThreadPoolExecutor(CLIENTS) as threads:
            list(threads.map(work, range(CLIENTS)))

        pooled = {pid for (pid,) in installation.asked(CONNECTIONS_SQL)}
        run.see("saves", ledger.acknowledged)
        run.see("connections", len(pooled))
        run.expect(len(pooled | before) < run.done / 10, f"{len(pooled | before)} connections: they were not shared.")
        run.broken.extend(broken_promises(installation, ledger))
