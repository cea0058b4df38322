"""Tells a load balancer whether this server can work; open to all, so it names parts and nothing else."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from outbox.canary import is_silent
from trial_edc.celery import app
from trial_edc.startup import unapplied_migrations

BROKER_PATIENCE_SECONDS = 2


@login_not_required
@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 while saving works; what only delays mails is told and not punished.

    `sweeps` is for whoever watches: silent for five minutes means that the worker lives and does nothing, or is gone.
    """
    parts = {"database": _database(), "queue": _queue(), "sweeps": _sweeps()}
    return JsonResponse(parts, status=200 if parts["database"] == "ok" else 503)


def _database() -> str:
    try:
        return "migrations are missing" if unapplied_migrations(connection) else "ok"
    except DatabaseError:
        return "down"


def _sweeps() -> str:
    try:
        return "silent" if is_silent() else "ok"
    except DatabaseError:
        return "unknown"


def _queue() -> str:
    try:
        with app.connection_for_write(connect_timeout=BROKER_PATIENCE_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_PATIENCE_SECONDS)
    except (OperationalError, OSError):
        return "down"
    return "ok"
