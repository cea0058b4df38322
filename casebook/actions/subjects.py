"""Adding subjects, visits and forms, and advancing a subject's stage."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.db.models import Max

from accounts.models import Site, User
from accounts.selectors import protocol_in_force
from audit.door import action, record, unchanged
from casebook.actions.receipts import earlier_answer, keep_receipt, request_hash
from casebook.models import Form, Subject, Visit
from casebook.ports import after_change
from casebook.rules.forms import may_add_form
from casebook.rules.subjects import may_add_subject, may_add_visit, may_advance, may_expect
from casebook.selectors.absent import absent_from
from casebook.selectors.locking import over_form
from casebook.selectors.standing import day_at
from casebook.selectors.transfers import last_number
from casebook.states import FormState, LockKind, Stage, VisitState
from protocol.checking import is_asked
from protocol.language import Crf
from protocol.record import Answer, FormRecord, Record
from protocol.trial import TRIAL

SCREENING = "SCR"
CONSENT = "ICF"


@action(may_add_subject)
def add_subject(
    site: Site, *, by: User, at: datetime, key: str, synthetic: bool = False, rescreened_from: Subject | None = None
) -> Subject:
    """Put a new subject on the site's screening log, with the forms that screening expects. Needs no consent."""
    asked = request_hash(site=site.pk, synthetic=synthetic, rescreened_from=str(rescreened_from or ""))
    if (earlier := earlier_answer(by, key=key, asked=asked)) is not None:
        return unchanged(Subject.objects.get(pk=earlier["subject"]))
    subject = _numbered(site, by=by, at=at, synthetic=synthetic or site.synthetic, rescreened_from=rescreened_from)
    visit = Visit.objects.create(subject=subject, site=site, code=SCREENING)
    version = protocol_in_force(site, on=day_at(site, at)) or TRIAL.version
    logs = [crf.code for crf in TRIAL.crfs if crf.log and crf.expected]
    _expect(subject, None, logs, version=version)
    _expect(subject, visit, TRIAL.visit(SCREENING).forms, version=version)
    keep_receipt(
        by, site_id=site.pk, key=key, verb="add_subject", asked=asked, answer={"subject": str(subject.pk)}, at=at
    )
    record("casebook.subject.added", subject=subject, by=by, at=at, facts={"number": subject.number})
    after_change(subject, form=None, by=by, at=at)
    return subject


def _numbered(site: Site, *, by: User, at: datetime, synthetic: bool, rescreened_from: Subject | None) -> Subject:
    # The door holds the site's lock: two people adding at once get two numbers, in order and without a gap.
    last = last_number(site)
    return Subject.objects.create(
        site=site,
        sequence=last + 1,
        number=f"{site.code}-{last + 1:03d}",
        synthetic=synthetic,
        rescreened_from=rescreened_from,
        added_at=at,
        added_by=by,
    )


def _expect(subject: Subject, visit: Visit | None, codes: Iterable[str], *, version: str) -> None:
    asked = [crf for crf in map(TRIAL.crf, codes) if crf.asked_when is None]
    Form.objects.bulk_create([_expected(subject, visit, crf, version=version) for crf in asked])


def _expected(subject: Subject, visit: Visit | None, crf: Crf, *, version: str, repeat: int = 1) -> Form:
    return Form(
        subject=subject, site_id=subject.site_id, visit=visit, crf=crf.code, repeat=repeat, protocol_version=version
    )


@action(may_add_visit)
def add_visit(
    subject: Subject,
    *,
    by: User,
    at: datetime,
    code: str = "UNS",
    attended_on: date | None = None,
    reason: str = "",
) -> Visit:
    """Add a visit that no schedule plans, with the day it took place where that is known; its forms are added as they come."""
    last = Visit.objects.filter(subject=subject, code=code).aggregate(last=Max("repeat"))["last"] or 0
    visit = Visit.objects.create(
        subject=subject,
        site_id=subject.site_id,
        code=code,
        repeat=last + 1,
        state=VisitState.ATTENDED if attended_on else VisitState.OPEN,
        attended_on=attended_on,
        reason=reason,
    )
    record("casebook.visit.added", subject=subject, by=by, at=at, facts={"visit": code, "repeat": visit.repeat})
    return visit


@action(may_expect)
def expect_forms(visit: Visit, *, by: User, at: datetime, codes: Collection[str] | None = None) -> list[Form]:
    """Expect the forms of the visit, or these of them, that are not there yet; an arm makes no difference."""
    missing = absent_from(visit, among=codes)
    if not missing:
        return unchanged([])
    version = protocol_in_force(visit.subject.site, on=day_at(visit.subject.site, at)) or TRIAL.version
    forms = Form.objects.bulk_create([_expected(visit.subject, visit, crf, version=version) for crf in missing])
    facts = {"visit": visit.code, "repeat": visit.repeat, "crfs": [crf.code for crf in missing]}
    record("casebook.forms.expected", subject=visit.subject, by=by, at=at, facts=facts)
    return forms


@action(may_add_form)
def add_form(subject: Subject, *, by: User, at: datetime, visit: Visit | None, crf: str, key: str = "") -> Form:
    """Add the next form of a CRF that repeats, or the next line of a log. The same key adds one form only."""
    asked = request_hash(subject=str(subject.pk), visit=str(visit.pk) if visit else "", crf=crf)
    if key and (earlier := earlier_answer(by, key=key, asked=asked)) is not None:
        return unchanged(Form.objects.get(pk=earlier["form"]))
    form = _one_more(subject, visit, crf, at=at)
    form.save(force_insert=True)
    _keep_form(form, by=by, at=at, key=key, verb="add_form", asked=asked)
    record("casebook.form.added", subject=subject, by=by, at=at, facts=_facts_of(form))
    return form


@action(may_add_form)
def begin_form(subject: Subject, *, by: User, at: datetime, visit: Visit | None, crf: str, key: str = "") -> Form:
    """Make a form that each author fills in alone this person's own: one that nobody began, else one more.

    Nobody sees what another types: who was led to a form that looks blank could write for long, and not keep it. The
    same key begins one form only.
    """
    asked = request_hash(subject=str(subject.pk), visit=str(visit.pk) if visit else "", crf=crf)
    if key and (earlier := earlier_answer(by, key=key, asked=asked)) is not None:
        return unchanged(Form.objects.get(pk=earlier["form"]))
    blank = Form.objects.filter(subject=subject, visit=visit, crf=crf, state=FormState.NOT_STARTED, entered_by=None)
    free = blank.exclude(over_form(LockKind.FREEZE) | over_form(LockKind.LOCK)).select_for_update()
    form = free.order_by("repeat").first() or _one_more(subject, visit, crf, at=at)
    form.state, form.entered_by, form.entered_at = FormState.IN_PROGRESS, by, at
    form.version += 1
    form.save()
    _keep_form(form, by=by, at=at, key=key, verb="begin_form", asked=asked)
    record("casebook.form.begun", subject=subject, by=by, at=at, facts=_facts_of(form))
    return form


def _one_more(subject: Subject, visit: Visit | None, crf: str, *, at: datetime) -> Form:
    same = Form.objects.filter(subject=subject, visit=visit, crf=crf)
    repeat = (same.aggregate(last=Max("repeat"))["last"] or 0) + 1
    version = protocol_in_force(subject.site, on=day_at(subject.site, at)) or TRIAL.version
    return _expected(subject, visit, TRIAL.crf(crf), version=version, repeat=repeat)


def _keep_form(form: Form, *, by: User, at: datetime, key: str, verb: str, asked: str) -> None:
    if key:
        answer = {"form": str(form.pk)}
        keep_receipt(by, site_id=form.site_id, key=key, verb=verb, asked=asked, answer=answer, at=at)


def _facts_of(form: Form) -> dict[str, object]:
    visit = form.visit.code if form.visit else ""
    return {"form": str(form.pk), "crf": form.crf, "repeat": form.repeat, "visit": visit}


@action(may_advance)
def advance(subject: Subject, *, by: User, at: datetime, to: Stage, reason: str = "") -> Subject:
    """Bring the subject to the next stage; called by the action that makes it true."""
    facts = {"from": subject.stage, "to": str(Stage(to).value)}
    subject.stage = to
    subject.save(update_fields=["stage"])
    record("casebook.subject.advanced", subject=subject, by=by, at=at, reason=reason, facts=facts)
    return subject


def follow_consent(form: Form, *, by: User, at: datetime) -> None:
    """Advance the subject where this form makes it true: consented with a complete consent, then in screening."""
    if form.state != FormState.COMPLETE:
        return
    if form.crf == CONSENT and form.subject.stage == Stage.LISTED:
        form.subject = advance(form.subject, by=by, at=at, to=Stage.CONSENTED)
    elif form.crf != CONSENT and form.subject.stage == Stage.CONSENTED:
        form.subject = advance(form.subject, by=by, at=at, to=Stage.SCREENING)


def expect_forms_asked_of(form: Form, answers: Mapping[str, Answer]) -> None:
    """Expect the forms that are asked only because of these answers, such as a pregnancy test."""
    asking = [crf for crf in TRIAL.crfs if crf.asked_when and crf.asked_when.ref.crf == form.crf]
    if not asking:
        return
    said = FormRecord(id=str(form.pk), crf=form.crf, complete=True, answers=answers)
    record_now = Record(subject=form.subject.number, forms=(said,))
    asked = [crf for crf in asking if is_asked(crf, record_now)]
    for visit in Visit.objects.filter(subject=form.subject_id):
        codes = {crf.code: crf for crf in asked if crf.code in TRIAL.visit(visit.code).forms}
        there = set(Form.objects.filter(visit=visit, crf__in=codes).values_list("crf", flat=True))
        Form.objects.bulk_create(
            _expected(form.subject, visit, crf, version=form.protocol_version)
            for code, crf in codes.items()
            if code not in there
        )
