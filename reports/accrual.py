"""Accrual against the target, by month and site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _

from casebook.selectors.standing import day_at
from casebook.words import day_in_words
from outcomes.selectors.population import counted_subjects
from paper.plots import Words, bar_plot
from randomization.models import Allocation
from reports.shape import Asked, Column, Month, Report, Table

Months = Counter[tuple[int, str]]  # by month and code of the site


def accrual(asked: Asked) -> Report:
    """Return how many were screened and randomized in each month. Two queries."""
    screened, randomized = _screened(asked), _randomized(asked)
    months = list(_months([month for month, _site in (*screened, *randomized)], asked.cut_on))
    by_month = [_of_month(randomized, month) for month in months]
    running = [sum(by_month[: at + 1]) for at in range(len(months))]
    total, target = sum(by_month), settings.ENROLMENT_TARGET
    says = _("%(count)s of %(target)s subjects were randomized up to %(cut)s; %(screened)s were assessed.") % {
        "count": total,
        "target": target,
        "cut": day_in_words(asked.cut_on.isoformat()),
        "screened": sum(screened.values()),
    }
    words = Words("accrual", _("Subjects randomized by month"), says, _("Month"), _("Subjects"))
    bars = [(str(_named(month)), count) for month, count in zip(months, by_month, strict=True)]
    return Report(
        title=_("Accrual"),
        says=says,
        picture=bar_plot(words, bars, line=running, target=target),
        tables=[_by_month(months, screened, running, randomized), *_by_site(asked, screened, randomized)],
        notes=[
            _("Bars: randomized in the month. Line: randomized so far. Broken line: the target, which is no limit."),
            _("Assessed: every entry of the screening log, each attempt of a subject counted."),
        ],
        empty=""
        if months
        else _("Here will stand who was assessed and randomized, month by month, once the first subject is added."),
    )


def _screened(asked: Asked) -> Months:
    subjects = counted_subjects(asked.user, asked.sites).only("added_at", "site")
    days = ((day_at(each.site, each.added_at), each.site.code) for each in subjects)
    return Counter((_month(day), code) for day, code in days if day <= asked.cut_on)


def _randomized(asked: Asked) -> Months:
    counted = counted_subjects(asked.user, asked.sites).values("pk")
    found = Allocation.objects.filter(subject__in=counted).select_related("site").only("allocated_at", "site")
    days = ((day_at(each.site, each.allocated_at), each.site.code) for each in found)
    return Counter((_month(day), code) for day, code in days if day <= asked.cut_on)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _named(month: int) -> Month:
    return Month(f"{month // 12}-{month % 12 + 1:02}")


def _months(known: list[int], cut_on: date) -> Iterator[int]:
    """Yield every month from the first entry to the data cut, those without one too."""
    if known:
        yield from range(min(known), _month(cut_on) + 1)


def _of_month(counts: Months, month: int) -> int:
    return sum(count for (each, _site), count in counts.items() if each == month)


def _by_month(months: list[int], screened: Months, running: list[int], randomized: Months) -> Table:
    columns = [
        Column(_("Month")),
        Column(_("Assessed"), True),
        Column(_("Randomized"), True),
        Column(_("Randomized so far"), True),
    ]
    rows = [
        (_named(month), _of_month(screened, month), _of_month(randomized, month), so_far)
        for month, so_far in zip(months, running, strict=True)
    ]
    return Table(name="months", says=_("By month"), columns=columns, rows=rows)


def _by_site(asked: Asked, screened: Months, randomized: Months) -> Iterator[Table]:
    columns = [Column(_("Site")), Column(_("Assessed"), True), Column(_("Randomized"), True)]
    rows = [
        (f"{site.code} {site.name}", _of_site(screened, site.code), _of_site(randomized, site.code))
        for site in asked.sites
    ]
    yield Table(name="sites", says=_("By site"), columns=columns, rows=rows)


def _of_site(counts: Months, code: str) -> int:
    return sum(count for (_each, site), count in counts.items() if site == code)
