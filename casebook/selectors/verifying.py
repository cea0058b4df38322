"""Which forms wait for verification or review, how far each has come, and the marks on one form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Form, Review, Verification
from casebook.selectors.sight import visible_forms
from casebook.selectors.verification_plan import PlanInForce, asked_for, plan_in_force, with_draw
from casebook.states import FormState, Reviewed, Verified


class _Keys(Func):
    """How many answers a form holds; an empty item holds none."""

    template = "(SELECT count(*) FROM jsonb_object_keys(%(expressions)s))"
    output_field = IntegerField()


def with_marks(forms: QuerySet[Any]) -> QuerySet[Any]:
    """Return the forms with `answered` items, `marked` ones, and `verified`: how far they have come."""
    wholly = Q(mark_count__marked__gt=0, mark_count__marked__gte=F("mark_count__answered"))
    return forms.annotate(
        answered=Coalesce(F("mark_count__answered"), _Keys(F("answers"))),
        marked=Coalesce(F("mark_count__marked"), 0),
        verified=Case(
            When(wholly, then=Value(Verified.WHOLLY.value)),
            When(mark_count__fallen=True, then=Value(Verified.FALLEN.value)),
            When(mark_count__marked__gt=0, then=Value(Verified.PARTLY.value)),
            default=Value(Verified.NOT_YET.value),
            output_field=CharField(),
        ),
    )


def verifiable(user: User, plan: PlanInForce) -> QuerySet[Any]:
    """Return the complete forms in sight with how far they are verified, and `asked`: whether the plan asks for it."""
    forms = with_draw(visible_forms(user).filter(state=FormState.COMPLETE))
    asked = Case(When(asked_for(plan), then=Value(True)), default=Value(False), output_field=BooleanField())
    return with_marks(forms).annotate(asked=asked)


def waiting(forms: QuerySet[Any], *, asked_only: bool = True) -> QuerySet[Any]:
    """Return those of the forms of `verifiable` that are not wholly verified, by default only what the plan asks for."""
    begun = Q(mark_count__marked__lt=F("mark_count__answered"))
    left = forms.filter(begun | (Q(mark_count__isnull=True) & ~Q(answers={})))
    return left.filter(asked=True) if asked_only else left


def next_to_verify(user: User, form: Form) -> UUID | None:
    """Return the form to go on with: of the same subject, then of the same site. Two queries."""
    others = waiting(verifiable(user, plan_in_force())).filter(site=form.site_id).exclude(pk=form.pk)
    nearest = Case(When(subject=form.subject_id, then=0), default=1, output_field=IntegerField())
    order = (nearest, "subject__sequence", "completed_at", "pk")
    return others.order_by(*order).values_list("pk", flat=True).first()


def to_verify_counts(user: User) -> dict[str, int]:
    """Return how many forms wait for verification by the user, by the code of their site. One query, one for the plan."""
    sites = [site for site in user.site_ids() if user.holds(Permission.FORM_VERIFY, at=site)]
    if not sites:
        return {}
    forms = waiting(verifiable(user, plan_in_force())).filter(site__in=sites).order_by()
    rows = forms.values_list("site__code").annotate(count=Count("pk")).order_by("site__code")
    return dict(rows)


def standing_marks(form: Form) -> dict[str, Verification]:
    """Return the marks that stand on a form, by path. One query."""
    marks = Verification.objects.filter(form=form, fallen_at__isnull=True).select_related("verified_by")
    return {mark.path: mark for mark in marks}


def fallen_marks(form: Form) -> dict[str, Verification]:
    """Return of each path the mark that fell or was taken back last. One query."""
    marks = Verification.objects.filter(form=form, fallen_at__isnull=False).select_related("verified_by", "fallen_by")
    return {mark.path: mark for mark in marks.order_by("fallen_at")}


def reviewable(user: User) -> QuerySet[Any]:
    """Return the complete forms in sight with `reviewed`: whether the version that stands was."""
    reviews = Review.objects.filter(form=OuterRef("pk"))
    latest = reviews.order_by().values("form").annotate(latest=Max("version")).values("latest")
    return (
        visible_forms(user)
        .filter(state=FormState.COMPLETE)
        .annotate(reviewed_version=Subquery(latest, output_field=IntegerField()))
        .annotate(
            reviewed=Case(
                When(reviewed_version__gte=F("version"), then=Value(Reviewed.YES.value)),
                When(reviewed_version__isnull=False, then=Value(Reviewed.FALLEN.value)),
                default=Value(Reviewed.NOT_YET.value),
                output_field=CharField(),
            )
        )
    )


def to_review(forms: QuerySet[Any]) -> QuerySet[Any]:
    """Return those of the forms of `reviewable` whose version was not reviewed."""
    return forms.filter(~Exists(Review.objects.filter(form=OuterRef("pk"), version__gte=OuterRef("version"))))


def next_to_review(user: User, form: Form) -> UUID | None:
    """Return the form to go on with: of the same subject, then of the same site. One query."""
    nearest = Case(When(subject=form.subject_id, then=0), default=1, output_field=IntegerField())
    others = to_review(reviewable(user)).filter(site=form.site_id).exclude(pk=form.pk)
    return others.order_by(nearest, "subject__sequence", "completed_at", "pk").values_list("pk", flat=True).first()


def reviews_of(form: Form) -> list[Review]:
    """Return the reviews of a form, the latest first. One query."""
    return list(Review.objects.filter(form=form).select_related("reviewed_by").order_by("-version", "-reviewed_at"))
