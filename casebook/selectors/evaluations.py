"""Evaluations that answer the same: by whom they are, where they are from, and which of them are signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.models import Signature
from casebook.models import Form
from casebook.states import FormState
from protocol.record import Answer

CHART = "chart record"  # the source of an evaluation that somebody transcribed
# Asked by every save and every signature of an evaluation, as `signed_by_author` says it: composing the words anew
# costs more than their answer.
EVALUATED_SQL = """
SELECT f.id, f.answers::text, f.entered_by_id,
       EXISTS (SELECT FROM accounts_signature s
                WHERE s.about_kind = 'form' AND s.about_id = f.id AND s.form_version = f.version
                  AND s.signer_id = f.entered_by_id)
  FROM casebook_form f WHERE f.subject_id = %s AND f.crf = %s AND f.state = %s
"""
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


def signed_by_author() -> Q:
    """Return what is true of a form that its author signed as it stands."""
    signed = Signature.objects.filter(about_kind="form", about_id=OuterRef("pk"), form_version=OuterRef("version"))
    return Q(Exists(signed.filter(signer=OuterRef("entered_by"))))


def authors() -> Coalesce:
    """Return how many people signed an evaluation of the same."""
    # Authors, not forms: whoever evaluates twice does not open the other's answer by it. And only what is signed
    # counts: who read the other's answer before signing would not have evaluated alone.
    together = (
        Form.objects.annotate(asked=asked(), source=source_typed())
        .filter(subject=OuterRef("subject"), crf=OuterRef("crf"), asked=OuterRef("asked"), state=FormState.COMPLETE)
        .filter(signed_by_author())
        .exclude(source=CHART)
        .order_by()
        .values("crf")
        .annotate(count=Count(F("entered_by"), distinct=True))
        .values("count")
    )
    return Coalesce(Subquery(together), Value(0))


def round_typed() -> Case:
    """Return the round that an evaluation names, the first where it names none."""
    named = When(answers__round__value__regex=r"^[0-9]+$", then=Cast(KT("answers__round__value"), IntegerField()))
    return Case(named, default=Value(1), output_field=IntegerField())


def own_evaluations(crf: str, question: str, *, of: str) -> QuerySet[Form]:
    """Return the complete evaluations of a question, records of the chart left out; `of` is the subject of the outer query."""
    forms = Form.objects.filter(subject=OuterRef(of), crf=crf, state=FormState.COMPLETE)
    return forms.filter(answers__question__value=question).exclude(answers__source__value=CHART)


def round_to_evaluate(crf: str, question: str, *, of: str, needed: int) -> Combinable:
    """Return the round in which a question is evaluated now: the one after the last that enough people signed in."""
    signed = own_evaluations(crf, question, of=of).filter(signed_by_author()).order_by().annotate(number=round_typed())
    opened = signed.values("number").annotate(people=Count(F("entered_by"), distinct=True)).filter(people__gte=needed)
    last = Subquery(opened.order_by("-number").values("number")[:1])
    return Coalesce(last, Value(0), output_field=IntegerField()) + Value(1)


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """One complete evaluation of somebody's own: which question in which round, what was found, by whom, whether signed."""

    form: UUID
    question: str
    round: int
    author: UUID
    is_signed: bool
    finding: str = ""


def evaluated(form: Form) -> list[Evaluated]:
    """Return the complete evaluations of the form's subject, records of the chart left out. One query."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(EVALUATED_SQL, [form.subject_id, form.crf, FormState.COMPLETE])
        for key, answers, author, is_signed in cursor.fetchall():
            said = json.loads(answers)
            if (placed := placed_in(said)) is not None and author is not None:
                of = {"question": placed[0], "round": placed[1], "finding": said.get("finding", {}).get("value", "")}
                found.append(Evaluated(form=key, author=author, is_signed=is_signed, **of))
    return found


def placed_in(answers: Mapping[str, Any]) -> tuple[str, int] | None:
    """Return the question and the round that stored answers name; None for a record of the chart and an unfinished one."""
    said = {name: Answer.from_json(answers.get(name, {})) for name in (*ASKED_BY, "source")}
    number = said["round"].number
    if said["source"].value == CHART or not said["question"].value or number is None:
        return None
    return said["question"].value, int(number)
