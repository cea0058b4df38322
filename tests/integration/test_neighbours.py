"""Real neighbours: Redis, a Celery worker, the health page."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client

from outbox import canary, posting
from outbox.models import KeptMail, Message
from outbox.tasks import sweep
from tests import databases, services
from trial_edc.acting import UNSAID, WhoActs
from trial_edc.celery import app

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def eventually(happens, *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_real_worker_woken_through_a_real_redis_sends_what_is_due(worker):
    posting.post(kind="query", about="1", recipient="a@site.example", subject="S", body="B", at=NOON)

    sweep.delay()

    assert eventually(lambda: Message.objects.filter(sent_at__isnull=False).exists())
    assert KeptMail.objects.get().recipient == "a@site.example"


class TestHealth:
    @pytest.fixture
    def queue(self, redis_url):
        before, app.conf.broker_url = app.conf.broker_url, redis_url
        yield
        app.conf.broker_url = before

    def test_all_is_well_and_anyone_may_ask(self, committing_db, queue):
        canary.sing("outbox")

        answer = Client().get("/health/")

        assert (answer.status_code, answer.json()) == (200, {"database": "ok", "queue": "ok", "sweeps": "ok"})

    def test_a_worker_that_lives_and_does_nothing_is_told_after_five_minutes(self, postgres, committing_db, queue):
        canary.sing("outbox")
        databases.owner_sql(
            postgres, committing_db, "update outbox_canary set sang_at = sang_at - interval '5 minutes'"
        )

        answer = Client().get("/health/")

        assert (answer.status_code, answer.json()["sweeps"]) == (200, "silent")

    def test_a_queue_that_is_down_is_told_but_saving_goes_on(self, committing_db, queue):
        app.conf.broker_url = f"redis://127.0.0.1:{services.free_port()}/0"

        answer = Client().get("/health/")

        assert (answer.status_code, answer.json()) == (200, {"database": "ok", "queue": "down", "sweeps": "silent"})

    def test_a_missing_migration_takes_the_server_out(self, postgres, committing_db, queue):
        databases.owner_sql(postgres, committing_db, "delete from django_migrations where app = 'outbox'")

        answer = Client().get("/health/")

        assert (answer.status_code, answer.json()["database"]) == (503, "migrations are missing")


class TestTasks:
    def test_every_task_of_ours_says_as_whom_it_acts(self):
        app.loader.import_default_modules()
        ours = [task for name, task in app.tasks.items() if name.split(".")[0] in settings.INSTALLED_APPS]

        assert ours
        assert [task.name for task in ours if task.acts_as == UNSAID] == []

    def test_every_beat_entry_names_a_task_that_exists(self):
        app.loader.import_default_modules()

        assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)

    def test_a_task_that_says_nothing_does_nothing(self):
        @app.task(name="silent")
        def silent():
            raise AssertionError

        with pytest.raises(WhoActs, match=r"Expected silent to be declared with acts_as="):
            silent()

    @pytest.mark.django_db
    def test_a_task_acts_as_its_system_user(self):
        from audit.acting import acting

        @app.task(name="named", acts_as="outbox")
        def named():
            return acting().name

        assert named() == "System: outbox"
        assert acting() is None
