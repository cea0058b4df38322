"""Reads settings from the environment; what is missing stops the start and says how to cure it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured
from environ import Env

ENVIRONMENTS = ("production", "demo", "test")

# Stands in for a secret where none is at stake: checks, translations and tests run without a deployment.
TEST_VALUES: Mapping[str, str] = {
    "SECRET_KEY": "a-key-for-tests-only-it-protects-nothing-and-no-start-accepts-it-elsewhere",
    "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/none",
    "REDIS_URL": "memory://",
}

CURES: Mapping[str, str] = {
    "SECRET_KEY": "Set SECRET_KEY to at least 50 random characters, for example from "
    "`python3 -c 'import secrets; print(secrets.token_urlsafe(50))'`.",
    "DATABASE_URL": "Set DATABASE_URL to the application role's address, "
    "postgres://ROLE:PASSWORD@HOST:PORT/DATABASE; `manage.py bootstrap_roles` makes that role.",
    "OWNER_DATABASE_URL": "Set OWNER_DATABASE_URL to the owner role's address, "
    "postgres://ROLE:PASSWORD@HOST:PORT/DATABASE, for this command alone.",
    "SUPERUSER_DATABASE_URL": "Set SUPERUSER_DATABASE_URL to an address whose role may make roles and databases, "
    "for this command alone.",
    "REDIS_URL": "Set REDIS_URL to the queue's address, redis://HOST:PORT/0.",
    "SITE_HOSTS": "Set SITE_HOSTS to the host names this server answers to, separated by commas.",
    "SITE_ADDRESS": "Set SITE_ADDRESS to the address people open, for example the one with https in front.",
    "EMAIL_URL": "Set EMAIL_URL to the mail server, smtp://USER:PASSWORD@HOST:PORT (smtp+tls: for STARTTLS).",
}


class MissingSetting(ImproperlyConfigured):
    """A setting that this environment cannot do without is absent or empty."""


def environment() -> str:
    """Return which of the three environments this is; production where nothing says otherwise."""
    name = os.environ.get("EDC_ENVIRONMENT") or "production"
    if name not in ENVIRONMENTS:
        raise ImproperlyConfigured(
            f"EDC_ENVIRONMENT is {name!r}. Set it to one of {', '.join(ENVIRONMENTS)}, or leave it unset."
        )
    return name


def optional(name: str, default: str = "") -> str:
    """Return a setting, or the default where it is absent; an empty one counts as absent."""
    return os.environ.get(name, "").strip() or default


def required(name: str) -> str:
    """Return a setting; raises MissingSetting with the cure where it is absent or empty."""
    if value := optional(name):
        return value
    if environment() == "test" and name in TEST_VALUES:
        return TEST_VALUES[name]
    raise MissingSetting(f"{name} is not set. {CURES[name]}")


def listed(name: str, default: str = "") -> list[str]:
    """Return the parts of a setting that lists several, separated by commas."""
    return [part.strip() for part in optional(name, default).split(",") if part.strip()]


def switched_on(name: str, *, default: bool) -> bool:
    """Return a yes-or-no setting; raises ImproperlyConfigured for any other word."""
    word = optional(name, "yes" if default else "no").lower()
    if word in {"1", "yes", "true", "on"}:
        return True
    if word in {"0", "no", "false", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {word!r}. Set it to yes or no.")


def database(name: str) -> dict[str, object]:
    """Return the database that an address names, for Django; connections are kept between requests."""
    parsed = Env.db_url_config(required(name))
    if parsed.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name} does not name a PostgreSQL database. {CURES[name]}")
    return {**parsed, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "DISABLE_SERVER_SIDE_CURSORS": False}


def mail(name: str) -> dict[str, object]:
    """Return Django's settings for the mail server that an address names."""
    return dict(Env.email_url_config(required(name)))
