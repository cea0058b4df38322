"""What changes judgements: a correction, a confirmation, a factor, a file. Each shows its effect before it is saved."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.gate import needs, posted_from
from accounts.roles import Permission
from accounts.views.shown import checked
from audit import clock
from audit.decision import Refusal
from audit.numbers import number_typed
from casebook.actions.range_file import COLUMNS, Does, FileRefused, Loaded, propose_ranges, tried_ranges
from casebook.actions.reference import add_conversion, confirm_range, correct_range, withdraw_conversion
from casebook.actions.touching import JUDGED_AT_ONCE
from casebook.entry.range_effect import Effect, effect_of
from casebook.entry.ranges import ConversionEntry, CorrectionEntry, UploadEntry, fingerprint
from casebook.models import ReferenceRange
from casebook.views.ranges import laboratory_in_sight, laboratory_page, range_in_sight, range_page, waiting_among
from casebook.words import said
from protocol.words import N_, sentence

P = Permission
MOST_BYTES = 2 * 1024 * 1024
TOO_LARGE = N_("The file has more than %(most)s megabytes. Divide it.")


class _TakenBack(Exception):
    """Nothing of the trial run is kept."""


@posted_from("range")
@needs(P.RANGE_PROPOSE)
def range_correct(request: HttpRequest, range_id: int) -> HttpResponse:
    """Show what a correction would change; once it was shown for these very values, propose it."""
    held = range_in_sight(range_id)
    entry = checked(CorrectionEntry(request.POST, auto_id="correct-%s"), request)
    if not entry.is_valid():
        return range_page(request, held, status=400, entry=entry)
    words, at = entry.said_of(), clock.now()
    shown_for = fingerprint(held.pk, *(words[name] for name in ("low", "high", "valid_from", "valid_to")))
    try:
        if entry.cleaned_data["foreseen_of"] != shown_for:
            effect = _effect_of_ranges(request, lambda: [correct_range(held, by=request.user, at=at, **words)], [held])
            return range_page(request, held, entry=entry, effect=effect, foreseen_of=shown_for)
        made = correct_range(held, by=request.user, at=at, **words)
    except Refusal as refusal:
        return range_page(request, held, status=409, entry=entry, refused=said(refusal.sentence))
    messages.success(
        request, _("The correction is proposed. The range stands until a principal investigator confirms it.")
    )
    return redirect("range", made.pk)


def _effect_of_ranges(request: HttpRequest, change: Any, about: list[ReferenceRange]) -> Effect:
    return effect_of(
        change,
        laboratories={held.laboratory.code for held in about},
        analytes={held.analyte for held in about},
        by=request.user,
        at=clock.now(),
    )


@posted_from("laboratory")
@needs(P.RANGE_CONFIRM)
def ranges_confirm(request: HttpRequest, laboratory_id: int) -> HttpResponse:
    """Show what confirming the ticked proposals would change; then confirm them, all or none."""
    laboratory = laboratory_in_sight(laboratory_id)
    chosen = waiting_among(laboratory, request.POST.getlist("range"))
    if not chosen:
        return laboratory_page(request, laboratory, status=409, refused=_("No proposal that waits was ticked."))
    at, shown_for = clock.now(), fingerprint(*(held.pk for held in chosen))
    try:
        if request.POST.get("foreseen_of") != shown_for:
            effect = _effect_of_ranges(request, lambda: chosen, chosen)
            context = {"laboratory": laboratory, "chosen": chosen, "effect": effect, "foreseen_of": shown_for}
            return render(request, "casebook/range_confirm.html", context)
        with transaction.atomic():
            touched = {subject.pk for held in chosen for subject in confirm_range(held, by=request.user, at=at)}
    except Refusal as refusal:
        return laboratory_page(request, laboratory, status=409, refused=said(refusal.sentence))
    messages.success(request, _confirmed(len(touched)))
    return redirect("laboratory", laboratory.pk)


def _confirmed(count: int) -> str:
    if count > JUDGED_AT_ONCE:
        words = _(
            "Confirmed. %(count)s subjects are judged again one after the other; the board may lag for some minutes."
        )
        return words % {"count": count}
    text = ngettext(
        "Confirmed. %(count)s subject was judged again.",
        "Confirmed. %(count)s subjects were judged again.",
        count,
    )
    return text % {"count": count}


@posted_from("laboratory")
@needs(P.RANGE_PROPOSE)
def conversion_add(request: HttpRequest, laboratory_id: int) -> HttpResponse:
    """Show what a factor would change; once it was shown for this very factor, add it."""
    laboratory = laboratory_in_sight(laboratory_id)
    entry = checked(ConversionEntry(request.POST, auto_id="factor-%s"), request)
    if not entry.is_valid():
        return laboratory_page(request, laboratory, status=400, factor=entry)
    words, at = entry.said_of(), clock.now()
    shown_for = fingerprint(laboratory.pk, *words.values())

    def change() -> list[ReferenceRange]:
        add_conversion(laboratory, by=request.user, at=at, only=(), **words)
        return []

    try:
        if entry.cleaned_data["foreseen_of"] != shown_for:
            effect = effect_of(
                change, laboratories={laboratory.code}, analytes={words["analyte"]}, by=request.user, at=at
            )
            return laboratory_page(request, laboratory, factor=entry, effect=effect, foreseen_of=shown_for)
        add_conversion(laboratory, by=request.user, at=at, **words)
    except Refusal as refusal:
        return laboratory_page(request, laboratory, status=409, factor=entry, refused=said(refusal.sentence))
    messages.success(request, _("The factor is added; whoever it touches was judged again."))
    return redirect("laboratory", laboratory.pk)


@posted_from("laboratory")
@needs(P.RANGE_PROPOSE)
def conversion_withdraw(request: HttpRequest, laboratory_id: int) -> HttpResponse:
    """Show what would change without a factor; once it was shown, withdraw it."""
    laboratory = laboratory_in_sight(laboratory_id)
    held = laboratory.conversions.filter(pk=number_typed(request.POST.get("factor", ""))).first()
    if held is None:
        return laboratory_page(request, laboratory, status=409, refused=_("No factor of this laboratory was chosen."))
    at, reason, shown_for = clock.now(), request.POST.get("reason", ""), fingerprint("withdrawn", held.pk)
    typed: dict[str, Any] = {"withdrawing": held.pk, "withdrawal": reason}

    def change() -> list[ReferenceRange]:
        withdraw_conversion(held, by=request.user, at=at, reason=reason, only=())
        return []

    try:
        if request.POST.get("foreseen_of") != shown_for:
            effect = effect_of(change, laboratories={laboratory.code}, analytes={held.analyte}, by=request.user, at=at)
            return laboratory_page(request, laboratory, effect=effect, withdrawal_of=shown_for, **typed)
        withdraw_conversion(held, by=request.user, at=at, reason=reason)
    except Refusal as refusal:
        return laboratory_page(request, laboratory, status=409, refused=said(refusal.sentence), **typed)
    messages.success(request, _("The factor is withdrawn; whoever it touched was judged again."))
    return redirect("laboratory", laboratory.pk)


# --- the file -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@needs(P.RANGE_PROPOSE)
def ranges_upload(request: HttpRequest) -> HttpResponse:
    """Try a file row by row, show what it would do, and take in exactly what was shown."""
    if request.method == "GET":
        return _upload_page(request, UploadEntry())
    entry = checked(UploadEntry(request.POST, request.FILES), request)
    if not entry.is_valid():
        return _upload_page(request, entry, status=400)
    content = _content(entry)
    if len(content) > MOST_BYTES:
        words = sentence(TOO_LARGE, most=MOST_BYTES // (1024 * 1024))
        return _upload_page(request, entry, status=413, refused=said(words))
    return _taken_in(request, entry, content)


def _content(entry: UploadEntry) -> bytes:
    if (file := entry.cleaned_data["file"]) is not None:
        return bytes(file.read(MOST_BYTES + 1))
    return str(entry.cleaned_data["text"]).encode()


def _taken_in(request: HttpRequest, entry: UploadEntry, content: bytes) -> HttpResponse:
    at, shown_for = clock.now(), fingerprint(content.replace(b"\r\n", b"\n").removeprefix(b"\xef\xbb\xbf"))
    try:
        if entry.cleaned_data["act"] != "save" or entry.cleaned_data["foreseen_of"] != shown_for:
            return _tried_page(request, entry, content, shown_for)
        loaded = propose_ranges(content, by=request.user, at=at)
    except FileRefused as refusal:
        return _upload_page(request, _again(entry, content), status=409, faults=refusal.faults)
    text = ngettext(
        "%(count)s range is proposed. A principal investigator confirms it.",
        "%(count)s ranges are proposed. A principal investigator confirms them.",
        loaded.added,
    )
    messages.success(request, text % {"count": loaded.added})
    return redirect(f"{reverse('ranges')}?show=waiting&order=entered")


def _tried_page(request: HttpRequest, entry: UploadEntry, content: bytes, shown_for: str) -> HttpResponse:
    """Draw what every row would do; its effect only where no row is refused."""
    at = clock.now()
    loaded = Loaded(())
    try:
        with transaction.atomic():
            loaded = tried_ranges(content, by=request.user, at=at)
            raise _TakenBack
    except _TakenBack:
        pass
    effect = None
    if loaded.added and not loaded.faults:
        effect = effect_of(
            lambda: propose_ranges(content, by=request.user, at=at).proposed,
            laboratories={row.values["laboratory"] for row in loaded.rows if row.held},
            analytes={row.values["analyte"] for row in loaded.rows if row.held},
            by=request.user,
            at=at,
        )
    context = {"loaded": loaded, "effect": effect, "foreseen_of": shown_for}
    return _upload_page(request, _again(entry, content), status=409 if loaded.faults else 200, **context)


def _again(entry: UploadEntry, content: bytes) -> UploadEntry:
    """Return the form with the text of the file in it, so that nothing has to be chosen twice."""
    return UploadEntry(initial={"text": content.decode("utf-8-sig", "replace")})


def _upload_page(request: HttpRequest, entry: UploadEntry, *, status: int = 200, **more: Any) -> HttpResponse:
    loaded = more.get("loaded")
    counts = [(str(does), loaded.count(does)) for does in Does] if loaded else []
    context = {"entry": entry, "columns": COLUMNS, "counts": counts, **more}
    return render(request, "casebook/ranges_upload.html", context, status=status)
