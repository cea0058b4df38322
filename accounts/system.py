"""The parts of the system that act by themselves, as users who cannot log in."""

from __future__ import annotations

from uuid import UUID, uuid5

from accounts.models import SYSTEM_DOMAIN, User
from accounts.roles import SYSTEM_USERS

# Fixed, so that the same part of the system has the same key in every installation and in an export.
NAMESPACE = UUID("5f1b2b0a-6f5e-4c8e-9d0e-05349331ed00")


def system_id(name: str) -> UUID:
    """Return the key of a named system user."""
    return uuid5(NAMESPACE, name)


def system_actor(name: str) -> User:
    """Return the named system user. Raises ValueError for a name that is not in the list."""
    if name not in SYSTEM_USERS:
        raise ValueError(f"Expected one of {sorted(SYSTEM_USERS)}, got {name!r}.")
    user = User(pk=system_id(name), email=f"{name}@{SYSTEM_DOMAIN}", name=f"System: {name}", is_system=True)
    # Its row stands since the migration that named it; reading it anew would tell nothing more.
    user._state.adding = False
    return user
