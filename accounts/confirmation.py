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

    Ask before the action, and do not raise the refusal: the record of the failure must stay. After the action say
    `remember_signature`: what was refused is no signature, and the next one is again asked for both parts.
    """
    user, typed = request.user, email.strip().lower()
    if needs_both_parts(request) and typed != user.email:
        return no(N_("The first signature after logging in needs your own e-mail address and your password."))
    if typed and typed != user.email:
        return no(N_("This e-mail address is not yours; you sign for yourself only. Nothing was signed."))
    try:
        is_proven = get_adapter(request).reauthenticate(user, password)
    except ValidationError:
        return no(N_("There were too many attempts; wait 15 minutes, then sign again. Nothing was signed."))
    if not is_proven:
        return no(N_("This is not your password; type it again. Nothing was signed."))
    return YES


def remember_signature(request: HttpRequest) -> None:
    """Keep that something was signed in this session: from now on the password is enough."""
    request.session[SIGNED_IN_SESSION] = True
