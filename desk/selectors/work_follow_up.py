"""What waits after randomization: visits with their windows, serious events with their clock, signs of relapse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.roles import Permission
from casebook.models import Visit
from casebook.selectors.sight import visible_forms
from casebook.words import day_in_words, visit_title
from desk.selectors.waiting import SHOWN, Asking, Line, Work, first_of, first_of_each, form_line, whether, whole
from followup.bars import strip_of
from followup.safety_listing import left_in_words, term_of
from followup.selectors import Chosen, visits_in
from followup.selectors.safety import SaeClock, clock_on, events_without_report, relapse_signs_open, unreported
from followup.status import VisitStatus, last_day_of, status_of

P = Permission


def visits_to_record(asking: Asking) -> Iterator[Work]:
    """Yield the visits that are overdue, and those whose window is open, each with its window. One query."""
    visits = visits_in(asking.user, Chosen(), asking.days).filter(site__in=asking.where(P.FORM_ENTER))
    visits = visits.annotate(is_overdue=whether(asking.days.status(VisitStatus.OVERDUE)))
    found = first_of_each(visits, "is_overdue", order=["closes_on", "subject__number", "id"])
    yield _visits(_("Visits overdue"), found[True], VisitStatus.OVERDUE, asking)
    yield _visits(_("Visits due"), found[False], VisitStatus.DUE, asking)


def _visits(title: str, found: tuple[list[Visit], int], status: VisitStatus, asking: Asking) -> Work:
    visits, count = found
    lines = tuple(_visit_line(visit, asking) for visit in visits)
    return Work(title, count, lines, f"{reverse('visits')}?state={status.value}")


def _visit_line(visit: Visit, asking: Asking) -> Line:
    today = asking.days.by_site[visit.site_id]
    status = status_of(visit, on=today)
    address = f"{reverse('subject-visits', args=[visit.subject_id])}#visit-{visit.pk}"
    note = _since(visit, today) if status is VisitStatus.OVERDUE else _until(visit, status)
    strip = strip_of(visit, today)
    return Line(address, visit.subject.number, visit_title(visit), status.value, strip=strip, note=note)


def _since(visit: Visit, today: date) -> str:
    days = (today - last_day_of(visit)).days
    return ngettext("for %(days)s day", "for %(days)s days", days) % {"days": days}


def _until(visit: Visit, status: VisitStatus) -> str:
    """Say the end of the window, as lists and mails do, and apart from it the grace."""
    closes, last = visit.closes_on or last_day_of(visit), last_day_of(visit)
    if closes == last:
        return _("until %(day)s") % {"day": day_in_words(closes.isoformat())}
    days = {"day": day_in_words(closes.isoformat()), "last": day_in_words(last.isoformat())}
    if status is VisitStatus.GRACE:
        return _("window closed; until %(last)s with a reason") % days
    return _("until %(day)s, with grace until %(last)s") % days


def serious_clocks(asking: Asking) -> Iterator[Work]:
    """Yield the serious events whose report is not entered, the most urgent first. One query."""
    open_ones = unreported(asking.where(P.SAFETY_READ)).values("pk")
    forms = visible_forms(asking.user).filter(pk__in=open_ones).select_related("subject", "site")
    clocks = sorted((clock_on(form, at=asking.at) for form in forms), key=lambda sae: (sae.clock.due_at, sae.form.pk))
    lines = tuple(_sae_line(sae, asking) for sae in clocks[:SHOWN])
    yield Work(_("Serious events to report"), len(clocks), lines, whole(reverse("safety")))


def _sae_line(sae: SaeClock, asking: Asking) -> Line:
    address, left = reverse("form", args=[sae.form.pk]), left_in_words(sae, at=asking.at)
    return Line(address, sae.form.subject.number, term_of(sae.form), sae.state.value, note=left)


def signs_of_relapse(asking: Asking) -> Iterator[Work]:
    """Yield the signs of relapse that nobody has settled, the oldest first. One query."""
    signs, count = first_of(relapse_signs_open(asking.user, asking.where(P.SAFETY_READ)))
    lines = tuple(
        Line(
            reverse("safety-sign", args=[sign.pk]),
            sign.subject.number,
            sign.get_kind_display(),
            "sign open",
            note=_("seen on %(day)s") % {"day": day_in_words(sign.seen_on.isoformat())},
        )
        for sign in signs
    )
    yield Work(_("Signs of relapse to settle"), count, lines, whole(reverse("safety")))


def unreported_events(asking: Asking) -> Iterator[Work]:
    """Yield the serious or fatal adverse events without a report. Two queries."""
    forms = events_without_report(asking.user, asking.where(P.SAFETY_READ))
    lines = tuple(replace(form_line(form), text=term_of(form), state="") for form in forms[:SHOWN])
    yield Work(_("Serious or fatal events without a report"), len(forms), lines, whole(reverse("safety")))
