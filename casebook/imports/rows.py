"""One row of a file becomes answers: read by the trial's own definitions, nothing converted, what is declared marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace

from casebook.imports.report import Entry, Kind, refused, shortened
from casebook.imports.source import Row
from casebook.mapping import ASKED, ColumnPlan, FormPlan, Mapping, MappingRefused, UnitRange
from casebook.mapping_checks import codes_of
from protocol.language import Crf, Item, LaboratoryChoice, Number, Trial
from protocol.reading import Unreadable, read
from protocol.record import Answer
from protocol.words import N_, Sentence, sentence

Answers = dict[str, Answer]

UNIT_DECLARED = N_("Column %(column)s: values are declared to be in %(unit)s.")
UNIT_FROM = N_("Column %(column)s: values from %(low)s on are declared to be in %(unit)s.")
UNIT_BELOW = N_("Column %(column)s: values below %(high)s are declared to be in %(unit)s.")
UNIT_BETWEEN = N_("Column %(column)s: values from %(low)s to below %(high)s are declared to be in %(unit)s.")
CODE_DECLARED = N_("Column %(column)s: “%(theirs)s” is declared to mean “%(ours)s” of item %(item)s.")
CODE_SAYS_NOTHING = N_("Column %(column)s: “%(theirs)s” is declared to say nothing about item %(item)s.")
READ_AS = N_("“%(value)s” is kept as %(kept)s.")
CONSTANT_DECLARED = N_("Form %(form)s: %(item)s is declared to be %(value)s.")


@dataclass(frozen=True)
class RowAnswers:
    """What one row says: answers by name of form and path, and the column each came from."""

    row: Row
    forms: Table[str, Answers]
    columns: Table[tuple[str, str], str]


@dataclass
class Reading:
    """The reading of one file: definitions bound to the mapping, constants read once, declarations counted."""

    mapping: Mapping
    trial: Trial
    declared: Table[str, str]
    constants: dict[str, Answers] = field(init=False)
    tallies: Counter[Sentence] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.constants = {form.name: _constants(form, self) for form in self.mapping.forms}

    def crf(self, form: FormPlan) -> Crf:
        """Return the CRF of a planned form."""
        return self.trial.crf(form.crf)

    def read(self, row: Row) -> tuple[RowAnswers, list[Entry]]:
        """Return the answers of a row, and an entry for each cell that cannot be read."""
        forms: dict[str, Answers] = {}
        columns: dict[tuple[str, str], str] = {}
        entries: list[Entry] = []
        for column in self.mapping.columns:
            try:
                answer = self._answer(column, row)
            except Unreadable as fault:
                entries.append(_refusal(row, column.column, fault.sentence))
                continue
            if answer is not None:
                forms.setdefault(column.form, {})[column.path] = answer
                columns[column.form, column.path] = column.column
                entries.extend(_read_otherwise(row, column, answer))
        self._count_constants(forms)
        # A constant alone makes no form: a row without any result has no sample.
        return RowAnswers(
            row, {name: self.constants[name] | answers for name, answers in forms.items()}, columns
        ), entries

    def _count_constants(self, forms: Table[str, Answers]) -> None:
        for name in forms:
            for path, answer in self.constants[name].items():
                self.tallies[sentence(CONSTANT_DECLARED, form=name, item=path, value=answer.value)] += 1

    def declarations(self) -> Iterator[Entry]:
        """Yield a summary of everything that the mapping, not the file, said."""
        for words, times in sorted(self.tallies.items(), key=lambda each: each[0].english()):
            yield Entry(kind=Kind.DECLARED, sentence=words, times=times)

    def _answer(self, column: ColumnPlan, row: Row) -> Answer | None:
        text = row.cells[column.column].strip()
        if not text:
            return None  # a blank says nothing, and never overwrites
        item = self.crf(self.mapping.form(column.form)).item(column.path)
        if column.codes is not None:
            return self._coded(column, item, text)
        unit = self._unit(column, item, text, row)
        answer = read(item, text, unit) if unit else read(item, text)
        if unit and not column.unit_column:
            return replace(answer, declared=("unit",))
        return answer

    def _coded(self, column: ColumnPlan, item: Item, text: str) -> Answer | None:
        codes = dict(column.codes or ())
        if text not in codes:
            if codes_of(item) is None:
                return read(item, text)  # a number may have one code: "5" for five or more
            message = N_("“%(value)s” is a code that the mapping does not know; it knows: %(known)s.")
            raise Unreadable(sentence(message, value=text, known=tuple(codes)))
        ours = codes[text]
        message = CODE_DECLARED if ours else CODE_SAYS_NOTHING
        self.tallies[sentence(message, column=column.column, theirs=text, ours=ours, item=column.path)] += 1
        return replace(read(item, ours), declared=("value",)) if ours else None

    def _unit(self, column: ColumnPlan, item: Item, text: str, row: Row) -> str:
        if column.unit_column:
            return _unit_in_file(column, item, row)
        if not column.units:
            if column.unit:
                self.tallies[sentence(UNIT_DECLARED, column=column.column, unit=column.unit)] += 1
            return column.unit
        each = _unit_by_size(column, item, text)
        if each is None:
            message = N_("The mapping declares no unit for a value of this size: %(value)s.")
            raise Unreadable(sentence(message, value=text))
        self.tallies[_unit_of_size(column, each)] += 1
        return each.unit


def _constants(form: FormPlan, reading: Reading) -> Answers:
    answers: Answers = {}
    for path, value in form.constants:
        item = reading.crf(form).item(path)
        said = _asked(value, reading) if value.startswith(ASKED) else value
        try:
            answer = read(item, said)
        except Unreadable as fault:
            message = N_("The constant %(item)s of form %(form)s cannot be read: %(why)s")
            raise MappingRefused((sentence(message, item=path, form=form.name, why=fault.sentence),)) from fault
        field_name = "laboratory" if isinstance(item, LaboratoryChoice) else "value"
        answers[path] = replace(answer, declared=(field_name,))
    return answers


def _asked(value: str, reading: Reading) -> str:
    name = value.removeprefix(ASKED)
    if said := reading.declared.get(name, "").strip():
        return said
    message = N_("The mapping asks for %(name)s (%(question)s); declare it: %(name)s=….")
    raise MappingRefused((sentence(message, name=name, question=dict(reading.mapping.asked)[name]),))


def _unit_in_file(column: ColumnPlan, item: Item, row: Row) -> str:
    unit = row.cells[column.unit_column].strip()
    known = item.units if isinstance(item, Number) else ()
    if known and not unit:
        message = N_("The value has no unit: column %(column)s is blank in this row.")
        raise Unreadable(sentence(message, column=column.unit_column))
    if unit not in known:
        message = N_("“%(unit)s” is not a unit of %(item)s; it has: %(units)s.")
        raise Unreadable(sentence(message, unit=unit, item=column.path, units=tuple(known)))
    return unit


def _unit_by_size(column: ColumnPlan, item: Item, text: str) -> UnitRange | None:
    # The size of the number says its unit, so it is read without one first.
    bare = replace(item, units=()) if isinstance(item, Number) else item
    number = read(bare, text).number
    return next((each for each in column.units if number is not None and each.holds(number)), None)


def _unit_of_size(column: ColumnPlan, each: UnitRange) -> Sentence:
    if each.at_least is not None and each.below is not None:
        return sentence(UNIT_BETWEEN, column=column.column, unit=each.unit, low=each.at_least, high=each.below)
    if each.at_least is not None:
        return sentence(UNIT_FROM, column=column.column, unit=each.unit, low=each.at_least)
    if each.below is not None:
        return sentence(UNIT_BELOW, column=column.column, unit=each.unit, high=each.below)
    return sentence(UNIT_DECLARED, column=column.column, unit=each.unit)


def _read_otherwise(row: Row, column: ColumnPlan, answer: Answer) -> Iterator[Entry]:
    """Yield a note where a number or a day is kept in another spelling than the file's: 2,4 as 2.4."""
    text, kept = row.cells[column.column].strip(), f"{answer.comparator}{answer.value}"
    if "value" not in answer.declared and text.casefold() != kept.casefold():
        words = sentence(READ_AS, value=text, kept=kept)
        yield Entry(
            kind=Kind.NOTED, sentence=words, row=row.number, key=row.key, column=column.column, value=shortened(text)
        )


def _refusal(row: Row, column: str, words: Sentence) -> Entry:
    entry = refused("", row=row.number, key=row.key, column=column, value=row.cells[column])
    return replace(entry, sentence=words)
