"""The scans that wait for one second reader: the site has read them, and this reader has not. Only their day is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KT
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Form
from casebook.selectors.sight import REVEALING_VISITS, arm_hidden_at, reads_apart_at
from casebook.states import BEFORE_RANDOMIZATION, FormState, Stage
from casebook.words import day_in_words
from desk.selectors.waiting import SHOWN, Asking, Line, Work, first_of
from eligibility.second_readings import pairs_in_sight
from protocol.crfs.second_reading import SECOND_READING

CODE = SECOND_READING.code
CANDIDATE = BEFORE_RANDOMIZATION - {Stage.SCREEN_FAILURE}


def second_readings(asking: Asking) -> Iterator[Work]:
    """Yield the scans with a complete reading of the site that this reader has not read completely. Two queries."""
    sites = [site for site in reads_apart_at(asking.user) if site in {each.pk for each in asking.sites}]
    if not sites:
        return
    waiting = _waiting(asking.user, sites).select_related("subject", "site")
    first, count = first_of(waiting.order_by("completed_at", "pk"))
    begun = _begun(asking.user, [form.subject_id for form in first]) if first else {}
    lines = tuple(_line(form, begun.get((form.subject_id, form.scan_on))) for form in first)
    yield Work(_("Second readings waiting"), count, lines)


def differing_readings(asking: Asking) -> Iterator[Work]:
    """Yield the scans of candidates that two readers read differently: the site's reading decides. Five queries at most."""
    judged = asking.where(Permission.ELIGIBILITY_JUDGE)
    sites = [site for site in asking.sites if site.pk in judged]
    found = pairs_in_sight(asking.user, sites, differing=True, stages=CANDIDATE)
    if not found:
        return
    lines = tuple(
        Line(
            reverse("candidate", args=[pair.subject.pk]),
            pair.subject.number,
            _("Scan of %(day)s") % {"day": day_in_words(str(pair.on or ""))},
        )
        for pair in found[:SHOWN]
    )
    yield Work(
        _("Second readings that differ"),
        len(found),
        lines,
        f"{reverse('second-readings')}?shown=differing",
        waits=False,
    )


def _waiting(user: User, sites: list[int]) -> QuerySet[Form]:
    day = {"answers__scan_on__value": OuterRef("answers__scan_on__value")}
    own = Form.objects.filter(subject=OuterRef("subject"), crf=CODE, entered_by=user, state=FormState.COMPLETE, **day)
    read = Form.objects.filter(site__in=sites, crf__in=SECOND_READING.read_apart_from, state=FormState.COMPLETE)
    unseeing = [site for site in arm_hidden_at(user) if site in sites]
    read = read.exclude(site__in=unseeing, visit__code__in=REVEALING_VISITS)
    return read.filter(~Exists(own)).annotate(scan_on=KT("answers__scan_on__value"))


def _begun(user: User, subjects: list[UUID]) -> Mapping[tuple[UUID, str], Form]:
    """Return the forms this reader began of these subjects, by the day of the scan."""
    own = Form.objects.filter(subject__in=subjects, crf=CODE, entered_by=user, state=FormState.IN_PROGRESS)
    return {(form.subject_id, form.answers.get("scan_on", {}).get("value", "")): form for form in own}


def _line(scan: Form, begun: Form | None) -> Line:
    # The reading of the site is not opened from here: the casebook shows the reader none of it.
    address = reverse("form", args=[begun.pk]) if begun else reverse("casebook", args=[scan.subject_id])
    text = _("Scan of %(day)s") % {"day": day_in_words(scan.scan_on)}  # type: ignore[attr-defined]
    state = begun.state if begun else FormState.NOT_STARTED
    return Line(address, scan.subject.number, text, state, begun.entered_at if begun else None, scan.site.zone)
