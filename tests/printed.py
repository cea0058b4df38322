"""Reads what a PDF holds: its streams inflated, and the characters its fonts say their glyphs stand for."""

from __future__ import annotations

import re
import zlib


def inflated(pdf: bytes) -> bytes:
    """Return everything in the file, with every compressed stream after it as plain bytes."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return pdf + b"".join(_plain(stream) for stream in streams)


def characters(pdf: bytes) -> set[str]:
    """Return the characters that a reader can copy out of the file."""
    maps = re.findall(rb"beginbfchar(.*?)endbfchar", inflated(pdf), re.DOTALL)
    pairs = (pair for found in maps for pair in re.findall(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", found))
    return {
        sign
        for glyph, text in pairs
        if int(glyph, 16)  # glyph 0 is the box that stands for no glyph
        for sign in bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
    }


def pages(pdf: bytes) -> int:
    """Return how many pages the file has."""
    return len(re.findall(rb"/Type\s*/Page\b", inflated(pdf)))


def _plain(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""
