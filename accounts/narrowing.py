"""What an address asks of a list and the list does not narrow itself by: a page says it, a file has no place to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.entry import StrangeField

NO_FILTERS = frozenset({"page", "size", "clear"})  # they say where in the list, not what of it


def refuse_unread(request: HttpRequest, read: Mapping[str, object]) -> None:
    """Give no file where the address asks for more than was `read` of it. Raises StrangeField."""
    if unread := tuple(_unread(request.GET, read)):
        filters = named_filters(unread)
        raise StrangeField(
            _("There is no filter %(filters)s in this list, so that no file is given.") % {"filters": filters}
        )


def named_filters(filters: Iterable[tuple[str, str]]) -> str:
    """Return filters as an address has them."""
    return ", ".join(f"“{name}={value}”" for name, value in filters)


def _unread(asked: Mapping[str, str], read: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    for name, typed in asked.items():
        value = typed.strip()
        if value and name not in NO_FILTERS and (value != _said(read, name) or (name == "site" and not _is_key(value))):
            yield name, value[:80]


def _said(read: Mapping[str, object], name: str) -> str:
    found = read.get(name)
    return "" if found is None else str(found)


def _is_key(value: str) -> bool:
    return value.isdecimal() and len(value) < 9
