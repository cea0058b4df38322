"""What apps above may answer to: that a subject was randomized. Settings name who answers, in their order.

Each answer is called inside the transaction of the allocation, as the acting person: what one refuses undoes all.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from randomization.models import Allocation


class AfterAllocation(Protocol):
    """Reacts to an allocation, such as by planning its visits."""

    def __call__(self, allocation: Allocation, *, by: Any, at: datetime) -> object: ...


def after_allocation(allocation: Allocation, *, by: Any, at: datetime) -> None:
    """Let every app above react to the allocation."""
    for name in settings.RANDOMIZATION_AFTER_ALLOCATION:
        cast(AfterAllocation, import_string(name))(allocation, by=by, at=at)
