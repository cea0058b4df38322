"""Reads for the home page: what waits for this person, with a count and the first few, by what they may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Draft, Form, ImportBatch, Query, Subject
from casebook.selectors.sight import visible_forms, visible_queries, visible_subjects
from casebook.states import FormState, ImportState, QueryState, Stage
from casebook.words import title_of, visit_title
from desk.frame import address_of
from desk.selectors.signing import ENTRY, EVALUATIONS, entry_to_sign, own_to_sign

SHOWN = 8
IN_SCREENING = (Stage.LISTED, Stage.CONSENTED, Stage.SCREENING)


@dataclass(frozen=True)
class Line:
    """One thing that waits: where it is done, whose it is, and since when."""

    address: str
    subject: str
    text: str
    state: str = ""
    since: datetime | None = None
    zone: ZoneInfo | None = None


@dataclass(frozen=True)
class Work:
    """One kind of work: how much there is, the first few, and where all of it stands."""

    title: str
    count: int
    lines: tuple[Line, ...]
    address: str = ""


def work_of(user: User, *, site: int | None) -> list[Work]:
    """Return every kind of work the person may do, also where nothing waits; `site` narrows it to one site."""
    return [
        work for permission, find in KINDS if (sites := _sites(user, permission, site)) for work in find(user, sites)
    ]


def _sites(user: User, permission: Permission, site: int | None) -> list[int]:
    return [each for each in user.site_ids() if site in (None, each) and user.holds(permission, at=each)]


def _to_finish(user: User, sites: list[int]) -> Iterator[Work]:
    begun = _forms(user, sites).filter(crf__in=ENTRY, state=FormState.IN_PROGRESS)
    address = f"{reverse('subjects')}?waiting=forms"
    yield _forms_work(_("Forms to finish"), begun.order_by("entered_at", "id"), address)
    yield _to_begin(user, sites)


def _to_begin(user: User, sites: list[int]) -> Work:
    """Return the subjects in screening whose forms wait to be begun: a line per form would bury everything else."""
    waiting = _forms(user, sites).filter(
        crf__in=ENTRY, state=FormState.NOT_STARTED, subject__stage__in=IN_SCREENING, visit__isnull=False
    )
    subjects = waiting.values("subject_id", "subject__number").annotate(forms=Count("id"))
    lines = tuple(
        Line(
            reverse("casebook", args=[row["subject_id"]]),
            row["subject__number"],
            ngettext("%(count)s form", "%(count)s forms", row["forms"]) % {"count": row["forms"]},
            "not started",
        )
        for row in subjects.order_by("subject__added_at", "subject_id")[:SHOWN]
    )
    return Work(_("Forms to begin"), waiting.count(), lines, reverse("subjects"))


def _evaluations(user: User, sites: list[int]) -> Iterator[Work]:
    waiting = _forms(user, sites).filter(
        Q(entered_by=None) | Q(entered_by=user),
        crf__in=EVALUATIONS,
        state__in=(FormState.NOT_STARTED, FormState.IN_PROGRESS),
    )
    yield _forms_work(_("Evaluations to enter"), waiting.order_by("subject__added_at", "id"))


def _to_sign(user: User, sites: list[int]) -> Iterator[Work]:
    forms = entry_to_sign(user, sites).order_by("completed_at", "id")
    yield _forms_work(_("Forms to sign"), forms, _address_to_sign(), name="form-sign")


def _own_to_sign(user: User, sites: list[int]) -> Iterator[Work]:
    forms = own_to_sign(user, sites).order_by("completed_at", "id")
    yield _forms_work(_("Evaluations to sign"), forms, _address_to_sign(), name="form-sign")


def _address_to_sign() -> str:
    return f"{reverse('subjects')}?waiting=signature"


def _to_answer(user: User, sites: list[int]) -> Iterator[Work]:
    asked = visible_queries(user).filter(site__in=sites, state=QueryState.OPEN)
    yield _queries_work(_("Queries to answer"), asked, "open")


def _to_close(user: User, sites: list[int]) -> Iterator[Work]:
    answered = visible_queries(user).filter(site__in=sites, state=QueryState.ANSWERED)
    yield _queries_work(_("Answered queries to close"), answered, "answered")


def _candidates(user: User, sites: list[int]) -> Iterator[Work]:
    subjects = visible_subjects(user).filter(site__in=sites, stage__in=(Stage.CONSENTED, Stage.SCREENING))
    first = subjects.select_related("site").order_by("added_at", "id")[:SHOWN]
    lines = tuple(_candidate(subject) for subject in first)
    yield Work(_("Candidates in screening"), subjects.count(), lines, address_of("eligibility-board") or "")


def _imports(user: User, sites: list[int]) -> Iterator[Work]:
    prepared = ImportBatch.objects.filter(site__in=sites, state=ImportState.PREPARED)
    first = prepared.select_related("site").order_by("prepared_at", "id")[:SHOWN]
    address = address_of("imports") or ""
    lines = tuple(
        Line(address, batch.site.code, batch.file_name, "prepared", batch.prepared_at, batch.site.zone)
        for batch in first
    )
    yield Work(_("Imports to release"), prepared.count(), lines, address)


def unsaved(user: User) -> Work:
    """Return the forms where this person typed something and did not save it."""
    drafts = (
        Draft.objects.filter(author=user).exclude(typed={}).select_related("form__subject", "form__visit", "form__site")
    )
    lines = tuple(
        replace(_line(draft.form, "form"), since=draft.kept_at) for draft in drafts.order_by("-kept_at")[:SHOWN]
    )
    return Work(_("Typed but not saved"), len(lines), lines)


def _forms(user: User, sites: list[int]) -> QuerySet[Form]:
    return visible_forms(user).filter(site__in=sites)


def _forms_work(title: str, forms: QuerySet[Form], address: str = "", *, name: str = "form") -> Work:
    first = forms.select_related("subject", "visit", "site")[:SHOWN]
    return Work(title, forms.count(), tuple(_line(form, name) for form in first), address)


def _line(form: Form, name: str) -> Line:
    text = f"{title_of(form)} · {visit_title(form.visit)}"
    since = form.completed_at or form.entered_at
    return Line(reverse(name, args=[form.pk]), form.subject.number, text, form.state, since, form.site.zone)


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


def _candidate(subject: Subject) -> Line:
    page = "candidate" if address_of("eligibility-board") else "casebook"
    stage = str(Stage(subject.stage).label)
    return Line(reverse(page, args=[subject.pk]), subject.number, stage, "", subject.added_at, subject.site.zone)


P = Permission
KINDS: tuple[tuple[Permission, Callable[[User, list[int]], Iterator[Work]]], ...] = (
    (P.FORM_ENTER, _to_finish),
    (P.EVALUATION_ENTER, _evaluations),
    (P.EVALUATION_SIGN, _own_to_sign),
    (P.QUERY_ANSWER, _to_answer),
    (P.FORM_SIGN, _to_sign),
    (P.QUERY_CLOSE, _to_close),
    (P.IMPORT_RELEASE, _imports),
    (P.ELIGIBILITY_READ, _candidates),
)
