"""The set-up of a machine: what it installs, what it leaves alone, and the one sentence where it cannot help."""

from __future__ import annotations

import shutil

import pytest

from scripts import setup


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Give a machine without Redis and browser, and the list of commands that were run on it."""
    commands: list[list[str]] = []

    def run(command, **_options: object) -> bool:
        commands.append([str(part) for part in command])
        return True

    monkeypatch.setattr(setup, "succeeds", run)
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(setup, "has_browser", lambda: any("chromium" in part for line in commands for part in line))
    monkeypatch.setattr(setup.os, "geteuid", lambda: 0)
    monkeypatch.setattr(setup, "_is_ubuntu", lambda: False)
    return commands


def test_on_debian_redis_and_chromium_come_from_apt(machine):
    setup.install_neighbours()

    (line,) = [line for line in machine if "install" in line]
    assert line[-3:] == ["redis-server", "chromium-headless-shell", "libatomic1"]


def test_where_apt_knows_no_browser_without_windows_it_brings_the_usual_one(machine, monkeypatch):
    runs = setup.succeeds
    monkeypatch.setattr(setup, "succeeds", lambda line, **more: runs(line, **more) and setup.HEADLESS not in line)

    setup.install_neighbours()

    assert [line for line in machine if "install" in line][-1][-3:] == ["redis-server", "chromium", "libatomic1"]


def test_on_ubuntu_whose_package_is_a_stub_playwright_brings_its_browser(machine, monkeypatch):
    monkeypatch.setattr(setup, "_is_ubuntu", lambda: True)

    setup.install_neighbours()

    assert [line[-1] for line in machine if "apt-get" in line and "install" in line] == ["redis-server"]
    assert machine[-1][1:] == ["-m", "playwright", "install", "chromium", "--with-deps"]


def test_where_nothing_is_missing_nothing_is_run(machine, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(setup, "has_browser", lambda: True)

    setup.install_neighbours()

    assert machine == []


def test_without_the_right_to_install_one_sentence_names_the_packages(machine, monkeypatch):
    monkeypatch.setattr(setup.os, "geteuid", lambda: 1000)

    with pytest.raises(setup.CannotPrepare) as refusal:
        setup.install_neighbours()

    assert str(refusal.value) == (
        "Please install these system packages and start again: redis-server chromium libatomic1."
    )


def test_a_user_who_may_become_root_installs_with_sudo(machine, monkeypatch):
    monkeypatch.setattr(setup.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name in {"apt-get", "sudo"} else None)

    setup.install_neighbours()

    assert all(line[:2] == ["sudo", "-n"] for line in machine)


@pytest.mark.parametrize(("content", "is_stub"), [(b"#!/bin/sh\nexec /snap/bin/chromium", True), (b"\x7fELF", False)])
def test_a_stub_is_no_browser(tmp_path, content, is_stub):
    program = tmp_path / "chromium-browser"
    program.write_bytes(content)

    assert setup._is_stub(program) is is_stub


def test_a_repeat_finds_its_stamp_and_installs_nothing(machine, monkeypatch, tmp_path):
    monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp")
    setup.STAMP.write_text(setup.hashlib.sha256(setup.LOCK.read_bytes() + setup.sys.version.encode()).hexdigest())

    setup.install_requirements()

    assert machine == []


def test_the_fast_installer_itself_comes_from_the_lock(machine):
    assert setup._installed_by_uv()

    pip, uv = machine
    assert "--require-hashes" in pip
    assert uv[-1] == str(setup.LOCK)


def test_an_old_python_is_told(monkeypatch):
    monkeypatch.setattr(setup, "OLDEST", (99, 0))

    with pytest.raises(setup.CannotPrepare, match=r"Python 99\.0 or newer is needed; this is"):
        setup.main()
