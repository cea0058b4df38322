"""Files written in the background: whole or not at all, for their owner alone, as the owner sees the trial."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions as accounts
from accounts.models import User
from accounts.system import system_actor
from audit.decision import Refusal
from audit.door import as_actor
from audit.models import Event
from exports import queue
from exports.actions import File, ask_download, keep_file
from exports.models import Download, DownloadPart
from exports.states import DownloadState
from exports.tasks import write_waiting
from protocol.roles import Role
from protocol.trial import TRIAL
from tests.casebook_ground import (
    EVALUATION,
    a_complete_form,
    a_coordinator,
    a_data_manager,
    a_subject,
    a_surgeon,
    complete,
    site_of,
    the_form,
)
from tests.people import a_user, set_up
from tests.printed import pages

pytestmark = pytest.mark.django_db
WRITER = system_actor("export")


def asked(user, subject=None, sites=(), key=""):
    """Ask for a file."""
    return ask_download(subject, by=user, at=timezone.now(), key=key or str(uuid4()), sites=sites)


def now_of(download):
    """Return the download as it stands."""
    with as_actor(WRITER):
        return Download.objects.get(pk=download.pk)


def content_of(download):
    """Return the bytes that are kept."""
    with as_actor(WRITER):
        return b"".join(
            bytes(part.content) for part in DownloadPart.objects.filter(download=download).order_by("number")
        )


def said_of(download):
    """Return the sentence a download failed with."""
    failure = now_of(download).failure
    return failure["message"] % failure["params"]


def client_of(user):
    """Return a browser in which this person is logged in."""
    client = Client()
    client.force_login(user)
    return client


def files_of(download):
    """Return the files of an archive, by name."""
    with zipfile.ZipFile(io.BytesIO(content_of(download))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_whole_trial_is_written_whole():
    form, manager = a_complete_form(a_coordinator()), a_data_manager()
    download = asked(manager, sites=[form.site])

    assert write_waiting() == 1

    files = files_of(download)
    expected = {f"{crf.code}.csv" for crf in TRIAL.crfs} | {
        "subjects.csv",
        "visits.csv",
        "queries.csv",
        "dictionary.csv",
    }
    assert expected <= files.keys()
    assert form.subject.number in files["DM.csv"]
    assert form.subject.number in files["subjects.csv"]
    done = now_of(download)
    assert (done.state, done.size, done.digest) == (
        "ready",
        len(content_of(download)),
        sha256(content_of(download)).hexdigest(),
    )


def test_the_page_beside_the_tables_says_as_of_when_and_what_each_file_must_be():
    form, manager = a_complete_form(a_coordinator()), a_data_manager()
    download = asked(manager, sites=[form.site])
    write_waiting()

    files = files_of(download)
    page = files.pop("README.txt")

    assert TRIAL.fingerprint in page
    assert "Data as of" in page
    for name, content in files.items():
        assert f"{sha256(content.encode()).hexdigest()}  {name}  " in page


def test_every_column_of_a_table_stands_in_the_dictionary():
    form, manager = a_complete_form(a_coordinator()), a_data_manager()
    download = asked(manager, sites=[form.site])
    write_waiting()

    files = files_of(download)
    known = {}
    for row in csv.DictReader(io.StringIO(files["dictionary.csv"])):
        name = f"{row['crf']}_{row['group']}.csv" if row["group"] else f"{row['crf']}.csv"
        known.setdefault(name, set()).update(row["columns"].split())

    for name in known:
        header = files[name].splitlines()[0].split(",")
        assert set(header[header.index("signed") + 1 :]) - {"row"} == known[name], name


def test_a_statistician_gets_no_arm_and_a_data_manager_does():
    form = a_complete_form(a_coordinator())
    blinded, manager = asked(a_user(Role.STATISTICIAN), sites=[form.site]), asked(a_data_manager(), sites=[form.site])
    write_waiting()

    assert "arm" not in files_of(blinded)["subjects.csv"].splitlines()[0].split(",")
    assert "arm" in files_of(manager)["subjects.csv"].splitlines()[0].split(",")


def test_the_dataset_holds_what_its_owner_may_see():
    coordinator, other = a_coordinator(), a_complete_form(a_coordinator())
    surgeon = a_surgeon(site_of(coordinator))
    evaluation = the_form(a_subject(coordinator), "SU", by=surgeon)
    complete(evaluation, EVALUATION, by=surgeon)
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, site_of(coordinator))
    download = asked(lead, sites=[site_of(coordinator), other.site])
    write_waiting()

    files = files_of(download)

    assert evaluation.subject.number in files["subjects.csv"]
    assert len(files["SU.csv"].splitlines()) == 1
    assert not [name for name, content in files.items() if other.subject.number in content]


def test_two_clicks_are_one_download():
    form, manager = a_complete_form(a_coordinator()), a_data_manager()

    assert asked(manager, key="same", sites=[form.site]).pk == asked(manager, key="same", sites=[form.site]).pk


def test_a_file_of_another_person_does_not_exist():
    form = a_complete_form(a_coordinator())
    mine, other = a_data_manager(), a_data_manager()
    download = asked(mine, sites=[form.site])
    write_waiting()

    assert client_of(mine).get(reverse("download", args=[download.pk])).status_code == 200
    assert client_of(other).get(reverse("download", args=[download.pk])).status_code == 404
    with as_actor(other):
        assert not Download.objects.filter(pk=download.pk).exists()
        assert not DownloadPart.objects.filter(download=download.pk).exists()


def test_a_file_comes_out_as_it_was_kept():
    form, manager = a_complete_form(a_coordinator()), a_data_manager()
    download = asked(manager, sites=[form.site])
    write_waiting()

    response = client_of(manager).get(reverse("download", args=[download.pk]))

    assert b"".join(response.streaming_content) == content_of(download)
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Length"] == str(len(content_of(download)))


def test_a_file_that_is_not_ready_is_not_given():
    manager = a_data_manager()
    download = asked(manager, sites=[a_complete_form(a_coordinator()).site])

    response = client_of(manager).get(reverse("download", args=[download.pk]))

    assert response.status_code == 409
    assert "The file is not ready." in response.content.decode()


def test_whoever_lost_the_role_gets_no_file():
    manager = a_data_manager()
    download = asked(manager, sites=[a_complete_form(a_coordinator()).site])
    write_waiting()
    accounts.end_grant(manager.grants.get(), by=set_up(), at=timezone.now(), reason="left the trial")

    response = client_of(User.objects.get(pk=manager.pk)).get(reverse("download", args=[download.pk]))

    assert response.status_code in (403, 409)


def test_whoever_lost_the_role_before_it_was_written_reads_why():
    manager = a_data_manager()
    download = asked(manager, sites=[a_complete_form(a_coordinator()).site])
    accounts.end_grant(manager.grants.get(), by=set_up(), at=timezone.now(), reason="left the trial")

    write_waiting()

    assert now_of(download).state == DownloadState.FAILED
    assert said_of(download).startswith("Your role does not include exporting data at any site. The data manager, the ")


def test_a_fault_is_said_in_a_sentence_and_nothing_is_offered(monkeypatch):
    manager = a_data_manager()
    download = asked(manager, sites=[a_complete_form(a_coordinator()).site])

    def broken(*_args, **_details):
        raise ValueError("1970-05-01 is not what was expected")

    monkeypatch.setattr("exports.writing.write_trial", broken)
    write_waiting()

    assert now_of(download).state == DownloadState.FAILED
    assert said_of(download).startswith("The file could not be written. Ask for it again;")
    assert content_of(download) == b""
    assert "could not be written" in client_of(manager).get(reverse("downloads")).content.decode()


def test_what_a_dead_writer_left_is_taken_up_again():
    download = asked(a_data_manager(), sites=[a_complete_form(a_coordinator()).site])
    now = timezone.now()
    with as_actor(WRITER):
        assert queue.take_next(at=now).pk == download.pk
        assert queue.take_next(at=now + queue.LEASE) is None
        assert queue.take_next(at=now + queue.LEASE + timedelta(seconds=1)).pk == download.pk


def test_what_never_ends_is_given_up_with_a_sentence():
    download = asked(a_data_manager(), sites=[a_complete_form(a_coordinator()).site])
    with as_actor(WRITER):
        for number in range(queue.MOST_ATTEMPTS + 1):
            queue.take_next(at=timezone.now() + number * (queue.LEASE + timedelta(seconds=1)))

    assert said_of(download) == "The file was begun 3 times and never finished. Ask for it again, for fewer sites."


def test_a_file_given_up_is_not_kept_by_a_late_writer():
    manager = a_data_manager()
    download = asked(manager, sites=[a_complete_form(a_coordinator()).site])
    file = File("late.zip", "application/zip", io.BytesIO(b"late"), {})

    with pytest.raises(Refusal, match="written already, or given up"):
        keep_file(download, by=manager, at=timezone.now(), file=file, subject=None)

    assert content_of(download) == b""


def test_old_files_are_forgotten_with_their_bytes():
    download = asked(a_data_manager(), sites=[a_complete_form(a_coordinator()).site])
    write_waiting()
    with as_actor(WRITER):
        Download.objects.filter(pk=download.pk).update(done_at=timezone.now() - timedelta(days=7, minutes=1))

    write_waiting()

    with as_actor(WRITER):
        assert not Download.objects.filter(pk=download.pk).exists()
        assert not DownloadPart.objects.filter(download=download.pk).exists()


def test_a_file_that_was_made_stands_in_the_trail_with_its_hash():
    manager = a_data_manager()
    download = asked(manager, sites=[a_complete_form(a_coordinator()).site])
    write_waiting()

    with as_actor(manager):
        made = Event.objects.get(kind="exports.download.made")
    facts = json.loads(made.facts)

    assert made.actor_id == str(manager.pk)
    assert facts["sha256"] == now_of(download).digest
    assert facts["of"] == "trial"


def test_a_monitor_may_print_a_casebook_and_export_nothing():
    form = a_complete_form(a_coordinator())
    monitor = a_user(Role.MONITOR, form.site)
    client = client_of(monitor)

    assert client.post(reverse("casebook-paper", args=[form.subject_id])).status_code == 302
    assert client.post(reverse("export-trial")).status_code == 403
    assert client.get(reverse("export-table", args=["DM"])).status_code == 403
    write_waiting()

    with as_actor(monitor):
        download = Download.objects.get(owner=monitor)
    assert pages(content_of(download)) >= 2
    assert download.file_name == f"casebook-{form.subject.number}.pdf"


def test_the_number_of_a_subject_of_another_site_is_no_number():
    form, stranger = a_complete_form(a_coordinator()), a_coordinator()

    response = client_of(stranger).post(reverse("export-casebook"), {"number": form.subject.number})

    assert response.status_code == 400
    page = response.content.decode()
    assert f"No subject of your sites has the number {form.subject.number}." in page
    assert f'value="{form.subject.number}"' in page


def test_the_list_of_files_comes_again_by_itself_only_while_one_is_written():
    manager = a_data_manager()
    asked(manager, sites=[a_complete_form(a_coordinator()).site])
    client = client_of(manager)

    assert 'http-equiv="refresh"' in client.get(reverse("downloads")).content.decode()
    write_waiting()
    assert 'http-equiv="refresh"' not in client.get(reverse("downloads")).content.decode()


def test_the_list_of_files_asks_the_database_the_same_however_many(django_assert_max_num_queries):
    manager, site = a_data_manager(), a_complete_form(a_coordinator()).site
    client = client_of(manager)

    def queries():
        with django_assert_max_num_queries(100) as counted:
            client.get(reverse("downloads"))
        return len(counted)

    asked(manager, sites=[site])
    queries()
    one = queries()
    for _ in range(5):
        asked(manager, sites=[site])
    assert queries() == one
