"""The plan of source data verification: the version in force, and which forms it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Func, IntegerField, Q, QuerySet, Value

from casebook.models import Form, VerificationPlan
from protocol.verification import FULL, PROTOCOL_FIRST_SUBJECTS, PROTOCOL_RATES, SEED


@dataclass(frozen=True, kw_only=True)
class PlanInForce:
    """What is verified: percent of the forms by CRF, and of how many first subjects of a site everything."""

    number: int
    rates: Mapping[str, int]
    first_subjects: int
    reason: str = ""
    set_at: datetime | None = None
    set_by: str = ""


BY_PROTOCOL = PlanInForce(number=0, rates=PROTOCOL_RATES, first_subjects=PROTOCOL_FIRST_SUBJECTS)


def plan_versions() -> list[PlanInForce]:
    """Return every version of the plan, the one in force first; the last is the protocol's own. One query."""
    kept = VerificationPlan.objects.select_related("set_by").order_by("-number")
    return [*map(_as_plan, kept), BY_PROTOCOL]


def plan_in_force() -> PlanInForce:
    """Return the plan that is in force now. One query."""
    latest = VerificationPlan.objects.select_related("set_by").order_by("-number").first()
    return _as_plan(latest) if latest else BY_PROTOCOL


def _as_plan(kept: VerificationPlan) -> PlanInForce:
    # A CRF that came after the version was set is verified as the protocol asks.
    rates = {code: int(kept.rates.get(code, rate)) for code, rate in PROTOCOL_RATES.items()}
    return PlanInForce(
        number=kept.number,
        rates=rates,
        first_subjects=kept.first_subjects,
        reason=kept.reason,
        set_at=kept.set_at,
        set_by=kept.set_by.name,
    )


class Drawn(Func):
    """The number from 0 to 99 that `protocol.verification.drawn` gives the key of a form."""

    template = "mod(('x' || left(encode(sha256(convert_to(concat(%(expressions)s), 'UTF8')), 'hex'), 8))::bit(32)::bigint, 100)"
    output_field = IntegerField()


def asked_for(plan: PlanInForce) -> Q:
    """Return what is true of a form, annotated by `with_draw`, that the plan asks to be verified."""
    whole = [code for code, rate in plan.rates.items() if rate >= FULL]
    parts = {rate for rate in plan.rates.values() if 0 < rate < FULL}
    asked = Q(crf__in=whole) | Q(subject__sequence__lte=plan.first_subjects)
    for rate in parts:
        asked |= Q(crf__in=[code for code, each in plan.rates.items() if each == rate], draw__lt=rate)
    return asked


def with_draw(forms: QuerySet[Form]) -> QuerySet[Any]:
    """Return the forms with `draw`, the number that decides whether a sample holds them."""
    return forms.annotate(draw=Drawn(Value(SEED), F("id")))
