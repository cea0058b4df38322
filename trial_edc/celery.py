"""The queue's application: tasks wake up, act as a system user, and read from PostgreSQL what is due."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trial_edc.settings")

app = Celery("trial_edc", task_cls="trial_edc.acting:ActingTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def check_before_work(**_signal: Any) -> None:
    """Refuse an unsafe start. Celery swallows exceptions raised here, whatever they are; an exit it obeys."""
    try:
        from trial_edc.startup import check_start  # noqa: PLC0415 -- Django is not ready before

        check_start()
    except Exception as refusal:
        raise SystemExit(str(refusal)) from refusal


@setup_logging.connect
def keep_the_log_as_set(**_signal: Any) -> None:
    """Keep the product's own log format: Celery would put its own in place."""
