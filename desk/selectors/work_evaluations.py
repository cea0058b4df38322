"""The evaluations that wait for one surgeon: what was begun, and the questions that a criterion still asks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Form, Subject
from casebook.selectors.evaluations import own_evaluations, round_to_evaluate, round_typed
from casebook.selectors.sight import visible_forms, visible_subjects
from casebook.selectors.transfers import owing_consent
from casebook.states import FormState, Stage
from desk.selectors.signing import IN_SCREENING
from desk.selectors.waiting import Asking, Line, Work, first_of
from eligibility.models import CriterionVerdict
from followup.selectors.due import Days
from protocol.assumptions import SURGEON_WINDOW_DAYS
from protocol.codelists import EVALUATION_QUESTION
from protocol.crfs.evaluation import SURGEON_EVALUATION, SURGEONS_NEEDED
from protocol.words import N_

ASKED = (*IN_SCREENING, Stage.RESPONSE_CONFIRMED)  # whoever is eligible was evaluated; whoever left is not any more
CODE = SURGEON_EVALUATION.code
CRITERIA = {"initial": "I02c", "present": "I06"}
QUESTIONS = tuple((f"asks_{code.value}", f"round_{code.value}", code) for code in EVALUATION_QUESTION.codes)
DISAGREE = {
    "initial": N_(
        "Round %(round)s on the tumour before the first treatment: the surgeons disagree in round %(before)s."
    ),
    "present": N_("Round %(round)s on the tumour as it is now: the surgeons disagree in round %(before)s."),
}
COUNT_NO_LONGER = {
    "initial": N_(
        "Round %(round)s on the tumour before the first treatment: the evaluations of round %(before)s count no longer."
    ),
    "present": N_("Round %(round)s on the tumour as it is now: the evaluations of round %(before)s count no longer."),
}
LACKS = Q(needs__contains=[{"crf": CODE, "item": "finding"}]) | Q(needs__contains=[{"crf": CODE, "item": "round"}])


def evaluations(asking: Asking) -> Iterator[Work]:
    """Yield the subjects in screening that this surgeon has still to evaluate. Three queries at most."""
    waiting = _waiting(asking.user, asking.where(Permission.EVALUATION_ENTER), asking.days)
    first, count = first_of(waiting.select_related("site").order_by("added_at", "id"))
    open_forms, why = _open_forms(asking.user, first), _why(asking.user, first)
    lines = tuple(_line(subject, open_forms.get(subject.pk), why.get(subject.pk, "")) for subject in first)
    yield Work(_("Evaluations to enter"), count, lines)


def _waiting(user: User, sites: list[int], days: Days) -> QuerySet[Subject]:
    subjects = visible_subjects(user).filter(site__in=sites, stage__in=ASKED).exclude(owing_consent())
    own = Form.objects.filter(subject=OuterRef("pk"), crf=CODE, entered_by=user)
    begun = Exists(own.filter(state=FormState.IN_PROGRESS))
    rounds = {
        name: round_to_evaluate(CODE, code.value, of="pk", needed=SURGEONS_NEEDED) for _asks, name, code in QUESTIONS
    }
    asked = {asks: _is_asked(user, code.value, name, days) for asks, name, code in QUESTIONS}
    return (
        subjects.annotate(begun=begun, **rounds)
        .annotate(**asked)
        .filter(Q(begun=True) | Q(*((name, True) for name in asked), _connector=Q.OR))
    )


def _is_asked(user: User, question: str, number: str, days: Days) -> Q:
    """Return what is true of a subject of whom a criterion asks this question, unanswered by this surgeon in the round."""
    verdicts = CriterionVerdict.objects.filter(LACKS, subject=OuterRef("pk"), criterion=CRITERIA[question])
    answered = own_evaluations(CODE, question, of="pk").filter(entered_by=user).annotate(number=round_typed())
    answered = answered.filter(number__gte=OuterRef(number))
    if question == "present":
        answered = answered.filter(_is_of_window(days))
    return Q(Exists(verdicts)) & ~Q(Exists(answered))


def _is_of_window(days: Days) -> Q:
    return days.where(lambda day: Q(answers__evaluated_on__value__gte=str(day - timedelta(days=SURGEON_WINDOW_DAYS))))


def _open_forms(user: User, subjects: list[Subject]) -> dict[UUID, Form]:
    """Return the form of each subject that the surgeon has begun; of several the first."""
    forms = visible_forms(user).filter(subject__in=[subject.pk for subject in subjects], crf=CODE)
    begun = forms.filter(entered_by=user, state=FormState.IN_PROGRESS)
    return {form.subject_id: form for form in begun.order_by("-repeat")}


def _why(user: User, subjects: list[Subject]) -> Mapping[UUID, str]:
    """Return why each subject is evaluated anew. One query, none where nothing was evaluated before."""
    anew = [each for each in subjects if any(getattr(each, name) > 1 for _asks, name, _code in QUESTIONS)]
    if not anew:
        return {}
    forms = visible_forms(user).filter(subject__in=anew, crf=CODE, state=FormState.COMPLETE)
    rows = forms.annotate(number=round_typed(), question=KT("answers__question__value"))
    said = set(rows.values_list("subject_id", "question", "number", KT("answers__finding__value")))
    return {each.pk: " ".join(_why_anew(each, {row[1:] for row in said if row[0] == each.pk})) for each in anew}


def _why_anew(subject: Subject, said: set[tuple[str, int, str]]) -> Iterator[str]:
    for asks, name, code in QUESTIONS:
        before = getattr(subject, name) - 1
        if not (getattr(subject, asks) and before):
            continue
        told = {"round": before + 1, "before": before}
        if len({finding for question, number, finding in said if (question, number) == (code.value, before)}) > 1:
            yield _(DISAGREE[code.value]) % told
        else:
            yield _(COUNT_NO_LONGER[code.value]) % told


def _line(subject: Subject, form: Form | None, why: str) -> Line:
    # A form that nobody began is not led to: two could write in it, each unseen. This address gives each their own.
    begins = f"{reverse('form-add', args=[subject.pk])}?crf={CODE}"
    address = reverse("form", args=[form.pk]) if form else begins
    asked = [_(code.title) for asks, _name, code in QUESTIONS if getattr(subject, asks)]
    state, since = (form.state, form.entered_at) if form else (FormState.NOT_STARTED, None)
    return Line(address, subject.number, " ".join(asked), state, since, subject.site.zone, note=why)
