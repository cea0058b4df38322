"""Rules over files: who may bring one, and who may take it back."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.rules import may_perform
from audit.decision import YES, Decision, no
from casebook.files.cleaning import Cleaned
from casebook.files.limits import TITLE_LENGTH
from casebook.models import File, Form, Subject
from casebook.rules.forms import may_save
from casebook.rules.locks import may_change
from casebook.rules.transferring import may_go_on
from casebook.rules.wording import may_say
from casebook.selectors.files import standing_at
from casebook.selectors.standing import day_at, standing_over_subject
from protocol.roles import Task
from protocol.words import N_

NOT_LOOKED = N_(
    "Look through the whole file and tick that it shows no name, number or date of birth; nothing was kept."
)
SAY_WHAT = N_("Say what this file is, such as “CT report”.")
TITLE_TOO_LONG = N_("A title has at most %(most)s characters.")


def may_bring(
    user: User,
    target: Form | Subject,
    *,
    at: datetime,
    title: str = "words",
    looked: bool = True,
    brought: Cleaned | None = None,
) -> Decision:
    """Whether the user may bring a file: to a form whoever may save it, to a subject whoever enters its forms."""
    if not (decision := _may_enter(user, target, at=at)):
        return decision
    if not (decision := _may_be_called(title)):
        return decision
    if not looked:
        return no(NOT_LOOKED)
    subject, form = (target.subject_id, target.pk) if isinstance(target, Form) else (target.pk, None)
    earlier = standing_at(subject, form, brought.original_sha256) if brought else None
    if earlier is not None and (earlier.title != title.strip() or earlier.brought_by_id != user.pk):
        return no(N_("This very file is here already, as “%(title)s”."), title=earlier.title)
    return YES


def may_withdraw_file(user: User, file: File, *, at: datetime, reason: str = "words") -> Decision:
    """Whether the user may take the file back: whoever could bring it, saying why."""
    if not (decision := _may_enter(user, file.form or file.subject, at=at)):
        return decision
    if file.withdrawn_at is not None:
        return no(N_("This file was withdrawn already."))
    if len(reason) > 500:
        return no(N_("A reason has at most %(most)s characters."), most=500)
    return may_say(reason, otherwise=N_("Say why this file is withdrawn."))


def may_fetch_file(user: User, file: File) -> Decision:
    """Whether the file is given to somebody who sees it."""
    if file.withdrawn_at is not None:
        return no(N_("This file was withdrawn and is given to nobody any more."))
    return YES


def _may_enter(user: User, target: Form | Subject, *, at: datetime) -> Decision:
    if isinstance(target, Form):
        return may_save(user, target, at=at)
    held = standing_over_subject(target)
    decision = may_perform(user, Task.CRF_ENTRY, target.site, day_at(target.site, at))
    return decision and may_change(held) and may_go_on(target)


def _may_be_called(title: str) -> Decision:
    if len(title.strip()) > TITLE_LENGTH:
        return no(TITLE_TOO_LONG, most=TITLE_LENGTH)
    return may_say(title, otherwise=SAY_WHAT)
