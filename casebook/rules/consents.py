"""Rules over versions of the consent form: who adds one, and that none goes back behind another."""

from __future__ import annotations

from datetime import date

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may
from audit.decision import YES, Decision, no
from casebook.models import ConsentForm
from casebook.rules.wording import may_say
from casebook.states import Reconsent
from protocol.words import N_

WHICH = N_("Write the version as it is printed on the form.")
NOTE = N_("Write the language of the form, or what changed.")


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
    for text, words in ((version, WHICH), (note or "?", NOTE)):
        if not (decision := may_say(text, otherwise=words)):
            return decision
    if effective_on < approved_on:
        return no(N_("A consent form is used after its approval: it cannot take effect before %(on)s."), on=approved_on)
    if not (decision := _asks_in_order(reconsent, reconsent_by, effective_on)):
        return decision
    return _follows(site, version.strip(), effective_on)


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


def _follows(site: Site, version: str, effective_on: date) -> Decision:
    held = ConsentForm.objects.filter(site=site)
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
