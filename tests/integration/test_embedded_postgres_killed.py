"""The embedded server after a kill: started at once it comes back, whoever of the dead one is left behind."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from scripts import embedded_postgres, postgres_processes
from scripts.embedded_postgres import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = embedded_postgres.folder_for(f"postgres-killed-{os.getpid()}")
    try:
        yield embedded_postgres.start(folder, volatile=True)
    finally:
        embedded_postgres.stop(folder)
        shutil.rmtree(folder)


def first_process(server: Server) -> int:
    return int((Path(server.folder) / "data" / "postmaster.pid").read_text().split()[0])


def answers(server: Server) -> bool:
    conn = psycopg2.connect(server.url())
    with conn.cursor() as cursor:
        cursor.execute("select 1")
        found = cursor.fetchone()
    conn.close()
    return found == (1,)


def test_a_server_killed_just_now_is_started_again(server: Server):
    killed = first_process(server)
    os.kill(killed, signal.SIGKILL)

    again = embedded_postgres.start(Path(server.folder))

    assert first_process(server) != killed
    assert answers(again)


def test_who_holds_the_memory_of_a_killed_server_is_ended(server: Server, monkeypatch, capsys):
    monkeypatch.setattr(postgres_processes, "SAY_AFTER_SECONDS", 0)
    monkeypatch.setattr(postgres_processes, "END_AFTER_SECONDS", 0.5)
    killed = first_process(server)
    left = next(pid for pid in postgres_processes.left_behind(Path(server.folder)) if pid != killed)
    os.kill(left, signal.SIGSTOP)
    os.kill(killed, signal.SIGKILL)

    again = embedded_postgres.start(Path(server.folder))

    assert answers(again)
    assert f"Waiting for processes of a killed PostgreSQL to let go of its memory: {left}." in capsys.readouterr().err


def test_another_program_under_the_number_of_a_killed_server_is_none(server: Server):
    folder = Path(server.folder)
    kept = folder / "data" / "postmaster.pid"
    is_written = kept.read_text()
    backend = next(pid for pid in postgres_processes.left_behind(folder) if pid != first_process(server))
    kept.write_text(is_written.replace(is_written.split()[0], str(backend), 1))
    try:
        assert embedded_postgres.running(folder) is None
    finally:
        kept.write_text(is_written)
    assert embedded_postgres.running(folder) is not None
