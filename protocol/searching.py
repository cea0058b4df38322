"""Finds entries of a long code list by what a person typed: by whole name to store, by its words to choose from."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from protocol.language import Code, CodeList

MOST: Final = 20  # more than that nobody reads through
NEAREST: Final = 5
LONGEST_SEARCH: Final = 100  # no term is longer, and the search compares every letter

# British and American spelling of the same Greek and Latin words.
_SPELLINGS: Final = (("ae", "e"), ("oe", "e"), ("leuc", "leuk"), ("tumour", "tumor"), ("fibre", "fiber"))

Index = Mapping[str, Code]
_indexes: dict[int, tuple[CodeList, Index]] = {}


def exactly_named(codes: CodeList, text: str) -> Code | None:
    """Return the entry whose whole name was typed, whatever its capitals, spacing and spelling; None otherwise.

    A part of a name is never taken for it: what it is short for is for the person to choose.
    """
    return _index(codes).get(folded(text)) if len(text) <= LONGEST_SEARCH else None


def search(codes: CodeList, text: str, *, most: int = MOST) -> tuple[Code, ...]:
    """Return the entries that hold every word typed, or are called so; what people call so first, then what begins so."""
    wanted = folded(text[:LONGEST_SEARCH])
    if not wanted:
        return ()
    found = [(name, code) for name, code in _index(codes).items() if all(word in name for word in wanted.split())]
    found.sort(key=lambda each: (_rank(each[0], wanted), len(each[0]), each[0]))
    called = [_index(codes)[folded(value)] for word, value in codes.search_words if wanted in folded(word)]
    return tuple(dict.fromkeys((*called, *(code for _, code in found))))[:most]


def nearest(codes: CodeList, text: str) -> tuple[Code, ...]:
    """Return a few entries that may be meant: those of the search, or else those spelled alike."""
    if found := search(codes, text, most=NEAREST):
        return found
    index = _index(codes)
    alike = difflib.get_close_matches(folded(text[:LONGEST_SEARCH]), index, n=NEAREST, cutoff=0.7)
    return tuple(index[name] for name in alike)


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Return a text without what does not tell words apart: capitals, width, spacing, hyphens, national spelling."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(sign if sign.isalnum() else " " for sign in plain).split()
    name = " ".join(words)
    for british, american in _SPELLINGS:
        name = name.replace(british, american)
    return name


def _rank(name: str, wanted: str) -> int:
    """Return how near a name is: the same, beginning so, a word beginning so, or holding it anywhere."""
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    return 2 if f" {wanted}" in name else 3


def _index(codes: CodeList) -> Index:
    # By identity: a list of hundreds is hashed more slowly than it is searched. The list is kept with its index.
    kept = _indexes.get(id(codes))
    if kept is None:
        index = {folded(code.value): code for code in codes.codes}
        kept = _indexes[id(codes)] = (codes, index)
    return kept[1]
