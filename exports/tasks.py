"""The writer that wakes up and writes what was asked for, each file as the person who asked."""

from __future__ import annotations

import logging
import traceback

from celery import shared_task
from django.http import Http404

from accounts.system import system_actor
from audit import clock
from audit.decision import Refusal
from audit.door import as_actor
from exports import queue
from exports.actions import keep_file
from exports.models import Download
from exports.writing import subject_of, written
from protocol.words import N_, Sentence, sentence

logger = logging.getLogger(__name__)

GONE = N_("What you asked for is no longer within your sight. Ask for it again if it should be.")
FAULT = N_("The file could not be written. Ask for it again; if that fails too, tell an administrator the time.")


# Acts as the owner of each file, one after the other, and as the writer where a file is taken or given up.
@shared_task(name="exports.tasks.write_waiting", acts_as=None)
def write_waiting() -> int:
    """Write everything that waits and return how many files were tried; running it twice, or late, changes nothing."""
    tried = 0
    while (download := _taken()) is not None:
        _write(download)
        tried += 1
    with as_actor(system_actor("export")):
        queue.forget_old(at=clock.now())
    return tried


def _taken() -> Download | None:
    with as_actor(system_actor("export")):
        download = queue.take_next(at=clock.now())
        return None if download is None else Download.objects.select_related("owner").get(pk=download.pk)


def _write(download: Download) -> None:
    try:
        with written(download, download.owner, at=clock.now()) as file, as_actor(download.owner):
            subject = subject_of(download, download.owner)
            keep_file(download, by=download.owner, at=clock.now(), file=file, subject=subject)
    except Refusal as refusal:
        _give_up(download, refusal.sentence)
    except Http404:
        _give_up(download, sentence(GONE))
    except Exception as fault:
        # The place of the fault, not its words: they could hold an answer.
        place = traceback.extract_tb(fault.__traceback__)[-1]
        said = {"fault": type(fault).__name__, "file": place.filename, "line_number": place.lineno}
        logger.error("export not written", extra={"download": download.pk, **said})
        _give_up(download, sentence(FAULT))


def _give_up(download: Download, why: Sentence) -> None:
    with as_actor(system_actor("export")):
        queue.give_up(download, why, at=clock.now())
