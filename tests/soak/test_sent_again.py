"""A double click, an impatient one, an answer that never came: one effect per key, and everyone gets the same answer."""

from __future__ import annotations

import random
import time
from collections import Counter

from tests.casebook_ground import VITALS
from tests.soak.browser import form_in
from tests.soak.checker import broken_promises, kept_unanswered
from tests.soak.counts import Run, how_many
from tests.soak.entering import at_once, opened, page_of, send, send_until_answered, three_values, wished
from tests.soak.installation import Installation
from tests.soak.ledger import CONFLICT, LOST, TAKEN, Ledger

CLICKS, ROUNDS = how_many("SOAK_CLICKS", 50), how_many("SOAK_CLICK_ROUNDS", 4)
LOST_ANSWERS = how_many("SOAK_LOST_ANSWERS", 100)
LONGEST_PAUSE_SECONDS = 0.5
SUBJECTS_SQL = "select count(*) from casebook_subject where site_id = %s"
VERSION_SQL = "select version, state from casebook_form where id::text = %s"
TOGETHER = {path: value.partition(" ")[0] for path, value in VITALS.items()}


def many_clicks(run: Run, it: Installation, ledger: Ledger, form: str, *, act: str) -> None:
    """Send one page so many times at once, then the same key with other answers, and look what came of it."""
    person = it.at_browser(it.coordinator())
    page = opened(person, form)
    typed = (TOGETHER if act == "complete" else {}) | three_values()
    wish = wished(ledger, person, form, page, typed)

    answers = at_once(*(lambda: send(ledger, person.beside(), wish, page | typed, act=act) for _ in range(CLICKS)))

    run.done += CLICKS
    said = Counter((answer.said, answer.location) for answer in answers)
    run.expect(len(said) == 1 and wish.is_acknowledged, f"{act}: one key got different answers: {dict(said)}")
    version, state = it.asked(VERSION_SQL, form)[0]
    run.expect(version == 1, f"{act}: one key made {version} versions.")
    run.expect(state == {"save": "in progress", "complete": "complete"}[act], f"{act}: the form is {state}.")
    other = person.post(page_of(form), page | typed | three_values() | {"act": act})
    run.expect(other.said == CONFLICT, f"{act}: the same key with other answers got {other.said}.")


def test_clicks(counts, ledger, installation):
    forms = [str(installation.a_form(installation.coordinator()).pk) for _ in range(ROUNDS)]
    with counts.run("parallel re-sends of one key", asked=CLICKS * ROUNDS, share=0.07) as run:
        for turn, form in enumerate(forms):
            if run.has_time:
                # A page that completes its form meets, when sent again, a form that asks for reasons.
                many_clicks(run, installation, ledger, form, act="complete" if turn % 2 else "save")
        run.see("keys", len(ledger.wishes))
        run.broken.extend(broken_promises(installation, ledger))


def test_one_key_adds_one_subject(counts, installation):
    person = installation.at_browser(installation.coordinator())
    site = installation.sites["ONE"].pk
    before = installation.asked(SUBJECTS_SQL, site)[0][0]
    with counts.run("parallel adding of one subject", asked=CLICKS, share=0.03) as run:
        page = form_in(person.get("/subjects/add/").body, "key")
        answers = at_once(*(lambda: person.beside().post("/subjects/add/", page) for _ in range(CLICKS)))
        run.done += CLICKS
        said = Counter((answer.said, answer.location) for answer in answers)
        run.expect(len(said) == 1 and answers[0].said == TAKEN, f"One key got different answers: {dict(said)}")
        added = installation.asked(SUBJECTS_SQL, site)[0][0] - before
        run.expect(added == 1, f"One key added {added} subjects.")


def test_lost_answers(counts, ledger, installation):
    by = installation.coordinator()
    person, form = installation.at_browser(by), str(installation.a_form(by).pk)
    chance = random.Random(20220414)
    with counts.run("answers that never came", asked=LOST_ANSWERS, share=0.07) as run:
        while run.may_go_on:
            page, typed = opened(person, form), three_values()
            wish = wished(ledger, person, form, page, typed)
            ledger.sending(wish)
            person.post_and_leave(page_of(form), page | typed | {"act": "save"})
            ledger.answered(wish, LOST)
            time.sleep(chance.uniform(0, LONGEST_PAUSE_SECONDS))  # sent again before, while and after it is kept
            answer = send_until_answered(ledger, person, wish, page | typed, goes_on=lambda: run.has_time)
            run.expect(answer.said == TAKEN, f"Sent again after a lost answer, wish {wish.number} got {answer.said}.")
            run.done += 1
        run.see("kept before they were sent again", kept_unanswered(installation, ledger))
        run.broken.extend(broken_promises(installation, ledger))
