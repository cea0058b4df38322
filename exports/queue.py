"""Which file is written next: taken by one writer, given back when it dies, given up with a sentence, forgotten in time.

How far a file is, is machinery; that it was asked for and that it was made stands in the trail.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from celery import current_app

from exports.models import Download
from exports.selectors import outlived, to_write
from exports.states import DownloadState
from protocol.words import N_, Sentence, sentence

LEASE = timedelta(minutes=16)  # longer than a task may run, so a living writer never loses its file
MOST_ATTEMPTS = 3
NEVER_FINISHED = N_("The file was begun %(attempts)s times and never finished. Ask for it again, for fewer sites.")


def wake_writer() -> None:
    """Wake the writer now; where the queue does not answer, the clock wakes it a little later."""
    current_app.send_task("exports.tasks.write_waiting", retry=False, ignore_result=True)


def take_next(*, at: datetime) -> Download | None:
    """Take what waits longest, or what a dead writer left; nobody else takes it while the lease runs."""
    while (download := to_write(at=at).first()) is not None:
        if download.attempts < MOST_ATTEMPTS:
            download.state, download.leased_until = DownloadState.RUNNING, at + LEASE
            download.attempts += 1
            download.save()
            return download
        give_up(download, sentence(NEVER_FINISHED, attempts=download.attempts), at=at)
    return None


def give_up(download: Download, why: Sentence, *, at: datetime) -> None:
    """Say why there is no file; asking again is a new download."""
    Download.objects.filter(pk=download.pk).update(
        state=DownloadState.FAILED, failure=why.to_json(), done_at=at, leased_until=None
    )


def forget_old(*, at: datetime) -> int:
    """Forget what was offered for long enough, bytes and all; return how many."""
    old = outlived(at=at)
    count = old.count()
    old.delete()
    return count
