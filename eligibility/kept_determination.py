"""A determination as it was signed: the answers, verdicts and ranges that its seal covers, never judged anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.signing import content_hash
from casebook.models import Subject
from casebook.selectors.sight import hidden_forms
from casebook.words import value_in_words
from eligibility.models import Determination
from eligibility.selectors.veiled import HIDDEN, until_signed
from protocol.arms import STRATA
from protocol.language import Criterion
from protocol.trial import TRIAL
from protocol.words import Sentence


@dataclass(frozen=True)
class KeptVerdict:
    """One verdict as it was signed."""

    criterion: Criterion
    verdict: str
    counts: bool
    reason: Sentence

    @property
    def by_review(self) -> bool:
        """Whether it passed because two persons decided so."""
        return self.counts and self.verdict != "pass"


@dataclass(frozen=True)
class KeptForm:
    """One form as it was signed; of one this reader may not see yet, no answers."""

    key: str
    title: str
    version: int
    answers: tuple[tuple[str, str], ...]
    is_hidden: bool


@dataclass(frozen=True)
class KeptDetermination:
    """Everything that was signed, as this reader may see it."""

    determination: Determination
    is_whole: bool  # the content still has the hash that was signed
    strata: tuple[tuple[str, str], ...]
    verdicts: tuple[KeptVerdict, ...]
    forms: tuple[KeptForm, ...]
    ranges: tuple[Mapping[str, Any], ...]

    @property
    def is_revoked(self) -> bool:
        """Whether it was revoked since."""
        return hasattr(self.determination, "revocation")


def determinations_as_signed(subject: Subject, reader: User) -> tuple[KeptDetermination, ...]:
    """Return the determinations of a subject, the latest first. Two queries."""
    hidden = {str(key) for key in hidden_forms(reader).filter(subject=subject).values_list("pk", flat=True)}
    rows = Determination.objects.filter(subject=subject).select_related("determined_by", "revocation")
    return tuple(_as_signed(each, hidden) for each in rows.order_by("-determined_at", "-pk"))


def _as_signed(determination: Determination, hidden: set[str]) -> KeptDetermination:
    content = determination.snapshot
    return KeptDetermination(
        determination=determination,
        is_whole=content_hash(content) == determination.content_hash,
        strata=tuple(_strata(content["strata"])),
        verdicts=tuple(_verdicts(content["verdicts"], hidden)),
        forms=tuple(_forms(content["forms"], hidden)),
        ranges=tuple(content["ranges"]),
    )


def _strata(levels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for factor in STRATA:
        titles = {level.value: level.title for level in factor.levels}
        yield factor.title, titles.get(levels.get(factor.code, ""), "")


def _verdicts(kept: Mapping[str, Mapping[str, Any]], hidden: set[str]) -> Iterator[KeptVerdict]:
    for criterion in TRIAL.criteria:
        if (row := kept.get(criterion.code)) is None:
            continue
        if any(each.get("value") and each.get("form") in hidden for each in row["evidence"]):
            yield KeptVerdict(criterion, HIDDEN, False, until_signed())
        else:
            yield KeptVerdict(criterion, row["verdict"], row["counts"], Sentence.from_json(row["reason"]))


def _forms(kept: list[Mapping[str, Any]], hidden: set[str]) -> Iterator[KeptForm]:
    for row in kept:
        crf, is_hidden = row["crf"], row["id"] in hidden
        title = " ".join(filter(None, [_(TRIAL.crf(crf).title), str(row["repeat"]) if row["repeat"] > 1 else ""]))
        answers = () if is_hidden else tuple(_answer(crf, path, said) for path, said in row["answers"].items())
        yield KeptForm(row["id"], title, row["version"], answers, is_hidden)


def _answer(crf: str, path: str, said: Mapping[str, Any]) -> tuple[str, str]:
    """Return the question and the answer in words; an item the protocol no longer has, as it was kept."""
    try:
        item = TRIAL.crf(crf).item(path)
    except KeyError:
        return path, str(said.get("value", ""))
    value = value_in_words(item, said["value"]) if said.get("value") else str(said.get("missing", ""))
    return _(item.title), " ".join(filter(None, [said.get("comparator", ""), value, said.get("unit", "")]))
