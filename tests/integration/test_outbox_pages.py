"""What administrators see of mails that did not go out, and what they can do; the mailbox of the demonstration."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.system import system_actor
from audit.decision import Refusal
from audit.door import as_actor
from audit.models import Event
from outbox import actions, canary, posting
from outbox.models import KeptMail, Message
from outbox.selectors import MOST_ATTEMPTS
from tests import people

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def post(about: str = "1", *, to: str = "coordinator@site.example") -> Message:
    posting.post(kind="query", about=about, recipient=to, subject=f"Query {about}", body="secret link", at=NOON)
    return Message.objects.get(about=about)


def refused_with(monkeypatch, failure: Exception) -> None:
    def refuse(self, messages):
        raise failure

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)


@pytest.fixture
def administrator(db):
    return people.an_administrator()


@pytest.fixture
def reader(administrator) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


@pytest.fixture
def lost(db, monkeypatch) -> Message:
    """A mail to an address that the mail server will never take."""
    post()
    with monkeypatch.context() as broken:
        no_such = smtplib.SMTPRecipientsRefused({"coordinator@site.example": (550, b"no such user")})
        refused_with(broken, no_such)
        posting.send_due(at=NOON)
    return Message.objects.get()


class TestRefusals:
    def test_an_address_that_does_not_exist_is_given_up_at_once(self, lost):
        assert lost.attempts == MOST_ATTEMPTS
        assert "no such user" in lost.failure

    @pytest.mark.django_db
    def test_an_address_that_cannot_be_written_holds_up_no_other_mail(self, monkeypatch):
        post("1")
        with monkeypatch.context() as broken:
            refused_with(broken, UnicodeEncodeError("ascii", "ü", 0, 1, "ordinal not in range"))
            posting.send_due(at=NOON)
        post("2")

        posting.send_due(at=NOON)

        assert [sent.subject for sent in mail.outbox] == ["Query 2"]
        assert Message.objects.get(about="1").attempts == MOST_ATTEMPTS

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        "failure",
        [
            smtplib.SMTPRecipientsRefused({"a@b": (450, b"greylisted")}),
            smtplib.SMTPServerDisconnected("down"),
            smtplib.SMTPDataError(451, b"later"),
            smtplib.SMTPAuthenticationError(535, b"who are you"),
            ConnectionRefusedError("down"),
        ],
    )
    def test_what_may_pass_is_tried_again(self, monkeypatch, failure):
        post()
        refused_with(monkeypatch, failure)

        posting.send_due(at=NOON)

        assert Message.objects.get().attempts == 1

    @pytest.mark.django_db
    def test_a_mail_server_that_hangs_holds_up_one_mail_and_no_sweep(self, monkeypatch):
        post("1")
        post("2")
        refused_with(monkeypatch, TimeoutError("hangs"))

        assert posting.send_due(at=NOON) == 1

    @pytest.mark.django_db
    def test_a_mail_server_that_is_down_for_six_hours_gets_everything_afterwards(self, monkeypatch):
        post()
        with monkeypatch.context() as broken:
            refused_with(broken, OSError("down"))
            for halves in range(720):
                posting.send_due(at=NOON + timedelta(seconds=30 * halves))

        posting.send_due(at=NOON + timedelta(hours=7))

        assert len(mail.outbox) == 1


class TestMails:
    def test_what_was_given_up_stands_first_with_what_the_server_said(self, reader, lost):
        post("2")

        page = reader.get("/mails/").content.decode()

        assert page.index("Given up") < page.index("Waits until")
        assert "no such user" in page
        assert page.index("Query 1") < page.index("Query 2")

    def test_the_text_of_a_mail_is_not_shown(self, reader, lost):
        assert "secret link" not in reader.get("/mails/").content.decode()

    def test_sent_mails_are_not_listed(self, reader):
        post()
        posting.send_due(at=NOON)

        assert "Every mail was sent." in reader.get("/mails/").content.decode()

    def test_it_can_be_searched_by_recipient(self, reader):
        post("1", to="one@site.example")
        post("2", to="two@site.example")

        page = reader.get("/mails/?to=TWO").content.decode()

        assert ("two@site.example" in page, "one@site.example" in page) == (True, False)

    @pytest.mark.parametrize("odd", ["%", "x" * 5000, "%F0%A0%AE%B7"])
    def test_any_search_is_answered(self, reader, odd):
        assert reader.get(f"/mails/?to={odd}").status_code == reader.get(f"/mailbox/?to={odd}").status_code == 200

    def test_queries_are_the_same_for_one_mail_and_for_fifty(self, reader):
        post("first")
        reader.get("/mails/")
        with CaptureQueriesContext(connection) as for_one:
            reader.get("/mails/")
        for number in range(50):
            post(str(number))
        with CaptureQueriesContext(connection) as for_fifty:
            reader.get("/mails/")

        assert len(for_one) == len(for_fifty)

    def test_a_silent_sweep_is_said(self, reader):
        assert "the worker that sends does not answer" in reader.get("/mails/").content.decode()
        canary.sing("outbox")
        assert "the worker that sends does not answer" not in reader.get("/mails/").content.decode()


class TestTryingAgain:
    def test_a_mail_that_was_given_up_goes_out_after_all(self, reader, lost):
        reader.post("/mails/again/", {"message": lost.pk})

        posting.send_due(at=timezone.now())

        assert [sent.message()["Message-ID"] for sent in mail.outbox] == [lost.message_id]

    def test_all_that_were_given_up_go_out_at_once(self, reader, administrator, lost):
        assert "Try 1 mail again" in reader.get("/mails/").content.decode()

        page = reader.post("/mails/again/", follow=True).content.decode()

        assert "1 mail is tried again." in page
        posting.send_due(at=timezone.now())
        assert len(mail.outbox) == 1

    def test_it_stands_in_the_trail_who_had_it_tried(self, administrator, lost):
        actions.try_again(lost, by=administrator, at=timezone.now())

        with as_actor(system_actor("seal")):
            event = Event.objects.order_by("-id").first()
        assert (event.kind, event.stream) == ("outbox.message.tried_again", "outbox")

    def test_where_nothing_was_given_up_nothing_is_done(self, administrator):
        assert actions.try_all_again(None, by=administrator, at=timezone.now()) == 0

    def test_a_mail_that_was_sent_is_not_sent_twice(self, administrator, db):
        message = post()
        posting.send_due(at=NOON)

        with pytest.raises(Refusal, match=r"^This mail was sent already\. Nothing more needs to be done\.$"):
            actions.try_again(message, by=administrator, at=timezone.now())

    @pytest.mark.parametrize("key", ["x", "00000000-0000-0000-0000-000000000000"])
    def test_a_mail_that_does_not_exist_is_not_found(self, reader, key):
        assert reader.post("/mails/again/", {"message": key}).status_code == 404


class TestMailbox:
    def test_it_is_searched_by_recipient_and_shows_the_latest_first(self, db):
        for number, to in enumerate(("one@x.example", "two@x.example", "two@x.example")):
            kept_at = NOON + timedelta(minutes=number)
            KeptMail.objects.create(recipient=to, subject=f"Mail {number}", body="B", kept_at=kept_at)

        page = Client().get("/mailbox/?to=two").content.decode()

        assert "Mail 0" not in page
        assert page.index("Mail 2") < page.index("Mail 1")

    def test_a_recipient_without_mails_is_said(self, db):
        page = Client().get("/mailbox/?to=nobody").content.decode()

        assert "No mail to nobody is kept." in page
