"""The data: subjects, forms, verdicts and visits, each found through the same selectors as the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db.models import F, QuerySet
from rest_framework import generics
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User
from api.filters import Filter, NamedFilters, key, one_of, yes_or_no
from api.pages import Pages
from api.selectors import visible_verdicts
from api.shapes import VERDICTS, VISIT_CODES, FormShape, SubjectShape, VerdictShape, VisitShape, WholeFormShape
from audit import clock
from casebook.models import Form, Subject, Visit
from casebook.selectors.sight import visible_forms, visible_subjects, visible_visits
from casebook.selectors.stage_told import stages_told, with_stage_told
from casebook.states import FormState, Stage, VisitState
from eligibility.models import CriterionVerdict
from protocol.trial import TRIAL
from protocol.words import N_
from randomization.selectors import arms_of

READS = ("get", "head")
OF_SUBJECT = (
    Filter("site", "site__code", N_("Code of the site.")),
    key("subject", "subject", N_("Key of the subject.")),
)


class ReadOnly(APIView):
    """An address that is only read."""

    http_method_names = list(READS)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a write before anything else is asked, so that it reads the same with and without a token."""
        if (request.method or "").lower() not in READS:
            raise MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)


class Read(ReadOnly, generics.GenericAPIView[Any]):
    """Rows that are found through the selectors of sight."""

    filter_backends = [NamedFilters]
    pagination_class = Pages
    filters: ClassVar[tuple[Filter, ...]] = ()
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    @property
    def reader(self) -> User:
        """Return who asks; nobody comes here without log-in or token."""
        return cast(User, self.request.user)

    def get_serializer_context(self) -> dict[str, Any]:
        """Return what every row may need: the moment, who reads, and the arms and stages that the reader may know."""
        told = {name: getattr(self, name, {}) for name in ("arms", "stages")}
        return {**super().get_serializer_context(), "at": clock.now(), "reader": self.reader, **told}


def by_subject(*then: str) -> dict[str, tuple[str, ...]]:
    """Return the orders of rows of subjects: by number, and within one as given."""
    return {"subject": ("subject_number", *then), "-subject": ("-subject_number", *then)}


def with_subject(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows with their subject and site, and the number under a name that can be ordered by."""
    return rows.select_related("subject", "site").annotate(subject_number=F("subject__number"))


class SubjectRead(Read):
    """Subjects with the arms that the reader may know: one query for all of them."""

    serializer_class = SubjectShape

    def get_queryset(self) -> QuerySet[Subject]:
        """Return the subjects in sight."""
        return with_stage_told(visible_subjects(self.reader).select_related("site"), self.reader)


class Subjects(SubjectRead, generics.ListAPIView[Any]):
    """List the subjects."""

    filters = (
        Filter("site", "site__code", N_("Code of the site.")),
        Filter("number", "number", N_("Number of the subject.")),
        one_of("stage", "told", N_("How far the subject has come."), Stage.values),
        yes_or_no("synthetic", "synthetic", N_("Whether it was made by the rehearsal.")),
    )
    orders = {"number": ("number",), "-number": ("-number",)}

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """Return a page, and read the arms of its subjects."""
        page = super().paginate_queryset(queryset)
        self.arms, self.stages = arms_of(self.reader, page or []), stages_told(page or [], self.reader)
        return page


class OneSubject(SubjectRead, generics.RetrieveAPIView[Any]):
    """Read one subject."""

    lookup_url_kwarg = "subject_id"

    def get_object(self) -> Subject:
        """Return the subject, and read its arm."""
        subject: Subject = super().get_object()
        self.arms, self.stages = arms_of(self.reader, [subject]), stages_told([subject], self.reader)
        return subject


class Forms(Read, generics.ListAPIView[Any]):
    """List the forms, without answers."""

    serializer_class = FormShape
    filters = (
        *OF_SUBJECT,
        one_of("crf", "crf", N_("Code of the CRF."), (crf.code for crf in TRIAL.crfs)),
        one_of("visit", "visit__code", N_("Code of the visit."), VISIT_CODES),
        one_of("state", "state", N_("State of the form."), FormState.values),
    )
    orders = by_subject("crf", "repeat", "pk")

    def get_queryset(self) -> QuerySet[Form]:
        """Return the forms in sight."""
        return with_subject(visible_forms(self.reader)).select_related("visit").defer("answers")


class OneForm(Read, generics.RetrieveAPIView[Any]):
    """Read one form with its answers and signatures."""

    serializer_class = WholeFormShape
    lookup_url_kwarg = "form_id"

    def get_queryset(self) -> QuerySet[Form]:
        """Return the forms in sight."""
        return visible_forms(self.reader).select_related("subject", "site", "visit")


class Verdicts(Read, generics.ListAPIView[Any]):
    """List the verdicts on eligibility."""

    serializer_class = VerdictShape
    filters = (
        *OF_SUBJECT,
        one_of("criterion", "criterion", N_("Code of the criterion."), (each.code for each in TRIAL.criteria)),
        one_of("verdict", "shown", N_("The verdict."), VERDICTS),
    )
    orders = by_subject("criterion")

    def get_queryset(self) -> QuerySet[CriterionVerdict]:
        """Return the verdicts that the reader may read."""
        return with_subject(visible_verdicts(self.reader)).defer("evidence")


class Visits(Read, generics.ListAPIView[Any]):
    """List the visits."""

    serializer_class = VisitShape
    filters = (
        *OF_SUBJECT,
        one_of("code", "code", N_("Code of the visit."), VISIT_CODES),
        one_of("state", "state", N_("State of the visit."), VisitState.values),
    )
    orders = by_subject("target_on", "code", "repeat")

    def get_queryset(self) -> QuerySet[Visit]:
        """Return the visits in sight."""
        return with_subject(visible_visits(self.reader))
