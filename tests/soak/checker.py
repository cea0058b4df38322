"""What must hold after every fault, told from ledger, tables and trail; each broken promise is one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.embedded_postgres import OWNER, ROOT
from tests.soak.installation import Installation
from tests.soak.ledger import Ledger

VERSIONS_SQL = """
select row_id, (new::jsonb ->> 'version')::int, new::jsonb -> 'answers'
from audit_change where table_name = 'casebook_form' and row_id = any(%s) and operation = 'UPDATE' order by id
"""
EVENTS_SQL = """
select facts::jsonb ->> 'form', (facts::jsonb ->> 'version')::int, count(*)
from audit_event where kind in ('casebook.form.saved', 'casebook.form.completed') and facts::jsonb ->> 'form' = any(%s)
group by 1, 2
"""
RECEIPTS_SQL = """
select answer ->> 'form', (answer ->> 'version')::int, key, count(*) from casebook_savereceipt
where answer ->> 'form' = any(%s) group by 1, 2, 3
"""
KEPT_AT_SQL = "select key, extract(epoch from saved_at)::float from casebook_savereceipt where key = any(%s)"
PRESENT_SQL = "select id::text, version, answers from casebook_form where id::text = any(%s)"


@dataclass(frozen=True)
class Version:
    """One state that a form was in."""

    form: str
    number: int
    values: dict[str, str]


def broken_promises(it: Installation, ledger: Ledger) -> Iterator[str]:
    """Yield what does not hold, of all forms that the ledger speaks of."""
    forms = sorted({wish.about for wish in ledger})
    history = [
        Version(form, number, {path: answer.get("value", "") for path, answer in answers.items()})
        for form, number, answers in it.asked(VERSIONS_SQL, forms)
    ]
    yield from _kept_once(ledger, history)
    yield from _of_whole_forms(it, forms, history)
    yield from _with_event_and_receipt(it, forms, history, ledger)
    yield from trail_faults(it)


def _kept_once(ledger: Ledger, history: list[Version]) -> Iterator[str]:
    """Acknowledged is present; one effect per key; nothing that nobody asked for."""
    kept: Counter[tuple[str, str, str]] = Counter()
    before: dict[str, dict[str, str]] = defaultdict(dict)
    for version in history:
        for path, value in version.values.items():
            if before[version.form].get(path) != value:
                kept[version.form, path, value] += 1
        before[version.form] = version.values
    asked = set()
    for wish in ledger:
        counts = {path: kept[wish.about, path, value] for path, value in wish.typed.items()}
        asked |= {(wish.about, path, value) for path, value in wish.typed.items()}
        if wish.is_acknowledged and 0 in counts.values():
            yield f"Lost: wish {wish.number} was acknowledged, its form {wish.about} never held {counts}."
        if len(set(counts.values())) > 1:
            yield f"Half: wish {wish.number} is kept in parts: {counts}."
        if max(counts.values(), default=0) > 1:
            yield f"Twice: wish {wish.number} took effect more than once: {counts}."
    for unknown in sorted(kept.keys() - asked):
        yield f"From nowhere: {unknown} stands in the trail and in no ledger."


def _of_whole_forms(it: Installation, forms: list[str], history: list[Version]) -> Iterator[str]:
    """Versions follow each other without a gap, and the present is the last of them."""
    numbers: dict[str, list[int]] = defaultdict(list)
    last: dict[str, Version] = {}
    for version in history:
        numbers[version.form].append(version.number)
        last[version.form] = version
    for form, number, answers in it.asked(PRESENT_SQL, forms):
        values = {path: answer.get("value", "") for path, answer in answers.items()}
        if numbers[form] != list(range(1, number + 1)):
            yield f"Form {form} is at version {number}, its trail says {numbers[form]}."
        if form in last and last[form].values != values:
            yield f"Form {form} holds {values}, its trail ends with {last[form].values}."


def _with_event_and_receipt(
    it: Installation, forms: list[str], history: list[Version], ledger: Ledger
) -> Iterator[str]:
    """Every version has one event and one receipt, and there is no event or receipt without its version."""
    versions = {(version.form, version.number) for version in history}
    events = {(form, number): count for form, number, count in it.asked(EVENTS_SQL, forms)}
    receipts = it.asked(RECEIPTS_SQL, forms)
    if events != dict.fromkeys(versions, 1):
        yield f"Events and versions differ: {sorted(events.items() ^ dict.fromkeys(versions, 1).items())[:5]}."
    if {(form, number) for form, number, _key, _count in receipts} != versions:
        yield f"{len(versions)} versions, but the receipts name others."
    keys = Counter(key for _form, _number, key, _count in receipts)
    for key in (key for key, count in keys.items() if count > 1):
        yield f"Key {key} has {keys[key]} receipts."
    for wish in ledger:
        if wish.is_acknowledged and wish.key not in keys:
            yield f"Wish {wish.number} was acknowledged without a receipt of its key."


def kept_unanswered(it: Installation, ledger: Ledger) -> int:
    """Return how many saves were kept although their first answer never came: why a save needs a key."""
    again = {wish.key: wish.sent_at[1] for wish in ledger if wish.sent > 1}
    kept = it.asked(KEPT_AT_SQL, list(again))
    return sum(at < again[key] for key, at in kept)


def trail_faults(it: Installation) -> Iterator[str]:
    """Yield what verify_audit says where the trail is not whole."""
    owner = it.server.url(OWNER, database=it.database)
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "verify_audit"],
        env={**os.environ, **it.environment(OWNER_DATABASE_URL=owner)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        yield f"verify_audit: {done.stdout.strip()[-1500:]} {done.stderr.strip()[-500:]}"
