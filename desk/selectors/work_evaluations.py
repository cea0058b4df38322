"""The evaluations that wait for one surgeon: what was begun, and the questions that are not answered by enough surgeons."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Form, Subject
from casebook.selectors.sight import visible_forms, visible_subjects
from casebook.states import FormState, Stage
from desk.selectors.signing import IN_SCREENING
from desk.selectors.waiting import SHOWN, Asking, Line, Work
from protocol.codelists import EVALUATION_QUESTION
from protocol.crfs.evaluation import SURGEON_EVALUATION, SURGEONS_NEEDED

ASKED = (*IN_SCREENING, Stage.RESPONSE_CONFIRMED)  # whoever is eligible was evaluated; whoever left is not any more
QUESTIONS = tuple((f"asks_{code.value}", code) for code in EVALUATION_QUESTION.codes)


def evaluations(asking: Asking) -> Iterator[Work]:
    """Yield the subjects in screening that this surgeon has still to evaluate. Three queries."""
    waiting = _waiting(asking.user, asking.where(Permission.EVALUATION_ENTER))
    first = list(waiting.select_related("site").order_by("added_at", "id")[:SHOWN])
    open_forms = _open_forms(asking.user, first)
    lines = tuple(_line(subject, open_forms.get(subject.pk)) for subject in first)
    yield Work(_("Evaluations to enter"), waiting.count(), lines)


def _waiting(user: User, sites: list[int]) -> QuerySet[Subject]:
    subjects = visible_subjects(user).filter(site__in=sites, stage__in=ASKED)
    own = Form.objects.filter(subject=OuterRef("pk"), crf=SURGEON_EVALUATION.code, entered_by=user)
    begun = Exists(own.filter(state=FormState.IN_PROGRESS))
    asked = {name: _is_asked(own, code.value) for name, code in QUESTIONS}
    return subjects.annotate(begun=begun, **asked).filter(
        Q(begun=True) | Q(*((name, True) for name in asked), _connector=Q.OR)
    )


def _is_asked(own: QuerySet[Form], question: str) -> Q:
    """Return what is true of a subject where neither this surgeon nor enough others answered the question."""
    answered = {"state": FormState.COMPLETE, "answers__question__value": question}
    by_all = (
        Form.objects.filter(subject=OuterRef("pk"), crf=SURGEON_EVALUATION.code, **answered)
        .order_by()
        .values("subject")
    )
    authors = Subquery(by_all.annotate(count=Count(F("entered_by"), distinct=True)).values("count"))
    return ~Q(Exists(own.filter(**answered))) & Q(LessThan(Coalesce(authors, 0), SURGEONS_NEEDED))


def _open_forms(user: User, subjects: list[Subject]) -> dict[UUID, Form]:
    """Return the form of each subject to write in: the surgeon's own that was begun, else one that nobody began."""
    forms = visible_forms(user).filter(subject__in=[subject.pk for subject in subjects], crf=SURGEON_EVALUATION.code)
    begun, free = Q(entered_by=user, state=FormState.IN_PROGRESS), Q(entered_by=None, state=FormState.NOT_STARTED)
    # Whatever comes later stands: begun after free, of several the first.
    ordered = forms.filter(begun | free).order_by(F("entered_by").asc(nulls_first=True), "-repeat")
    return {form.subject_id: form for form in ordered}


def _line(subject: Subject, form: Form | None) -> Line:
    # Where others took the forms that were prepared, the address begins one more.
    begins = f"{reverse('form-add', args=[subject.pk])}?crf={SURGEON_EVALUATION.code}"
    address = reverse("form", args=[form.pk]) if form else begins
    asked = [_(code.title) for name, code in QUESTIONS if getattr(subject, name)]
    state = form.state if form else FormState.NOT_STARTED
    return Line(address, subject.number, " ".join(asked), state, form.entered_at if form else None, subject.site.zone)
