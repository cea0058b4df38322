"""Rules of exports: who may take what out, and the sentence that says why not."""

from __future__ import annotations

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may
from audit.decision import YES, Decision, no
from casebook.models import Subject
from exports.models import Download
from exports.selectors import exportable_sites
from exports.states import DownloadKind, DownloadState
from protocol.words import N_


def may_export(user: User, sites: list[Site] | None = None) -> Decision:
    """Whether the user may take datasets out of these sites; without any, of at least one site."""
    if sites is None:
        sites = exportable_sites(user)
        if not sites:
            return no(
                N_(
                    "Your role does not include exporting data at any site. The data manager, the principal investigator "
                    "and the statisticians can export tables; ask one of them."
                )
            )
    decisions = (may(user, Permission.EXPORT, site) for site in sites)
    return next((decision for decision in decisions if not decision), YES)


def may_print_casebook(user: User, subject: Subject) -> Decision:
    """Whether the user may have the casebook on paper: whoever reads it on the screen may."""
    return may(user, Permission.FORM_READ, subject.site)


def may_ask(user: User, subject: Subject | None) -> Decision:
    """Whether the user may ask for a file: of one subject, or of the whole trial."""
    return may_export(user) if subject is None else may_print_casebook(user, subject)


def may_keep(user: User, download: Download) -> Decision:
    """Whether a file that was written becomes the download: it is the owner's, and still being written."""
    if download.owner_id != user.pk:
        return no(N_("This file was asked for by somebody else."))
    if download.state != DownloadState.RUNNING:
        return no(N_("This file was written already, or given up."))
    return YES


def may_fetch(user: User, download: Download) -> Decision:
    """Whether the owner may have the file now: it is ready, and their role still includes it."""
    if download.state != DownloadState.READY:
        return no(N_("The file is not ready. See under “My downloads” how far it is."))
    if download.kind == DownloadKind.TRIAL:
        return may_export(user)
    if not user.holds_anywhere(Permission.FORM_READ):
        return no(N_("Your role no longer includes reading forms, so the file is closed to you."))
    return YES
