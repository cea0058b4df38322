"""The writer with commits that are real: a snapshot of one moment, a real worker, and one that dies."""

import time
from datetime import timedelta
from uuid import uuid4

from django.db import connection, connections
from django.utils import timezone

from audit.door import as_actor
from exports import queue
from exports.actions import ask_download
from exports.models import Download
from exports.tasks import write_waiting
from exports.writing import at_one_moment
from tests.casebook_ground import a_complete_form, a_coordinator, a_data_manager
from tests.integration.test_exports_downloads import WRITER, content_of, files_of, now_of


def asked(user, site):
    """Ask for the whole trial of a site."""
    return ask_download(None, by=user, at=timezone.now(), key=str(uuid4()), sites=[site])


def test_a_file_is_written_of_one_moment_and_kept(committing_db):
    form, manager = a_complete_form(a_coordinator()), a_data_manager()
    download = asked(manager, form.site)

    assert write_waiting() == 1
    assert write_waiting() == 0

    assert form.subject.number in files_of(download)["DM.csv"]


def test_what_is_saved_while_a_file_is_written_is_in_no_table(committing_db):
    coordinator, manager = a_coordinator(), a_data_manager()
    a_complete_form(coordinator)

    with at_one_moment(manager), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        isolation = cursor.fetchone()[0]
        cursor.execute("SHOW transaction_read_only")
        is_read_only = cursor.fetchone()[0]

    assert (isolation, is_read_only) == ("repeatable read", "on")


def test_a_writer_that_dies_half_way_offers_nothing_and_another_takes_it_up(committing_db, monkeypatch):
    form, manager = a_complete_form(a_coordinator()), a_data_manager()
    download = asked(manager, form.site)

    def dies(*_args, **_details):
        raise SystemExit("killed")

    monkeypatch.setattr("exports.actions._keep_parts", dies)
    try:
        write_waiting()
    except SystemExit:
        connections.close_all()
    monkeypatch.undo()

    assert (now_of(download).state, content_of(download)) == ("running", b"")
    assert write_waiting() == 0
    with as_actor(WRITER):
        Download.objects.filter(pk=download.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert write_waiting() == 1
    assert now_of(download).state == "ready"


def test_a_real_worker_writes_what_was_asked_for(worker):
    form, manager = a_complete_form(a_coordinator()), a_data_manager()
    download = asked(manager, form.site)

    queue.wake_writer()

    until = time.monotonic() + 60
    while now_of(download).state not in ("ready", "failed") and time.monotonic() < until:
        time.sleep(0.2)
    assert now_of(download).state == "ready"
    assert form.subject.number in files_of(download)["subjects.csv"]
