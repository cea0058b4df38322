"""The processes of a PostgreSQL of ours: whether the first one lives, and whom a kill leaves behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

SAY_AFTER_SECONDS, END_AFTER_SECONDS, GIVE_UP_AFTER_SECONDS = 2, 10, 120


def is_running(folder: Path) -> bool:
    """Return whether the folder's server lives; a zombie or another program under its old number does not count."""
    try:
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return False
    status = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():  # macOS has no /proc
        return _signals_reach(pid)
    try:
        name, state = status.read_text().split("(", 1)[1].rsplit(") ", 1)
        # Numbers are given again soon: it has to be the first process of this very folder.
        is_ours = str(folder / "data") in status.with_name("cmdline").read_text(errors="replace")
    except OSError:
        return False
    return is_ours and name == "postgres" and state[0] not in "ZX"


def _signals_reach(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def left_behind(folder: Path) -> list[int]:
    """Return the processes at work in this folder's data; after a kill they hold its memory for a moment."""
    data, found = str((folder / "data").resolve()), []
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if os.readlink(place) == data:
                found.append(int(place.parent.name))
    return sorted(found)


def wait_for(left: list[int], *, since: float) -> None:
    """Give processes of a killed server time to see that it is gone; end who does not, as PostgreSQL advises."""
    waited = time.monotonic() - since
    if left and waited > SAY_AFTER_SECONDS:
        numbers = ", ".join(map(str, left))
        print(f"Waiting for processes of a killed PostgreSQL to let go of its memory: {numbers}.", file=sys.stderr)
    if waited > END_AFTER_SECONDS:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
