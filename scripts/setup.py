#!/usr/bin/env python3
"""Prepares this machine for `make demo`, `make test` or `make check`; says in one sentence what it cannot do itself.

Runs on the system's Python before anything is installed: standard library only. A repeat finds its stamp and is done.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from ctypes.util import find_library
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements" / "develop.txt"
STAMP = VENV / ".installed"
OLDEST = (3, 11)
HEADLESS = "chromium-headless-shell"  # the same browser without its windows: a third of its work
PAPER_LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}


class CannotPrepare(SystemExit):
    """Something is missing that this script may not or cannot install; the message is one sentence."""


def main() -> None:
    """Install what the target named on the command line needs."""
    target = sys.argv[1] if len(sys.argv) > 1 else "check"
    if sys.version_info < OLDEST:
        raise CannotPrepare(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.")
    if importlib.util.find_spec("ensurepip") is None and not PYTHON.exists():
        install_packages(["python3-venv"])
    install_requirements()
    if target in ("demo", "test"):
        install_packages(missing_for_paper())
    if target == "test":
        install_neighbours()


def install_requirements() -> None:
    """Install exactly the locked requirements, checked by hash, unless the stamp says that they are there."""
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    say("Installing the locked requirements into .venv ...")
    if not _works():
        shutil.rmtree(VENV, ignore_errors=True)
        run([sys.executable, "-m", "venv", VENV])
    if not _installed_by_uv():
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCK]
        if not succeeds(pip, quiet=False):
            raise CannotPrepare("The requirements could not be installed: a package index must be within reach of pip.")
    # Installers may leave no compiled modules, and every start would compile them anew.
    subprocess.run([PYTHON, "-m", "compileall", "-q", "-j", "0", VENV / "lib"], stdout=subprocess.DEVNULL, check=False)
    STAMP.write_text(wanted)


def _works() -> bool:
    return PYTHON.exists() and succeeds([PYTHON, "-m", "pip", "--version"])


def _installed_by_uv() -> bool:
    """Return whether uv did it; it is several times faster than pip, and itself comes from the lock."""
    pinned = re.search(r"^uv==.*?(?=^\S)", LOCK.read_text() + "end", re.MULTILINE | re.DOTALL)
    if pinned is None:
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as only_uv:
        only_uv.write(pinned.group())
        only_uv.flush()
        if not succeeds([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", only_uv.name]):
            return False
    return succeeds([VENV / "bin" / "uv", "pip", "sync", "--quiet", "--python", PYTHON, "--require-hashes", LOCK])


def install_neighbours() -> None:
    """Install what only the tests need: Redis and a browser."""
    missing = [] if shutil.which("redis-server") else ["redis-server"]
    # Ubuntu's package is a stub that wants snap; there Playwright brings its own.
    if has_browser() or _is_ubuntu():
        install_packages(missing)
    elif not may_install() or not installs([*missing, HEADLESS, "libatomic1"]):
        install_packages([*missing, "chromium", "libatomic1"])
    if not has_browser():
        say("Fetching Chromium ...")
        as_root = may_install()
        command = [PYTHON, "-m", "playwright", "install", "chromium", *(["--with-deps"] if as_root else [])]
        if not succeeds(command, quiet=False):
            raise CannotPrepare(
                "There is no Chromium here: install the package chromium, or let Playwright reach its host."
            )


def has_browser() -> bool:
    """Return whether a Chromium is here that is not a stub, the system's or Playwright's."""
    if system_browser() is not None:
        return True
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return any(home.glob("chromium*"))


def system_browser() -> str | None:
    """Return the path of the system's Chromium, the one that has no windows before all others; None where there is none."""
    for name in (HEADLESS, "chromium", "chromium-browser", "google-chrome"):
        if (path := shutil.which(name)) and not _is_stub(Path(path)):
            return path
    return None


def _is_stub(path: Path) -> bool:
    return "/snap/" in str(path.resolve()) or b"/snap/" in path.read_bytes()[:4096]


def _is_ubuntu() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "ID=ubuntu" in release.read_text().splitlines()


def missing_for_paper() -> list[str]:
    """Return the packages that drawing a PDF still needs: the text library and a font with Chinese characters."""
    missing = [package for library, package in PAPER_LIBRARIES.items() if find_library(library) is None]
    # Without fontconfig nobody can be asked which fonts are there; the package brings it along.
    listed = (
        subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False) if shutil.which("fc-list") else None
    )
    return missing if listed is not None and listed.stdout.strip() else [*missing, "fontconfig", "fonts-wqy-microhei"]


def install_packages(names: list[str]) -> None:
    """Install system packages by apt, if any. Raises CannotPrepare with their names where that is not to be had."""
    if not names:
        return
    if not may_install():
        raise CannotPrepare(f"Please install these system packages and start again: {' '.join(names)}.")
    if not installs(names):
        raise CannotPrepare(f"apt-get could not install {' '.join(names)}; please install them and start again.")


def installs(names: list[str]) -> bool:
    """Return whether apt, which is there and allowed, installed these system packages."""
    say(f"Installing system packages: {' '.join(names)} ...")
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    silent = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *names]
    succeeds([*sudo, "apt-get", "update", "-qq"], environment=silent)
    return succeeds(install, environment=silent, quiet=False)


def may_install() -> bool:
    """Return whether this is Debian or Ubuntu, and the user root or allowed to become it without a password."""
    if shutil.which("apt-get") is None:
        return False
    return os.geteuid() == 0 or (shutil.which("sudo") is not None and succeeds(["sudo", "-n", "true"]))


def succeeds(command: Sequence[object], *, environment: dict[str, str] | None = None, quiet: bool = True) -> bool:
    """Return whether a command ends well."""
    output = subprocess.DEVNULL if quiet else None
    # Only errors are worth reading; what apt-get unpacks is not.
    done = subprocess.run([str(part) for part in command], env=environment, stdout=subprocess.DEVNULL, stderr=output)
    return done.returncode == 0


def run(command: list[object]) -> None:
    """Run a command that must end well."""
    if not succeeds(command, quiet=False):
        raise CannotPrepare(f"This did not work: {' '.join(str(part) for part in command)}")


def say(sentence: str) -> None:
    """Tell the person who waits."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
