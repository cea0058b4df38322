"""The states of an allocation list and their moves."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ListState(TextChoices):
    """Only a serving list gives slots; an opened one never serves again, for its next slots are known."""

    SERVING = "serving", _("Serving")
    RETIRED = "retired", _("Retired")
    OPENED = "opened", _("Opened")


LIST_MOVES: Mapping[ListState, frozenset[ListState]] = {
    ListState.SERVING: frozenset({ListState.RETIRED, ListState.OPENED}),
    ListState.RETIRED: frozenset({ListState.OPENED}),
    ListState.OPENED: frozenset(),
}
