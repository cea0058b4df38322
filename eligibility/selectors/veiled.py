"""Verdicts that would tell a surgeon what was found already: while he evaluates alone they are hidden from him.

A criterion that rests on a record of the chart says what the record says; whoever may still evaluate does not read the
record before the round is open, and so does not read the verdict either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final
from uuid import UUID

from django.db.models import BooleanField, Exists, Func, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast

from accounts.models import User
from casebook.models import Subject
from casebook.selectors.sight import evaluates_at, hidden_forms
from eligibility.models import CriterionVerdict
from eligibility.selectors.judged import Judged
from protocol.crfs.evaluation import SURGEON_EVALUATION
from protocol.language import Verdict
from protocol.record import Evidence, Judgement
from protocol.words import N_, Sentence, sentence

HIDDEN: Final = "hidden"  # what stands in the place of the verdict
UNTIL_SIGNED: Final = N_(
    "Hidden until you have signed your own evaluation of this round, and the other surgeon has: each evaluates alone."
)
CRITERIA: Final = ("I02c", "I06")  # those on which surgeons must agree
RESTS_ON: Final = "jsonb_path_exists(%(expressions)s)"
# A form of which the evidence shows a value; of one that is kept unsaid there is none.
TOLD: Final = "$[*] ? (@.form == $form && exists (@.value))"


def until_signed() -> Sentence:
    """Return why it is hidden."""
    return sentence(UNTIL_SIGNED)


def is_veiled(user: User) -> Q:
    """Return the condition of a kept verdict that is hidden from this reader; of nobody's, where he evaluates nowhere."""
    sites = evaluates_at(user)
    if not sites:
        return Q(pk__in=[])
    forms = hidden_forms(user).filter(subject=OuterRef("subject"), crf=SURGEON_EVALUATION.code)
    named = Func(Value("form"), Cast("pk", TextField()), function="jsonb_build_object")
    path = Cast(Value(TOLD), _JsonPath())
    rests_on = Func(OuterRef("evidence"), path, named, template=RESTS_ON, output_field=BooleanField())
    return Q(criterion__in=CRITERIA, site__in=sites) & Q(Exists(forms.annotate(told=rests_on).filter(told=True)))


class _JsonPath(TextField):
    def db_type(self, connection: object) -> str:
        return "jsonpath"


def veiled_of(subjects: Iterable[Subject], user: User) -> set[tuple[UUID, str]]:
    """Return subject and criterion of what is hidden from this reader. One query, none where he evaluates nowhere."""
    if not evaluates_at(user):
        return set()
    rows = CriterionVerdict.objects.filter(is_veiled(user), subject__in=[subject.pk for subject in subjects])
    return set(rows.values_list("subject_id", "criterion"))


def veiled_in(judged: Judged, hidden: Collection[str]) -> frozenset[str]:
    """Return the criteria that rest on what one of these hidden forms says."""
    return frozenset(code for code in CRITERIA if tells(judged.judgements[code].evidence, hidden))


def veiled_from(judged: Judged, user: User) -> frozenset[str]:
    """Return the criteria hidden from this reader. One query, none where he evaluates nowhere."""
    if judged.subject.site_id not in evaluates_at(user):
        return frozenset()
    hidden = hidden_forms(user).filter(subject=judged.subject).values_list("pk", flat=True)
    return veiled_in(judged, {str(key) for key in hidden})


def tells(evidence: Iterable[Evidence], hidden: Collection[str]) -> bool:
    """Whether what a verdict rests on says what stands in a hidden form."""
    return any(each.value and each.form in hidden for each in evidence)


def without(judged: Judged, codes: Collection[str]) -> Judged:
    """Return the subject as judged, of these criteria nothing but that they are hidden."""
    if not codes:
        return judged
    hidden = {code: _unsaid(judged.judgements[code]) for code in codes}
    return replace(judged, judgements={**judged.judgements, **hidden})


def _unsaid(judgement: Judgement) -> Judgement:
    evidence = (
        Evidence(form=each.form, crf=each.crf, path=each.path, title=each.title, value="")
        for each in judgement.evidence
    )
    return Judgement(verdict=Verdict.UNKNOWN, reason=until_signed(), evidence=tuple(evidence))
