"""Lists of forms that wait for something: what the address narrows them to, and their order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.selectors import visible_sites
from casebook.models import Form
from casebook.selectors.records import visit_number
from casebook.words import title_of, visit_title
from paper.tables import csv_lines
from protocol.trial import TRIAL

PAGE_SIZES = (50, 25, 100)
SITE_IN_SESSION = "site"
ORDERS = {
    "subject": ("site__code", "subject__sequence", visit_number("visit__code"), "visit__repeat", "crf", "repeat", "pk"),
    "oldest": ("completed_at", "pk"),
    "newest": ("-completed_at", "pk"),
    "form": ("crf", "site__code", "subject__sequence", "pk"),
}


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """What a list of forms is narrowed to; every field stands in the address. Empty: everything that waits."""

    site: str = ""  # key of the site; "0" for all
    number: str = ""
    visit: str = ""
    crf: str = ""
    state: str = ""  # empty: whatever waits; "all"; or one state of the list
    plan: str = ""  # of verification: "all" for forms that the plan does not ask for as well
    order: str = ""
    size: str = ""

    @classmethod
    def asked(cls, request: HttpRequest, states: Collection[str]) -> Narrowed:
        """Return what the address says; a value that is on no list counts as not chosen."""
        known: Mapping[str, Collection[str]] = {
            "visit": {"LOG", *(visit.code for visit in TRIAL.visits)},
            "crf": {crf.code for crf in TRIAL.crfs},
            "state": {"all", *states},
            "plan": {"all"},
            "order": ORDERS,
            "size": {str(size) for size in PAGE_SIZES},
        }
        said = {each.name: request.GET.get(each.name, "").replace("\0", "").strip()[:40] for each in fields(cls)}
        if "site" not in request.GET:
            said["site"] = str(request.session.get(SITE_IN_SESSION) or "")
        return cls(**{name: value for name, value in said.items() if value in known.get(name, {value})})

    @property
    def query(self) -> str:
        """What the address says again."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    @property
    def page_size(self) -> int:
        """How many forms a page shows."""
        return int(self.size or PAGE_SIZES[0])

    def rows(self, forms: QuerySet[Any], *, state_field: str, waiting: QuerySet[Any]) -> QuerySet[Any]:
        """Return the forms that fit, in order; without a state those that wait."""
        found = waiting if not self.state else forms
        if self.state not in ("", "all"):
            found = found.filter(**{state_field: self.state})
        if self.site.isdecimal() and len(self.site) < 9 and int(self.site):
            found = found.filter(site=int(self.site))
        if self.number:
            found = found.filter(subject__number__icontains=self.number)
        if self.visit:
            found = found.filter(visit__isnull=True) if self.visit == "LOG" else found.filter(visit__code=self.visit)
        if self.crf:
            found = found.filter(crf=self.crf)
        return found.select_related("subject", "site", "visit").order_by(*ORDERS[self.order or "subject"])


def page_of(request: HttpRequest, narrowed: Narrowed, rows: QuerySet[Any]) -> Page[Any]:
    """Return the page of the list that the address names."""
    return Paginator(rows, narrowed.page_size).get_page(request.GET.get("page"))


def around(request: HttpRequest, narrowed: Narrowed) -> dict[str, object]:
    """Return what the filter of such a list offers."""
    return {
        "narrowed": narrowed,
        "query": narrowed.query,
        "sites": list(visible_sites(request.user)),
        "visits": [*((visit.code, _(visit.title)) for visit in TRIAL.visits), ("LOG", _("Log"))],
        "crfs": [(crf.code, _(crf.title)) for crf in TRIAL.crfs],
        "orders": [
            ("subject", _("Subject")),
            ("oldest", _("Completed first")),
            ("newest", _("Completed last")),
            ("form", _("Form")),
        ],
        "sizes": PAGE_SIZES,
    }


def csv_of(name: str, header: list[str], rows: list[list[object]]) -> HttpResponse:
    """Return a list of forms as CSV."""
    response = HttpResponse(csv_lines(header, rows, bom=True), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def placed(form: Form) -> list[object]:
    """Return the cells that say which form this is."""
    return [form.subject.number, form.site.code, visit_title(form.visit), form.crf, title_of(form)]


def placed_titles() -> list[str]:
    """Return the titles of those cells."""
    return [_("Subject"), _("Site"), _("Visit"), _("Form code"), _("Form")]
