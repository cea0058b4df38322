"""Senders killed in the middle of sending lose no message; one that goes out twice is known by its Message-ID."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from aiosmtpd.controller import Controller

from outbox import posting
from outbox.models import Message
from scripts.embedded_postgres import ROOT
from tests import databases, services

MESSAGES, KILLS, LONGEST_SECONDS = 600, 40, 300
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SEND_ALL = """
import django
django.setup()
from django.utils import timezone
from outbox import posting
posting.send_due(at=timezone.now(), limit=10_000)
"""


class Received:
    """A mail server that counts what it has accepted, by Message-ID."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()

    async def handle_DATA(self, server, session, envelope) -> str:
        head = envelope.content.decode().splitlines()
        self.count[next(line for line in head if line.startswith("Message-ID: "))] += 1
        return "250 accepted"


@pytest.fixture
def mail_server():
    received = Received()
    controller = Controller(received, hostname="127.0.0.1", port=services.free_port())
    controller.start()
    yield received, controller.port
    controller.stop()


def test_killed_senders_lose_nothing(postgres, committing_db, mail_server):
    received, port = mail_server
    for number in range(MESSAGES):
        posting.post(kind="k", about=str(number), recipient="a@site.example", subject="S", body="B", at=NOON)
    environment = databases.process_environment(
        postgres, committing_db, TEST_EMAIL_URL=f"smtp://127.0.0.1:{port}", DJANGO_SETTINGS_MODULE="trial_edc.settings"
    )
    chance, deadline, kills = random.Random(20220414), time.monotonic() + LONGEST_SECONDS, 0

    while Message.objects.filter(sent_at=None).exists() and time.monotonic() < deadline:
        senders = [subprocess.Popen([sys.executable, "-c", SEND_ALL], cwd=ROOT, env=environment) for _ in range(2)]
        if kills < KILLS:
            before = sum(received.count.values())
            while sum(received.count.values()) < before + chance.randint(1, 12) and time.monotonic() < deadline:
                time.sleep(0.002)
            for sender in senders:
                sender.kill()
                kills += 1
        for sender in senders:
            sender.wait()

    assert not Message.objects.filter(sent_at=None).exists()
    assert len(received.count) == MESSAGES
    # A kill between the server's yes and our commit doubles at most the one message in flight.
    assert sum(received.count.values()) - MESSAGES <= kills
