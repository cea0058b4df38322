"""What waits of a site's papers: consents to be signed again, weeks of which the screening log says nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Site
from accounts.roles import Permission
from accounts.selectors import administered_sites
from accounts.site_people import Reviewed, reviewed
from casebook.selectors.consents import Owed, OwedFirst, owed_first_and_again
from casebook.selectors.transfers import transfers_waiting
from casebook.words import day_in_words
from desk.selectors.waiting import SHOWN, Asking, Line, Work, whole
from eligibility.selectors.screening import silent_weeks

P = Permission


def reconsents(asking: Asking) -> Iterator[Work]:
    """Yield the subjects who must sign after a transfer, or a newer version of the consent form, the first due first."""
    here = set(asking.where(P.FORM_ENTER))
    owed = owed_first_and_again([site for site in asking.sites if site.pk in here], at=asking.at)
    waiting = [each for each in owed if isinstance(each, OwedFirst) or each.asked.settled_on is None]
    lines = tuple(map(_owed, waiting[:SHOWN]))
    yield Work(_("Consents to be signed again"), len(waiting), lines, whole(reverse("consent-forms")))


def _owed(owed: Owed | OwedFirst) -> Line:
    address = reverse("casebook", args=[owed.subject.pk])
    if isinstance(owed, OwedFirst):
        told = _("before anything else, after the transfer of %(day)s") % {"day": day_in_words(str(owed.came_on))}
        return Line(address, owed.subject.number, told, owed.state)
    said = _("version %(version)s, by %(due)s") % {
        "version": owed.asked.form.version,
        "due": day_in_words(owed.asked.due_on.isoformat()),
    }
    return Line(address, owed.subject.number, said, owed.state)


def transfers(asking: Asking) -> Iterator[Work]:
    """Yield the subjects that another site asks to take over, the longest waiting first. One query."""
    here = set(asking.where(P.SUBJECT_TRANSFER))
    waiting = [each for each in transfers_waiting(asking.user) if each.to_site_id in here]
    lines = tuple(
        Line(
            reverse("transfer", args=[each.pk]),
            each.number,
            _("from %(site)s, asked by %(name)s") % {"site": each.from_site.code, "name": each.asked_by.name},
            since=each.asked_at,
            zone=each.to_site.zone,
        )
        for each in waiting[:SHOWN]
    )
    yield Work(_("Subjects to take over"), len(waiting), lines, whole(reverse("transfers")))


def access_reviews(asking: Asking) -> Iterator[Work]:
    """Yield the sites whose review of access is overdue, for who leads them and for administrators. One query."""
    overdue = [each for each in reviewed(_led(asking), at=asking.at) if each.is_overdue]
    overdue.sort(key=lambda each: (each.due_on or date.min, each.site.code))
    lines = tuple(
        Line(reverse("site-people", args=[each.site.code]), each.site.code, _reviewed_last(each))
        for each in overdue[:SHOWN]
    )
    yield Work(_("Reviews of access overdue"), len(overdue), lines)


def _led(asking: Asking) -> list[Site]:
    if asking.user.holds_anywhere(P.ADMINISTER):
        return [site for site in administered_sites(asking.user) if site.is_open]
    here = set(asking.where(P.TASK_DELEGATE))
    return [site for site in asking.sites if site.pk in here]


def _reviewed_last(each: Reviewed) -> str:
    if each.last is None:
        return _("never reviewed")
    day = each.last.at.astimezone(each.site.zone).date()
    return _("reviewed last on %(day)s") % {"day": day_in_words(day.isoformat())}


def log_weeks(asking: Asking) -> Iterator[Work]:
    """Yield the sites with weeks of which the screening log says nothing."""
    here = set(asking.where(P.SUBJECT_ADD))
    sites = [site for site in asking.sites if site.pk in here]
    silent = Counter({site: len(mondays) for site, mondays in silent_weeks(sites, at=asking.at).items()})
    lines = tuple(
        Line(f"{reverse('screening-log')}?site={site.pk}", site.code, _weeks(silent[site.pk]))
        for site in sites
        if silent[site.pk]
    )
    yield Work(
        _("Weeks without a line in the screening log"), silent.total(), lines[:SHOWN], whole(reverse("screening-log"))
    )


def _weeks(count: int) -> str:
    return ngettext("%(count)s week says nothing", "%(count)s weeks say nothing", count) % {"count": count}
