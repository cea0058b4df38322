"""What a path of an answer names: its row in a group, and what a person calls the item there."""

from __future__ import annotations

from collections.abc import Mapping

from protocol.language import Crf, Group
from protocol.record import BLANK, Answer
from protocol.words import N_, Sentence, sentence

IN_ROW = N_("%(row)s %(key)s, %(item)s")


def row_of(path: str) -> str:
    """Return the row of a path, `group/key`; empty at the top of the form."""
    return path.rpartition("/")[0]


def rows_in(answers: Mapping[str, Answer]) -> set[str]:
    """Return the rows that some answers stand in."""
    return {row_of(path) for path in answers} - {""}


def rows_decided_whole(base: Mapping[str, Answer], now: Mapping[str, Answer], mine: Mapping[str, Answer]) -> set[str]:
    """Return the rows that one person made or took off and the other changed: half of each is a row nobody entered."""
    after = {path: answer for path, answer in {**base, **mine}.items() if not answer.is_blank}
    made_or_unmade = (rows_in(base) ^ rows_in(now)) | (rows_in(base) ^ rows_in(after))
    by_them = {row_of(path) for path in base.keys() | now.keys() if base.get(path, BLANK) != now.get(path, BLANK)}
    return made_or_unmade & by_them & {row_of(path) for path in mine}


def titled(crf: Crf, path: str) -> Sentence:
    """Return what a person calls the item at a path: its title, in a group with its row."""
    parts = path.split("/")
    try:
        item = crf.item(path)
    except KeyError:
        return sentence("%(path)s", path=path)
    if len(parts) == 1:
        return Sentence(item.title)
    group = crf.item(parts[0])
    row = group.row_title if isinstance(group, Group) else group.title
    return sentence(IN_ROW, row=Sentence(row), key=parts[1], item=Sentence(item.title))
