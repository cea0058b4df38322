"""Tells mypy that `request.user` is a User: log-in is required everywhere unless a view says otherwise.

Without it every view would have to cast what LoginRequiredMiddleware already guarantees. The few open views
(`login_not_required`) must not ask who the user is; a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.plugin import AttributeContext, Plugin
from mypy.types import Instance, Type, UnionType, get_proper_type

ASKED = "django.http.request.HttpRequest.user"
NOBODY = "django.contrib.auth.models.AnonymousUser"


class SignedIn(Plugin):
    """Answers for one attribute, before the Django plugin does."""

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        """Return what types `request.user`, and nothing for every other attribute."""
        return _a_user if fullname == ASKED else None


def _a_user(context: AttributeContext) -> Type:
    """Return what the attribute may be, a person who is not logged in left out."""
    told = get_proper_type(context.default_attr_type)
    if not isinstance(told, UnionType):
        return told
    return UnionType.make_union([kind for kind in told.items if not _is_nobody(kind)])


def _is_nobody(kind: Type) -> bool:
    kind = get_proper_type(kind)
    return isinstance(kind, Instance) and kind.type.fullname == NOBODY


def plugin(version: str) -> type[Plugin]:
    """Return the plugin; mypy asks for it by this name."""
    return SignedIn
