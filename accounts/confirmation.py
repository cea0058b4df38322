"""Asks whoever signs who they are: address and password for the first signature of a session, then the password."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from audit.decision import YES, Decision, no
from protocol.words import N_

SIGNED_IN_SESSION = "has_signed"


def needs_both_parts(request: HttpRequest) -> bool:
    """Whether this would be the first signature of the session, which asks for the address as well."""
    return not request.session.get(SIGNED_IN_SESSION)


def confirm_signer(request: HttpRequest, *, email: str, password: str) -> Decision:
    """Whether the person at the keyboard is the one who is logged in. A failure is recorded and counted.

    Ask before the action, and do not raise the refusal: the record of the failure must stay.
    """
    user = request.user
    if needs_both_parts(request) and email.strip().lower() != user.email:
        return no(N_("The first signature after logging in needs your own e-mail address and your password."))
    try:
        is_proven = get_adapter(request).reauthenticate(user, password)
    except ValidationError:
        return no(N_("There were too many attempts; wait 15 minutes, then sign again. Nothing was signed."))
    if not is_proven:
        return no(N_("This is not your password; type it again. Nothing was signed."))
    request.session[SIGNED_IN_SESSION] = True
    return YES
