"""Records what log-in does: the only signals of the project, because allauth has no other way to tell."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.adapter import get_adapter
from allauth.mfa import signals as mfa_signals
from django.contrib.auth import signals as auth_signals
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.session import ACTIVE_AT, BEGAN_AT
from accounts.system import system_actor
from audit import clock
from audit.acting import as_actor
from audit.door import record

STREAM = "log-in"


@receiver(account_signals.user_logged_in)
def on_log_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Record a log-in, and let the session's time begin."""
    request.session[BEGAN_AT] = request.session[ACTIVE_AT] = int(time.time())
    _record("accounts.login.succeeded", user=user)


@receiver(auth_signals.user_logged_out)
def on_log_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    """Record a log-out, the one that an idle session ends in too."""
    if user is not None:
        _record("accounts.logout", user=user)


@receiver(auth_signals.user_login_failed)
def on_failed_log_in(credentials: dict[str, Any], **_: Any) -> None:
    """Record a failed log-in: whose account, where there is one; never what was typed."""
    address = str(credentials.get("email") or "").strip().lower()
    found = User.objects.filter(email=address).first() if address else None
    _record_failure("accounts.login.failed", user=found)


@receiver(mfa_signals.authentication_failed)
def on_failed_second_factor(user: User, **_: Any) -> None:
    """Record a wrong second factor after a right password."""
    _record_failure("accounts.second_factor.failed", user=user)


@receiver(account_signals.password_changed)
@receiver(account_signals.password_set)
def on_password_changed(user: User, **_: Any) -> None:
    """Record that a user changed the password."""
    _record("accounts.password.changed", user=user)


@receiver(account_signals.password_reset)
def on_password_reset(user: User, **_: Any) -> None:
    """Record a new password by mail, and lift the lock-out: the mailbox proved the owner."""
    get_adapter().forget_failed_attempts(user)
    _record("accounts.password.reset", user=user)


@receiver(mfa_signals.authenticator_added)
def on_second_factor_added(user: User, authenticator: Any, **_: Any) -> None:
    """Record a second factor."""
    _record("accounts.second_factor.added", user=user, type=str(authenticator.type))


@receiver(mfa_signals.authenticator_removed)
def on_second_factor_removed(user: User, authenticator: Any, **_: Any) -> None:
    """Record that a second factor was taken away."""
    _record("accounts.second_factor.removed", user=user, type=str(authenticator.type))


@receiver(mfa_signals.authenticator_reset)
def on_recovery_codes_renewed(user: User, authenticator: Any, **_: Any) -> None:
    """Record that recovery codes were made anew."""
    _record("accounts.second_factor.renewed", user=user, type=str(authenticator.type))


def _record(kind: str, *, user: User, **facts: Any) -> None:
    with as_actor(user):
        record(kind, stream=STREAM, by=user, at=_now(), facts={"user": str(user.pk), **facts})


def _record_failure(kind: str, *, user: User | None) -> None:
    # Nobody is proven to be anybody here, so the system says what it saw.
    watcher = system_actor("log-in")
    with as_actor(watcher):
        record(kind, stream=STREAM, by=watcher, at=_now(), facts={"user": user and str(user.pk)})


def _now() -> datetime:
    return clock.now()
