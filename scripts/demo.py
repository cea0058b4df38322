#!/usr/bin/env python3
"""The demonstration: database, web server, worker and beat on this machine, until Ctrl-C. `reset` forgets its data."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from scripts import embedded_postgres  # noqa: E402

VAR = embedded_postgres.VAR
LOGS = VAR / "logs"
USUAL_PORT = 8000
PATIENCE_SECONDS = 90
# Asked to stop, a server may finish what it is saving; then it is told.
GRACE_SECONDS = 20


class Stop(Exception):
    """The person, or the machine, wants the demonstration to end."""


@dataclass(frozen=True)
class Program:
    """One of the servers, and where it writes."""

    name: str
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> Path:
        """Return the file that holds what the program wrote."""
        return LOGS / f"{self.name}.log"


def main() -> int:
    """Serve until told to stop; everything that was started is stopped, in the opposite order."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stop)
    LOGS.mkdir(parents=True, exist_ok=True)
    try:
        with _only_one(), ExitStack() as running:
            _serve(running)
    except Stop:
        pass
    print("\nThe demonstration has stopped; its data are kept.")
    return 0


def reset() -> int:
    """Forget the demonstration's data."""
    VAR.mkdir(exist_ok=True)
    with _only_one():
        folder = embedded_postgres.folder_for("postgres")
        embedded_postgres.stop(folder)
        for path in (folder, VAR / "queue", VAR / "seals", LOGS):
            shutil.rmtree(path, ignore_errors=True)
        for name in ("seal.key", "seal.key.pub", "demo-key", "beat-schedule", "clock"):
            (VAR / name).unlink(missing_ok=True)
    print("The demonstration's data are gone; `make demo` begins anew.")
    return 0


def _serve(running: ExitStack) -> None:
    address = f"http://localhost:{_port()}"
    environment = _environment(running, address)
    logins = _prepared(environment)
    owner_stays_out = {name: value for name, value in environment.items() if name != "OWNER_DATABASE_URL"}
    programs = [running.enter_context(_program(*command, owner_stays_out)) for command in _commands(address)]
    _wait_until_healthy(address, programs)
    print(f"\n{logins}\n\nOpen {address}\nMails stay in the house: {address}/mailbox/", flush=True)
    print("Ctrl-C stops everything.", flush=True)
    while True:
        _stop_if_one_ended(programs)
        time.sleep(0.5)


def _environment(running: ExitStack, address: str) -> dict[str, str]:
    """Return the settings: those given from outside stay, the rest is made here."""
    given = {name: value for name, value in os.environ.items() if value}
    made = {
        "EDC_ENVIRONMENT": "demo",
        "SECRET_KEY": given.get("SECRET_KEY") or _kept_secret(),
        "SITE_ADDRESS": address,
        "STATIC_ROOT": str(VAR / "staticfiles"),
        "QUEUE_FOLDER": str(VAR / "queue"),
        "SEAL_FOLDER": str(VAR / "seals"),
        "SEAL_KEY_FILE": str(VAR / "seal.key"),
        "ALLOCATION_KEY_FILE": str(VAR / "allocation.key"),
        "CLOCK_FILE": str(VAR / "clock"),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "trial_edc.settings",
    }
    if "DATABASE_URL" not in given:
        server = running.enter_context(_database())
        made |= {"DATABASE_URL": server.url(), "OWNER_DATABASE_URL": server.url(embedded_postgres.OWNER)}
    elif "OWNER_DATABASE_URL" not in given:
        raise SystemExit("DATABASE_URL is set: set OWNER_DATABASE_URL too, the demonstration migrates as the owner.")
    if "REDIS_URL" not in given and (program := shutil.which("redis-server")):
        made["REDIS_URL"] = running.enter_context(_redis(program))
    (VAR / "queue" / "messages").mkdir(parents=True, exist_ok=True)
    (VAR / "queue" / "control").mkdir(exist_ok=True)
    return given | made


def _prepared(environment: dict[str, str]) -> str:
    """Migrate, collect static files, make the demonstration; return its table of log-ins."""
    print("Preparing the database ...", flush=True)
    preparing = [
        _manage(environment, "prepare_database"),
        _manage(environment, "collectstatic", "--noinput", "--verbosity", "0"),
    ]
    if not (VAR / "seal.key").exists():
        preparing.append(_manage(environment, "make_seal_key"))
    preparing.append(_manage(environment, "make_allocation_key", "--if-missing"))
    for each in preparing:
        _done(each)
    print(
        "Making the demonstration: at the first time its subjects walk through the trial, a few minutes ...", flush=True
    )
    application = {name: value for name, value in environment.items() if name != "OWNER_DATABASE_URL"}
    fewer = ["--subjects", os.environ["DEMO_SUBJECTS"]] if os.environ.get("DEMO_SUBJECTS") else []
    return _done(_manage(application, "make_demo", *fewer)).strip()


def _commands(address: str) -> Iterator[tuple[str, list[str]]]:
    bind = f"127.0.0.1:{address.rpartition(':')[2]}"
    python = [sys.executable, "-m"]
    yield (
        "web",
        [
            *python,
            "gunicorn",
            "trial_edc.wsgi",
            "--bind",
            bind,
            "--workers",
            "2",
            "--threads",
            "4",
            "--no-control-socket",
        ],
    )
    # As root Celery warns of pickle, which is not accepted here.
    queue = [sys.executable, "-W", "ignore::RuntimeWarning", "-m", "celery", "-A", "trial_edc"]
    yield "worker", [*queue, "worker", "--concurrency", "1", "--loglevel", "INFO"]
    yield "beat", [*queue, "beat", "--schedule", str(VAR / "beat-schedule"), "--pidfile", "", "--loglevel", "INFO"]


@contextmanager
def _database() -> Iterator[embedded_postgres.Server]:
    folder = embedded_postgres.folder_for("postgres")
    try:
        yield embedded_postgres.start(folder)
    finally:
        embedded_postgres.stop(folder)


@contextmanager
def _redis(program: str) -> Iterator[str]:
    port = embedded_postgres.free_port(0)
    quiet = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--dir", str(VAR)]
    with _program("redis", [program, "--port", str(port), *quiet], dict(os.environ)):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _program(name: str, command: list[str], environment: dict[str, str]) -> Iterator[Program]:
    """Run a server in a session of its own, so that Ctrl-C reaches us alone and we stop all in order."""
    with (LOGS / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield Program(name, process)
    finally:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_healthy(address: str, programs: list[Program]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        _stop_if_one_ended(programs)
        try:
            with urllib.request.urlopen(f"{address}/health/", timeout=5):  # noqa: S310 -- our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"The web server does not answer; see {programs[0].log}.")


def _stop_if_one_ended(programs: list[Program]) -> None:
    for program in programs:
        if program.process.poll() is not None:
            last = program.log.read_text(errors="replace").splitlines()[-25:]
            raise SystemExit(f"The {program.name} has stopped; the end of {program.log}:\n" + "\n".join(last))


def _manage(environment: dict[str, str], *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _done(process: subprocess.Popen[str]) -> str:
    said, _nothing = process.communicate()
    if process.returncode:
        raise SystemExit(f"This did not work: {process.args!r}\n{said}")
    return said


@contextmanager
def _only_one() -> Iterator[None]:
    with (VAR / ".demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit("The demonstration of this folder is running already; stop it first.") from None
        yield


def _kept_secret() -> str:
    path = VAR / "demo-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def _port() -> int:
    wanted = int(os.environ.get("PORT") or USUAL_PORT)
    return embedded_postgres.free_port(wanted)


def _raise_stop(_number: int, _frame: FrameType | None) -> None:
    # Stopping takes a moment; a second Ctrl-C must not leave half of it running.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Stop


if __name__ == "__main__":
    sys.exit(reset() if "reset" in sys.argv else main())
