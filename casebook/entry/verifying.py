"""One form as it is compared with its source, or read by data management: every answer in words, with its mark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from casebook.entry.computing import computed_values
from casebook.entry.fields import items_of
from casebook.entry.rows import rows_stored
from casebook.models import Form, Verification
from casebook.selectors.queries import queries_by_path
from casebook.selectors.records import answers_of
from casebook.selectors.sight import tells_arm, without_arm
from casebook.selectors.verifying import fallen_marks, standing_marks
from casebook.words import answer_in_words
from protocol.checking import shown_items
from protocol.language import Derived, Item, Section
from protocol.record import BLANK, Answer
from protocol.trial import TRIAL


@dataclass(frozen=True, kw_only=True)
class Line:
    """One item: what stands there, whether it can be marked, and which mark stands or fell."""

    path: str
    title: str
    row: str
    said: str
    is_computed: bool
    is_markable: bool
    mark: Verification | None
    fallen: Verification | None
    fallen_said: str
    queries: int
    is_ticked: bool


@dataclass(frozen=True, kw_only=True)
class Part:
    """One section of the form with its lines."""

    number: int
    title: str
    lines: tuple[Line, ...]

    @property
    def markable(self) -> int:
        """How many of its answers can be marked."""
        return sum(line.is_markable for line in self.lines)

    @property
    def marked(self) -> int:
        """How many of its answers are marked."""
        return sum(line.mark is not None for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A form laid out for comparing: its parts, and how many of its answers are marked."""

    form: Form
    parts: tuple[Part, ...]

    @property
    def markable(self) -> int:
        """How many answers can be marked."""
        return sum(part.markable for part in self.parts)

    @property
    def marked(self) -> int:
        """How many answers are marked."""
        return sum(part.marked for part in self.parts)

    def paths_of(self, number: str) -> list[str]:
        """Return the paths of a section, by its number, that can be marked and are not."""
        lines = (line for part in self.parts if str(part.number) == number for line in part.lines)
        return [line.path for line in lines if line.is_markable and line.mark is None]


def compared(form: Form, user: User, *, at: datetime, ticked: Collection[str] = ()) -> Compared:
    """Return the form as this person may see it; what is neither asked nor answered is left out."""
    drawing = _Drawing(form, user, at=at, ticked=ticked)
    parts = (drawing.part(number, section) for number, section in enumerate(drawing.crf.sections, 1))
    return Compared(form=form, parts=tuple(part for part in parts if part.lines))


class _Drawing:
    def __init__(self, form: Form, user: User, *, at: datetime, ticked: Collection[str]) -> None:
        self.form, self.user, self.ticked = form, user, ticked
        self.crf = TRIAL.crf(form.crf)
        stored = answers_of(form)
        self.answers: Mapping[str, Answer] = without_arm(stored, form, user)
        self.items = dict(items_of(self.crf, rows_stored(self.crf, stored)))
        self.shown = shown_items(self.crf, stored)
        self.computed = computed_values(form, self.crf, stored, at=at)
        self.marks, self.fallen = standing_marks(form), fallen_marks(form)
        queries = ((path, len(found)) for path, found in queries_by_path(form).items())
        self.queries = Counter(dict(queries))

    def part(self, number: int, section: Section) -> Part:
        """Return a section with what is asked or answered in it."""
        return Part(number=number, title=section.title, lines=tuple(self._lines(section)))

    def _lines(self, section: Section) -> Iterator[Line]:
        names = {item.name for item in section.items}
        for path, item in self.items.items():
            if path.partition("/")[0] in names and (path in self.shown or path in self.answers):
                yield self._line(path, item)

    def _line(self, path: str, item: Item) -> Line:
        hides = tells_arm(self.form, path, self.user)
        fallen = None if hides or path in self.marks else self.fallen.get(path)
        return Line(
            path=path,
            title=item.title,
            row=path.split("/")[1] if "/" in path else "",
            said=self.computed.get(path, "") or answer_in_words(item, self.answers.get(path, BLANK)),
            is_computed=isinstance(item, Derived),
            is_markable=path in self.answers and not hides,
            mark=self.marks.get(path),
            fallen=fallen,
            fallen_said=answer_in_words(item, Answer.from_json(fallen.value)) if fallen else "",
            queries=0 if hides else self.queries[path],
            is_ticked=path in self.ticked,
        )
