"""Reads of the trail: which events a reader may see, and what they changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from audit.models import Event, Seal
from audit.ports import hidden_rows

AUDIT_READ = "audit:read"
# An import covers thousands of rows with one event: the page shows the first of them and says how many there are.
SHOWN_CHANGES = 20

# The history of a subject that came from another site is read where the subject is.
MOVED_SQL = "SELECT row_id::uuid FROM audit_moved WHERE table_name = 'casebook_subject' AND site_id = ANY(%s)"
CHANGES_SQL = """
SELECT e.id, c.id, c.table_name, c.row_id, c.operation, c.old, c.new
  FROM unnest(%s::bigint[]) AS wanted (id) JOIN audit_event e USING (id)
 CROSS JOIN LATERAL (SELECT * FROM audit_change c WHERE c.txid = e.txid AND c.id BETWEEN e.first_change AND e.last_change
                      ORDER BY c.id LIMIT %s) c
 ORDER BY e.id, c.id
"""


@dataclass(frozen=True)
class Difference:
    """One value before and after, as text; None where there was none."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class ShownChange:
    """One changed row as the page shows it; `is_hidden` where the reader must not see its values yet."""

    table: str
    row: str
    operation: str
    differences: Sequence[Difference]
    is_hidden: bool


def visible_events(reader: Any) -> QuerySet[Event]:
    """Return the events of the sites whose trail the reader may read; those of no site, if that is all sites."""
    sites = [site for site in reader.site_ids() if reader.holds(AUDIT_READ, at=site)]
    seen = Q(site_id__in=sites)
    if sites:
        seen |= Q(subject_id__in=RawSQL(MOVED_SQL, [sites]))  # noqa: S611 -- words of our own, sites as parameters
    if reader.holds(AUDIT_READ, at=None):
        seen |= Q(site_id__isnull=True)
    return Event.objects.filter(seen)


def changes_of(events: Iterable[Event], *, reader: Any) -> Mapping[int, list[ShownChange]]:
    """Return the first changed rows of each event, in one query; values hidden from the reader are left out."""
    hidden = hidden_rows(reader)
    found: dict[int, list[ShownChange]] = {}
    with connection.cursor() as cursor:
        cursor.execute(CHANGES_SQL, [[event.pk for event in events], SHOWN_CHANGES])
        for event, _, table, row, operation, old, new in cursor.fetchall():
            is_hidden = (table, row) in hidden
            differences = () if is_hidden else tuple(_differences(old, new))
            found.setdefault(event, []).append(ShownChange(table, row, operation, differences, is_hidden))
    return found


def last_seal() -> Seal | None:
    """Return the newest seal, which reports carry at their foot."""
    return Seal.objects.order_by("-number").first()


def _differences(old: str | None, new: str | None) -> Iterable[Difference]:
    before, after = _flat(old), _flat(new)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield Difference(name, before.get(name), after.get(name))


def _flat(text: str | None) -> dict[str, str]:
    """Return the columns of a row as text; a document by its own keys, so that one answer is one line."""
    flat: dict[str, str] = {}
    for name, value in (json.loads(text) if text else {}).items():
        if isinstance(value, dict):
            flat.update({f"{name} · {key}": _shown(part) for key, part in value.items()})
        elif value is not None:
            flat[name] = _shown(value)
    return flat


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(str(part) for key, part in value.items() if part not in (None, ""))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
