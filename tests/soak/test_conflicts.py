"""Two people, one item, one moment: one of them gets in, the other is shown both values, and neither is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.soak.browser import Person, form_in
from tests.soak.checker import broken_promises
from tests.soak.counts import Run, how_many
from tests.soak.entering import at_once, opened, send, send_until_answered, three_values, wished
from tests.soak.ledger import CONFLICT, TAKEN, Ledger

PAIRS, LANES = how_many("SOAK_PAIRS", 200), 2


def one_pair(run: Run, ledger: Ledger, form: str, one: Person, other: Person, *, keeps: str) -> None:
    """Two people change the same three items of the same version; the one who came second then chooses."""
    typing = [(person, opened(person, form), three_values()) for person in (one, other)]
    wishes = [wished(ledger, person, form, page, typed) for person, page, typed in typing]
    run.expect(wishes[0].based_on == wishes[1].based_on, f"{form}: the two pages show different versions.")

    answers = at_once(
        *(
            lambda wish=wish, person=person, fields=page | typed: send(ledger, person, wish, fields)
            for wish, (person, page, typed) in zip(wishes, typing, strict=True)
        )
    )

    said = sorted(answer.said for answer in answers)
    run.done += 1
    if said != [TAKEN, CONFLICT]:
        run.expect(False, f"{form}: of two at once, expected one in and one conflict, got {said}.")
        return
    second = [answer.said for answer in answers].index(CONFLICT)
    mine, theirs = typing[second][2], typing[1 - second][2]
    person, page = typing[second][0], answers[second].body
    for value in (*mine.values(), *theirs.values()):
        run.expect(f"<span>{value}" in page, f"{form}: the conflict page does not show {value}.")
    chosen = form_in(page, "given") | {f"take.{path}": keeps for path in mine}
    wish = wished(ledger, person, form, chosen, mine if keeps == "yours" else {})
    answer = send_until_answered(ledger, person, wish, chosen, goes_on=lambda: run.has_time)
    run.expect(answer.said == TAKEN, f"{form}: after choosing {keeps} the second got {answer.said}.")
    run.see(f"kept {keeps}")


def test_conflicts(counts, ledger, installation):
    one, other = installation.coordinator(0), installation.coordinator(1)
    lanes = [
        (str(installation.a_form(one).pk), installation.at_browser(one), installation.at_browser(other))
        for _ in range(LANES)
    ]
    with counts.run("conflict pairs", asked=PAIRS, share=0.18) as run:

        def work(lane: tuple[str, Person, Person]) -> None:
            turn = 0
            while run.may_go_on:
                turn += 1
                one_pair(run, ledger, *lane, keeps="yours" if turn % 2 else "theirs")

        with ThreadPoolExecutor(LANES) as threads:
            list(threads.map(work, lanes))

        run.see("requests", sum(wish.sent for wish in ledger))
        run.see("acknowledged", ledger.acknowledged)
        run.broken.extend(broken_promises(installation, of_whom_got_in(ledger)))


def of_whom_got_in(ledger: Ledger) -> Ledger:
    """Return the ledger as the checker reads it: who got a conflict typed it once, and kept it by choosing."""
    for wish in ledger:
        if wish.answers == [CONFLICT]:
            wish.typed = {}
    return ledger
