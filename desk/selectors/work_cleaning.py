"""What waits for those who verify, review and lock: forms by site, unlocks, open monitoring visits, and how clean it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Site
from accounts.roles import Permission
from casebook.models import MonitoringVisit, UnlockRequest
from casebook.selectors.checks import CheckLine, check_lines
from casebook.selectors.locking import DONE, LEFT, ready_forms, waiting_unlocks
from casebook.selectors.monitoring import visible_monitoring
from casebook.selectors.sight import visible_forms
from casebook.selectors.verifying import reviewable, to_review, to_verify_counts
from casebook.states import FormState, LockLevel, MonitoringState, VisitState
from casebook.words import day_in_words
from desk.selectors.waiting import SHOWN, Asking, Line, Work, forms_work, whole
from protocol.schedule import SCREENING

P = Permission
MOST_FIRED = 5
# What nobody began is asked for once its visit took place, or in screening; not of who left the trial.
_NOT_BEGUN = Q(state=FormState.NOT_STARTED)
_AHEAD = Q(visit__isnull=False) & ~Q(visit__code=SCREENING.code) & ~Q(visit__state=VisitState.ATTENDED)
NOT_EXPECTED = _NOT_BEGUN & (Q(subject__stage__in=LEFT) | _AHEAD)


def forms_to_verify(asking: Asking) -> Iterator[Work]:
    """Yield the forms that the plan asks this person to verify, by site. Two queries."""
    here = set(asking.where(P.FORM_VERIFY))
    codes = to_verify_counts(asking.user)
    counts = {site: codes[site.code] for site in asking.sites if site.pk in here and codes.get(site.code)}
    yield _by_site(_("Forms to verify"), counts, reverse("verification"))


def forms_to_review(asking: Asking) -> Iterator[Work]:
    """Yield the complete forms whose version nobody reviewed, by site. One query."""
    forms = to_review(reviewable(asking.user)).filter(site__in=asking.where(P.FORM_REVIEW))
    found = dict(forms.order_by().values_list("site").annotate(count=Count("pk")))
    counts = {site: found[site.pk] for site in asking.sites if found.get(site.pk)}
    yield _by_site(_("Forms to review"), counts, reverse("reviews"))


def _by_site(title: str, counts: Mapping[Site, int], address: str) -> Work:
    most_first = sorted(counts, key=lambda site: (-counts[site], site.code))
    lines = (Line(f"{address}?site={site.pk}", site.code, _forms(counts[site])) for site in most_first[:SHOWN])
    return Work(title, sum(counts.values()), tuple(lines), whole(address))


def _forms(count: int) -> str:
    return ngettext("%(count)s form", "%(count)s forms", count) % {"count": count}


def forms_to_lock(asking: Asking) -> Iterator[Work]:
    """Yield the forms against whose lock nothing stands. Three queries."""
    forms = ready_forms(asking.user, asking.where(P.FORM_LOCK)).order_by("completed_at", "id")
    yield forms_work(_("Forms ready to lock"), forms, f"{reverse('locks')}?level=form&held=ready", name="form")


def unlocks_to_confirm(asking: Asking) -> Iterator[Work]:
    """Yield the unlocks that somebody else asked for and a second person has to confirm. One query."""
    here = set(asking.where(P.FORM_LOCK))
    wishes = [
        each
        for each in waiting_unlocks(asking.user).exclude(asked_by=asking.user)
        if each.site_id is None or each.site_id in here
    ]
    yield Work(_("Unlocks to confirm"), len(wishes), tuple(map(_wish, wishes[:SHOWN])), whole(reverse("locks")))


def _wish(wish: UnlockRequest) -> Line:
    level = LockLevel(wish.lock.level)
    key = "trial" if level == LockLevel.TRIAL else getattr(wish.lock, f"{level.value}_id")
    of = wish.subject.number if wish.subject else wish.site.code if wish.site else str(level.label)
    zone = wish.site.zone if wish.site else None
    return Line(reverse("lock", args=[level.value, str(key)]), of, wish.reason, "unlock waiting", wish.asked_at, zone)


def open_monitoring_visits(asking: Asking) -> Iterator[Work]:
    """Yield this monitor's visits to sites that are not closed. One query."""
    visits = visible_monitoring(asking.user).filter(
        monitor=asking.user, state=MonitoringState.OPEN, site__in=asking.where(P.FORM_VERIFY)
    )
    found = list(visits)
    address = f"{reverse('monitoring')}?state={MonitoringState.OPEN.value}"
    yield Work(_("Monitoring visits to close"), len(found), tuple(map(_monitored, found[:SHOWN])), address)


def _monitored(visit: MonitoringVisit) -> Line:
    said = _("visit %(number)s, began on %(day)s")
    text = said % {"number": visit.number, "day": day_in_words(visit.began_on.isoformat())}
    return Line(reverse("monitoring-visit", args=[visit.pk]), visit.site.code, text, "visit open")


def completeness(asking: Asking) -> Iterator[Work]:
    """Yield how many of the expected forms each site has done, the least complete first. One query."""
    sites = {site.pk: site for site in asking.sites}
    forms = visible_forms(asking.user).filter(site__in=asking.where(P.FORM_LOCK)).exclude(NOT_EXPECTED)
    counted = (
        forms.order_by().values_list("site").annotate(every=Count("pk"), done=Count("pk", filter=Q(state__in=DONE)))
    )
    rows = sorted(((done / every, sites[site], done, every) for site, every, done in counted), key=lambda row: row[:1])
    lines = tuple(_complete(site, done, every) for _share, site, done, every in rows[:SHOWN])
    left = sum(every - done for _share, _site, done, every in rows)
    yield Work(_("Expected forms not complete"), left, lines, reverse("subjects"), waits=False)


def _complete(site: Site, done: int, every: int) -> Line:
    said = _("%(done)s of %(all)s expected forms complete (%(percent)s %%)")
    text = said % {"done": done, "all": every, "percent": 100 * done // every}
    return Line(f"{reverse('subjects')}?site={site.pk}", site.code, text)


def checks_that_fire(asking: Asking) -> Iterator[Work]:
    """Yield the checks that fired most often, and what became of it. Two queries."""
    fired = [line for line in check_lines(asking.user, order="fired") if line.fired]
    address = f"{reverse('checks')}?order=fired"
    lines = tuple(_check(line, address) for line in fired[:MOST_FIRED])
    yield Work(_("Checks that fired"), len(fired), lines, address, waits=False)


def _check(line: CheckLine, address: str) -> Line:
    times = ngettext("fired %(count)s time", "fired %(count)s times", line.fired) % {"count": line.fired}
    changed = ngettext("%(count)s value changed", "%(count)s values changed", line.changed) % {"count": line.changed}
    crf = f"&crf={line.crf.code}" if line.crf else ""
    return Line(f"{address}{crf}", line.id, line.shown, note=f"{times} · {changed}")
