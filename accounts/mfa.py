"""The second factor: whose role asks for it, and how its secrets are kept."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from accounts.models import User


class SecretKeeper(DefaultMFAAdapter):
    """Keeps the secrets of second factors encrypted: whoever reads the table alone cannot log in with them."""

    def encrypt(self, text: str) -> str:
        """Return the secret as it is stored."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret of what is stored."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> MultiFernet:
    return MultiFernet([_key(str(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> Fernet:
    # A key of its own, derived for this purpose only.
    return Fernet(urlsafe_b64encode(hashlib.sha256(b"mfa:" + secret.encode()).digest()))


def needs_mfa(user: User) -> bool:
    """Whether a role the user holds stands in EDC_MFA_ROLES; "all" there means every role."""
    roles = set(settings.EDC_MFA_ROLES)
    return "all" in roles or any(grant.role in roles for grant in user.standing_grants)


def must_set_up_mfa(user: User) -> bool:
    """Whether the user needs a second factor and has none. Costs no query while the setting is empty."""
    return bool(settings.EDC_MFA_ROLES) and needs_mfa(user) and not is_mfa_enabled(user)
