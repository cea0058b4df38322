"""One site with a row of every kind an address can name, for the tests that try them all."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from django.utils import timezone

from accounts.filters import save_filter
from accounts.models import Delegation, SavedFilter, Site, User
from api.actions import make_token
from api.models import Token
from audit.acting import as_actor
from casebook import actions
from casebook.actions.files import bring_file
from casebook.actions.monitoring import open_visit
from casebook.files.cleaning import cleaned
from casebook.models import (
    ConsentForm,
    Draft,
    File,
    Form,
    ImportBatch,
    MonitoringVisit,
    Query,
    ReferenceRange,
    Subject,
    SubjectTransfer,
)
from eligibility.actions.screening import add_line
from eligibility.models import ScreeningLine
from followup.actions.deviations import follow_deviations
from followup.actions.safety import follow_signs
from followup.deviations import Found
from followup.models import Deviation, RelapseSign
from followup.safety_signs import Seen
from followup.states import DeviationKind, SignKind
from protocol.roles import Role
from protocol.trial import BEGAN_ON
from protocol.words import Sentence
from tests import casebook_ground
from tests.files_ground import a_png
from tests.import_ground import a_prepared_import
from tests.people import LONG_AGO, a_site, a_user, set_up
from tests.transfer_ground import who_left


@dataclass(frozen=True)
class Ground:
    """One site with a row of every kind."""

    site: Site
    coordinator: User
    subject: Subject
    form: Form
    query: Query
    monitoring: MonitoringVisit
    file: File
    batch: ImportBatch
    sign: RelapseSign
    deviation: Deviation
    line: ScreeningLine
    draft: Draft
    filter: SavedFilter
    token: Token
    transfer: SubjectTransfer
    range: ReferenceRange
    version: ConsentForm

    def key(self, about: str) -> dict[str, object]:
        """Return the part of an address that names this site's row."""
        if about == "grant":
            return {"grant_id": self.coordinator.grants.get().pk}
        if about == "delegation":
            return {"delegation_id": Delegation.objects.filter(user=self.coordinator).first().pk}
        named = {
            "": {},
            "site": {"code": self.site.code},
            "subject": {"subject_id": self.subject.pk},
            "form": {"form_id": self.form.pk},
            "draft": {"form_id": self.form.pk},
            "filter": {"filter_id": self.filter.pk},
            "token": {"token_id": self.token.pk},
            "lock of a form": {"level": "form", "key": self.form.pk},
            "lock of a visit": {"level": "visit", "key": self.form.visit_id},
            "lock of a subject": {"level": "subject", "key": self.subject.pk},
            "lock of a site": {"level": "site", "key": self.site.pk},
            "visit": {"visit_id": self.form.visit_id},
            "query": {"query_id": self.query.pk},
            "monitoring": {"monitoring_id": self.monitoring.pk},
            "transfer": {"transfer_id": self.transfer.pk},
            "laboratory": {"laboratory_id": self.range.laboratory_id},
            "range": {"range_id": self.range.pk},
            "consent version": {"version_id": self.version.pk},
            "file": {"file_id": self.file.pk},
            "batch": {"batch_id": self.batch.pk},
            "sign": {"sign_id": self.sign.pk},
            "screening line": {"line_id": self.line.pk},
            "deviation": {"deviation_id": self.deviation.pk},
            "user": {"user_id": self.coordinator.pk},
        }
        return named[about]

    def sends(self, about: str) -> dict[str, object]:
        """Return what names the row in the body of a page, where the address does not."""
        return {"draft": self.draft.pk} if about == "draft" else {}


def a_ground() -> Ground:
    site = a_site()
    coordinator, monitor = a_user(Role.COORDINATOR, site), a_user(Role.MONITOR, site)
    subject = casebook_ground.a_subject(coordinator)
    form = casebook_ground.the_form(subject, "DM", by=coordinator)
    casebook_ground.complete(form, casebook_ground.DEMOGRAPHY, by=coordinator)
    form = casebook_ground.again(form, by=coordinator)
    query = actions.open_query(
        form, by=monitor, at=timezone.now(), path="birth_date", text="Is this the day of the source?"
    )
    sign, deviation = what_waits_in_safety(form, coordinator)
    told = {"assessed_on": BEGAN_ON, "outcome": "declined", "reason": "Not given"}
    line = add_line(site, by=coordinator, at=timezone.now(), **told)
    file = bring_file(
        form, by=coordinator, at=timezone.now(), brought=cleaned(a_png()), title="Picture of the source", looked=True
    )
    today = timezone.now().astimezone(site.zone).date()
    visit = open_visit(site, by=monitor, at=timezone.now(), kind="remote", began_on=today)
    batch, own = a_prepared_import(site), what_is_ones_own(form, coordinator)
    held = casebook_ground.a_range(casebook_ground.a_laboratory())
    version = a_version(site)
    waiting = (visit, file, batch, sign, deviation, line)
    return Ground(site, coordinator, subject, form, query, *waiting, *own, who_left(site), held, version)


def a_version(site: Site) -> ConsentForm:
    """Return a version of the consent form that nobody signed."""
    said = {"version": "1.0", "approved_on": LONG_AGO, "effective_on": LONG_AGO}
    return actions.add_consent_form(site, by=set_up(), at=timezone.now(), **said)


def what_is_ones_own(form: Form, by: User) -> tuple[Draft, SavedFilter, Token]:
    """Return typing that was not saved, a filter kept and a token made by one person."""
    at = timezone.now()
    draft = actions.keep_draft(form, by=by, at=at, typed={"birth_date": "1961"}, based_on=form.version, page="a page")
    with as_actor(by):
        kept = save_filter(by, at=at, list_name="subjects", name="Mine", query="number=1")
    return draft, kept, make_token(by, by=by, at=at, name="Mine", digest=2 * uuid4().hex)


def what_waits_in_safety(form: Form, by: User) -> tuple[RelapseSign, Deviation]:
    """Return a sign of relapse and a deviation, as a change of the record raises them."""
    subject, at = form.subject, timezone.now()
    seen = Seen(kind=SignKind.SUSPECTED, form=str(form.pk), on=at.date(), imaged=False)
    follow_signs(subject, by=by, at=at, seen=[seen])
    found = Found(kind=DeviationKind.MISSED, occurred_on=at.date(), sentence=Sentence("Month 1 was missed."))
    follow_deviations(subject, by=by, at=at, found=[found], kinds=[found.kind])
    with as_actor(by):
        return RelapseSign.objects.get(subject=subject), Deviation.objects.get(subject=subject)
