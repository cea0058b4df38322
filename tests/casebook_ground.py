"""Subjects and forms for tests, reached by walking the real actions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Site, User
from audit.door import as_actor
from audit.models import Event
from casebook import actions
from casebook.actions import Saved
from casebook.models import Form, Laboratory, Query, Subject
from protocol.reading import read
from protocol.record import Answer
from protocol.roles import Role
from protocol.trial import TRIAL
from tests.people import a_site, a_user, principal_investigator, set_up

DEMOGRAPHY = {"birth_date": "1970-05-01", "sex": "male"}
WOMAN = {"birth_date": "1970-05-01", "sex": "female", "childbearing": "postmenopausal"}
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
CONSENT = {
    "version": "1.0",
    "signed_at": "2025-03-01T10:00",
    "copy_given": "Y",
    "privacy": "Y",
    "tissue": "N",
}
EVALUATION = {
    "question": "initial",
    "source": "own evaluation",
    "round": "1",
    "evaluated_on": "2025-03-03",
    "finding": "resectable",
}


def a_key() -> str:
    """Return an idempotency key nobody used."""
    return str(uuid.uuid4())


def answered(crf: str, typed: Mapping[str, str]) -> dict[str, Answer]:
    """Return answers by path as a page would read them: a number carries its unit after a blank."""
    return {path: _answer(crf, path, text) for path, text in typed.items()}


def _answer(crf: str, path: str, text: str) -> Answer:
    item = TRIAL.crf(crf).item(path)
    value, _, unit = text.partition(" ")
    if not text:
        return Answer()
    return read(item, value, unit) if unit and getattr(item, "units", ()) else read(item, text)


def a_coordinator(site: Site | None = None) -> User:
    """Return a coordinator with training and delegation."""
    return a_user(Role.COORDINATOR, site or a_site())


def the_investigator(user: User) -> User:
    """Return the principal investigator at the person's site."""
    return principal_investigator(site_of(user))


def a_surgeon(site: Site) -> User:
    """Return a liver surgeon with training and delegation."""
    return a_user(Role.SURGEON, site)


def a_monitor(site: Site) -> User:
    """Return the monitor of a site."""
    return a_user(Role.MONITOR, site)


def a_data_manager() -> User:
    """Return a data manager for all sites."""
    return a_user(Role.DATA_MANAGER, None)


def a_subject(by: User, site: Site | None = None, **details: Any) -> Subject:
    """Return a new subject of the person's site."""
    return actions.add_subject(site or site_of(by), by=by, at=timezone.now(), key=a_key(), **details)


def site_of(user: User) -> Site:
    """Return the site of the person's first role."""
    return user.standing_grants[0].site


def _forms() -> QuerySet[Form]:
    return Form.objects.select_related("subject__site", "site", "visit")


def the_form(subject: Subject, crf: str, *, by: User, repeat: int = 1) -> Form:
    """Return a form of the subject as this person finds it now."""
    with as_actor(by):
        return _forms().get(subject=subject, crf=crf, repeat=repeat)


def again(form: Form, *, by: User) -> Form:
    """Return the form as it stands now."""
    with as_actor(by):
        return _forms().get(pk=form.pk)


def save(form: Form, typed: Mapping[str, str], *, by: User, **details: Any) -> Saved:
    """Save what was typed over the version that this page shows."""
    request = {"based_on": form.version, "key": a_key(), "at": timezone.now(), **details}
    return actions.save_form(form, by=by, answers=answered(form.crf, typed), **request)


def complete(form: Form, typed: Mapping[str, str], *, by: User, **details: Any) -> Saved:
    """Save and complete."""
    return save(form, typed, by=by, complete=True, **details)


def a_complete_form(by: User, crf: str = "DM", typed: Mapping[str, str] = DEMOGRAPHY) -> Form:
    """Return a complete form of a new subject."""
    form = the_form(a_subject(by), crf, by=by)
    complete(form, typed, by=by)
    return again(form, by=by)


def queries_on(form: Form, *, by: User) -> list[Query]:
    """Return all queries of a form, the first asked first."""
    with as_actor(by):
        return list(Query.objects.filter(form=form).order_by("opened_at", "path", "check_id"))


def events_of(subject: Subject, *, by: User) -> list[Event]:
    """Return the events of a subject in their order."""
    with as_actor(by):
        return list(Event.objects.filter(subject_id=subject.pk).order_by("sequence"))


def a_laboratory(code: str = "") -> Laboratory:
    """Return a laboratory without ranges."""
    code = code or f"LAB-{a_key()[:8]}"
    return actions.add_laboratory(None, by=set_up(), at=timezone.now(), code=code, name=f"Laboratory {code}")


def a_range(laboratory: Laboratory, analyte: str = "AFP", unit: str = "ng/mL", **details: Any):
    """Return a proposed range with an upper limit of 20."""
    said = {"low": None, "high": Decimal(20), "valid_from": date(2010, 1, 1), **details}
    by = said.pop("by", set_up())
    return actions.propose_range(laboratory, by=by, at=timezone.now(), analyte=analyte, unit=unit, **said)


def soon(minutes: int = 1) -> datetime:
    """Return a moment a little later than now."""
    return timezone.now() + timedelta(minutes=minutes)
