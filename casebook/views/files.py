"""Files of forms and subjects: listed, brought, given as attachments, taken back."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from audit import clock
from audit.decision import Refusal
from audit.door import as_actor
from casebook.actions.files import bring_file, withdraw_file
from casebook.files.cleaning import Unclean, cleaned, too_large
from casebook.files.kinds import CONTENT_TYPES, NAME_ENDINGS, Kind
from casebook.files.limits import MEGABYTE, MOST_BYTES, TITLE_LENGTH
from casebook.models import File, Form, Subject
from casebook.rules.files import may_bring, may_fetch_file, may_withdraw_file
from casebook.selectors.files import bytes_of, files_of, is_whole, visible_files
from casebook.views.sight import form_in_sight, subject_in_sight
from casebook.words import said
from protocol.words import N_, sentence

logger = logging.getLogger(__name__)

PAGE_SIZE = 50
NOT_WHOLE = N_(
    "The bytes of this file are not those that were brought, so it is given to nobody. "
    "Tell whoever runs this system; they find it in the log."
)


@require_GET
def subject_files(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Show the files of a subject, withdrawn ones too."""
    subject = subject_in_sight(request, subject_id)
    page = Paginator(files_of(request.user, subject), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "subject": subject,
        "page": page,
        "query": "",
        "decision": may_bring(request.user, subject, at=clock.now()),
    }
    return render(request, "casebook/files.html", context)


@require_http_methods(["GET", "POST"])
def form_file_add(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Bring a file to a form."""
    return _bring(request, form_in_sight(request, form_id))


@require_http_methods(["GET", "POST"])
def subject_file_add(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Bring a file to a subject, where it belongs to no single form."""
    return _bring(request, subject_in_sight(request, subject_id))


def _bring(request: HttpRequest, target: Form | Subject) -> HttpResponse:
    decision = may_bring(request.user, target, at=clock.now())
    if request.method == "GET":
        return _bring_page(request, target)
    if not decision:
        return _bring_page(request, target, status=409)
    chosen = request.FILES.get("file")
    title, looked = request.POST.get("title", ""), request.POST.get("looked") == "yes"
    if not isinstance(chosen, UploadedFile):
        return _bring_page(request, target, about_file=_("Choose a file."), status=422)
    # Asked before the file is worked through: that costs much more than this.
    if not (decision := may_bring(request.user, target, at=clock.now(), title=title, looked=looked)):
        return _bring_page(request, target, refused=said(decision.why), status=409)
    try:
        if (chosen.size or 0) > MOST_BYTES:
            raise Unclean(too_large(chosen.size or 0))
        brought = cleaned(chosen.read(), name=chosen.name or "")
        bring_file(target, by=request.user, at=clock.now(), brought=brought, title=title, looked=looked)
    except Unclean as unclean:
        return _bring_page(request, target, about_file=said(unclean.sentence), status=422)
    except Refusal as refusal:
        return _bring_page(request, target, refused=said(refusal.sentence), status=409)
    messages.success(request, _("The file is kept: %(title)s.") % {"title": title.strip()})
    return redirect("form", target.pk) if isinstance(target, Form) else redirect("subject-files", target.pk)


def _bring_page(
    request: HttpRequest, target: Form | Subject, *, about_file: str = "", refused: str = "", status: int = 200
) -> HttpResponse:
    form = target if isinstance(target, Form) else None
    context = {
        "form": form,
        "subject": form.subject if form else target,
        "decision": may_bring(request.user, target, at=clock.now()),
        "title": request.POST.get("title", ""),
        "looked": request.POST.get("looked") == "yes",
        "about_file": about_file,
        "refused": refused,
        "most_bytes": MOST_BYTES,
        "most_megabytes": MOST_BYTES // MEGABYTE,
        "title_length": TITLE_LENGTH,
    }
    return render(request, "casebook/file_add.html", context, status=status)


@require_GET
def file_given(request: HttpRequest, file_id: UUID) -> HttpResponseBase:
    """Give a file as an attachment that no browser opens as a page."""
    file = _file_in_sight(request, file_id)
    if not (decision := may_fetch_file(request.user, file)):
        return render(request, "410.html", {"sentence": said(decision.why), "file": file}, status=410)
    if not is_whole(file):
        logger.error("a file is not whole", extra={"file": str(file.pk)})
        raise Refusal(sentence(NOT_WHOLE))
    kind = Kind(file.kind)
    response = StreamingHttpResponse(_streamed(request.user, file), content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(True, _name_of(file))
    response["Content-Length"] = str(file.size)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _streamed(user: User, file: File) -> Iterator[bytes]:
    """Yield the bytes; the response runs after the transaction of the view, so it acts in one of its own."""
    with as_actor(user):
        yield from bytes_of(file)


def _name_of(file: File) -> str:
    """Return a name of nothing but the subject's number, the title and what it is."""
    plain = " ".join(re.sub(r"[^\w.()+-]+|\.\.+", " ", f"{file.subject.number} {file.title}").split())
    return f"{plain}.{NAME_ENDINGS[Kind(file.kind)]}"


@require_http_methods(["GET", "POST"])
def file_withdraw(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Take a file back, saying why; with its bytes, where it shows who the person is."""
    file = _file_in_sight(request, file_id)
    reason, erase, refused = request.POST.get("reason", ""), request.POST.get("erase") == "yes", ""
    if request.method == "POST":
        try:
            withdraw_file(file, by=request.user, at=clock.now(), reason=reason, erase=erase)
        except Refusal as refusal:
            refused = said(refusal.sentence)
        else:
            messages.success(request, _("The file is withdrawn."))
            return redirect("subject-files", file.subject_id)
    context = {
        "file": file,
        "decision": may_withdraw_file(request.user, file, at=clock.now()),
        "reason": reason,
        "erase": erase,
        "refused": refused,
    }
    return render(request, "casebook/file_withdraw.html", context, status=409 if refused else 200)


def _file_in_sight(request: HttpRequest, file_id: UUID) -> File:
    files = visible_files(request.user).select_related("subject__site", "form__visit", "form__site", "form__subject")
    return get_object_or_404(files, pk=file_id)
