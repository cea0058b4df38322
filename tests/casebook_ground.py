"""Subjects and forms for tests, reached by walking the real actions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Site, User
from audit.door import as_actor
from casebook import actions
from casebook.actions import Saved
from casebook.models import Form, Subject
from protocol.reading import read
from protocol.record import Answer
from protocol.roles import Role
from protocol.trial import TRIAL
from tests.people import a_site, a_user

DEMOGRAPHY = {"birth_date": "1970-05-01", "sex": "male"}
VITALS = {
    "assessed_on": "2025-03-03",
    "ecog": "0",
    "systolic": "120 mmHg",
    "diastolic": "80 mmHg",
    "pulse": "70 /min",
    "temperature": "36.6 °C",
    "weight": "60 kg",
    "height": "170 cm",
}


def a_key() -> str:
    """Return an idempotency key nobody used."""
    return str(uuid.uuid4())


def answered(crf: str, typed: Mapping[str, str]) -> dict[str, Answer]:
    """Return answers by path as a page would read them: a number carries its unit after a blank."""
    answers = {}
    for path, text in typed.items():
        value, _, unit = text.partition(" ")
        item = TRIAL.crf(crf).item(path)
        has_unit = bool(unit) and bool(getattr(item, "units", ()))
        answers[path] = read(item, value, unit) if has_unit else read(item, text) if text else Answer()
    return answers


def a_coordinator(site: Site | None = None) -> User:
    """Return a coordinator with training and delegation."""
    return a_user(Role.COORDINATOR, site or a_site())


def a_subject(by: User, site: Site | None = None, **details: Any) -> Subject:
    """Return a new subject of the person's site."""
    return actions.add_subject(site or site_of(by), by=by, at=timezone.now(), key=a_key(), **details)


def site_of(user: User) -> Site:
    """Return the site of the person's first role."""
    return user.standing_grants[0].site


def the_form(subject: Subject, crf: str, *, by: User, repeat: int = 1) -> Form:
    """Return a form of the subject as this person finds it."""
    with as_actor(by):
        return Form.objects.get(subject=subject, crf=crf, repeat=repeat)


def save(form: Form, typed: Mapping[str, str], *, by: User, **details: Any) -> Saved:
    """Save what was typed over the version the form shows."""
    request = {"based_on": form.version, "key": a_key(), "at": timezone.now(), **details}
    return actions.save_form(form, by=by, answers=answered(form.crf, typed), **request)


def complete(form: Form, typed: Mapping[str, str], *, by: User, **details: Any) -> Saved:
    """Save and complete."""
    return save(form, typed, by=by, complete=True, **details)


def later(minutes: int = 1):
    """Return a moment a little later than now."""
    return timezone.now() + timedelta(minutes=minutes)
