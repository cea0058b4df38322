"""Reads for the home page: what waits for this person, with a count and the first few, by what they may do.

Every kind costs a constant number of queries, however many subjects there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from django.db.models import Count, Func, IntegerField, QuerySet, Window
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Form, ImportBatch, Subject, Visit
from casebook.selectors.drafts import unsaved_of
from casebook.selectors.sight import visible_forms, visible_subjects
from casebook.selectors.signing import ENTRY
from casebook.selectors.transfers import before_consent
from casebook.states import FormState, ImportState, Stage
from casebook.words import visit_title
from desk.frame import address_of
from desk.selectors.signing import to_begin
from desk.selectors.waiting import SHOWN, Asking, Line, Work, first_of, form_line, forms_work
from desk.selectors.work_cleaning import (
    checks_that_fire,
    completeness,
    forms_to_lock,
    forms_to_review,
    forms_to_verify,
    open_monitoring_visits,
    unlocks_to_confirm,
)
from desk.selectors.work_evaluations import evaluations
from desk.selectors.work_follow_up import serious_clocks, signs_of_relapse, unreported_events, visits_to_record
from desk.selectors.work_gate import confirmations, gate, openings, ready
from desk.selectors.work_papers import access_reviews, log_weeks, reconsents, transfers
from desk.selectors.work_readings import differing_readings, second_readings
from desk.selectors.work_reference import ranges_to_confirm
from desk.selectors.work_signing import forms_to_sign, own_evaluations_to_sign
from desk.selectors.work_trial import queries_by_age, standing, to_answer, to_close

P = Permission


def work_of(asking: Asking) -> list[Work]:
    """Return every kind of work the person may do, also where nothing waits."""
    found = [work for permissions, find in KINDS if asking.where(*permissions) for work in find(asking)]
    # Whoever opens a sealed list works at no site.
    opens = asking.user.holds(P.LIST_READ, at=None) or asking.user.holds(P.LIST_MAKE, at=None)
    # An administrator works at no site either, and reviews who has access at each of them.
    if asking.user.holds_anywhere(P.ADMINISTER) or asking.where(P.TASK_DELEGATE):
        found += access_reviews(asking)
    return [*openings(asking), *found] if opens else found


def unsaved(user: User, *, at: datetime) -> Work:
    """Return the forms where this person typed something and did not save it, what goes first on top."""
    found = unsaved_of(user, at=at)
    lines = tuple(replace(form_line(each.form), since=each.kept_at, note=_days_left(each.days_left)) for each in found)
    return Work(_("You typed and did not save"), len(found), lines[:SHOWN])


def _days_left(days: int) -> str:
    return ngettext("kept for %(days)s more day", "kept for %(days)s more days", days) % {"days": days}


def _to_finish(asking: Asking) -> Iterator[Work]:
    begun = _forms(asking, P.FORM_ENTER).filter(~before_consent(), crf__in=ENTRY, state=FormState.IN_PROGRESS)
    address = f"{reverse('subjects')}?waiting=forms"
    yield forms_work(_("Forms to finish"), begun.order_by("entered_at", "id"), address)
    yield _to_begin(asking)


class _Total(Func):
    """The sum of a count over all groups: Django's own Sum takes no count."""

    function = "SUM"
    window_compatible = True


def _to_begin(asking: Asking) -> Work:
    """Return the visits whose forms wait to be begun, of screening and attended; a line per form would bury all else."""
    waiting = _forms(asking, P.FORM_ENTER).filter(to_begin())
    by_visit = waiting.values("subject_id", "subject__number", "visit__code", "visit__repeat")
    every = Window(_Total(Count("id"), output_field=IntegerField()))
    first = by_visit.annotate(forms=Count("id"), every=every)
    rows = list(first.order_by("subject__added_at", "subject_id", "visit__code")[:SHOWN])
    lines = tuple(
        Line(
            f"{reverse('casebook', args=[row['subject_id']])}#visit-{row['visit__code']}",
            row["subject__number"],
            _visit_and_forms(Visit(code=row["visit__code"], repeat=row["visit__repeat"]), row["forms"]),
            "not started",
        )
        for row in rows
    )
    return Work(_("Forms to begin"), rows[0]["every"] if rows else 0, lines, f"{reverse('subjects')}?waiting=begin")


def _visit_and_forms(visit: Visit, forms: int) -> str:
    said = ngettext("%(count)s form", "%(count)s forms", forms) % {"count": forms}
    return f"{visit_title(visit)} · {said}"


def _candidates(asking: Asking) -> Iterator[Work]:
    here = visible_subjects(asking.user).filter(site__in=asking.where(P.ELIGIBILITY_READ))
    subjects = here.filter(stage__in=(Stage.CONSENTED, Stage.SCREENING))
    first, count = first_of(subjects.select_related("site").order_by("added_at", "id"))
    yield Work(
        _("Candidates in screening"), count, tuple(map(_candidate, first)), address_of("eligibility-board") or ""
    )


def _candidate(subject: Subject) -> Line:
    stage, zone = str(Stage(subject.stage).label), subject.site.zone
    return Line(reverse("candidate", args=[subject.pk]), subject.number, stage, "", subject.added_at, zone)


def _imports(asking: Asking) -> Iterator[Work]:
    prepared = ImportBatch.objects.filter(site__in=asking.where(P.IMPORT_RELEASE), state=ImportState.PREPARED)
    first, count = first_of(prepared.select_related("site").order_by("prepared_at", "id"))
    address = address_of("imports") or ""
    lines = tuple(
        Line(address, batch.site.code, batch.file_name, "prepared", batch.prepared_at, batch.site.zone)
        for batch in first
    )
    yield Work(_("Imports to release"), count, lines, address)


def _forms(asking: Asking, permission: Permission) -> QuerySet[Form]:
    return visible_forms(asking.user).filter(site__in=asking.where(permission))


# What cannot wait stands first: signatures of the way to randomization, safety, visits; then what is entered.
KINDS: tuple[tuple[tuple[Permission, ...], Callable[[Asking], Iterator[Work]]], ...] = (
    ((P.SAFETY_READ,), serious_clocks),
    ((P.SAFETY_READ,), signs_of_relapse),
    ((P.ELIGIBILITY_JUDGE, P.ELIGIBILITY_REVIEW), gate),
    ((P.RANDOMIZE,), ready),
    ((P.ELIGIBILITY_JUDGE,), differing_readings),
    ((P.RANGE_CONFIRM,), ranges_to_confirm),
    ((P.FORM_ENTER,), visits_to_record),
    ((P.FORM_ENTER,), confirmations),
    ((P.FORM_ENTER,), reconsents),
    ((P.SUBJECT_TRANSFER,), transfers),
    ((P.SUBJECT_ADD,), log_weeks),
    ((P.QUERY_ANSWER, P.EVALUATION_ENTER, P.READING_ENTER), to_answer),
    ((P.FORM_ENTER,), _to_finish),
    ((P.EVALUATION_ENTER,), evaluations),
    ((P.READING_ENTER,), second_readings),
    ((P.EVALUATION_SIGN,), own_evaluations_to_sign),
    ((P.FORM_SIGN,), forms_to_sign),
    ((P.FORM_VERIFY,), open_monitoring_visits),
    ((P.QUERY_CLOSE,), to_close),
    ((P.FORM_VERIFY,), forms_to_verify),
    ((P.FORM_REVIEW,), forms_to_review),
    ((P.FORM_LOCK,), unlocks_to_confirm),
    ((P.FORM_LOCK,), forms_to_lock),
    ((P.QUERY_OPEN,), queries_by_age),
    ((P.FORM_LOCK,), completeness),
    ((P.FORM_LOCK,), checks_that_fire),
    ((P.SAFETY_READ,), unreported_events),
    ((P.IMPORT_RELEASE,), _imports),
    ((P.ELIGIBILITY_READ,), _candidates),
    ((P.REPORT_READ,), standing),
)
