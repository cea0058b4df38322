"""How large a file may be, in every sense in which it can be large."""

from __future__ import annotations

MEGABYTE = 1024 * 1024
MOST_BYTES = 25 * MEGABYTE
MOST_PIXELS = 60_000_000  # a camera of a telephone has 50 million; drawn anew, each takes four bytes
MOST_PAGES = 200
MOST_OBJECTS = 50_000  # a report of two hundred pages has a few thousand
TITLE_LENGTH = 120
