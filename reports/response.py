"""The rate of pathological complete response: an outcome of one arm, so for whoever may compare arms."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext as _

from outcomes.selectors.endpoints import all_endpoints
from protocol.pathological import PathologicalResponse, Standing
from protocol.survival import rate
from protocol.words import N_
from reports.shape import Asked, Column, Report, Table

STANDINGS = {
    Standing.COMPLETE: N_("Pathological complete response"),
    Standing.NOT_COMPLETE: N_("Viable tumour left"),
    Standing.NOT_EVALUABLE: N_("Specimen not evaluable"),
    Standing.NOT_RESECTED: N_("Not resected"),
    Standing.PENDING: N_("Operation or report awaited"),
    Standing.NOT_ASKED: N_("Not asked of this arm"),
}


def response(asked: Asked) -> Report:
    """Return both rates with their exact intervals, and what became of every specimen."""
    everyone = [each.pcr for each in all_endpoints(asked.user, asked.sites, cut_on=asked.cut_on)]
    found = [each for each in everyone if each.in_allocated]
    return Report(
        title=_("Pathological complete response"),
        says=_("Resection arm only. Share the rates with nobody before the data are locked."),
        tables=[_rates(found), _standings(found)],
        notes=[
            _("Interval: Clopper and Pearson, 95 %."),
            _("Whose operation or report is awaited counts as no response among all allocated."),
        ],
        empty="" if found else _("Here will stand the rate, once somebody is allocated to resection."),
    )


def _rates(found: list[PathologicalResponse]) -> Table:
    evaluable = [each for each in found if each.in_evaluable]
    named = ((_("Evaluable specimens"), evaluable), (_("All allocated to resection"), found))
    columns = [
        Column(_("Of")),
        Column(_("Responses"), True),
        Column(_("Subjects"), True),
        Column(_("Rate (95 %)"), True),
    ]
    return Table(name="rates", says=_("Rates"), columns=columns, rows=[_rate_row(*each) for each in named])


def _rate_row(title: str, among: list[PathologicalResponse]) -> tuple[str | int, ...]:
    known = rate(sum(each.is_response for each in among), len(among))
    said = f"{known.rate:.1%} ({known.low:.1%}–{known.high:.1%})" if known.rate is not None else "–"
    return title, known.count, known.of, said


def _standings(found: list[PathologicalResponse]) -> Table:
    counts = Counter(each.standing for each in found)
    rows = [(_(title), counts[standing]) for standing, title in STANDINGS.items() if standing is not Standing.NOT_ASKED]
    columns = [Column(_("Specimen")), Column(_("Subjects"), True)]
    return Table(name="specimens", says=_("Specimens"), columns=columns, rows=rows)
