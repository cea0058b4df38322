"""Reads about queries: what stands on a form, what was said, who may answer, and how much waits for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from accounts.models import DatabaseClock, Grant, User
from accounts.roles import ROLES, Permission
from audit.rows import rows_by
from casebook.models import Comment, Form, Query, SaveReceipt, Visit
from casebook.selectors.sight import visible_queries
from casebook.states import QueryState
from protocol.trial import TRIAL
from protocol.words import sentence

LEFT_OPEN_CHECK = "import.left-open"  # the finding of a form that an import completed as far as its file went
STANDING = (QueryState.OPEN, QueryState.ANSWERED)
BLINDED = tuple(crf.code for crf in TRIAL.crfs if crf.blind_until_complete)

# The role somebody had when speaking stands in the trail: the message is a change, its event says who acted as what.
TALK_SQL = """
SELECT m.state, m.text, m.said_at, u.name, coalesce(e.actor_role, ''), coalesce(a.name, '')
  FROM casebook_querymessage m
  JOIN accounts_user u ON u.id = m.said_by_id
  LEFT JOIN accounts_user a ON a.id = m.assigned_to_id
  LEFT JOIN LATERAL (SELECT e.actor_role FROM audit_change c
                       JOIN audit_event e ON e.txid = c.txid AND c.id BETWEEN e.first_change AND e.last_change
                      WHERE c.row_id = m.id::text AND c.table_name = 'casebook_querymessage' LIMIT 1) e ON true
 WHERE m.query_id = %s ORDER BY m.said_at, m.id
"""

# Asked by every page of a form: composing these words anew costs far more than their answer.
STANDING_SQL = """
SELECT q.*, (SELECT array_agg(m.text ORDER BY m.said_at, m.id) FROM casebook_querymessage m WHERE m.query_id = q.id) texts
  FROM casebook_query q WHERE q.form_id = %s AND q.state = ANY (%s) ORDER BY q.opened_at DESC, q.id DESC
"""

# Asked by every save of a form that was ever asked about. What a check asked there before its latest query is history:
# a form that is saved often would bring more of it each time.
LATEST_SQL = """
SELECT * FROM (SELECT DISTINCT ON (path, check_id) * FROM casebook_query WHERE form_id = %s AND check_id <> ''
                ORDER BY path, check_id, opened_at DESC, id DESC) latest
 ORDER BY opened_at DESC, id DESC
"""


@dataclass(frozen=True)
class Said:
    """One step of a conversation: what state it brought, what was said, when, by whom in which role, who was named."""

    state: str
    text: str
    at: datetime
    by_name: str
    by_role: str
    assigned_to: str


def asked_under(key: str, *, by: User, visit: Visit, crf: str, text: str) -> Query | None:
    """Return the query that this page of the visit asked before, with the very same words."""
    made = SaveReceipt.objects.filter(author=by, key=key).values_list("answer__made", flat=True).first()
    query = Query.objects.filter(pk=made, form__visit=visit, form__crf=crf).first() if key and made else None
    return query if query and query.sentence == sentence("%(text)s", text=text.strip()).to_json() else None


def standing_queries(form: Form) -> Iterable[Query]:
    """Return the open and answered queries of a form, the latest first, with `texts`: what was said, in its order."""
    return rows_by(Query, STANDING_SQL, [form.pk, list(STANDING)])


def queries_by_path(form: Form) -> dict[str, list[Query]]:
    """Return the open and answered queries of a form by path, the latest first. One query."""
    by_path: dict[str, list[Query]] = defaultdict(list)
    for query in standing_queries(form):
        for path in query.paths:
            by_path[path].append(query)
    return dict(by_path)


def comments_by_path(form: Form) -> dict[str, list[Comment]]:
    """Return the remarks on a form by path, the first one first. One query."""
    by_path: dict[str, list[Comment]] = defaultdict(list)
    for comment in Comment.objects.filter(form=form).select_related("said_by").order_by("said_at", "id"):
        by_path[comment.path].append(comment)
    return dict(by_path)


def asked_by_checks(form: Form) -> list[Query]:
    """Return the latest query of each check at each place of the form, the latest of them first. One query."""
    return rows_by(Query, LATEST_SQL, [form.pk])


def standing_counts(forms: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """Return how many queries are (open, answered) by form, for the forms that have any. One query."""
    rows = (
        Query.objects.filter(form__in=list(forms), state__in=STANDING)
        .values("form_id")
        .annotate(
            opened=Count("id", filter=Q(state=QueryState.OPEN)),
            answered=Count("id", filter=Q(state=QueryState.ANSWERED)),
        )
    )
    return {row["form_id"]: (row["opened"], row["answered"]) for row in rows}


def talk_of(query: Query) -> list[Said]:
    """Return the conversation of a query, the question first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(TALK_SQL, [query.pk])
        return [Said(*row) for row in cursor.fetchall()]


def people_who_answer(form: Form) -> QuerySet[User]:
    """Return who may be named to answer on this form: the site's own people; of a blinded evaluation its author."""
    if form.crf in BLINDED:
        return User.objects.filter(pk__in=[form.entered_by_id] if form.entered_by_id else [], is_active=True)
    return people_of_site(form.site_id)


def people_of_site(site_id: int) -> QuerySet[User]:
    """Return the active people of a site who may answer queries there, by name."""
    roles = [role.value for role, held in ROLES.items() if Permission.QUERY_ANSWER in held]
    standing = Grant.objects.filter(site=site_id, role__in=roles, valid_from__lte=DatabaseClock())
    standing = standing.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=DatabaseClock()))
    return User.objects.filter(is_active=True, pk__in=standing.values("user_id")).order_by("name", "id")


def queries_to_answer(user: User) -> QuerySet[Query]:
    """Return the open queries that are this person's to answer: named, or of the site and nobody is named."""
    sites = [site for site in user.site_ids() if user.holds(Permission.QUERY_ANSWER, at=site)]
    of_site = Q(site__in=sites) & (Q(assigned_to=user) | Q(assigned_to=None))
    own = Q(form__crf__in=BLINDED, form__entered_by=user)
    return visible_queries(user).filter(of_site | own, state=QueryState.OPEN)


def queries_to_close(user: User) -> QuerySet[Query]:
    """Return the answered queries that this person may close."""
    sites = [site for site in user.site_ids() if user.holds(Permission.QUERY_CLOSE, at=site)]
    return visible_queries(user).filter(site__in=sites, state=QueryState.ANSWERED)


def open_queries_for(user: User) -> dict[str, int]:
    """Return how many queries wait for this person: to answer, of these assigned by name, and to close. Two queries."""
    asked = queries_to_answer(user).aggregate(answer=Count("pk"), mine=Count("pk", filter=Q(assigned_to=user)))
    return {**asked, "close": queries_to_close(user).count()}
