"""The embedded server where its own files are hidden: PostgreSQL's user runs a copy that is whole."""

from __future__ import annotations

import subprocess

from scripts import embedded_postgres


def test_a_copy_beside_the_data_finds_its_libraries(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded_postgres, "_may_enter", lambda path: False)
    monkeypatch.delenv("EDC_POSTGRES_BINARIES", raising=False)

    copied = embedded_postgres._reachable(embedded_postgres._binaries(), beside=tmp_path)

    assert tmp_path in copied.parents
    for program in ("initdb", "postgres", "psql"):
        ran = subprocess.run([copied / program, "--version"], capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")


def test_a_copy_that_was_cut_short_is_begun_again(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded_postgres, "_may_enter", lambda path: False)
    monkeypatch.delenv("EDC_POSTGRES_BINARIES", raising=False)
    (tmp_path / ".program" / "half").mkdir(parents=True)

    copied = embedded_postgres._reachable(embedded_postgres._binaries(), beside=tmp_path)

    assert (copied / "initdb").exists()
    assert not (tmp_path / "program" / "half").exists()
