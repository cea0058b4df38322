"""What a view declares: which permissions let a person in at all. Rules then judge the very row."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.roles import Permission

View = Callable[..., HttpResponse]


def needs(*permissions: Permission) -> Callable[[View], View]:
    """Let in whoever holds one of these somewhere; anyone else is answered 403."""

    def bind(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not any(request.user.holds_anywhere(permission) for permission in permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return guarded

    return bind


def posted_from(page: str, *, without: Collection[str] = ()) -> Callable[[View], View]:
    """Take what a form of this page sends; whoever only comes to the address (logged in anew, tab reopened) is led there.

    The page is named by the same parts of the address, `without` those that only the sending needs.
    """

    def bind(view: View) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def taken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            return redirect(page, *args, **{name: part for name, part in kwargs.items() if name not in without})

        return taken

    return bind
