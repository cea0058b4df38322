"""What follows cleaning: source verification, reviews, signatures, a freeze, a lock and the wish to lift it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from accounts.models import Site
from audit.door import SYNTHETIC, as_actor
from casebook.actions import locking, monitoring, queries, verifying
from casebook.models import Form, MonitoringVisit, Query
from casebook.selectors.locking import unverified
from casebook.selectors.signing import unsigned
from casebook.states import FormState, LockKind, MonitoringKind, MonitoringNoteKind, QueryState
from followup.actions.deviations import explain_deviation
from followup.models import Deviation
from protocol.roles import Role
from protocol.verification import PROTOCOL_FIRST_SUBJECTS, PROTOCOL_RATES
from rehearsal.cast import Cast
from rehearsal.walk import SCREENING, Walk, correct, found, sign

SIGNED_DAYS_AGO, VISITED_DAYS_AGO, LOCKED_DAYS_AGO = 36, 34, 20
OF_ELIGIBILITY = ("ICF", "DM", "HCC", "HE", "VS", "IJ")
REVIEWED = ("ICF", "DM", "HE", "VS")
AGREED_RATE = 40  # percent of the medication


def set_plan(cast: Cast, *, at: datetime) -> None:
    """Let the data manager ask for more of the medication than the protocol does."""
    manager = cast.one(Role.DATA_MANAGER)
    with as_actor(manager, moment=SYNTHETIC):
        verifying.set_verification_plan(
            None,
            by=manager,
            at=at - timedelta(days=60),
            rates={**PROTOCOL_RATES, "CM": AGREED_RATE},
            first_subjects=PROTOCOL_FIRST_SUBJECTS,
            reason="Doses are often mistyped: more of them are compared.",
        )


def settle_queries(walk: Walk, *, at: datetime) -> None:
    """Let what checks asked about a subject be answered and closed: the values stand."""
    coordinator, manager = walk.one(Role.COORDINATOR), walk.one(Role.DATA_MANAGER)
    with as_actor(coordinator):
        asked = list(Query.objects.filter(subject=walk.subject, state=QueryState.OPEN).order_by("opened_at", "id"))
    for query in asked:
        queries.answer_query(query, by=coordinator, at=at, text="Compared with the source: it is right.")
        queries.close_query(query, by=manager, at=at + timedelta(hours=3))


def sign_forms(walk: Walk, *, at: datetime, crfs: Collection[str] = ()) -> None:
    """Let the investigator sign the complete forms of a subject, or of these CRFs, about which nothing is asked."""
    investigator = walk.one(Role.PRINCIPAL_INVESTIGATOR)
    with as_actor(investigator):
        forms = unsigned(Form.objects.filter(subject=walk.subject).exclude(queries__state=QueryState.OPEN))
        if crfs:
            forms = forms.filter(crf__in=crfs)
        for form in forms.order_by("crf", "repeat", "id"):
            sign(form, by=investigator, at=at)


def visit_site(
    cast: Cast, site: Site, walks: Sequence[Walk], *, at: datetime, whole: Iterable[Walk] = ()
) -> MonitoringVisit:
    """Let the monitor compare the forms of eligibility of these subjects with their source, and what the plan asks of others."""
    monitor, began = cast.one(Role.MONITOR), at - timedelta(days=VISITED_DAYS_AGO)
    visit = open_visit(cast, site, at=began, kind=MonitoringKind.ON_SITE)
    for walk in walks:
        verify(walk, OF_ELIGIBILITY, at=began + timedelta(hours=2))
    for walk in whole:
        verify(walk, (), at=began + timedelta(hours=4))
    ended = began + timedelta(days=1)
    with as_actor(monitor, moment=SYNTHETIC):
        for kind, text in (
            (MonitoringNoteKind.FINDING, "Delegation log and consents complete; two doses differ from prescriptions."),
            (MonitoringNoteKind.ACTION, "Medication is entered from the prescription, not from the letter."),
        ):
            monitoring.write_note(visit, by=monitor, at=ended, kind=kind, text=text)
        return monitoring.close_visit(visit, by=monitor, at=ended, ended_on=ended.astimezone(site.zone).date())


def open_visit(cast: Cast, site: Site, *, at: datetime, kind: MonitoringKind) -> MonitoringVisit:
    """Let the monitor begin a visit."""
    monitor = cast.one(Role.MONITOR)
    with as_actor(monitor, moment=SYNTHETIC):
        return monitoring.open_visit(site, by=monitor, at=at, kind=kind, began_on=at.astimezone(site.zone).date())


def verify(walk: Walk, crfs: Collection[str], *, at: datetime) -> None:
    """Let the monitor mark every answer of the complete forms of these CRFs, by default of those the plan asks for."""
    monitor = walk.one(Role.MONITOR)
    with as_actor(monitor):
        forms = Form.objects.filter(subject=walk.subject, state=FormState.COMPLETE)
        forms = forms.filter(crf__in=crfs) if crfs else unverified(forms)
        for form in forms.order_by("crf", "repeat", "id"):
            verifying.verify_items(form, by=monitor, at=at, paths=sorted(form.answers))


def look_from_afar(cast: Cast, site: Site, walk: Walk, *, at: datetime) -> None:
    """Let the monitor begin a remote visit yesterday that is not closed yet."""
    monitor, began = cast.one(Role.MONITOR), at - timedelta(days=1)
    visit = open_visit(cast, site, at=began, kind=MonitoringKind.REMOTE)
    verify(walk, ("ICF", "DM"), at=began + timedelta(hours=1))
    with as_actor(monitor, moment=SYNTHETIC):
        monitoring.write_note(
            visit,
            by=monitor,
            at=began + timedelta(hours=2),
            kind=MonitoringNoteKind.FINDING,
            text="The screening casebook of one subject is compared as far as the consent; the rest follows.",
        )


def review(walks: Iterable[Walk], *, at: datetime) -> None:
    """Let the data manager read some forms of these subjects."""
    for walk in walks:
        manager = walk.one(Role.DATA_MANAGER)
        with as_actor(manager):
            forms = Form.objects.filter(subject=walk.subject, crf__in=REVIEWED, state=FormState.COMPLETE)
            for form in forms.order_by("crf", "repeat", "id"):
                verifying.review_form(form, by=manager, at=at)


def change_after_all(walk: Walk, *, at: datetime) -> None:
    """Let the coordinator put right what was signed, verified and reviewed: each mark falls where it was changed."""
    correct(walk, found(walk, "VS", SCREENING), {"pulse": "84 /min"}, at=at, reason="The chart says 84.")


def freeze(walk: Walk, *, at: datetime) -> None:
    """Let the data manager freeze the diagnosis of a subject."""
    locking.lock(
        found(walk, "HCC", SCREENING),
        by=walk.one(Role.DATA_MANAGER),
        at=at,
        kind=LockKind.FREEZE,
        reason="Tables of the safety board are being made.",
    )


def lock_whole(walk: Walk, *, at: datetime) -> None:
    """Let what stands against a lock be settled, the data manager lock the subject, and lately ask to lift it."""
    coordinator, manager = walk.one(Role.COORDINATOR), walk.one(Role.DATA_MANAGER)
    with as_actor(coordinator):
        open_ones = Deviation.objects.filter(subject=walk.subject, closed_at=None, explained_at=None)
        for deviation in open_ones.order_by("occurred_on", "kind", "about"):
            explain_deviation(
                deviation,
                by=coordinator,
                at=at - timedelta(days=LOCKED_DAYS_AGO + 5),
                cause="The subject was on a journey.",
                action="Dates are agreed on by telephone a week before.",
            )
    lock = locking.lock(walk.subject, by=manager, at=at - timedelta(days=LOCKED_DAYS_AGO), reason="Clean.")
    locking.ask_unlock(
        lock, by=manager, at=at - timedelta(hours=2), reason="The pathologist has sent a corrected report."
    )
