"""Evaluations that answer the same: by whom they are, and where they are from."""

from __future__ import annotations

from django.db.models import Count, F, OuterRef, Subquery, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Concat

from casebook.models import Form
from casebook.states import FormState

CHART = "chart record"  # the source of an evaluation that somebody transcribed
ASKED_BY = ("question", "round")  # the items of a blinded CRF that say which evaluations belong together


def source_typed() -> Coalesce:
    """Return the source that an evaluation names; empty for none, and for forms that ask for none."""
    return Coalesce(KT("answers__source__value"), Value(""), output_field=TextField())


def asked() -> Concat:
    """Evaluations belong together where they answer the same question in the same round."""
    question, round_number = (
        Coalesce(KT(f"answers__{name}__value"), Value(""), output_field=TextField()) for name in ASKED_BY
    )
    return Concat(question, Value(" "), round_number, output_field=TextField())


def authors() -> Coalesce:
    """Return how many people completed an evaluation of the same."""
    # Authors, not forms: whoever evaluates twice does not open the other's answer by it.
    together = (
        Form.objects.annotate(asked=asked(), source=source_typed())
        .filter(subject=OuterRef("subject"), crf=OuterRef("crf"), asked=OuterRef("asked"), state=FormState.COMPLETE)
        .exclude(source=CHART)
        .order_by()
        .values("crf")
        .annotate(count=Count(F("entered_by"), distinct=True))
        .values("count")
    )
    return Coalesce(Subquery(together), Value(0))
