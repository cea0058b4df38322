"""What kinds of item and check are called in the documents: a fold each, so that a kind forgotten here fails loudly."""

from __future__ import annotations

from decimal import Decimal
from functools import singledispatch

from protocol.language import (
    Agrees,
    AllowedBy,
    AsFirst,
    AtLeastRows,
    AtMostRows,
    Between,
    Check,
    Choice,
    ClearOf,
    Coded,
    Date,
    Derived,
    Group,
    HasEveryRow,
    HasForm,
    HasRows,
    InUse,
    Item,
    KnownBefore,
    LaboratoryChoice,
    Moment,
    MultiChoice,
    NoFinerThan,
    NoIdentifier,
    NotAbove,
    NotAfter,
    NotAfterFirst,
    NotBefore,
    NotFuture,
    NoTwin,
    Number,
    OneOf,
    PartialDate,
    Ref,
    Spelled,
    Steady,
    Text,
    When,
    Within,
    YesNo,
)


def condition_of(when: When) -> str:
    """Return a condition in words."""
    return f"`{when.item}` is {' or '.join(when.values)}"


@singledispatch
def kind_of(item: Item) -> str:
    """Return in words what an item takes."""
    raise TypeError(f"No kind is written for {type(item).__name__}.")


@kind_of.register
def _(item: Date) -> str:
    return "date"


@kind_of.register
def _(item: PartialDate) -> str:
    return "date, may be partial"


@kind_of.register
def _(item: Moment) -> str:
    return "date and time"


@kind_of.register
def _(item: Number) -> str:
    said = ["whole number" if item.decimals == 0 else "number"]
    said += [" or ".join(item.units)] if item.units else []
    said += ["with < or >"] if item.comparators else []
    said += [f"range of {item.analyte}"] if item.analyte else []
    return ", ".join(said)


@kind_of.register
def _(item: Choice) -> str:
    return f"one of [{item.codes.name}](#{item.codes.name})"


@kind_of.register
def _(item: MultiChoice) -> str:
    return f"any of [{item.codes.name}](#{item.codes.name})"


@kind_of.register
def _(item: Coded) -> str:
    return f"searched in [{item.codes.name}](#{item.codes.name})"


@kind_of.register
def _(item: YesNo) -> str:
    return "Y or N"


@kind_of.register
def _(item: Text) -> str:
    return f"text, at most {item.max_length} characters"


@kind_of.register
def _(item: LaboratoryChoice) -> str:
    return "laboratory"


@kind_of.register
def _(item: Derived) -> str:
    return f"computed: {item.derivation}" + (f", {item.units[0]}" if item.units else "")


@kind_of.register
def _(item: Group) -> str:
    return "rows"


@singledispatch
def rule_of(check: Check) -> str:
    """Return in words what a check asks."""
    raise TypeError(f"No rule is written for {type(check).__name__}.")


@rule_of.register
def _(check: Between) -> str:
    limits = [f"≥ {_plain(check.low)}"] if check.low is not None else []
    limits += [f"≤ {_plain(check.high)}"] if check.high is not None else []
    return f"{' and '.join(limits)} {check.unit}".rstrip()


@rule_of.register
def _(check: NotFuture) -> str:
    return "not in the future"


@rule_of.register
def _(check: NotBefore) -> str:
    return f"not before {pointed_at(check.other)}"


@rule_of.register
def _(check: Within) -> str:
    return f"at most {check.hours} hours after {pointed_at(check.other)}, or `{check.unless}` says why"


@rule_of.register
def _(check: NotAfter) -> str:
    return f"not after {pointed_at(check.other)}"


@rule_of.register
def _(check: ClearOf) -> str:
    having = " and ".join(condition_of(when) for when in check.having)
    return f"at least {check.days} days after `{check.crf}.{check.item}`" + (f" with {having}" if having else "")


@rule_of.register
def _(check: HasForm) -> str:
    having = " or ".join(condition_of(when) for when in check.having)
    return f"the casebook has a {check.crf}" + (f" where {having}" if having else "")


@rule_of.register
def _(check: NoTwin) -> str:
    return f"no other form has the same {', '.join(f'`{name}`' for name in check.items)}"


@rule_of.register
def _(check: Steady) -> str:
    return f"within {check.percent} % of the one before"


@rule_of.register
def _(check: AllowedBy) -> str:
    return f"one that the `{check.by}` has"


@rule_of.register
def _(check: NoFinerThan) -> str:
    return f"no more than its {('year', 'month', 'day')[check.parts - 1]}"


@rule_of.register
def _(check: Spelled) -> str:
    return f"spelled as {check.pattern}"


@rule_of.register
def _(check: NotAbove) -> str:
    return f"not above {pointed_at(check.other)}"


@rule_of.register
def _(check: InUse) -> str:
    return f"a version of the site's consent form, in force at `{check.dated_by}`"


@rule_of.register
def _(check: NoIdentifier) -> str:
    return "no identifier of a person"


@rule_of.register
def _(check: OneOf) -> str:
    return f"is {' or '.join(check.values)}"


@rule_of.register
def _(check: AtMostRows) -> str:
    having = " and ".join(f"`{name}` {value}" for name, value in check.having)
    return f"at most {check.most} rows with {having}" + (f" per `{check.per}`" if check.per else "")


@rule_of.register
def _(check: AtLeastRows) -> str:
    return f"at least {check.least} rows with {check.kinds} different `{check.per}`"


@rule_of.register
def _(check: HasRows) -> str:
    kind = "".join(f" with `{item}` {value}" for item, value in check.having)
    return f"a complete form has a row{kind}" + (" where an earlier one has" if check.known_before else "")


@rule_of.register
def _(check: NotAfterFirst) -> str:
    having = " and ".join(f"`{when.item}` {' or '.join(when.values)}" for when in check.having)
    return f"not after the first `{check.crf}.{check.item}` of forms with {having}"


@rule_of.register
def _(check: HasEveryRow) -> str:
    return f"a complete form with rows has every row of the computed {check.derivation}"


@rule_of.register
def _(check: KnownBefore) -> str:
    return "a row that an earlier form has"


@rule_of.register
def _(check: AsFirst) -> str:
    return "the same as on the first form that has this row"


@rule_of.register
def _(check: Agrees) -> str:
    return f"agrees with the computed {check.derivation}"


def pointed_at(ref: Ref) -> str:
    """Return the item a reference means, in words."""
    return f"`{ref.crf}.{ref.item}`" if ref.crf else f"`{ref.item}`"


def _plain(limit: Decimal) -> str:
    return format(limit, "f")
