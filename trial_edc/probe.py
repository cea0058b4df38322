"""Asks this machine's web server whether it is well, for a container's health check: `python -m trial_edc.probe`."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request


def is_well(port: int, host: str) -> bool:
    """Return whether /health/ answers 200; the server listens to nobody who does not name its host."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health/", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=8) as answer:  # noqa: S310 -- our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(not is_well(8000, (os.environ.get("SITE_HOSTS") or "localhost").split(",")[0].strip()))
