"""Rules over imports: a data manager prepares one, a delegated person of the site releases it."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may, may_perform
from audit.decision import YES, Decision, no
from casebook.imports.report import Report
from casebook.models import ImportBatch
from casebook.rules.wording import may_say
from casebook.selectors.standing import day_at
from casebook.states import ImportState
from protocol.roles import Task
from protocol.words import N_


def may_prepare_import(user: User, site: Site) -> Decision:
    """Whether the user may prepare an import into this site."""
    return may(user, Permission.IMPORT_PREPARE, site)


def may_release_import(user: User, batch: ImportBatch, *, at: datetime) -> Decision:
    """Whether the user may release this import now: a second person, of the site, who may enter forms there."""
    if not (decision := may(user, Permission.IMPORT_RELEASE, batch.site)):
        return decision
    if not (decision := may_perform(user, Task.CRF_ENTRY, batch.site, day_at(batch.site, at))):
        return decision
    if not (decision := _is_prepared(batch)):
        return decision
    if batch.prepared_by_id == user.pk and not user.is_system:
        return no(N_("Whoever prepared an import does not release it. Ask a delegated person of the site."))
    if Report.from_json(batch.report).is_refused:
        return no(N_("The dry run refused something. Correct the file and prepare it again."))
    return YES


def may_reject_import(user: User, batch: ImportBatch, *, reason: str = "") -> Decision:
    """Whether the user may reject this import: whoever may release it, or whoever prepared it; with a reason."""
    if batch.prepared_by_id != user.pk and not (decision := may(user, Permission.IMPORT_RELEASE, batch.site)):
        return decision
    if not (decision := _is_prepared(batch)):
        return decision
    return may_say(reason, otherwise=N_("Say why this import is rejected."))


def _is_prepared(batch: ImportBatch) -> Decision:
    if batch.state == ImportState.PREPARED:
        return YES
    if batch.state == ImportState.RELEASED:
        return no(N_("This import is released already. Prepare a new one to import again."))
    return no(N_("This import was rejected. Prepare a new one."))
