"""The casebook as of a moment: the selectors of today, read from the trail; nobody sees more of then than of now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.apps import apps
from django.db.models import Model

from accounts.models import Signature, User
from audit import past
from casebook.models import CLASSES
from casebook.selectors import sight

# Everything but what helps saving and is never data.
TABLES: tuple[type[Model], ...] = (
    *(apps.get_model("casebook", name) for name, kind in CLASSES.items() if kind != "machinery"),
    Signature,
)
# What a row is of never changes; where it is now says who reads it, also where a transfer brought it since.
UNCHANGING = frozenset(
    {"site_id", "subject_id", "form_id", "visit_id", "crf", "repeat", "code", "about_id", "query_id"}
)


@contextmanager
def casebook_as_of(user: User, moment: datetime, *more: type[Model]) -> Iterator[None]:
    """Read the casebook, and the tables of `more` models, as the user could have read it at the moment.

    What is hidden from the user today stays hidden, and so does what was hidden then.
    """
    with sight.hiding_as_today(user), past.as_of(moment, (*TABLES, *more), unchanging=UNCHANGING):
        yield
