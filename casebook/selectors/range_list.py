"""The list of reference ranges: what is asked for in the address, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.numbers import number_typed
from casebook.models import Laboratory, ReferenceRange
from casebook.selectors.reference import IN_FORCE, laboratory_items
from casebook.selectors.sight import visible_forms

WAITS = Q(left_at__isnull=True, confirmed_at__isnull=True)
SHOWN: Mapping[str, tuple[str | Promise, Q]] = {
    "force": (_("In force"), IN_FORCE),
    "waiting": (_("Waiting for confirmation"), WAITS),
    "standing": (_("In force or waiting"), Q(left_at__isnull=True)),
    "assumed": (_("Assumed"), Q(left_at__isnull=True, note__icontains="assumed")),
    "all": (_("All on record"), Q()),
}
PLACE = ("laboratory__code", "analyte", "unit", "method", "sex", F("age_from").asc(nulls_first=True))
ORDERS: Mapping[str, tuple[str | Promise, tuple[object, ...]]] = {
    "laboratory": (_("Laboratory"), (*PLACE, "-valid_from", "pk")),
    "analyte": (_("Analyte"), ("analyte", *PLACE, "-valid_from", "pk")),
    "newest": (_("Newest first"), ("-valid_from", *PLACE, "pk")),
    "entered": (_("Entered last"), ("-proposed_at", *PLACE, "pk")),
}


@dataclass(frozen=True)
class Chosen:
    """What the list is narrowed to."""

    site: str = ""
    laboratory: str = ""
    analyte: str = ""
    on: str = ""
    show: str = "standing"
    order: str = "laboratory"

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Chosen:
        """Return what the address says, as far as it can mean anything."""
        asked = {name: query.get(name, "").replace("\0", "").strip()[:40] for name in cls.__dataclass_fields__}
        asked["show"] = asked["show"] if asked["show"] in SHOWN else "standing"
        asked["order"] = asked["order"] if asked["order"] in ORDERS else "laboratory"
        return cls(**asked)

    def to_query(self) -> dict[str, str]:
        """Return what is not as by itself, for the address."""
        return {name: value for name, value in asdict(self).items() if value and value != getattr(Chosen(), name)}

    @property
    def day(self) -> date | None:
        """The day on which a range must be valid; None where none was typed that exists."""
        try:
            return date.fromisoformat(self.on) if self.on else None
        except ValueError:
            return None


def ranges_in(user: User, chosen: Chosen) -> QuerySet[ReferenceRange]:
    """Return the ranges chosen, in their order, with everybody who is named beside them."""
    found = ReferenceRange.objects.filter(SHOWN[chosen.show][1])
    if chosen.laboratory:
        found = found.filter(laboratory=number_typed(chosen.laboratory))
    if chosen.analyte:
        found = found.filter(analyte=chosen.analyte)
    if (day := chosen.day) is not None:
        found = found.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)
    if number_typed(chosen.site):
        found = found.filter(laboratory__code__in=codes_at(user, number_typed(chosen.site)))
    return with_people(found).order_by(*ORDERS[chosen.order][1])  # type: ignore[arg-type]


def with_people(found: QuerySet[ReferenceRange]) -> QuerySet[ReferenceRange]:
    """Return ranges with their laboratory and everybody who is named beside them."""
    return found.select_related("laboratory", "proposed_by", "confirmed_by", "left_by", "replaces")


def codes_at(user: User, site: int) -> list[str]:
    """Return the codes of the laboratories that forms of this site name."""
    codes: set[str] = set()
    for item in sorted(laboratory_items()):
        forms = visible_forms(user).filter(site=site, answers__has_key=item)
        codes |= set(forms.order_by().values_list(f"answers__{item}__value", flat=True).distinct())
    return sorted(code for code in codes if code)


def versions_of(laboratory: Laboratory) -> QuerySet[ReferenceRange]:
    """Return every range of the laboratory that ever was, those of one kind together, the newest first."""
    kind = ("analyte", "unit", "method", "sex", F("age_from").asc(nulls_first=True))
    return with_people(ReferenceRange.objects.filter(laboratory=laboratory)).order_by(
        *kind, "-valid_from", "-proposed_at", "-pk"
    )
