"""Rules over queries: who may ask, answer, close, reopen and cancel, and when."""

from __future__ import annotations

from accounts.models import User
from accounts.roles import Permission
from accounts.rules import may, term
from audit.decision import YES, Decision, no
from casebook.models import Form, Query
from casebook.rules.locks import may_touch
from casebook.rules.wording import may_say
from casebook.selectors.queries import STANDING
from casebook.selectors.standing import standing_over
from casebook.states import QUERY_MOVES, QueryState
from protocol.trial import TRIAL
from protocol.words import N_


def may_open_query(user: User, form: Form, *, text: str = "?", path: str = "") -> Decision:
    """Whether the user may ask a question on this form, on one item or on the whole."""
    held = standing_over(form)
    if not (decision := may(user, Permission.QUERY_OPEN, form.site)):
        return decision
    if not (decision := may_touch(held)):
        return decision
    if path and not _exists(form, path):
        return no(N_("This form has no item %(path)s to ask about."), path=path)
    return may_say(text, otherwise=N_("Write what you ask."))


def may_answer_query(user: User, query: Query, *, text: str = "?") -> Decision:
    """Whether the user may answer; whoever alone entered a blinded evaluation answers for it, nobody else sees it."""
    return _may_move(user, query, Permission.QUERY_ANSWER, to=QueryState.ANSWERED, text=text)


def may_close_query(user: User, query: Query) -> Decision:
    """Whether the user may close the query: the answer given, or the value as it stands, settles it."""
    return _may_move(user, query, Permission.QUERY_CLOSE, to=QueryState.CLOSED, text="?")


def may_reopen_query(user: User, query: Query, *, text: str = "?") -> Decision:
    """Whether the user may ask again; not while the same check asks about the present answer in another query."""
    if not (decision := _may_move(user, query, Permission.QUERY_CLOSE, to=QueryState.OPEN, text=text)):
        return decision
    same = Query.objects.filter(form=query.form_id, path=query.path, check_id=query.check_id, state__in=STANDING)
    if query.check_id and same.exists():
        return no(N_("The same check asks about the present answer in another query. Go on there."))
    return YES


def may_cancel_query(user: User, query: Query, *, text: str = "?") -> Decision:
    """Whether the user may take back a query that should not have been asked."""
    return _may_move(user, query, Permission.QUERY_CLOSE, to=QueryState.CANCELLED, text=text)


def _may_move(user: User, query: Query, permission: Permission, *, to: QueryState, text: str) -> Decision:
    form = query.form
    held = standing_over(form)
    if not _is_own_evaluation(user, form, permission) and not (decision := may(user, permission, form.site)):
        return decision
    if not (decision := may_touch(held)):
        return decision
    if to not in QUERY_MOVES[QueryState(query.state)]:
        return no(
            N_("This query is %(state)s and cannot become %(to)s."),
            state=term(QueryState(query.state).value),
            to=term(to.value),
        )
    return may_say(text, otherwise=N_("Write what you answer, or why."))


def _is_own_evaluation(user: User, form: Form, permission: Permission) -> bool:
    blinded = TRIAL.crf(form.crf).blind_until_complete > 0
    return blinded and permission == Permission.QUERY_ANSWER and form.entered_by_id == user.pk


def _exists(form: Form, path: str) -> bool:
    try:
        TRIAL.crf(form.crf).item(path)
    except KeyError:
        return False
    return True
