"""Long fault and concurrency runs: bounded in count and time, and only under make soak."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a soak."""
    for item in items:
        if "/tests/soak/" in str(item.path):
            item.add_marker(pytest.mark.soak)
