"""The states of a download, and what may be asked for."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DownloadKind(TextChoices):
    """What is written in the background."""

    TRIAL = "trial", _("Whole trial")
    CASEBOOK = "casebook", _("Casebook")


class DownloadState(TextChoices):
    """How far a file has come. Only a ready one is offered."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being written")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


# A worker that died leaves a running one, which another takes up again.
DOWNLOAD_MOVES: Mapping[DownloadState, frozenset[DownloadState]] = {
    DownloadState.WAITING: frozenset({DownloadState.RUNNING}),
    DownloadState.RUNNING: frozenset({DownloadState.RUNNING, DownloadState.READY, DownloadState.FAILED}),
    DownloadState.READY: frozenset(),
    DownloadState.FAILED: frozenset(),
}
