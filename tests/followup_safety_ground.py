"""A randomized subject and what befalls it, day by day, for the tests of safety."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from audit.door import as_actor
from casebook import actions as casebook
from casebook.models import Form, Subject, Visit
from casebook.selectors.standing import day_at
from followup import actions
from followup.models import Deviation, RelapseSign
from outbox.models import Message
from protocol.roles import Role
from randomization.selectors import allocation_of
from rehearsal.answers import Typed, markers, scan
from rehearsal.cast import Cast
from rehearsal.walk import Walk, read_all
from tests.casebook_ground import a_key
from tests.randomization_ground import a_randomized_subject, now_of

NORMAL = {"afp": "4.0", "pivka": "20"}


def of_both_arms(cast: Cast) -> dict[str, Walk]:
    """Return a randomized subject of each arm; a list has to serve."""
    found: dict[str, Walk] = {}
    for number in range(8):
        here = a_randomized_subject(cast, f"safety-{number}")
        with as_actor(here.one(Role.PRINCIPAL_INVESTIGATOR)):
            found.setdefault(allocation_of(here.subject).arm, here)
        if len(found) == 2:
            break
    return found


class Patient:
    """A randomized subject; days are counted from randomization, and everything is entered by the coordinator."""

    def __init__(self, here: Walk) -> None:
        self.here, self.by, self.subject = here, here.one(Role.COORDINATOR), now_of(here)
        self.investigator = here.one(Role.PRINCIPAL_INVESTIGATOR)
        with as_actor(self.by):
            self.first = day_at(self.subject.site, allocation_of(self.subject).allocated_at)

    def day(self, number: int) -> date:
        return self.first + timedelta(days=number)

    def at(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 12, tzinfo=self.subject.site.zone)

    def visit(self, code: str, repeat: int = 1) -> Visit:
        with as_actor(self.by):
            visits = Visit.objects.select_related("site", "subject__site")
            return visits.get(subject=self.subject, code=code, repeat=repeat)

    def attend(self, code: str, on: date, **details: object) -> Visit:
        told = {"at": self.at(on), "attended_on": on, **details}
        return actions.record_attendance(self.visit(code), by=self.by, **told)

    def form(self, crf: str, code: str = "") -> Form:
        """Return the form of the visit, or the latest line of the log."""
        with as_actor(self.by):
            forms = Form.objects.select_related("subject__site", "site", "visit").filter(subject=self.subject, crf=crf)
            return (forms.filter(visit__code=code) if code else forms.order_by("-repeat")).first()

    def add(self, crf: str, on: date, code: str = "") -> Form:
        visit = self.visit(code) if code else None
        return casebook.add_form(self.now, by=self.by, at=self.at(on), visit=visit, crf=crf)

    def fill(self, form: Form, typed: Typed, on: date, *, complete: bool = True, reason: str = "") -> Form:
        with as_actor(self.by):
            form = Form.objects.select_related("subject__site", "visit").get(pk=form.pk)
        casebook.save_form(
            form,
            by=self.by,
            at=self.at(on),
            answers=read_all(form.crf, typed),
            based_on=form.version,
            key=a_key(),
            complete=complete,
            reasons=dict.fromkeys(typed, reason) if reason else {},
        )
        return form

    def log(self, crf: str, typed: Typed, on: date, *, complete: bool = True) -> Form:
        """Add a line to the log and fill it in."""
        return self.fill(self.add(crf, on), typed, on, complete=complete)

    def draw(self, code: str, on: date, **levels: str) -> Form:
        """Attend the visit and enter its markers."""
        self.attend(code, on, reason="Travels" if on < self.visit(code).opens_on else "")
        return self.fill(self.form("MK", code), markers(on, days_ago=0, **{**NORMAL, **levels}), on)

    def scanned(self, code: str, on: date, viable: tuple[str, str] = ("0", "0"), **said: str) -> Form:
        """Enter the scan of a visit that was attended."""
        typed = {**scan("test", on, days_ago=0, timepoint="follow-up", viable=viable), **said}
        return self.fill(self.form("TA", code), typed, on)

    @property
    def now(self) -> Subject:
        return now_of(self.here)

    def signs(self) -> list[RelapseSign]:
        with as_actor(self.by):
            return list(RelapseSign.objects.filter(subject=self.subject).order_by("seen_on", "kind"))

    def deviations(self) -> dict[str, Deviation]:
        """Return those that stand, by kind."""
        with as_actor(self.by):
            return {each.kind: each for each in Deviation.objects.filter(subject=self.subject, closed_at=None)}


def mails(kind: str) -> list[Message]:
    """Return the messages of a kind."""
    return list(Message.objects.filter(kind=kind).order_by("recipient"))


def kinds_of(signs: list[RelapseSign]) -> list[tuple[str, str]]:
    """Return kind and ending of each sign."""
    return [(sign.kind, sign.closed_how) for sign in signs]


OPERATED: Mapping[str, str] = {
    "performed": "Y",
    "purpose": "primary",
    "procedure": "anatomical",
    "anaesthesia": "general",
    "duration": "180 min",
    "blood_loss": "200 mL",
    "transfusion": "N",
    "finding": "none",
}


def operated(on: date, purpose: str = "primary") -> Typed:
    """Return an operation."""
    return {**OPERATED, "operated_on": on.isoformat(), "purpose": purpose}
