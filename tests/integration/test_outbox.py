"""Messages: a row is the truth, any sweep may send it, and each goes out once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.test import Client, override_settings

from outbox import posting
from outbox.models import KeptMail, Message
from protocol.words import sentence
from tests import people

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def post(*, about: str = "subject 1", subject: str = "A query is open", at: datetime = NOON) -> None:
    posting.post(
        kind="query", about=about, recipient="coordinator@site.example", subject=subject, body="Please answer.", at=at
    )


@pytest.fixture
def broken_mail_server(monkeypatch):
    def refuse(self, messages):
        raise SMTPServerDisconnected("try later")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)


@pytest.mark.django_db
class TestPosting:
    def test_a_message_about_the_same_thing_stays_the_only_one(self):
        post()
        post()

        assert Message.objects.count() == 1

    def test_a_line_break_in_the_subject_starts_no_header(self):
        post(subject="A query\r\nBcc: everyone@site.example")

        assert Message.objects.get().subject == "A query Bcc: everyone@site.example"

    def test_a_message_undone_with_its_cause_was_never_posted(self):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            post()
            raise ZeroDivisionError

        assert not Message.objects.exists()


@pytest.mark.django_db
class TestTelling:
    def tell(self, *users, **more):
        posting.tell(
            kind="relapse",
            about="subject 1",
            users=users,
            subject=sentence("Screening"),
            body=(sentence("Screening"), "S-001"),
            at=NOON,
            **more,
        )

    def test_each_person_is_told_once_in_the_own_language(self):
        reader, leser = people.somebody(), people.somebody(language="zh-hans")

        self.tell(reader, leser)
        self.tell(reader, leser)

        told = {message.recipient: message.subject for message in Message.objects.all()}
        assert told == {reader.email: "Screening", leser.email: "筛选"}

    def test_the_paragraphs_end_with_the_whole_link(self):
        self.tell(people.somebody(), path="/subjects/1/")

        assert Message.objects.get().body == "Screening\n\nS-001\n\nhttp://localhost:8000/subjects/1/\n"

    def test_who_may_no_longer_log_in_and_the_system_are_not_told(self):
        gone = people.somebody()
        gone.is_active = False

        self.tell(gone, people.set_up())

        assert not Message.objects.exists()

    def test_a_subject_that_is_too_long_is_cut(self):
        posting.tell(kind="k", about="a", users=[people.somebody()], subject="x" * 300, body="B", at=NOON)

        assert len(Message.objects.get().subject) == posting.LONGEST_SUBJECT


@pytest.mark.django_db
class TestSending:
    def test_what_is_due_is_sent_once(self):
        post()

        posting.send_due(at=NOON)
        posting.send_due(at=NOON)

        (sent,) = mail.outbox
        assert (sent.to, sent.subject) == (["coordinator@site.example"], "A query is open")
        assert Message.objects.get().sent_at == NOON

    def test_the_message_id_is_fixed_before_the_first_attempt(self):
        post()
        fixed = Message.objects.get().message_id

        posting.send_due(at=NOON)

        assert mail.outbox[0].message()["Message-ID"] == fixed

    @pytest.mark.parametrize(("early", "sent"), [(timedelta(seconds=1), 0), (timedelta(0), 1)])
    def test_nothing_is_sent_before_it_is_due(self, early, sent):
        post()

        posting.send_due(at=NOON - early)

        assert len(mail.outbox) == sent

    def test_a_refused_message_is_put_off_and_says_why(self, broken_mail_server):
        post()

        posting.send_due(at=NOON)

        message = Message.objects.get()
        assert (message.sent_at, message.attempts, message.failure) == (None, 1, "try later")
        assert message.due_at == NOON + posting.FIRST_PAUSE

    def test_one_refused_message_does_not_hold_up_the_next(self, broken_mail_server):
        post(about="first")
        post(about="second")

        posting.send_due(at=NOON)

        assert [message.attempts for message in Message.objects.all()] == [1, 1]

    def test_after_the_last_attempt_a_message_waits_for_a_person(self, broken_mail_server):
        post()
        for hour in range(posting.MOST_ATTEMPTS + 3):
            posting.send_due(at=NOON + timedelta(hours=2 * hour))

        assert Message.objects.get().attempts == posting.MOST_ATTEMPTS

    def test_a_mail_server_that_was_down_gets_everything_afterwards(self, monkeypatch):
        with monkeypatch.context() as broken:
            broken.setattr(EmailBackend, "send_messages", lambda *_: (_ for _ in ()).throw(OSError("down")))
            post()
            posting.send_due(at=NOON)

        posting.send_due(at=NOON + timedelta(hours=6))

        assert len(mail.outbox) == 1


def test_two_sweeps_at_once_never_send_the_same_message(committing_db):
    for number in range(20):
        post(about=f"subject {number}")
    gate = threading.Barrier(4)

    def sweep():
        gate.wait()
        posting.send_due(at=NOON)
        connection.close()

    sweeps = [threading.Thread(target=sweep) for _ in range(4)]
    for each in sweeps:
        each.start()
    for each in sweeps:
        each.join()

    assert len(mail.outbox) == 20
    assert len({sent.message()["Message-ID"] for sent in mail.outbox}) == 20


@pytest.mark.django_db
class TestMailbox:
    def test_the_mailbox_shows_what_was_sent_to_whom(self):
        with override_settings(EMAIL_BACKEND="outbox.mailbox.MailboxBackend"):
            mail.send_mail("Password reset", "Open http://localhost/reset/1", None, ["monitor@site.example"])

        page = Client().get("/mailbox/").content.decode()

        assert "Password reset" in page
        assert "monitor@site.example" in page
        assert 'href="http://localhost/reset/1"' in page

    def test_a_mail_cannot_smuggle_markup_into_the_page(self):
        KeptMail.objects.create(recipient="x", subject="<script>alert(1)</script>", body="<b>", kept_at=NOON)

        page = Client().get("/mailbox/").content.decode()

        assert "<script>alert" not in page
        assert "&lt;b&gt;" in page

    def test_in_production_there_is_no_mailbox(self):
        with override_settings(PRODUCTION=True):
            assert Client().get("/mailbox/").status_code == 404
