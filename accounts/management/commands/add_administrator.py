"""Adds the first administrator, who then adds everyone else on the pages."""

from __future__ import annotations

import os
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import actions
from accounts.models import User
from accounts.system import system_actor
from audit import clock
from audit.acting import as_actor
from audit.decision import Refusal
from protocol.roles import Role

PASSWORD_VARIABLE = "EDC_ADMINISTRATOR_PASSWORD"  # noqa: S105 -- the name of a variable, not a password


class Command(BaseCommand):
    """Adds an administrator; the password is asked for, or taken from the environment."""

    help = f"Add an administrator. The password is asked for, or taken from {PASSWORD_VARIABLE}."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address and the name."""
        parser.add_argument("email")
        parser.add_argument("--name", required=True, help="as printed beside a signature")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        """Add the person, give the role, set the password: all or nothing."""
        password = os.environ.get(PASSWORD_VARIABLE) or self._asked()
        try:
            validate_password(password, User(email=email, name=name))
            add_administrator(email=email, name=name, password=password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except Refusal as refusal:
            raise CommandError(refusal.sentence.english()) from refusal
        self.stdout.write(f"{name} administers the trial now. Log in with {email}.")

    def _asked(self) -> str:
        first, second = getpass("Password: "), getpass("Password again: ")
        if first != second:
            raise CommandError("The two passwords differ; nobody was added. Run the command again.")
        return first


def add_administrator(*, email: str, name: str, password: str) -> User:
    """Add a person with the administrator's role and a password, as the system user that sets up."""
    by, at = system_actor("set-up"), clock.now()
    with as_actor(by):
        user = actions.add_user(None, by=by, at=at, email=email, name=name)
        actions.give_grant(user, by=by, at=at, role=Role.ADMINISTRATOR)
        user.set_password(password)
        user.save(update_fields=["password"])
    return user
