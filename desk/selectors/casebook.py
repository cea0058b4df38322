"""Reads for the casebook page of one subject."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.models import User
from audit.decision import YES, Decision
from casebook.entry.following import in_page_order
from casebook.models import File, Form, Lock, Query, Subject, Visit
from casebook.rules.locks import may_change
from casebook.selectors.files import files_of
from casebook.selectors.queries import STANDING, standing_counts
from casebook.selectors.records import forms_with_signers
from casebook.selectors.sight import hidden_forms, visible_queries, visible_subjects
from casebook.selectors.signatures import SignatureState, signature_states
from casebook.selectors.standing import Held, covers, locks_over
from casebook.selectors.verifying import with_marks
from casebook.states import FormState, LockKind, LockLevel, Stage, Verified
from followup.status import VisitStatus, status_of
from protocol.schedule import SCREENING

STEPS = (
    Stage.LISTED,
    Stage.CONSENTED,
    Stage.SCREENING,
    Stage.RESPONSE_CONFIRMED,
    Stage.ELIGIBLE,
    Stage.RANDOMIZED,
    Stage.FOLLOW_UP,
    Stage.COMPLETED,
)


@dataclass(frozen=True)
class FormLine:
    """One form on the casebook page, with what stands over it."""

    form: Form
    opened: int
    answered: int
    signature: SignatureState
    lock: str
    verified: str  # a state of `casebook.states.Verified`

    @property
    def is_signed(self) -> bool:
        """Whether a signature stands on what the form says now."""
        return self.signature.state == "signed"

    @property
    def is_complete(self) -> bool:
        """Whether the form is complete now."""
        return self.form.state == FormState.COMPLETE

    @property
    def mark_of_verification(self) -> str:
        """What to show of its verification; nothing where none has begun."""
        return self.verified if self.is_complete and self.verified != Verified.NOT_YET else ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to enter."""
        return self.form.state in (FormState.COMPLETE, FormState.NOT_DONE)


@dataclass(frozen=True)
class VisitPart:
    """One visit with its forms, and what it is today at its site."""

    visit: Visit
    lines: tuple[FormLine, ...]
    status: VisitStatus

    @property
    def done(self) -> int:
        """How many forms are complete, or said not to be done."""
        return sum(line.is_done for line in self.lines)

    @property
    def queries(self) -> int:
        """How many queries stand on its forms."""
        return sum(line.opened + line.answered for line in self.lines)

    @property
    def mark(self) -> str:
        """The state to show: screening is what its forms are, every other visit what became of it."""
        if self.visit.code != SCREENING.code:
            return self.status.value
        if self.done == len(self.lines):
            return "complete"
        return "in progress" if any(line.form.state != FormState.NOT_STARTED for line in self.lines) else "not started"

    @property
    def wants_work(self) -> bool:
        """Whether something is to be done here now; everything else may stand folded."""
        if self.status in (VisitStatus.DUE, VisitStatus.GRACE, VisitStatus.OVERDUE) or self.queries:
            return True
        return self.status is not VisitStatus.CANCELLED and self.done < len(self.lines)

    @property
    def takes_forms(self) -> bool:
        """Whether a form can belong here already: in screening, and once the visit took place."""
        return bool(self.lines) or self.visit.code == SCREENING.code or self.visit.attended_on is not None


@dataclass(frozen=True)
class Step:
    """One stage on the way."""

    stage: Stage
    is_done: bool
    is_here: bool


def lines_of(subject: Subject, user: User) -> list[FormLine]:
    """Return every form the user may read with its queries, signature and lock, in the order of the page. Six queries."""
    hidden = hidden_forms(user).filter(subject=subject).values("pk")
    forms = in_page_order(
        list(with_marks(forms_with_signers([subject])).exclude(pk__in=hidden).select_related("visit", "completed_by"))
    )
    counts, states = standing_counts(form.pk for form in forms), signature_states(forms)
    locks = _locks(subject)
    return [
        FormLine(form, *counts.get(form.pk, (0, 0)), states[form.pk], _lock_over(form, locks), form.verified)  # type: ignore[attr-defined]
        for form in forms
    ]


def parts_of(visits: Iterable[Visit], lines: Iterable[FormLine], *, on: date) -> list[VisitPart]:
    """Return each of these visits with its forms."""
    by_visit: dict[UUID | None, list[FormLine]] = defaultdict(list)
    for line in lines:
        by_visit[line.form.visit_id].append(line)
    return [VisitPart(visit, tuple(by_visit[visit.pk]), status_of(visit, on=on)) for visit in visits]


def _locks(subject: Subject) -> list[Lock]:
    return list(locks_over([subject]))


def _lock_over(form: Form, locks: list[Lock]) -> str:
    return _mark({lock.kind for lock in locks if covers(lock, form)})


def held_on(subject: Subject) -> tuple[str, Mapping[UUID, str]]:
    """Return the mark of what stands over the whole subject, empty for nothing, and the marks of its visits. One query."""
    locks = _locks(subject)
    wide = {lock.kind for lock in locks if lock.level not in (LockLevel.FORM, LockLevel.VISIT)}
    visits: dict[UUID, str] = {}
    for lock in sorted(locks, key=lambda lock: lock.kind):  # a freeze first, so that the lock is what is shown
        if lock.level == LockLevel.VISIT and lock.visit_id:
            visits[lock.visit_id] = _mark({lock.kind})
    return _mark(wide), visits


def may_change_visit(mark: str) -> Decision:
    """Whether a visit takes another form under the freeze or lock whose mark this is; nothing stands under none."""
    kinds = {"frozen": LockKind.FREEZE, "locked": LockKind.LOCK}
    return may_change((Held(kinds[mark], LockLevel.VISIT),)) if mark else YES


def _mark(kinds: Collection[str]) -> str:
    return "locked" if LockKind.LOCK in kinds else "frozen" if kinds else ""


def steps_of(stage: Stage) -> list[Step]:
    """Return the stages on the way, which are behind and which is here; a stage off the way is none of them."""
    here = STEPS.index(stage) if stage in STEPS else -1
    return [Step(step, number < here, number == here) for number, step in enumerate(STEPS)]


def neighbours(subject: Subject, user: User) -> Mapping[str, Subject | None]:
    """Return the subjects before and after this one at its site."""
    there = visible_subjects(user).filter(site=subject.site_id)
    return {
        "before": there.filter(sequence__lt=subject.sequence).order_by("-sequence").first(),
        "after": there.filter(sequence__gt=subject.sequence).order_by("sequence").first(),
    }


SHOWN_BESIDE = 6


@dataclass(frozen=True)
class Aside:
    """What stands beside the forms: how many queries, signatures and files there are, and the first few of each."""

    queries: list[Query]
    query_count: int
    signatures: list[FormLine]  # the last one on each form, the latest first
    void: int
    files: list[File]
    completed: list[FormLine]  # the latest first


def aside_of(subject: Subject, user: User, lines: Iterable[FormLine]) -> Aside:
    """Return it, from the lines as far as they say it. Two queries."""
    lines = list(lines)
    signed = [line for line in lines if line.signature.signature]
    signed.sort(key=lambda line: line.signature.signature.signed_at, reverse=True)  # type: ignore[union-attr]
    done = sorted((line for line in lines if line.form.completed_at), key=_completed_at, reverse=True)
    return Aside(
        queries=queries_of(subject, user),
        query_count=sum(line.opened + line.answered for line in lines),
        signatures=signed[:SHOWN_BESIDE],
        void=sum(line.signature.state == "void" for line in lines),
        files=list(files_of(user, subject).filter(withdrawn_at__isnull=True)[:SHOWN_BESIDE]),
        completed=done[:SHOWN_BESIDE],
    )


def _completed_at(line: FormLine) -> datetime:
    return line.form.completed_at  # type: ignore[return-value]  # asked only of those that have it


def queries_of(subject: Subject, user: User) -> list[Query]:
    """Return the first open and answered queries of the subject, the oldest first."""
    standing = visible_queries(user).filter(subject=subject, state__in=STANDING)
    return list(standing.select_related("form__visit").order_by("opened_at", "id")[:SHOWN_BESIDE])
