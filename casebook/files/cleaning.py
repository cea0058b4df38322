"""Writes a file anew without what its maker wrote beside it: place, author, comments, scripts, attachments."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from casebook.files.kinds import Kind, recognised
from casebook.files.limits import MEGABYTE, MOST_BYTES
from casebook.files.papers import clean_pdf
from casebook.files.pictures import clean_picture
from protocol.words import N_, Sentence, sentence

TOO_LARGE = N_("This file has %(size)s MB; at most %(most)s MB are kept. Make it smaller, or bring it in parts.")


class Unclean(Exception):
    """A file that is not kept; `sentence` says why, and what to do."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.english())
        self.sentence = why


@dataclass(frozen=True)
class Cleaned:
    """A file as it is kept: its bytes written anew, and the digest of those that were brought."""

    kind: Kind
    content: bytes
    original_size: int
    original_sha256: str

    @property
    def sha256(self) -> str:
        """Return the digest of what is kept."""
        return sha256(self.content).hexdigest()


def cleaned(content: bytes, *, name: str = "") -> Cleaned:
    """Return the file as it may be kept. Raises Unclean."""
    if len(content) > MOST_BYTES:
        raise Unclean(too_large(len(content)))
    kind = recognised(content, name=name)
    if isinstance(kind, Sentence):
        raise Unclean(kind)
    written = clean_pdf(content) if kind == Kind.PDF else clean_picture(content, kind)
    if isinstance(written, Sentence):
        raise Unclean(written)
    if len(written) > MOST_BYTES:
        raise Unclean(too_large(len(written)))
    return Cleaned(kind, written, len(content), sha256(content).hexdigest())


def too_large(size: int) -> Sentence:
    """Return what to say of a file of so many bytes."""
    return sentence(TOO_LARGE, size=-(-size // MEGABYTE), most=MOST_BYTES // MEGABYTE)
