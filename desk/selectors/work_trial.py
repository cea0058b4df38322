"""What waits for those who clean and watch the trial: queries by age, and where the trial stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.roles import Permission
from casebook.models import Query
from casebook.selectors.sight import visible_queries
from casebook.states import QueryState, Stage
from casebook.words import title_of, visit_title
from desk.selectors.waiting import SHOWN, Asking, Line, Work
from outcomes.selectors.population import counted_sites, counted_subjects

P = Permission
OLD_DAYS, VERY_OLD_DAYS = 7, 28


def to_answer(asking: Asking) -> Iterator[Work]:
    """Yield the queries that the site has to answer."""
    asked = visible_queries(asking.user).filter(site__in=asking.where(P.QUERY_ANSWER), state=QueryState.OPEN)
    yield _queries_work(_("Queries to answer"), asked, "open")


def to_close(asking: Asking) -> Iterator[Work]:
    """Yield the queries that were answered and wait for who closes them."""
    answered = visible_queries(asking.user).filter(site__in=asking.where(P.QUERY_CLOSE), state=QueryState.ANSWERED)
    yield _queries_work(_("Answered queries to close"), answered, "answered")


def _queries_work(title: str, queries: QuerySet[Query], state: str) -> Work:
    first = queries.select_related("form__subject", "form__visit", "site").order_by("opened_at", "id")[:SHOWN]
    lines = tuple(
        Line(
            reverse("query", args=[query.pk]),
            query.form.subject.number,
            f"{title_of(query.form)} · {visit_title(query.form.visit)}",
            query.state,
            query.opened_at,
            query.site.zone,
        )
        for query in first
    )
    return Work(title, queries.count(), lines, f"{reverse('queries')}?state={state}")


def queries_by_age(asking: Asking) -> Iterator[Work]:
    """Yield how long queries have been open at the sites. One query."""
    old, very_old = (asking.at - timedelta(days=days) for days in (OLD_DAYS, VERY_OLD_DAYS))
    open_ones = visible_queries(asking.user).filter(site__in=asking.where(P.QUERY_OPEN), state=QueryState.OPEN)
    counted = open_ones.aggregate(
        new=Count("pk", filter=Q(opened_at__gt=old)),
        old=Count("pk", filter=Q(opened_at__lte=old, opened_at__gt=very_old)),
        very_old=Count("pk", filter=Q(opened_at__lte=very_old)),
    )
    words = {
        "very_old": _("open for %(days)s days or longer") % {"days": VERY_OLD_DAYS},
        "old": _("open for %(from)s to %(to)s days") % {"from": OLD_DAYS, "to": VERY_OLD_DAYS},
        "new": _("open for less than %(days)s days") % {"days": OLD_DAYS},
    }
    address = f"{reverse('queries')}?state=open"
    lines = tuple(Line(address, str(counted[name]), said) for name, said in words.items() if counted[name])
    yield Work(_("Queries open at the sites"), sum(counted.values()), lines, address, waits=False)


def standing(asking: Asking) -> Iterator[Work]:
    """Yield how many subjects there are and how far they came, with the reports that say more. One query."""
    allowed = set(asking.where(P.REPORT_READ))
    sites = counted_sites(site for site in asking.sites if site.pk in allowed)
    found = list(
        counted_subjects(asking.user, sites).order_by().values_list("stage").annotate(Count("pk"), Count("allocation"))
    )
    counts = {stage: count for stage, count, _allocated in found}
    # As the accrual counts: whoever withdrew after randomization stays randomized.
    randomized = sum(allocated for _stage, _count, allocated in found)
    accrual = reverse("report", args=["accrual"])
    lines = [Line(accrual, _("Accrual"), _("%(count)s in the trial, target %(target)s") % _of_target(randomized))]
    by_stage = " · ".join(f"{stage.label} {counts[stage]}" for stage in Stage if counts.get(stage))
    lines.append(Line(reverse("report", args=["flow"]), _("CONSORT flow"), by_stage))
    yield Work(_("Subjects in the trial"), randomized, tuple(lines), reverse("reports"), waits=False)


def _of_target(count: int) -> dict[str, int]:
    return {"count": count, "target": settings.ENROLMENT_TARGET}
