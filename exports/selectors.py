"""Reads for exports: always what the reader may see, never more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Case, Exists, OuterRef, Q, QuerySet

from accounts.models import Signature, Site, User
from accounts.roles import Permission
from accounts.selectors import visible_sites
from casebook.models import Form, Query, Subject, Visit
from casebook.selectors.records import visit_number
from casebook.selectors.sight import visible_forms, visible_queries, visible_subjects, visible_visits
from exports.models import Download
from exports.states import DownloadState

KEPT_FOR = timedelta(days=7)


def exportable_sites(user: User) -> list[Site]:
    """Return the sites whose data the user may take out."""
    return [site for site in visible_sites(user) if user.holds(Permission.EXPORT, at=site)]


def forms_of_crf(user: User, crf: str, sites: Iterable[Site]) -> QuerySet[Form]:
    """Return the forms of a CRF at these sites that the user may read, by site, subject and visit."""
    signed = Signature.objects.filter(about_kind="form", about_id=OuterRef("pk"), form_version=OuterRef("version"))
    forms = visible_forms(user).filter(crf=crf, site__in=[site.pk for site in sites])
    return forms.annotate(is_signed=Exists(signed), visit_number=_visit_number()).order_by(
        "site__code", "subject__sequence", "visit_number", "visit__repeat", "repeat", "id"
    )


def subjects_at(user: User, sites: Iterable[Site]) -> QuerySet[Subject]:
    """Return the subjects of these sites that the user may see."""
    found = visible_subjects(user).filter(site__in=[site.pk for site in sites])
    return found.select_related("site", "rescreened_from").order_by("site__code", "sequence")


def visits_at(user: User, sites: Iterable[Site]) -> QuerySet[Visit]:
    """Return the visits of these sites that the user may see."""
    found = visible_visits(user).filter(site__in=[site.pk for site in sites])
    return found.order_by("site__code", "subject__sequence", visit_number("code"), "repeat")


def queries_at(user: User, sites: Iterable[Site]) -> QuerySet[Query]:
    """Return the queries of these sites on forms that the user may read, with their messages."""
    found = visible_queries(user).filter(site__in=[site.pk for site in sites])
    return found.select_related("form__visit", "subject__site", "assigned_to").order_by(
        "site__code", "subject__sequence", "opened_at", "id"
    )


def _visit_number() -> Case:
    return visit_number("visit__code")


def own_downloads(user: User) -> QuerySet[Download]:
    """Return the files this person asked for; those of others do not exist."""
    return Download.objects.filter(owner=user).order_by("-asked_at", "-id")


def to_write(*, at: datetime) -> QuerySet[Download]:
    """Return what waits, or was begun by somebody who must be dead, the oldest first; locked rows are skipped."""
    waiting = Q(state=DownloadState.WAITING) | Q(state=DownloadState.RUNNING, leased_until__lt=at)
    return Download.objects.filter(waiting).select_for_update(skip_locked=True).order_by("asked_at", "id")


def outlived(*, at: datetime) -> QuerySet[Download]:
    """Return what was offered for long enough."""
    return Download.objects.filter(done_at__lt=at - KEPT_FOR)
