"""Two sites and a subject that one hands to the other, with something in every table that goes along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils import timezone

from accounts.models import Site, User
from audit.door import as_actor
from casebook import actions
from casebook.actions.files import bring_file
from casebook.actions.monitoring import open_visit
from casebook.files.cleaning import Cleaned
from casebook.files.kinds import Kind
from casebook.models import Draft, Form, Subject, SubjectTransfer
from outbox.models import Notice
from protocol.roles import Role
from tests.casebook_ground import a_subject
from tests.people import LONG_AGO, a_site, a_user, principal_investigator
from tests.randomization_ground import a_list, a_randomized_subject
from tests.rehearsal_ground import a_cast

REASON = "The subject moves to another city."


@dataclass
class Two:
    """The old site and the new one, who leads and who works there, and the subject between them."""

    subject: Subject  # as it was first
    old: Site
    new: Site
    old_lead: User
    new_lead: User
    old_coordinator: User
    new_coordinator: User
    monitor: User
    before: datetime | None = None

    def now(self, by: User) -> Subject:
        """Return the subject as this person finds it now."""
        with as_actor(by):
            return Subject.objects.select_related("site").get(pk=self.subject.pk)

    def form(self, crf: str, *, by: User) -> Form:
        """Return the first form of a CRF as this person finds it now."""
        with as_actor(by):
            return Form.objects.select_related("subject__site", "site", "visit").filter(
                subject=self.subject.pk, crf=crf
            ).order_by("repeat")[0]  # fmt: skip


def two_sites() -> Two:
    """Return a randomized subject of one site, and another site that could take it over."""
    cast = a_cast()
    a_list()
    here = a_randomized_subject(cast)
    old = here.subject.site
    new = a_site("NEW", synthetic=old.synthetic)
    two = Two(
        here.subject,
        old,
        new,
        here.one(Role.PRINCIPAL_INVESTIGATOR),
        principal_investigator(new),
        here.one(Role.COORDINATOR),
        a_user(Role.COORDINATOR, new),
        a_user(Role.MONITOR, old),
    )
    _fill(two)
    return two


def two_sites_of_a_new_subject() -> Two:
    """Return two sites of their own and a subject just added, with one remark: enough to ask and to be refused."""
    old, new = a_site(synthetic=True), a_site(synthetic=True)
    coordinator = a_user(Role.COORDINATOR, old)
    lead = principal_investigator(old)
    two = Two(
        a_subject(lead, old),
        old,
        new,
        lead,
        principal_investigator(new),
        coordinator,
        a_user(Role.COORDINATOR, new),
        a_user(Role.MONITOR, old),
    )
    actions.comment(two.form("DM", by=lead), by=coordinator, at=timezone.now(), text="Read from the record.")
    return two


def _fill(two: Two) -> None:
    """Leave something in the tables that a screening leaves empty."""
    form, at, monitor = two.form("DM", by=two.monitor), timezone.now(), two.monitor
    open_visit(two.old, by=monitor, at=at, kind="on-site", began_on=at.date())
    path = next(iter(form.answers))
    actions.verify_items(form, by=monitor, at=at, paths=[path])
    query = actions.open_query(form, by=monitor, at=at, text="Is this right?", path=path)
    actions.assign_query(query, by=monitor, at=at, to=two.old_coordinator)
    actions.comment(form, by=two.old_coordinator, at=at, text="Read from the record.", path=path)
    content = b"%PDF-1.4 a report"
    bring_file(form, by=two.old_coordinator, at=at, brought=a_cleaned(content), title="Report", looked=True)
    manager = a_user(Role.DATA_MANAGER, None)
    actions.review_form(form, by=manager, at=at)
    actions.lock(form, by=manager, at=at, kind="freeze")
    with as_actor(two.old_coordinator):
        Draft.objects.create(
            author=two.old_coordinator, form=form, site=two.old, based_on=form.version, kept_at=at, expires_at=at
        )
        Notice.objects.create(
            kind="test", about=two.subject.pk, recipient=two.old_coordinator, site=two.old,
            subject_number=two.subject.number, text={}, path="/", due_on=LONG_AGO, created_at=at,
        )  # fmt: skip


def a_cleaned(content: bytes) -> Cleaned:
    """Return bytes as the cleaning leaves them."""
    return Cleaned(
        kind=Kind.PDF, content=content, original_size=len(content), original_sha256=sha256(content).hexdigest()
    )


def who_left(site: Site) -> SubjectTransfer:
    """Return the transfer of a subject that left this site for another one."""
    lead, other = principal_investigator(site), a_site(synthetic=site.synthetic)
    subject, taken_by, at = a_subject(lead, site), principal_investigator(other), timezone.now()
    made = actions.ask_transfer(subject, by=lead, at=at, to_site=other, reason=REASON)
    actions.accept_transfer(made, by=taken_by, at=at)
    return made


def ask(two: Two, subject: Subject | None = None, **details: Any) -> SubjectTransfer:
    """Ask the new site, as who leads the old one."""
    said = {"by": two.old_lead, "at": timezone.now(), "to_site": two.new, "reason": REASON, **details}
    return actions.ask_transfer(subject or two.subject, **said)
