"""Reads for safety within a user's sight: serious events with their clock, signs of relapse, deviations, adverse events.

Every list costs a constant number of queries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT

from accounts.models import Signature, Site, User
from accounts.roles import Permission
from casebook.models import Form, Subject, Visit
from casebook.selectors.sight import visible_forms
from casebook.selectors.standing import day_at
from casebook.states import FormState, VisitState
from followup.models import Deviation, RelapseSign
from followup.safety_clock import Clock, ClockState, clock_of
from followup.states import DeviationKind
from protocol.assumptions import SURGERY_GRACE_DAYS
from protocol.schedule import SURGERY
from randomization.selectors import may_see_arm

LOOKED_BACK_DAYS = 7  # a sweep that did not run for so long is noticed by people
ENTERED = (FormState.IN_PROGRESS, FormState.COMPLETE)
FATAL = Q(answers__serious__value="Y") | Q(answers__outcome__value="fatal") | Q(answers__grade__value="5")


@dataclass(frozen=True)
class SaeClock:
    """One serious event with its form and its clock; `state` as of the moment that was asked for."""

    form: Form
    clock: Clock
    state: ClockState

    @property
    def is_open(self) -> bool:
        """Whether the report is still to be sent."""
        return self.state in (ClockState.RUNNING, ClockState.OVERDUE)


def safety_sites(user: User) -> list[int]:
    """Return the sites whose safety data the user may read."""
    return [site for site in user.site_ids() if user.holds(Permission.SAFETY_READ, at=site)]


def arm_sites(user: User) -> list[int]:
    """Return the sites whose arms the user may know."""
    return [site for site in user.site_ids() if may_see_arm(user, site)]


def sae_clocks(user: User, sites: Iterable[int], at: datetime) -> list[SaeClock]:
    """Return the serious events with their clocks: what is still to be reported first, by its due moment. One query."""
    forms = _entered(user, "SAE", sites).select_related("subject", "site")
    return sorted((clock_on(form, at=at) for form in forms), key=_urgency)


def clock_on(form: Form, *, at: datetime) -> SaeClock:
    """Return the clock of one serious event; its site is read already."""
    clock = clock_of(form.answers, zone=form.site.zone, entered_at=form.entered_at or at)
    return SaeClock(form, clock, clock.state(at))


def _urgency(sae: SaeClock) -> tuple[bool, float, str]:
    due = sae.clock.due_at.timestamp()
    return (not sae.is_open, due if sae.is_open else -due, str(sae.form.pk))


def unreported(sites: Iterable[int]) -> QuerySet[Form]:
    """Return the serious events of these sites whose report is not entered; for the sweep."""
    forms = Form.objects.filter(site__in=list(sites), crf="SAE", state__in=ENTERED)
    forms = forms.filter(answers__reported_at__value__isnull=True)
    return forms.select_related("subject", "site").order_by("pk")


def lapsed_operations(site: Site, *, at: datetime) -> QuerySet[Subject]:
    """Return the subjects whose operation became overdue in the last days, without a deviation that says so."""
    last = day_at(site, at) - timedelta(days=SURGERY_GRACE_DAYS + 1)
    due = Visit.objects.filter(
        subject=OuterRef("pk"), code=SURGERY.code, state=VisitState.OPEN, site=site,
        closes_on__range=(last - timedelta(days=LOOKED_BACK_DAYS), last),
    )  # fmt: skip
    told = Deviation.objects.filter(subject=OuterRef("pk"), kind=DeviationKind.SURGERY_LATE, closed_at__isnull=True)
    return Subject.objects.filter(Exists(due), ~Exists(told), site=site).select_related("site").order_by("pk")


def saes_to_sign(user: User, sites: Iterable[int]) -> QuerySet[Form]:
    """Return the complete adverse events, serious ones first, that no signature stands on."""
    signed = Signature.objects.filter(about_kind="form", about_id=OuterRef("pk"), form_version=OuterRef("version"))
    forms = visible_forms(user).filter(~Exists(signed), crf__in=("SAE", "AE"), state=FormState.COMPLETE)
    return forms.filter(site__in=list(sites)).select_related("subject", "site").order_by("-crf", "completed_at", "pk")


def events_without_report(user: User, sites: Iterable[int]) -> list[Form]:
    """Return the serious or fatal adverse events that no serious event form of the subject speaks of. One query.

    A report speaks of an event by the same term or the same onset.
    """
    asked = (Q(crf="AE") & FATAL) | Q(crf="SAE")
    entered = visible_forms(user).filter(asked, site__in=list(sites), state__in=ENTERED)
    events: list[Form] = []
    reports: list[Form] = []
    for form in entered.select_related("subject", "site"):
        (events if form.crf == "AE" else reports).append(form)
    said = {(form.subject_id, word) for form in reports for word in _names(form)}
    return [form for form in events if not any((form.subject_id, word) in said for word in _names(form))]


def _names(form: Form) -> Collection[str]:
    values = {name: str(form.answers.get(name, {}).get("value", "")) for name in ("term", "onset_on")}
    return {f"{name}:{' '.join(value.casefold().split())}" for name, value in values.items() if value}


def _entered(user: User, crf: str, sites: Iterable[int]) -> QuerySet[Form]:
    return visible_forms(user).filter(crf=crf, site__in=list(sites), state__in=ENTERED)


def visible_signs(user: User) -> QuerySet[RelapseSign]:
    """Return the signs of relapse the user may read: they come from forms that are blinded to nobody."""
    return RelapseSign.objects.filter(site__in=safety_sites(user))


def relapse_signs_open(user: User, sites: Iterable[int]) -> QuerySet[RelapseSign]:
    """Return the signs of relapse that still wait for imaging or a reason, the oldest first."""
    signs = visible_signs(user).filter(site__in=list(sites), closed_at__isnull=True)
    return signs.select_related("subject", "site", "form__visit").order_by("seen_on", "raised_at", "pk")


def visible_deviations(user: User) -> QuerySet[Deviation]:
    """Return the deviations the user may read: one that tells the arm only to whoever may know it."""
    shown = Q(reveals_arm=False) | Q(site__in=arm_sites(user))
    return Deviation.objects.filter(shown, site__in=safety_sites(user))


def entered_deviations(user: User, sites: Iterable[int]) -> QuerySet[Form]:
    """Return the deviations that a person entered as forms, the latest first."""
    forms = _entered(user, "DV", sites).select_related("subject", "site")
    return forms.order_by(F("entered_at").desc(nulls_last=True), "pk")


def adverse_events(user: User, sites: Iterable[int]) -> QuerySet[Form]:
    """Return the adverse events, the latest onset first; a partial onset counts as its first day."""
    forms = _entered(user, "AE", sites).select_related("subject", "site")
    return forms.annotate(onset=KT("answers__onset_on__value")).order_by(F("onset").desc(nulls_last=True), "pk")
