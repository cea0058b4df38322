"""Takes the words out of a picture that stands inside a PDF, without drawing it anew: JPEG segments, JPEG 2000 boxes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from pypdf.generic import ArrayObject, NameObject, StreamObject

from casebook.files.limits import MOST_BYTES

START, END_OF_TABLES, COMMENT = 0xD8, 0xDA, 0xFE
APPLICATION = range(0xE0, 0xF0)
# APP0 says how large a dot is, APP14 which colours are meant: without them the picture looks different.
KEPT_APPLICATION = (0xE0, 0xEE)
WORDY_BOXES = (b"uuid", b"xml ", b"uinf", b"asoc", b"lbl ")


def without_words(stream: StreamObject) -> None:
    """Take EXIF, XMP, IPTC and comments out of a stream that is a JPEG or JPEG 2000 picture; leave any other alone."""
    names = _filters(stream)
    if not names or names[-1] not in ("/DCTDecode", "/JPXDecode"):
        return
    data = stream._data
    for name in names[:-1]:
        if name != "/FlateDecode":
            raise ValueError(f"Expected a picture packed once, got {names}.")
        data = zlib.decompressobj().decompress(data, MOST_BYTES)
    is_jpeg = names[-1] == "/DCTDecode"
    stream._data = b"".join(_segments(data) if is_jpeg else _boxes(data))
    if len(names) > 1:
        stream[NameObject("/Filter")] = NameObject(names[-1])
        stream.pop("/DecodeParms", None)


def _filters(stream: StreamObject) -> list[str]:
    named = stream.get("/Filter")
    named = named.get_object() if named is not None else None
    if isinstance(named, ArrayObject):
        return [str(name.get_object()) for name in named]
    return [] if named is None else [str(named)]


def _segments(data: bytes) -> Iterator[bytes]:
    """Yield the segments of a JPEG that draw; after the tables comes the picture itself, to the end."""
    if data[:2] != bytes((0xFF, START)):
        raise ValueError("Expected a JPEG to begin with its mark.")
    yield data[:2]
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise ValueError("Expected a segment of a JPEG.")
        mark = data[at + 1]
        if mark == 0xFF:
            at += 1
            continue
        if mark == END_OF_TABLES:
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if not (mark == COMMENT or (mark in APPLICATION and mark not in KEPT_APPLICATION)):
            yield data[at:end]
        at = end
    yield data[at:]


def _boxes(data: bytes) -> Iterator[bytes]:
    """Yield the boxes of a JPEG 2000 that draw; a bare stream of codes has none."""
    if data[4:8] != b"jP  ":
        yield data
        return
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        end = len(data) if size == 0 else at + max(size, 8)
        if data[at + 4 : at + 8] not in WORDY_BOXES:
            yield data[at:end]
        at = end
