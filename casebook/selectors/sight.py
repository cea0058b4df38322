"""What a user may see: rows of their sites, of blinded evaluations only their own until enough are complete, and what
tells the arm only where the arm may be seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Comment, Form, Query, QueryMessage, Subject, Visit
from casebook.selectors.evaluations import CHART, asked, authors, signed_by_author, source_typed
from casebook.selectors.worded import Keys, keys_in_words
from casebook.states import FormState
from protocol.language import Crf
from protocol.record import Answer
from protocol.trial import TRIAL
from protocol.words import N_

# That one of these exists tells the arm: an operation and what follows it.
REVEALING_CRFS = tuple(crf.code for crf in TRIAL.crfs if crf.reveals_arm)
REVEALING_VISITS = tuple(visit.code for visit in TRIAL.visits if visit.arms)
READ_APART = tuple(crf for crf in TRIAL.crfs if crf.read_apart_from)
# Forms that other authors may not see before their own is complete.
BLINDED = frozenset(crf.code for crf in TRIAL.crfs if crf.blind_until_complete or crf.read_apart_from)
# The items that tell the arm by what they say, of forms that exist in both: whether there was an operation to be
# related to, and whether a therapy follows one.
REVEALING_ITEMS: Mapping[str, frozenset[str]] = {
    "AE": frozenset({"related_surgery"}),
    "SAE": frozenset({"related_surgery"}),
    "NT": frozenset({"reason"}),
}
READS = Permission.READING_ENTER
KNOWS_READING = (
    Permission.FORM_ENTER,
    Permission.FORM_SIGN,
    Permission.ELIGIBILITY_READ,
    Permission.REPORT_READ,
    Permission.EXPORT,
    Permission.AUDIT_READ,
)
NOT_SHOWN = Answer(value=N_("not shown to your role"))
# While the past is read: the evaluations blinded for this user today, whatever was known of them then.
_blinded_today: ContextVar[tuple[UUID, ...]] = ContextVar("blinded today", default=())


def visible_subjects(user: User) -> QuerySet[Subject]:
    """Return the subjects of the sites where the user works with clinical data."""
    return Subject.objects.filter(site__in=user.site_ids())


def visible_visits(user: User) -> QuerySet[Visit]:
    """Return the visits of the subjects the user sees; one that tells the arm only where the arm may be seen."""
    visits = Visit.objects.filter(site__in=user.site_ids())
    if unseeing := arm_hidden_at(user):
        visits = visits.exclude(site__in=unseeing, code__in=REVEALING_VISITS)
    return visits


def visible_forms(user: User) -> QuerySet[Form]:
    """Return the forms the user may read; what is blinded, or tells an arm that may not be seen, does not exist."""
    return Form.objects.filter(site__in=user.site_ids()).exclude(pk__in=hidden_keys(user))


def visible_queries(user: User) -> QuerySet[Query]:
    """Return the queries on forms the user may read."""
    queries = Query.objects.filter(site__in=user.site_ids()).exclude(form__in=hidden_keys(user))
    return queries.exclude(_asks_of_arm(user)) if arm_hidden_at(user) else queries


def visible_comments(user: User) -> QuerySet[Comment]:
    """Return the remarks on forms the user may read, those at items that tell the arm only where it may be seen."""
    comments = Comment.objects.filter(site__in=user.site_ids()).exclude(form__in=hidden_keys(user))
    return comments.exclude(_stands_at_arm(user)) if arm_hidden_at(user) else comments


def hidden_forms(user: User) -> QuerySet[Form]:
    """Return the forms at the user's sites that do not exist for them. Nothing is hidden from the system itself."""
    if user.is_system:
        return Form.objects.none()
    blinded, today = _blinded(user), _blinded_today.get()
    unseeing, reading = arm_hidden_at(user), reads_apart_at(user)
    if not (unseeing or today or reading):
        return blinded
    hidden = Q(pk__in=blinded.values("pk")) | Q(pk__in=today)
    if unseeing:
        hidden |= Q(site__in=unseeing) & (Q(crf__in=REVEALING_CRFS) | Q(visit__code__in=REVEALING_VISITS))
    if reading:
        hidden |= Q(pk__in=_read_apart(user, reading).values("pk"))
    return Form.objects.filter(hidden)


def hidden_keys(user: User) -> Keys:
    """Return the keys of those forms, for a query that leaves them out."""
    sees = (user.site_ids(), arm_hidden_at(user), reads_apart_at(user), evaluates_at(user), _blinded_today.get())
    return keys_in_words(lambda: hidden_forms(user), of=("hidden", user.is_system, user.pk, *sees))


def is_hidden(form: Form, user: User) -> bool:
    """Whether a form at the user's sites does not exist for them. No query, unless something of its kind can be hidden."""
    return _can_be_hidden(form, user) and hidden_forms(user).filter(pk=form.pk).exists()


def _can_be_hidden(form: Form, user: User) -> bool:
    if _blinded_today.get():
        return True
    # What nobody entered, and what they entered themselves, is blinded for nobody.
    is_of_another = form.entered_by_id not in (None, user.pk)
    if is_of_another and (form.crf in BLINDED or reads_apart_at(user)):
        return True
    visit = form.visit
    tells = form.crf in REVEALING_CRFS or (visit is not None and visit.code in REVEALING_VISITS)
    return tells and bool(arm_hidden_at(user))


@contextmanager
def hiding_as_today(user: User) -> Iterator[None]:
    """Hide, while the past is read inside, what is blinded for the user today as well as what was then. One query."""
    today = Q(pk__in=_blinded(user).order_by().values("pk"))
    if reading := reads_apart_at(user):
        today |= Q(pk__in=_read_apart(user, reading).values("pk"))
    token = _blinded_today.set(tuple(Form.objects.filter(today).values_list("pk", flat=True)))
    try:
        yield
    finally:
        _blinded_today.reset(token)


@contextmanager
def hiding_what_is_blinded(subject: Subject) -> Iterator[None]:
    """Hide inside what is blinded for anybody, from its own authors too: what is made is read by many. One query."""
    blinded = _still_blinded(Form.objects.filter(subject=subject, entered_by__isnull=False))
    token = _blinded_today.set(tuple(blinded.order_by().values_list("pk", flat=True)))
    try:
        yield
    finally:
        _blinded_today.reset(token)


def arm_hidden_at(user: User) -> tuple[int, ...]:
    """Return the sites where the user works with clinical data and may not see the arms. No query."""
    if user.is_system:
        return ()
    return tuple(site for site in sorted(user.site_ids()) if not user.holds(Permission.ARM_READ, at=site))


def reads_apart_at(user: User) -> tuple[int, ...]:
    """Return the sites where the user reads scans a second time, without the reading of the site. No query."""
    if user.is_system:
        return ()
    here = (site for site in sorted(user.site_ids()) if user.holds(READS, at=site))
    return tuple(site for site in here if not knows_reading(user, at=site))


def evaluates_at(user: User) -> tuple[int, ...]:
    """Return the sites where the user may still be one of those who evaluate, each alone. No query."""
    if user.is_system:
        return ()
    return tuple(site for site in sorted(user.site_ids()) if user.holds(Permission.EVALUATION_ENTER, at=site))


def knows_reading(user: User, *, at: int) -> bool:
    """Whether the user makes the reading of the site or sees what follows from it: no second reader there. No query."""
    return any(user.holds(permission, at=at) for permission in KNOWS_READING)


def tells_arm(form: Form, path: str, user: User) -> bool:
    """Whether what stands at this path would tell the arm to somebody who may not see it. No query."""
    return path in REVEALING_ITEMS.get(form.crf, ()) and form.site_id in arm_hidden_at(user)


def without_arm(answers: Mapping[str, Answer], form: Form, user: User) -> dict[str, Answer]:
    """Return the answers of a form as this user may read them. No query."""
    return {path: NOT_SHOWN if tells_arm(form, path, user) else answer for path, answer in answers.items()}


def _blinded(user: User) -> QuerySet[Form]:
    """Return the evaluations of other authors that are still blinded."""
    of_others = Form.objects.filter(site__in=user.site_ids(), entered_by__isnull=False).exclude(entered_by=user)
    return _still_blinded(of_others, evaluates_at(user))


def _read_apart(user: User, sites: tuple[int, ...]) -> QuerySet[Form]:
    """Return what others said of scans that this second reader has not read and signed, or that is computed from such."""
    begun = Form.objects.filter(site__in=sites, entered_by__isnull=False).exclude(entered_by=user)
    hidden = Q(pk__in=[])
    for crf in READ_APART:
        own = _of_that_day(crf.code, crf.read_apart_from).filter(signed_by_author(), entered_by=user)
        unread = ~Q(state=FormState.COMPLETE) | ~Q(Exists(own))
        scan = crf.read_apart_from[0]
        unread_scans = begun.filter(unread, subject=OuterRef("subject"), crf=scan)
        for code in crf.read_apart_from:
            hidden |= Q(crf=code) & (unread | Q(Exists(unread_scans.filter(_is_behind(scan, code)))))
    return begun.filter(hidden)


def unread_scans(user: User) -> QuerySet[Form] | None:
    """Return what stays hidden from this second reader until the scans are read; None for whoever is none. No query."""
    reading = reads_apart_at(user)
    return _read_apart(user, reading) if reading else None


def _is_behind(scan: str, code: str) -> Q:
    """Return what is true of a scan that a form of this CRF is computed from: of one up to its day, and of a baseline."""
    on, day = (f"answers__{TRIAL.crf(each).dated_by}__value" for each in (scan, code))
    return Q(**{f"{on}__lte": OuterRef(day)}) | Q(answers__timepoint__value="baseline")


def _of_that_day(code: str, beside: Iterable[str]) -> QuerySet[Form]:
    """Return the complete forms of a CRF of the same subject and of the day that one of `beside` is dated."""
    forms = Form.objects.filter(subject=OuterRef("subject"), crf=code, state=FormState.COMPLETE)
    same = Q(pk__in=[])
    for item in {TRIAL.crf(each).dated_by for each in beside}:
        same |= Q(**{f"answers__{TRIAL.crf(code).dated_by}__value": OuterRef(f"answers__{item}__value")})
    return forms.filter(same)


def _still_blinded(forms: QuerySet[Form], evaluating: tuple[int, ...] = ()) -> QuerySet[Form]:
    blinded = tuple(crf for crf in TRIAL.crfs if crf.blind_until_complete and not crf.read_apart_from)
    still = _too_few(blinded)
    for crf in READ_APART:
        first = _of_that_day(crf.read_apart_from[0], [crf.code])
        is_open = Q(Exists(first)) & signed_by_author()
        still |= Q(crf=crf.code) & (~Q(state=FormState.COMPLETE) | ~is_open)
    found = forms.annotate(asked=asked(), authors=authors(), source=source_typed()).filter(still)
    # A record of the chart is nobody's own evaluation: complete, it waits for an investigator to read and sign it.
    # It answers the question all the same: whoever may still evaluate reads it when the round is open.
    is_record = Q(source=CHART, state=FormState.COMPLETE)
    return found.exclude(is_record & ~Q(site__in=evaluating) if evaluating else is_record)


def hidden_rows(user: User) -> set[tuple[str, str]]:
    """Return table and key of what the audit page must not show: hidden forms and visits, and what was asked of them."""
    forms = hidden_forms(user).values("pk")
    visits = Visit.objects.filter(site__in=arm_hidden_at(user), code__in=REVEALING_VISITS)
    queries = Query.objects.filter(Q(form__in=forms) | _asks_of_arm(user))
    messages = QueryMessage.objects.filter(query__in=queries.values("pk"))
    comments = Comment.objects.filter(Q(form__in=forms) | _stands_at_arm(user))
    telling = Form.objects.filter(site__in=arm_hidden_at(user), crf__in=REVEALING_ITEMS)
    return {
        (rows.model._meta.db_table, str(key))
        for rows in (Form.objects.filter(pk__in=forms), telling, visits, queries, messages, comments)
        for key in rows.values_list("pk", flat=True)
    }


def _asks_of_arm(user: User) -> Q:
    """Return what is true of a query about an item that tells the arm, where it may not be seen."""
    asks = _stands_at_arm(user)
    for crf, names in REVEALING_ITEMS.items():
        asks |= Q(site__in=arm_hidden_at(user), form__crf=crf, further__has_any_keys=sorted(names))
    return asks


def _stands_at_arm(user: User) -> Q:
    """Return what is true of whatever stands at an item that tells the arm, where it may not be seen."""
    stands = Q(pk__in=[])
    for crf, names in REVEALING_ITEMS.items():
        stands |= Q(site__in=arm_hidden_at(user), form__crf=crf, path__in=names)
    return stands


def subject_numbers(user: User, keys: Iterable[UUID]) -> dict[UUID, str]:
    """Return the numbers of these subjects, for a page that only knows their keys."""
    return dict(visible_subjects(user).filter(pk__in=keys).values_list("pk", "number"))


def subject_called(user: User, number: str) -> UUID | None:
    """Return the key of the subject with this number."""
    return visible_subjects(user).filter(number__iexact=number).values_list("pk", flat=True).first()


def _too_few(blinded: tuple[Crf, ...]) -> Q:
    # What is begun in a round that is open may still be signed in the next one: unsigned, it is its author's alone.
    is_drafted = ~Q(source=CHART) & ~signed_by_author()
    too_few = Q()
    for crf in blinded:
        too_few |= Q(crf=crf.code) & (Q(authors__lt=crf.blind_until_complete) | is_drafted)
    return too_few
