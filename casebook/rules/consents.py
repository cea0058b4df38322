"""Rules over versions of the consent form: who adds one, and that none goes back behind another."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may
from audit.decision import YES, Decision, no
from casebook.models import ConsentForm, Form
from casebook.rules.wording import may_say
from casebook.selectors.standing import day_at
from casebook.states import Reconsent
from protocol.words import N_

WHICH = N_("Write the version as it is printed on the form.")
NOTE = N_("Write the language of the form, or what changed.")
WHY = N_("Say why the version is corrected.")
WHY_WITHDRAWN = N_("Say why the version is withdrawn.")
CONSENT = "ICF"


def may_add_consent_form(
    user: User,
    site: Site,
    *,
    version: str,
    approved_on: date,
    effective_on: date,
    note: str = "",
    reconsent: str = Reconsent.NOBODY,
    reconsent_by: date | None = None,
) -> Decision:
    """Whether this version may be added: later than every other of the site, and used only after its approval."""
    if not (decision := may_add_consent_forms(user, site)):
        return decision
    if not (decision := _is_whole(version, approved_on, effective_on, note, reconsent, reconsent_by)):
        return decision
    return _follows(_standing(site.pk), site, version.strip(), effective_on)


def may_correct_consent_form(
    user: User,
    form: ConsentForm,
    *,
    at: datetime,
    why: str,
    version: str,
    approved_on: date,
    effective_on: date,
    note: str = "",
    reconsent: str = Reconsent.NOBODY,
    reconsent_by: date | None = None,
) -> Decision:
    """Whether a version that was added wrongly, and that nobody used yet, may be corrected so."""
    if not (decision := may_begin_correcting(user, form, at=at)):
        return decision
    if not (decision := may_say(why, otherwise=WHY)):
        return decision
    if not (decision := _is_whole(version, approved_on, effective_on, note, reconsent, reconsent_by)):
        return decision
    others = _standing(form.site_id).exclude(pk=form.pk)
    return _follows(others, form.site, version.strip(), effective_on)


def may_begin_correcting(user: User, form: ConsentForm, *, at: datetime) -> Decision:
    """Whether this version may still be corrected at all: the last of its site, signed by nobody, not past its day."""
    # An administrator, who sees no forms, would not see who signed it.
    if not (decision := may(user, Permission.CONSENT_FORM_ADD, form.site)):
        return decision
    said = {"version": form.version, "site": form.site.code}
    if _standing(form.site_id).filter(effective_on__gt=form.effective_on).exists():
        return no(N_("A version after %(version)s was added at %(site)s: only the last one is corrected."), **said)
    return _is_unused(form, at=at)


def may_withdraw_consent_form(user: User, form: ConsentForm, *, at: datetime, why: str) -> Decision:
    """Whether a version that was added wrongly, and that nobody used, may be withdrawn."""
    if not (decision := may_begin_withdrawing(user, form, at=at)):
        return decision
    return may_say(why, otherwise=WHY_WITHDRAWN)


def may_begin_withdrawing(user: User, form: ConsentForm, *, at: datetime) -> Decision:
    """Whether this version may be withdrawn at all: signed by nobody, not past the day to sign it again by."""
    # An administrator, who sees no forms, would not see who signed it.
    if not (decision := may(user, Permission.CONSENT_FORM_ADD, form.site)):
        return decision
    return _is_unused(form, at=at)


def _standing(site: int) -> QuerySet[ConsentForm]:
    return ConsentForm.objects.filter(site=site, withdrawn_at__isnull=True)


def _is_unused(form: ConsentForm, *, at: datetime) -> Decision:
    said = {"version": form.version, "site": form.site.code}
    if form.withdrawn_at is not None:
        return no(N_("Version %(version)s was withdrawn at %(site)s already."), **said)
    if Form.objects.filter(site=form.site_id, crf=CONSENT, answers__version__value=form.version).exists():
        return no(N_("A consent at %(site)s names version %(version)s: it is in use. Add a new version."), **said)
    if form.reconsent_by is not None and form.reconsent_by < day_at(form.site, at):
        words = N_("Version %(version)s was to be signed again by %(on)s, and that day has passed. Add a new version.")
        return no(words, version=form.version, on=form.reconsent_by)
    return YES


def _is_whole(
    version: str, approved_on: date, effective_on: date, note: str, reconsent: str, reconsent_by: date | None
) -> Decision:
    for text, words in ((version, WHICH), (note or "words", NOTE)):
        if not (decision := may_say(text, otherwise=words)):
            return decision
    if effective_on < approved_on:
        return no(N_("A consent form is used after its approval: it cannot take effect before %(on)s."), on=approved_on)
    return _asks_in_order(reconsent, reconsent_by, effective_on)


def may_add_consent_forms(user: User, site: Site) -> Decision:
    """Whether the user adds versions at this site at all: data manager, principal investigator, administrator."""
    if user.holds_anywhere(Permission.ADMINISTER):
        return YES
    return may(user, Permission.CONSENT_FORM_ADD, site)


def _asks_in_order(reconsent: str, reconsent_by: date | None, effective_on: date) -> Decision:
    if reconsent not in Reconsent.values:
        return no(N_("Say who signs this version again; “%(said)s” is not among the choices."), said=reconsent)
    if reconsent == Reconsent.NOBODY:
        return YES if reconsent_by is None else no(N_("Nobody signs again, so there is no day to do it by."))
    if reconsent_by is None:
        return no(N_("Say by which day the version is signed again."))
    if reconsent_by < effective_on:
        return no(
            N_("The version can be signed from %(on)s on; give a day after it to sign again by."), on=effective_on
        )
    return YES


def _follows(held: QuerySet[ConsentForm], site: Site, version: str, effective_on: date) -> Decision:
    if held.filter(version=version).exists():
        return no(N_("Site %(site)s has version %(version)s already."), site=site.code, version=version)
    last = held.order_by("-effective_on", "-pk").first()
    if last is not None and effective_on <= last.effective_on:
        return no(
            N_("Version %(last)s takes effect at %(site)s on %(on)s; a newer one takes effect after that day."),
            last=last.version,
            site=site.code,
            on=last.effective_on,
        )
    return YES
