"""What the tables of this app ask of their rows, and the clock they are compared with."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class DatabaseClock(models.Func):
    """The moment this is asked, by the database's clock: what stands now is not for the caller to say."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = models.DateTimeField()


def paired(moment: str, person: str, *, name: str) -> models.CheckConstraint:
    """Return the constraint that a moment and its person are known together or not at all."""
    together = Q(**{f"{moment}__isnull": True, f"{person}__isnull": True}) | Q(
        **{f"{moment}__isnull": False, f"{person}__isnull": False}
    )
    return models.CheckConstraint(condition=together, name=name)


def ordered(first: str, last: str, *, name: str) -> models.CheckConstraint:
    """Return the constraint that a period, where it has an end, does not end before it begins."""
    condition = Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": F(first)})
    return models.CheckConstraint(condition=condition, name=name)
