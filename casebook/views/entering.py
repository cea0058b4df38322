"""The page of one form: shown, and posted with what was typed. Whatever is refused, everything typed stays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.models import User
from audit import clock
from audit.decision import Decision, Refusal
from casebook import actions
from casebook.actions import Conflict, Invalid, Saved
from casebook.around import render_around
from casebook.entry.drafted import as_drafted, typed_lines
from casebook.entry.following import next_to_enter
from casebook.entry.posted import Posted, posted, typed_for_new_lesion
from casebook.entry.rest import mark_rest_not_done
from casebook.entry.rows import groups_of, removed_rows, with_row, without_row
from casebook.entry.settling import undecided
from casebook.entry.sheet import (
    FOR_ALL,
    Sheet,
    as_posted,
    ask_reasons,
    open_sheet,
    stored_sheet,
)
from casebook.entry.unasked import unasked_lines
from casebook.models import Form
from casebook.rules.evaluating import is_evaluation
from casebook.rules.marks import may_sign, signing_needed
from casebook.selectors.drafts import drafts_of
from casebook.selectors.sight import visible_queries
from casebook.states import FormState
from casebook.views.conflicts import conflict_page, page_undecided
from casebook.views.explaining import Unexplained, explain, kept_together
from casebook.views.foreseeing import completed_in_words, foresee_taken_off, is_completed, is_to_be_foreseen
from casebook.views.sight import form_in_sight
from casebook.words import box_id, said, title_of, visit_title
from protocol.words import BETWEEN


@require_http_methods(["GET", "POST"])
def form_page(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Show the form to be entered, or to be read by those who may not enter it now; save what is posted."""
    form = form_in_sight(request, form_id)
    at = clock.now()
    if request.method == "POST":
        return _posted(request, stored_sheet(form, request.user, at=at))
    sheet = open_sheet(form, request.user, at=at)
    if sheet.decision and _is_to_begin(form, request.user, at):
        return redirect(f"{reverse('form-add', args=[form.subject_id])}?crf={form.crf}")
    if sheet.decision:
        return _shown(request, _with_draft(request, sheet, at))
    drafts = drafts_of(form, by=request.user, at=at) if sheet.present.drafts else ()
    sheet.unsaved = tuple((draft, lines) for draft in drafts if (lines := typed_lines(sheet, draft)))
    return _shown(request, sheet)


def _is_to_begin(form: Form, user: User, at: datetime) -> bool:
    """Whether this evaluation is nobody's yet, and several could write in it at once."""
    is_free = form.state == FormState.NOT_STARTED and form.entered_by_id is None
    return is_free and is_evaluation(form.crf) and not drafts_of(form, by=user, at=at)


def _with_draft(request: HttpRequest, sheet: Sheet, at: datetime) -> Sheet:
    """Lay over the form what this person typed last and did not save, or on the page that is asked for."""
    drafts = drafts_of(sheet.form, by=sheet.user, at=at) if sheet.present.drafts else []
    asked = request.GET.get("draft", "")
    draft = next((each for each in drafts if str(each.pk) == asked), None) if asked else next(iter(drafts), None)
    if asked and draft is None:
        raise Http404
    if draft is None:
        return sheet
    sheet = as_drafted(sheet, draft)
    sheet.other_drafts = tuple(each for each in drafts if each.pk != draft.pk)
    return sheet


def _posted(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    if undecided(request.POST) and sheet.decision and (again := page_undecided(request, sheet)) is not None:
        return again
    page = posted(sheet.crf, sheet.form, request.POST)
    as_posted(sheet, page, data=request.POST)
    act, _blank, place = request.POST.get("act", "save").partition(" ")
    if act in ("add", "drop"):
        return _with_other_rows(request, sheet, act, place)
    if act == "rest":
        return _with_rest_not_done(request, sheet, place)
    if page.errors:
        return _shown(request, sheet, status=422)
    if is_to_be_foreseen(request, sheet, page, stays=is_completed(request, act)):
        return _shown(request, sheet, status=422)
    return _save(request, sheet, page, act)


def _with_other_rows(request: HttpRequest, sheet: Sheet, act: str, place: str) -> HttpResponse:
    """Draw the page again with one row more or less; nothing is saved, and nothing typed is lost."""
    name, _slash, rest = place.partition("/")
    group = next((group for group in groups_of(sheet.crf) if group.name == name), None)
    for notes in sheet.notes.values():
        notes.errors.clear()  # nobody asked for the verdict yet
    if group is not None and act == "add":
        sheet.rows, key = with_row(sheet.rows, sheet.form, group, rest if group.lesions else "")
        sheet.typed |= typed_for_new_lesion(name, key) if group.lesions else {}
        sheet.went_to = f"row-{name}-{key}"
    elif group is not None:
        sheet.rows = without_row(sheet.rows, name, rest)
        sheet.went_to = f"group-{name}"
    return _shown(request, sheet)


def _with_rest_not_done(request: HttpRequest, sheet: Sheet, section: str) -> HttpResponse:
    """Draw the page again with what is left of a section marked as not done; a save makes it so."""
    number = int(section) if section.isdecimal() and len(section) < 4 else 0
    marked = mark_rest_not_done(sheet, number, request.POST.get(f"section.{number}.reason", "").strip())
    text = ngettext(
        "%(count)s item is marked as not done; save to keep it.",
        "%(count)s items are marked as not done; save to keep them.",
        marked,
    )
    messages.info(request, text % {"count": marked})
    sheet.went_to = f"section-{number}"
    return _shown(request, sheet)


def _save(request: HttpRequest, sheet: Sheet, page: Posted, act: str) -> HttpResponse:
    try:
        answered, saved = _explained_and_saved(request, sheet, page, complete=is_completed(request, act))
    except Unexplained:
        return _shown(request, sheet, status=409)
    except Conflict as conflict:
        return conflict_page(request, sheet, page, conflict)
    except Invalid as invalid:
        sheet = _with_invalid(sheet, page, invalid)
        if invalid.unasked and sheet.asks_reasons:
            foresee_taken_off(sheet, page, invalid.unasked, stays=is_completed(request, act))
        return _shown(request, sheet, status=422)
    except Refusal as refusal:
        sheet.refused = said(refusal.sentence)
        return _shown(request, sheet, status=409)
    return _said_and_gone(request, sheet, saved, act, answered)


def _why_missing(sheet: Sheet, path: str) -> str:
    if path in sheet.answers and sheet.answers[path].missing is not None:
        return _("Write the reason for “No value”: this form is verified in full, so each has one.")
    if sheet.crf.item(path).missing:
        return _("Answer this item, or say under “No value” why there is no answer.")
    return _("Answer this item; it always has a value.")


def _explained_and_saved(request: HttpRequest, sheet: Sheet, page: Posted, *, complete: bool) -> tuple[int, Saved]:
    """Keep what was explained and what was entered, or neither."""
    with kept_together(sheet):
        answered = explain(sheet)
        return answered, actions.save_form(
            sheet.form,
            by=request.user,
            at=sheet.at,
            answers=page.answers,
            based_on=page.based_on,
            key=page.key,
            complete=complete,
            reasons=page.reasons,
            typed_on=sheet.continues,
        )


def _with_invalid(sheet: Sheet, page: Posted, invalid: Invalid) -> Sheet:
    sheet.refused = said(invalid.sentence)
    for finding in invalid.findings:
        note = sheet.note(finding.path)
        (note.errors if finding.severity == "hard" else note.findings).append(said(finding.sentence))
    for path in invalid.missing:
        sheet.note(path).errors.append(_why_missing(sheet, path))
    sheet.unasked = unasked_lines(sheet, invalid.unasked)
    ask_reasons(sheet, page, invalid.unexplained)
    gone = removed_rows(sheet.crf, invalid.unexplained, sheet.rows)
    for path in invalid.unexplained:
        if path.rpartition("/")[0] not in gone:
            sheet.note(path).errors.append(_("Give the reason for this change."))
    for title, key in gone.values():
        text = _("%(group)s: row %(row)s was taken off. Give the reason for this change.")
        sheet.note(FOR_ALL).errors.append(text % {"group": _(title), "row": key})
    return sheet


def _said_and_gone(request: HttpRequest, sheet: Sheet, saved: Saved, act: str, answered: int) -> HttpResponse:
    form = sheet.form
    title = title_of(form)
    if unchanged := _why_unchanged(form, saved, complete=is_completed(request, act)):
        messages.info(request, unchanged)
    elif saved.state == "complete":
        messages.success(request, _("%(form)s is complete.") % {"form": title})
    elif saved.version == 0:
        messages.info(request, _("Nothing was entered yet."))
    else:
        messages.success(request, _("%(form)s is saved.") % {"form": title})
    if saved.of_others and not unchanged:
        messages.info(request, _("What others entered meanwhile is kept as well."))
    if saved.opened:
        text = ngettext(
            "%(count)s answer is unusual. Explain it beside the value, or correct it.",
            "%(count)s answers are unusual. Explain them beside the value, or correct them.",
            len(saved.opened),
        )
        messages.warning(request, text % {"count": len(saved.opened)})
    if saved.elsewhere and (forms := _asked_elsewhere(request, saved)):
        text = _("A check of another form looks at what you changed, and asks there: %(forms)s.")
        messages.warning(request, text % {"forms": _(BETWEEN).join(forms)})
    if answered:
        messages.success(
            request,
            ngettext("%(count)s query is answered.", "%(count)s queries are answered.", answered) % {"count": answered},
        )
    return redirect(_where_next(request, form, saved, act))


def _why_unchanged(form: Form, saved: Saved, *, complete: bool) -> str:
    """Say why a save without an answer left the form as it stands: complete by another, or not done. Else nothing."""
    if complete or saved.state not in (FormState.COMPLETE, FormState.NOT_DONE):
        return ""
    if saved.state == FormState.NOT_DONE:
        return _("Nothing was changed: %(form)s is marked as not done.") % {"form": title_of(form)}
    return _("Nothing was changed; %(name)s completed the form at %(time)s.") % completed_in_words(form)


def _asked_elsewhere(request: HttpRequest, saved: Saved) -> list[str]:
    """Return the names of the other forms, within sight, that this save opened queries on."""
    queries = visible_queries(request.user).filter(pk__in=saved.elsewhere).select_related("form__visit")
    names = (f"{title_of(query.form)} ({visit_title(query.form.visit)})" for query in queries.order_by("opened_at"))
    return list(dict.fromkeys(names))


def _where_next(request: HttpRequest, form: Form, saved: Saved, act: str) -> str:
    """Return where the work goes on: to the next form, to what wants explaining, or to the casebook."""
    if act == "next" and (following := next_to_enter(form, by=request.user)) is not None:
        return reverse("form", args=[following.pk])
    if saved.opened:
        # To the first answer that wants explaining, so that nobody has to look for it.
        path = form.queries.filter(pk__in=saved.opened).values_list("path", flat=True).order_by("path")[0]
        return f"{reverse('form', args=[form.pk])}#item-{box_id(path)}"
    if act == "save":
        return reverse("form", args=[form.pk])
    return reverse("casebook", args=[form.subject_id])


def _shown(request: HttpRequest, sheet: Sheet, *, status: int = 200) -> HttpResponse:
    drawn = sheet.drawn  # which finds what stands on the whole form, so before the page is drawn
    context = {"sheet": sheet, "may_sign": _may_sign(request, sheet)}
    return render_around(request, "casebook/form.html", context, status=status, drawn=drawn)


def _may_sign(request: HttpRequest, sheet: Sheet) -> Decision | None:
    """Return whether the form as it is stored can be signed; None where signing it is not this person's work."""
    is_theirs = request.user.holds(signing_needed(request.user, sheet.form), at=sheet.form.site_id)
    return may_sign(request.user, sheet.form) if sheet.is_complete and is_theirs else None
