"""The switch of the page's language: kept with the account, and in a cookie for the log-in page."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts import actions
from accounts.models import User
from audit import clock


@require_POST
@login_not_required
def choose_language(request: HttpRequest) -> HttpResponse:
    """Show the pages in another language from now on."""
    language = request.POST.get("language")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        own = User.objects.get(pk=request.user.pk)
        actions.choose_language(own, by=request.user, at=clock.now(), language=language)
    return set_language(request)
