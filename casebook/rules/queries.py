"""Rules over queries and comments: who may ask, assign, answer, close, reopen, cancel and remark, and when."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import User
from accounts.roles import Permission
from accounts.rules import may, term
from audit.decision import YES, Decision, no
from casebook.models import Form, Query, Visit
from casebook.rules.locks import may_touch
from casebook.rules.wording import may_say
from casebook.selectors.absent import absent_from
from casebook.selectors.queries import STANDING
from casebook.selectors.sight import tells_arm
from casebook.selectors.standing import standing_over, standing_over_visit
from casebook.states import QUERY_MOVES, QueryState
from protocol.trial import TRIAL
from protocol.words import N_

WRITE = N_("Write what you answer, or why.")


def may_open_query(
    user: User,
    form: Form,
    *,
    text: str = "words",
    path: str = "",
    paths: Iterable[str] = (),
    assigned_to: User | None = None,
) -> Decision:
    """Whether the user may ask a question on this form: on one item, on several, or on the whole."""
    held = standing_over(form)
    if not (decision := may(user, Permission.QUERY_OPEN, form.site)):
        return decision
    if not (decision := may_touch(held)):
        return decision
    if not (decision := _may_point_at(user, form, [path, *paths])):
        return decision
    if assigned_to is not None and not (decision := _may_be_assigned(assigned_to, form)):
        return decision
    return may_say(text, otherwise=N_("Write what you ask."))


def may_ask_for_form(user: User, visit: Visit, *, crf: str = "", text: str = "words") -> Decision:
    """Whether the user may ask for a form of this visit that is not there yet."""
    held = standing_over_visit(visit)
    if not (decision := may(user, Permission.QUERY_OPEN, visit.site)):
        return decision
    if not (decision := may_touch(held)):
        return decision
    if crf and crf not in may_be_asked_for(user, visit):
        return no(
            N_("Form %(crf)s is not missing here: it is there, or not asked of this subject. Ask on the form itself."),
            crf=crf,
        )
    return may_say(text, otherwise=N_("Write what you ask."))


def may_be_asked_for(user: User, visit: Visit) -> list[str]:
    """Return the CRFs that are absent from the visit; none that are blinded, or tell an arm not to be seen."""
    sees_arm = user.holds(Permission.ARM_READ, at=visit.site_id)
    asked = [crf for crf in absent_from(visit) if not crf.blind_until_complete]
    return [crf.code for crf in asked if sees_arm or not crf.reveals_arm]


def may_assign_query(user: User, query: Query, *, to: User | None = None) -> Decision:
    """Whether the user may say who is to answer; without a person, whether anybody of the site may again."""
    form = query.form
    held = standing_over(form)
    asks = may(user, Permission.QUERY_CLOSE, form.site)
    if not asks and not (decision := may(user, Permission.QUERY_ANSWER, form.site)):
        return decision
    if not (decision := may_touch(held)):
        return decision
    if query.state not in STANDING:
        state = term(QueryState(query.state).value)
        return no(N_("This query is %(state)s; there is nothing to answer any more."), state=state)
    return _may_be_assigned(to, form) if to is not None else YES


def may_answer_query(user: User, query: Query, *, text: str = "words") -> Decision:
    """Whether the user may answer; whoever alone entered a blinded evaluation answers for it, nobody else sees it."""
    return _may_move(user, query, Permission.QUERY_ANSWER, to=QueryState.ANSWERED, text=text)


def may_explain_query(user: User, query: Query, *, text: str = "words") -> Decision:
    """Whether the user may explain an answer that is asked about: as an answer, or added to the one given."""
    if query.state != QueryState.ANSWERED:
        return may_answer_query(user, query, text=text)
    return _may_speak(user, query, Permission.QUERY_ANSWER) and may_say(text, otherwise=WRITE)


def may_close_query(user: User, query: Query, *, text: str = "") -> Decision:
    """Whether the user may close the query: the answer given, or the value as it stands, settles it; words are free."""
    return _may_move(user, query, Permission.QUERY_CLOSE, to=QueryState.CLOSED, text=text or "words")


def may_reopen_query(user: User, query: Query, *, text: str = "words") -> Decision:
    """Whether the user may ask again; not while the same check asks about the present answer in another query."""
    if not (decision := _may_move(user, query, Permission.QUERY_CLOSE, to=QueryState.OPEN, text=text)):
        return decision
    same = Query.objects.filter(form=query.form_id, path=query.path, check_id=query.check_id, state__in=STANDING)
    # An answered one is itself among those that stand.
    if query.check_id and same.exclude(pk=query.pk).exists():
        return no(N_("The same check asks about the present answer in another query. Go on there."))
    return YES


def may_cancel_query(user: User, query: Query, *, text: str = "words") -> Decision:
    """Whether the user may take back a query that should not have been asked."""
    return _may_move(user, query, Permission.QUERY_CLOSE, to=QueryState.CANCELLED, text=text)


def may_comment(user: User, form: Form, *, text: str = "words", path: str = "") -> Decision:
    """Whether the user may leave a remark on this form or on one item of it: whoever may ask here, or answer."""
    held = standing_over(form)
    asks = may(user, Permission.QUERY_OPEN, form.site)
    if not asks and not (decision := may(user, Permission.QUERY_ANSWER, form.site)) and not _is_of_author(user, form):
        return decision
    if not (decision := may_touch(held)):
        return decision
    if not (decision := _may_point_at(user, form, [path])):
        return decision
    return may_say(text, otherwise=N_("Write your comment."))


def _may_move(user: User, query: Query, permission: Permission, *, to: QueryState, text: str) -> Decision:
    if not (decision := _may_speak(user, query, permission)):
        return decision
    if to == query.state:
        return no(N_("This query is %(state)s already."), state=term(to.value))
    if to not in QUERY_MOVES[QueryState(query.state)]:
        return no(
            N_("This query is %(state)s and cannot become %(to)s."),
            state=term(QueryState(query.state).value),
            to=term(to.value),
        )
    return may_say(text, otherwise=WRITE)


def _may_speak(user: User, query: Query, permission: Permission) -> Decision:
    form = query.form
    held = standing_over(form)
    is_theirs = permission == Permission.QUERY_ANSWER and _is_of_author(user, form)
    if not is_theirs and not (decision := may(user, permission, form.site)):
        return decision
    return may_touch(held)


def _is_of_author(user: User, form: Form) -> bool:
    blinded = TRIAL.crf(form.crf).blind_until_complete > 0
    return blinded and form.entered_by_id == user.pk


def _may_be_assigned(person: User, form: Form) -> Decision:
    # Of a blinded evaluation only its author knows.
    is_blinded = TRIAL.crf(form.crf).blind_until_complete > 0
    answers = _is_of_author(person, form) if is_blinded else person.holds(Permission.QUERY_ANSWER, at=form.site_id)
    if person.is_active and not person.is_system and answers:
        return YES
    return no(
        N_("%(name)s may not answer queries on this form. Choose somebody of the site who may."), name=person.name
    )


def _may_point_at(user: User, form: Form, paths: Iterable[str]) -> Decision:
    for path in filter(None, paths):
        if not _exists(form, path):
            return no(N_("This form has no item %(path)s to ask about."), path=path)
        if tells_arm(form, path, user):
            return no(N_("An item that is not shown to your role cannot be asked about."))
    return YES


def _exists(form: Form, path: str) -> bool:
    try:
        TRIAL.crf(form.crf).item(path)
    except KeyError:
        return False
    return True
