"""Lists come in pages that follow a cursor: what was added meanwhile moves no row out of sight."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from api.answers import Wrong
from protocol.words import N_

PAGING = ("cursor", "limit", "ordering")
MOST_ROWS, USUAL_ROWS = 200, 50


class Pages(CursorPagination):
    """Gives at most 200 rows, in one of the orders that the view names."""

    page_size = USUAL_ROWS
    page_size_query_param = "limit"
    max_page_size = MOST_ROWS
    page_size_query_description = "How many rows a page has, 1 to 200; 50 unless said."
    cursor_query_description = "Where the page begins: taken from `next` or `previous` of another page."

    def get_page_size(self, request: Request) -> int:
        """Return how many rows are asked for. Raises Wrong."""
        text = request.query_params.get("limit", str(USUAL_ROWS))
        if not (text.isascii() and text.isdecimal() and len(text) < 4 and 0 < int(text) <= MOST_ROWS):
            raise Wrong(N_("limit is a number from 1 to %(most)s, and got %(limit)s."), most=MOST_ROWS, limit=text[:20])
        return int(text)

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        """Return the columns of the order that is asked for, the first one unless said. Raises Wrong."""
        asked = request.query_params.get("ordering", next(iter(view.orders)))
        if asked not in view.orders:
            raise Wrong(
                N_("There is no ordering %(asked)s. There are: %(orders)s."),
                asked=asked[:60],
                orders=tuple(view.orders),
            )
        return tuple(view.orders[asked])

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Return where the page begins. Raises Wrong for what no page of ours gave."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise _strange_cursor() from None
        if cursor is not None and "\0" in str(cursor.position):
            raise _strange_cursor()
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return cursor, limit and ordering as OpenAPI describes them."""
        ordering = {
            "name": "ordering",
            "in": "query",
            "required": False,
            "description": "In which order the rows come; a minus turns it round.",
            "schema": {"type": "string", "enum": list(getattr(view, "orders", ()))},
        }
        return [*super().get_schema_operation_parameters(view), ordering]


def _strange_cursor() -> Wrong:
    return Wrong(N_("This cursor is none of ours. Take it from “next” or “previous” of a page."))
