"""What a person chose between two people's answers: item by item, and a row that one made or took off as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.http import QueryDict

from casebook.entry.rows import Rows, groups_of
from casebook.models import Form
from casebook.paths import row_of
from protocol.language import Crf
from protocol.record import Answer

YOURS, THEIRS, ANEW = "yours", "theirs", "anew"


def given_in(data: QueryDict) -> frozenset[str] | None:
    """Return the paths a page that settles a conflict speaks of; None for a whole form."""
    if "given" not in data:
        return None
    return frozenset(path for path in data.get("given", "").split() if THEIRS not in _taken(data, path))


def undecided(data: QueryDict) -> frozenset[str]:
    """Return the items and rows that a page which settles a conflict asked about and that have no choice."""
    return frozenset(place for place in data.get("settles", "").split() if not _is_decided(data, place))


def _is_decided(data: QueryDict, place: str) -> bool:
    # Only a row, `group/key`, can stand beside the other's.
    return data.get(f"take.{place}") in ((YOURS, THEIRS, ANEW) if place.count("/") == 1 else (YOURS, THEIRS))


def as_begun(data: QueryDict) -> QueryDict:
    """Return what a page that settles a conflict carries as it stood before anything was chosen."""
    begun = data.copy()
    for name in [name for name in data if name.startswith("take.")]:
        del begun[name]
    begun["based_on"] = data.get("began", "")
    return begun


def _taken(data: QueryDict, path: str) -> tuple[str, str]:
    return data.get(f"take.{path}", ""), data.get(f"take.{row_of(path)}", "")


def with_rows_anew(
    form: Form, data: QueryDict, rows: Rows, answers: Mapping[str, Answer]
) -> tuple[Rows, dict[str, Answer]]:
    """Return rows and answers where each row that is to stand beside the other's, or to come back, has a new number."""
    anew = [row for row in dict.fromkeys(map(row_of, answers)) if row and data.get(f"take.{row}") == ANEW]
    moved, numbered = dict(answers), dict(rows)
    for row in anew:
        name, _slash, _key = row.partition("/")
        key = str(_next_number(form, numbered.get(name, ())))
        numbered[name] = (*numbered.get(name, ()), key)
        moved = {_renamed(path, row, f"{name}/{key}"): answer for path, answer in moved.items()}
    return numbered, moved


def _next_number(form: Form, keys: Iterable[str]) -> int:
    return max([form.last_row, *(int(key) for key in keys if key.isdecimal())]) + 1


def _renamed(path: str, row: str, to: str) -> str:
    return f"{to}/{path.rpartition('/')[2]}" if row_of(path) == row else path


def may_be_numbered_anew(crf: Crf, row: str) -> bool:
    """Whether the rows of this group are counted in the form; a lesion keeps its name on every scan."""
    return any(group.name == row.partition("/")[0] and not group.lesions for group in groups_of(crf))
