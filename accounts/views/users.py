"""Pages of users: the list at a date, and one page for everything of one person."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from allauth.account.forms import ResetPasswordForm
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import actions, rules, selectors
from accounts.entry import DAY_FORMATS, GrantEntry, ReasonEntry, TrainingEntry, UserEntry
from accounts.gate import needs, posted_from
from accounts.models import User
from accounts.roles import Permission
from accounts.views.shown import checked
from audit import clock
from audit.decision import Refusal

P = Permission


@require_GET
@needs(P.PEOPLE_READ, P.TRAINING_RECORD)
def administration(request: HttpRequest) -> HttpResponse:
    """List the people, with the roles that stood at the end of a day; today's unless another is asked for."""
    on = _asked_day(request)
    moment = min(_end_of(on), clock.now()) if on else clock.now()
    active = selectors.active_on(on=moment)
    found = selectors.visible_people(request.user, on=moment)
    if wanted := request.GET.get("q", "").strip():
        found = found.filter(name__icontains=wanted) | found.filter(email__icontains=wanted)
    listed = [(person, active[str(person.pk)]) for person in found if str(person.pk) in active]
    context = {"listed": listed, "on": on, "q": wanted, "decision": rules.may_administer(request.user)}
    return render(request, "administration/users.html", context)


@require_http_methods(["GET", "POST"])
@needs(P.ADMINISTER)
def add_user(request: HttpRequest) -> HttpResponse:
    """Add a person, and send them the link by which they choose their password."""
    form = UserEntry(request.POST or None)
    if request.method == "POST" and checked(form, request).is_valid():
        user = actions.add_user(None, by=request.user, at=clock.now(), **form.cleaned_data)
        _invite(request, user)
        return redirect("user", user.pk)
    return render(request, "administration/user_add.html", {"form": form}, status=400 if form.errors else 200)


@require_GET
@needs(P.PEOPLE_READ)
def user(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Show everything of one person: roles, delegations, trainings, sessions."""
    return _page(request, _visible(request, user_id))


@posted_from("user")
@needs(P.ADMINISTER)
def deactivate(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Deactivate an account at once."""
    person = _visible(request, user_id)
    form = checked(ReasonEntry(request.POST), request)
    if not form.is_valid():
        return _page(request, person, reason=form)
    actions.deactivate_user(person, by=request.user, at=clock.now(), **form.cleaned_data)
    messages.success(request, _("The account of %(name)s is deactivated.") % {"name": person.name})
    return redirect("user", user_id)


@posted_from("user")
@needs(P.ADMINISTER)
def reactivate(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Let an account be used again."""
    person = _visible(request, user_id)
    form = checked(ReasonEntry(request.POST), request)
    if not form.is_valid():
        return _page(request, person, reason=form)
    actions.reactivate_user(person, by=request.user, at=clock.now(), **form.cleaned_data)
    messages.success(request, _("The account of %(name)s is active again.") % {"name": person.name})
    return redirect("user", user_id)


@posted_from("user")
@needs(P.ADMINISTER)
def end_sessions(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Log a person out everywhere."""
    person = _visible(request, user_id)
    ended = actions.end_sessions(person, by=request.user, at=clock.now())
    messages.success(request, _("Sessions ended: %(number)s.") % {"number": ended})
    return redirect("user", user_id)


@posted_from("user")
@needs(P.ADMINISTER)
def invite(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Send a person the link by which they choose their password; nobody else ever knows it."""
    person = _visible(request, user_id)
    if not (decision := rules.may_invite(request.user, person)):
        raise Refusal.of(decision)
    _invite(request, person)
    return redirect("user", user_id)


@posted_from("user")
@needs(P.ADMINISTER)
def give_grant(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Give a person a role."""
    person = _visible(request, user_id)
    form = checked(GrantEntry(request.POST, sites=selectors.administered_sites(request.user)), request)
    if not form.is_valid():
        return _page(request, person, grant=form)
    actions.give_grant(person, by=request.user, at=clock.now(), **form.cleaned_data)
    messages.success(request, _("The role is given to %(name)s.") % {"name": person.name})
    return redirect("user", user_id)


@posted_from("administration", without=("grant_id",))
@needs(P.ADMINISTER)
def end_grant(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    """Take a role away at once."""
    grant = get_object_or_404(selectors.visible_grants(request.user), pk=grant_id)
    form = checked(ReasonEntry(request.POST), request)
    if not form.is_valid():
        return _page(request, _visible(request, grant.user_id), reason=form)
    actions.end_grant(grant, by=request.user, at=clock.now(), **form.cleaned_data)
    messages.success(request, _("The role of %(name)s is ended.") % {"name": grant.user.name})
    return redirect("user", grant.user_id)


@posted_from("user")
@needs(P.TRAINING_RECORD)
def record_training(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Record a training of a person."""
    person = _visible(request, user_id)
    form = checked(TrainingEntry(request.POST), request)
    if not form.is_valid():
        return _page(request, person, training=form)
    actions.record_training(person, by=request.user, at=clock.now(), **form.cleaned_data)
    messages.success(request, _("The training of %(name)s is recorded.") % {"name": person.name})
    return redirect("user", user_id)


def _visible(request: HttpRequest, user_id: UUID) -> User:
    return get_object_or_404(selectors.visible_people(request.user, on=clock.now()), pk=user_id)


def _page(request: HttpRequest, person: User, **forms: Any) -> HttpResponse:
    by = request.user
    context = {
        "person": person,
        "grants": person.grants.select_related("site", "granted_by", "ended_by").order_by("-granted_at", "id"),
        "delegations": selectors.visible_delegations(by).filter(user=person).order_by("-delegated_at", "id"),
        "trainings": person.trainings.select_related("recorded_by").order_by("-trained_on", "id"),
        "sessions": UserSession.objects.filter(user=person).order_by("-created_at", "id"),
        "may_administer": rules.may_administer(by),
        "may_change_roles": rules.may_change_roles(by, person),
        "may_deactivate": rules.may_deactivate(by, person),
        "may_reactivate": rules.may_reactivate(by, person),
        "may_end_sessions": rules.may_end_sessions(by, person),
        "may_record_training": rules.may_record_training(by, person),
        "grant_form": forms.get("grant") or GrantEntry(sites=selectors.administered_sites(by)),
        "training_form": forms.get("training") or TrainingEntry(),
        "reason_form": forms.get("reason") or ReasonEntry(),
    }
    return render(request, "administration/user.html", context, status=400 if forms else 200)


def _invite(request: HttpRequest, person: User) -> None:
    form = ResetPasswordForm({"email": person.email})
    if form.is_valid():
        form.save(request)
        words = _("A link to choose a password is on its way to %(email)s.")
        messages.success(request, words % {"email": person.email})


def _asked_day(request: HttpRequest) -> date | None:
    for written in DAY_FORMATS:
        try:
            return datetime.strptime(request.GET.get("on", ""), written).date()
        except ValueError:
            continue
    return None


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=timezone.get_current_timezone())
