"""Real neighbours for the tests: Redis, a Celery worker, the web server, a browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.embedded_postgres import ROOT
from scripts.setup import system_browser

PATIENCE_SECONDS = 60
# Chromium hears the last of two such lists alone, so Playwright's own comes first, in its words. Then two pages the
# browser makes for its address bar: nobody sees them here, and they cost each new window more than a page of ours.
SWITCHED_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "TcpPortRandomizationWin,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup"
)


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Give the address of a Redis of our own on a free port."""
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("redis-server is missing: `make test` installs it, or install the package redis-server.")
    port = free_port()
    quiet = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--dir", str(folder), "--loglevel", "warning"]
    with _process([program, "--port", str(port), *quiet], environment=dict(os.environ), log=folder / "redis.log") as it:
        _until(lambda: _answers(port), it)
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def worker(environment: dict[str, str], folder: Path) -> Iterator[None]:
    """Run a Celery worker until the block ends; it takes work when the block begins."""
    log = folder / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "trial_edc", "worker", "--concurrency", "1", "--loglevel", "INFO"]
    with _process(command, environment={**environment, "LOG_LEVEL": "INFO"}, log=log) as it:
        _until(lambda: " ready." in log.read_text(), it)
        yield


@contextmanager
def web(environment: dict[str, str], folder: Path) -> Iterator[str]:
    """Serve the product and give its address; localhost, because a browser trusts that name like https."""
    port = free_port()
    address = f"http://localhost:{port}"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "trial_edc.wsgi:application",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
        "--no-control-socket",
    ]
    with _process(command, environment={**environment, "SITE_ADDRESS": address}, log=folder / "web.log") as it:
        _until(lambda: _answers(port), it)
        yield address


def chromium() -> dict[str, object]:
    """Return how to start the browser: the system's, where it is not a stub, else Playwright's own."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    quiet += [f"--disable-features={SWITCHED_OFF}"]
    rooted = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    options: dict[str, object] = {"args": [*quiet, *rooted]}
    path = system_browser()
    return options if path is None else options | {"executable_path": path}


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _process(command: list[str], *, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        it = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    it.log = log  # type: ignore[attr-defined]
    try:
        yield it
    finally:
        it.terminate()
        try:
            it.wait(15)
        except subprocess.TimeoutExpired:
            it.kill()
            it.wait()


def _until(ready: Callable[[], bool], it: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        if it.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{it.args} did not start:\n{it.log.read_text()[-4000:]}")  # type: ignore[attr-defined]
        time.sleep(0.05)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
