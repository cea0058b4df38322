"""The page on which people make and revoke their own tokens. A secret is shown once, in the answer that made it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.confirmation import confirm_signer, needs_both_parts, remember_signature
from accounts.gate import posted_from
from accounts.models import User
from api.actions import STANDS_FOR, make_token, revoke_token
from api.admission import digest_of, new_secret
from api.rules import LONGEST_NAME, may_make, may_revoke
from api.selectors import own_tokens
from audit import clock
from audit.decision import Refusal
from casebook.words import said

PAGE_SIZE = 25


@require_GET
def tokens(request: HttpRequest) -> HttpResponse:
    """Show one's tokens."""
    return _page(request)


@posted_from("api-tokens")
def make(request: HttpRequest) -> HttpResponse:
    """Make a token for whoever proves who they are, and show its secret."""
    name = request.POST.get("name", "")
    if not (decision := may_make(request.user, request.user, at=clock.now(), name=name)):
        return _page(request, name=name, refused=said(decision.why), status=409)
    proven = confirm_signer(request, email=request.POST.get("email", ""), password=request.POST.get("password", ""))
    if not proven:
        return _page(request, name=name, refused=said(proven.why), status=409)
    secret = new_secret()
    try:
        # The door locks the row of the owner, so that two clicks at once keep to the limit.
        make_token(
            User.objects.get(pk=request.user.pk), by=request.user, at=clock.now(), name=name, digest=digest_of(secret)
        )
    except Refusal as refusal:
        return _page(request, name=name, refused=said(refusal.sentence), status=409)
    remember_signature(request)
    return _page(request, secret=secret)


@posted_from("api-tokens", without=("token_id",))
def revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Revoke one's token."""
    token = get_object_or_404(own_tokens(request.user), pk=token_id)
    revoke_token(token, by=request.user, at=clock.now())
    messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("api-tokens")


def _page(
    request: HttpRequest, *, name: str = "", refused: str = "", secret: str = "", status: int = 200
) -> HttpResponse:
    at = clock.now()
    page = Paginator(own_tokens(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(token, may_revoke(request.user, token), token.expires_at <= at) for token in page],
        "decision": may_make(request.user, request.user, at=at),
        "name": name,
        "refused": refused,
        "secret": secret,
        "days": STANDS_FOR.days,
        "longest": LONGEST_NAME,
        "asks_email": needs_both_parts(request),
        "query": "",
    }
    return render(request, "api/tokens.html", context, status=status)
