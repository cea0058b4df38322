"""Monitoring visits in sight, what was done in one, and where sources are kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from accounts.models import Site, User
from accounts.roles import Permission
from casebook.models import Form, MonitoringNote, MonitoringVisit, Query, SourceNote, Verification
from casebook.selectors.records import visit_number
from casebook.selectors.sight import visible_forms, visible_queries

READS = (Permission.FORM_VERIFY, Permission.FORM_LOCK, Permission.FORM_ENTER)


def monitored_sites(user: User) -> list[int]:
    """Return the sites whose monitoring visits the user reads: monitor, data manager, and those who enter there."""
    return [site for site in sorted(user.site_ids()) if any(user.holds(each, at=site) for each in READS)]


def visible_monitoring(user: User) -> QuerySet[MonitoringVisit]:
    """Return the monitoring visits in sight, the latest first."""
    visits = MonitoringVisit.objects.filter(site__in=monitored_sites(user)).select_related("site", "monitor")
    return visits.order_by("-began_on", "site__code", "-number")


def with_counts(visits: QuerySet[MonitoringVisit]) -> QuerySet[Any]:
    """Return the visits with how many marks were set in them, and how many findings and actions noted."""
    return visits.annotate(
        marks=Count("verifications", distinct=True),
        findings=Count("notes", filter=Q(notes__kind="finding"), distinct=True),
        actions=Count("notes", filter=Q(notes__kind="action"), distinct=True),
    )


def forms_verified_in(visit: MonitoringVisit, user: User) -> list[Form]:
    """Return the forms in sight that were verified in the visit, with `marks` set and how many `stand`. One query."""
    set_here = Q(verifications__monitoring_visit=visit)
    forms = visible_forms(user).filter(pk__in=Verification.objects.filter(monitoring_visit=visit).values("form"))
    return list(
        forms.annotate(
            marks=Count("verifications", filter=set_here),
            standing=Count("verifications", filter=set_here & Q(verifications__fallen_at__isnull=True)),
            last=Max("verifications__verified_at", filter=set_here),
        )
        .select_related("subject", "visit", "site")
        .order_by("subject__sequence", visit_number("visit__code"), "visit__repeat", "crf", "repeat", "pk")
    )


def notes_about(user: User, forms: Iterable[Form]) -> QuerySet[MonitoringNote]:
    """Return the notes in sight of the monitoring visits in which one of these forms was verified."""
    sites = monitored_sites(user)
    marks = Verification.objects.filter(form__in=list(forms), monitoring_visit__isnull=False)
    return MonitoringNote.objects.filter(site__in=sites, monitoring_visit__in=marks.values("monitoring_visit"))


def queries_opened_in(visit: MonitoringVisit, user: User) -> list[Query]:
    """Return the queries in sight that its monitor opened at the site in the days of the visit. One query."""
    zone = visit.site.zone
    since = datetime.combine(visit.began_on, time(), zone)
    opened = visible_queries(user).filter(site=visit.site_id, opened_by=visit.monitor_id, opened_at__gte=since)
    if visit.ended_on:
        opened = opened.filter(opened_at__lt=datetime.combine(visit.ended_on + timedelta(days=1), time(), zone))
    return list(opened.select_related("form__subject", "form__visit", "subject", "site").order_by("opened_at", "pk"))


def source_notes(sites: Iterable[Site]) -> dict[tuple[int, str], list[SourceNote]]:
    """Return the notes of where sources are kept by site and CRF, the latest first. One query."""
    found: dict[tuple[int, str], list[SourceNote]] = {}
    notes = SourceNote.objects.filter(site__in=list(sites)).select_related("noted_by")
    for note in notes.order_by("-since", "-noted_at", "pk"):
        found.setdefault((note.site_id, note.crf), []).append(note)
    return found
