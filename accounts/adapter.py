"""How allauth behaves in this house: no sign-up, links to our own address only, one answer to every failed log-in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.models import User

# Said of a wrong password, an unknown address and a lock-out alike, so that nothing can be learned from it.
NOT_LOGGED_IN = _(
    "E-mail address and password do not match, or there were too many attempts. "
    "Check both, wait 15 minutes, or set a new password."
)


class HouseAdapter(DefaultAccountAdapter):
    """The house's answers to allauth's questions."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": NOT_LOGGED_IN,
        "too_many_login_attempts": NOT_LOGGED_IN,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: an administrator adds people."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Allow a way back only within this address."""
        return bool(url) and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of the mail; its host comes from the settings, never from the request."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_ADDRESS.rstrip("/") + path.replace("UID-KEY", key)

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is the user's password; counted against the same limit as a log-in."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the user by mail what happened to the account: whoever did not do it learns of it."""
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: dict[str, str] | None = None
    ) -> EmailMessage:
        """Return the mail, with the address of the house for its words."""
        return super().render_mail(template_prefix, email, {**context, "address": settings.SITE_ADDRESS}, headers)

    def forget_failed_attempts(self, user: User) -> None:
        """Lift the lock-out of a user who has proven to own the mailbox."""
        key = self._get_login_attempts_cache_key(self.request, email=user.email)
        ratelimit.clear(self.request, action="login_failed", key=key)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Not by the host of the request, as allauth would: a second host name would be a second set of attempts.
        return "login:" + str(credentials.get("email", "")).strip().lower()
