"""Every check of the definitions, and how often it fired and how often that changed a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from casebook.models import CheckRefusal
from casebook.selectors.queries import LEFT_OPEN_CHECK, STANDING
from casebook.selectors.sight import REVEALING_CRFS, arm_hidden_at, visible_queries
from casebook.states import QueryOutcome
from protocol.language import (
    Agrees,
    AsFirst,
    Check,
    ClearOf,
    Crf,
    Group,
    HasEveryRow,
    HasForm,
    HasRows,
    Item,
    KnownBefore,
    NotAfterFirst,
    NoTwin,
    Severity,
    Steady,
    Which,
)
from protocol.trial import TRIAL
from protocol.words import N_

COUNTED: Final = ("asked", "standing", "changed", "kept")
LIMITS: Final = ("low", "high", "unit", "hours", "most", "least", "kinds", "percent", "days")
# What is asked of every item without being named at it, by the last word of its id.
BUILT_IN: Final[Mapping[str, str]] = {
    "value": N_("The answer can be read as what the item asks for."),
    "reason": N_("The reason for a missing answer names nobody."),
    "identifier": N_("The reason for a change names nobody."),
    "not-asked": N_("An item that is not asked has no answer."),
    "unknown": N_("The laboratory is on the list."),
    "unknown-item": N_("The form has the items it was given."),
    "row": N_("A row has a number that can be kept."),
    LEFT_OPEN_CHECK.rpartition(".")[2]: N_("An imported form has every required item."),
}


def checks_of(crf: Crf) -> Iterator[tuple[Item, Check]]:
    """Yield every check that the definition of a CRF names, with its item."""
    for item in crf.items:
        yield from ((item, check) for check in item.checks)
        if isinstance(item, Group):
            yield from ((inner, check) for inner in item.items for check in inner.checks)


def looks_across(check: Check) -> bool:
    """Whether what the check finds depends on other forms too."""
    other = getattr(check, "other", None)
    refers = other is not None and bool(other.crf) and other.which is not Which.SAME_FORM
    return (
        refers
        or isinstance(
            check, Agrees | AsFirst | ClearOf | HasEveryRow | HasForm | KnownBefore | NotAfterFirst | NoTwin | Steady
        )
        or (isinstance(check, HasRows) and check.known_before)
    )


ACROSS: Final = tuple(sorted({c.id for crf in TRIAL.crfs for _item, c in checks_of(crf) if looks_across(c)}))


@dataclass(frozen=True, kw_only=True)
class CheckLine:
    """One check: where it stands, what it says, how often it fired, and what became of that."""

    id: str
    crf: Crf | None
    item: str
    is_hard: bool
    says: str
    refused: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)  # of COUNTED
    limits: Mapping[str, object] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many queries it opened."""
        return self.counts.get("asked", 0)

    @property
    def standing(self) -> int:
        """How many of them are open or answered."""
        return self.counts.get("standing", 0)

    @property
    def changed(self) -> int:
        """How often the value was changed when its query was closed."""
        return self.counts.get("changed", 0)

    @property
    def kept(self) -> int:
        """How often the value was kept when its query was closed."""
        return self.counts.get("kept", 0)

    @property
    def shown(self) -> str:
        """What the check says, with its limits; what only an answer could fill in is left open."""
        said = _(self.says)
        return said % _Open(self.limits) if "%(" in said else said

    @property
    def fired(self) -> int:
        """How often it fired: saves it refused, or queries it opened."""
        return self.refused + self.asked


ORDERS: Final[Mapping[str, Callable[[CheckLine], tuple[Any, ...]]]] = {
    "form": lambda line: (),
    "fired": lambda line: (-line.fired,),
    "changed": lambda line: (-line.changed,),
    "kept": lambda line: (-line.kept,),
    "id": lambda line: (line.id,),
}


def check_lines(user: User, *, crf: str = "", order: str = "form") -> list[CheckLine]:
    """Return every check that a definition names, and every built-in one that fired within sight. Two queries."""
    asked, refused = _asked(user), _refused(user)
    named = {check.id: (each, item, check) for each in TRIAL.crfs for item, check in checks_of(each)}
    lines = [
        CheckLine(
            id=id_,
            crf=each,
            item=item.title,
            is_hard=check.severity is Severity.HARD,
            says=check.message,
            limits={"title": _(item.title), **_limits(check)},
            refused=refused.get(id_, 0),
            counts=asked.get(id_, {}),
        )
        for id_, (each, item, check) in named.items()
    ]
    lines += [_built_in(id_, asked, refused) for id_ in sorted((asked.keys() | refused.keys()) - named.keys())]
    chosen = [line for line in lines if not crf or (line.crf and line.crf.code == crf)]
    return sorted(chosen, key=ORDERS.get(order, ORDERS["form"]))


class _Open(dict[str, object]):
    """Parameters of a sentence, those that nobody knows yet left open."""

    def __missing__(self, name: str) -> str:
        return "…"


def _limits(check: Check) -> dict[str, object]:
    named = {name: getattr(check, name) for name in LIMITS if getattr(check, name, None) not in (None, "")}
    return {**named, **({"limit_unit": named["unit"]} if "unit" in named else {})}


def _built_in(id_: str, asked: Mapping[str, Mapping[str, int]], refused: Mapping[str, int]) -> CheckLine:
    code, _dot, place = id_.partition(".")
    crf = next((each for each in TRIAL.crfs if each.code == code), None)
    name = place.rpartition(".")[0].replace(".", "/*/")
    try:
        item = crf.item(name).title if crf and name else ""
    except KeyError:
        item = ""
    says = BUILT_IN.get(id_.rpartition(".")[2], "")
    return CheckLine(
        id=id_,
        crf=crf,
        item=item,
        is_hard=id_ not in asked,
        says=says,
        refused=refused.get(id_, 0),
        counts=asked.get(id_, {}),
    )


def _asked(user: User) -> dict[str, dict[str, int]]:
    counted = (
        visible_queries(user)
        .exclude(check_id="")
        .order_by()
        .values("check_id")
        .annotate(
            asked=Count("pk"),
            standing=Count("pk", filter=Q(state__in=STANDING)),
            changed=Count("pk", filter=Q(outcome=QueryOutcome.CHANGED)),
            kept=Count("pk", filter=Q(outcome=QueryOutcome.KEPT)),
        )
    )
    return {row["check_id"]: {name: row[name] for name in COUNTED} for row in counted}


def _refused(user: User) -> dict[str, int]:
    refusals = CheckRefusal.objects.filter(site__in=user.site_ids())
    if unseeing := arm_hidden_at(user):
        # That a form of the operation was tried tells that somebody was operated on.
        telling = Q(pk__in=[])
        for crf in REVEALING_CRFS:
            telling |= Q(check_id__startswith=f"{crf}.")
        refusals = refusals.exclude(telling, site__in=unseeing)
    return dict(refusals.order_by().values_list("check_id").annotate(Sum("times")))
