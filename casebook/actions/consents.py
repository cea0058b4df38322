"""Versions of the consent form: added at a site, one after the other; who signs again, and who is eligible, follows from them."""

from __future__ import annotations

from datetime import date, datetime

from accounts.models import Site, User
from audit.door import action, record
from casebook.actions.touching import judge_touched
from casebook.models import ConsentForm
from casebook.rules.consents import may_add_consent_form, may_correct_consent_form, may_withdraw_consent_form
from casebook.selectors.consents import judged_by_version_at
from casebook.states import Reconsent

STREAM = "reference"
CHANGED = ("changed_at", "changed_by")


@action(may_add_consent_form)
def add_consent_form(
    site: Site,
    *,
    by: User,
    at: datetime,
    version: str,
    approved_on: date,
    effective_on: date,
    note: str = "",
    reconsent: str = Reconsent.NOBODY,
    reconsent_by: date | None = None,
) -> ConsentForm:
    """Add a version of the consent form at a site: from which day it is used, and who signs it again by when."""
    made = ConsentForm.objects.create(
        site=site,
        version=version.strip(),
        approved_on=approved_on,
        effective_on=effective_on,
        note=note.strip(),
        reconsent=reconsent,
        reconsent_by=reconsent_by,
        changed_at=at,
        changed_by=by,
    )
    facts = {"site": site.pk, "version": made.version, "effective_on": effective_on, "reconsent": str(reconsent)}
    record("casebook.consent_form.added", stream=STREAM, by=by, at=at, facts=facts)
    judge_touched(judged_by_version_at(site.pk), at=at)
    return made


@action(may_correct_consent_form)
def correct_consent_form(
    form: ConsentForm,
    *,
    by: User,
    at: datetime,
    why: str,
    version: str,
    approved_on: date,
    effective_on: date,
    note: str = "",
    reconsent: str = Reconsent.NOBODY,
    reconsent_by: date | None = None,
) -> ConsentForm:
    """Correct a version that was added wrongly and that nobody used yet; the trail keeps what it said before."""
    form.version, form.note = version.strip(), note.strip()
    form.approved_on, form.effective_on = approved_on, effective_on
    form.reconsent, form.reconsent_by = reconsent, reconsent_by
    form.changed_at, form.changed_by = at, by
    form.save(update_fields=["version", "note", "approved_on", "effective_on", "reconsent", "reconsent_by", *CHANGED])
    facts = {"site": form.site_id, "version": form.version, "effective_on": effective_on, "reconsent": str(reconsent)}
    record("casebook.consent_form.corrected", stream=STREAM, by=by, at=at, reason=why.strip(), facts=facts)
    judge_touched(judged_by_version_at(form.site_id), at=at)
    return form


@action(may_withdraw_consent_form)
def withdraw_consent_form(form: ConsentForm, *, by: User, at: datetime, why: str) -> ConsentForm:
    """Withdraw a version that was added wrongly and that nobody used: it stays on record, and nothing is judged by it."""
    form.withdrawn_at, form.withdrawn_by, form.withdrawn_because = at, by, why.strip()
    form.changed_at, form.changed_by = at, by
    form.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because", *CHANGED])
    facts = {"site": form.site_id, "version": form.version}
    record("casebook.consent_form.withdrawn", stream=STREAM, by=by, at=at, reason=why.strip(), facts=facts)
    judge_touched(judged_by_version_at(form.site_id), at=at)
    return form
