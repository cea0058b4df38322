"""What waits for those who clean and watch the trial: queries by age, and where the trial stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db.models import Case, Count, IntegerField, Q, QuerySet, When
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.roles import Permission
from casebook.models import Query
from casebook.selectors.queries import queries_to_answer, queries_to_close
from casebook.selectors.sight import visible_queries
from casebook.states import QueryState, Stage
from casebook.words import title_of, visit_title
from desk.selectors.waiting import SHOWN, Asking, Line, Work, first_of_each, whether
from outcomes.selectors.population import counted_sites, counted_subjects

P = Permission
AGES = (28, 14, 7)  # days; the list of queries can be narrowed to each


def to_answer(asking: Asking) -> Iterator[Work]:
    """Yield the queries named to this person, and those of the site that nobody is named for. One query."""
    here = asking.where(P.QUERY_ANSWER, P.EVALUATION_ENTER, P.READING_ENTER)
    asked = queries_to_answer(asking.user).filter(site__in=here)
    asked = asked.annotate(is_mine=whether(Q(assigned_to=asking.user))).filter(Q(is_mine=True) | Q(assigned_to=None))
    rows = asked.select_related("form__subject", "form__visit", "site")
    found = first_of_each(rows, "is_mine", order=["opened_at", "id"])
    address = f"{reverse('queries')}?state=open&assignee="
    for title, (queries, count), whose in (
        (_("Queries named to you"), found[True], "mine"),
        (_("Queries to answer"), found[False], "nobody"),
    ):
        yield Work(title, count, tuple(map(_query_line, queries)), address + whose)


def to_close(asking: Asking) -> Iterator[Work]:
    """Yield the answered queries that wait for who closes them, the person's own first. Two queries."""
    answered = queries_to_close(asking.user).filter(site__in=asking.where(P.QUERY_CLOSE))
    counts = answered.aggregate(all=Count("pk"), own=Count("pk", filter=Q(opened_by=asking.user)))
    is_own = Case(When(opened_by=asking.user, then=0), default=1, output_field=IntegerField())
    work = _queries_work(_("Answered queries to close"), answered.order_by(is_own), "answered", counts["all"])
    yield replace(work, note=_("asked by you: %(own)s") % counts) if counts["own"] else work


def _queries_work(title: str, queries: QuerySet[Query], state: str, count: int, narrowed: str = "") -> Work:
    ordered = queries.order_by(*queries.query.order_by, "opened_at", "id")
    first = ordered.select_related("form__subject", "form__visit", "site")[:SHOWN] if count else ()
    return Work(title, count, tuple(map(_query_line, first)), f"{reverse('queries')}?state={state}{narrowed}")


def _query_line(query: Query) -> Line:
    text = f"{title_of(query.form)} · {visit_title(query.form.visit)}"
    address, number = reverse("query", args=[query.pk]), query.form.subject.number
    return Line(address, number, text, query.state, query.opened_at, query.site.zone)


def queries_by_age(asking: Asking) -> Iterator[Work]:
    """Yield how many queries have been open at the sites for how long. One query."""
    open_ones = visible_queries(asking.user).filter(site__in=asking.where(P.QUERY_OPEN), state=QueryState.OPEN)
    aged = {f"of_{days}": Count("pk", filter=Q(opened_at__lte=asking.at - timedelta(days=days))) for days in AGES}
    counted = open_ones.aggregate(all=Count("pk"), **aged)
    address = f"{reverse('queries')}?state=open"
    lines = tuple(
        Line(
            f"{address}&age={days}", str(counted[f"of_{days}"]), _("open for %(days)s days or longer") % {"days": days}
        )
        for days in AGES
        if counted[f"of_{days}"]
    )
    yield Work(_("Queries open at the sites"), counted["all"], lines, address, waits=False)


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
