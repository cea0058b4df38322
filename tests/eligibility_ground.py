"""Signatures on the way to randomization, for tests: as the page shows the content, and as a person signs it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from audit.door import as_actor
from casebook import actions as casebook_actions
from casebook.models import Form, Subject
from casebook.states import Stage
from eligibility import actions
from eligibility.models import Determination, GatePassage, ResponseConfirmation, ReviewResolution
from eligibility.selectors import Judged, judged_of
from eligibility.snapshot import content_hash_of
from protocol.record import Answer
from protocol.roles import Role
from rehearsal import answers, walk
from rehearsal.walk import Walk
from tests.casebook_ground import a_key
from tests.rehearsal_ground import judge_today, sign_readings


def lead(here: Walk) -> User:
    """Return the principal investigator of the subject's site."""
    return here.one(Role.PRINCIPAL_INVESTIGATOR)


def now_of(here: Walk) -> Subject:
    """Return the subject as it stands now."""
    with as_actor(lead(here)):
        return Subject.objects.select_related("site").get(pk=here.subject.pk)


def judged(here: Walk, *, at: datetime | None = None) -> Judged:
    """Return the subject judged, its reviews read."""
    with as_actor(lead(here)):
        found = judged_of(now_of(here), at=at or timezone.now())
        found.not_passed  # noqa: B018 -- read while somebody acts
        return found


def content(here: Walk) -> str:
    """Return the hash of what the page shows to whoever signs the determination."""
    with as_actor(lead(here)):
        return content_hash_of(judged_of(now_of(here), at=timezone.now()))


def confirm(here: Walk, *, by: User | None = None, **details: object) -> ResponseConfirmation:
    """Confirm the response as it is shown, its readings signed."""
    sign_readings(here)
    said = {"at": timezone.now(), "evidence_hash": judged(here).evidence_hash, **details}
    return actions.confirm_response(here.subject, by=by or lead(here), **said)


def determine(here: Walk, *, by: User | None = None, **details: object) -> Determination:
    """Sign the determination as it is shown."""
    said = {"at": timezone.now(), "content_hash": content(here), **details}
    return actions.determine(here.subject, by=by or lead(here), **said)


def an_eligible_subject(here: Walk) -> Determination:
    """Confirm the response and sign the determination."""
    confirm(here)
    return determine(here)


def a_passed_subject(here: Walk) -> GatePassage:
    """... and let the subject through the gate, as randomization does."""
    passage = actions.pass_gate(an_eligible_subject(here), by=lead(here), at=timezone.now())
    casebook_actions.advance(now_of(here), by=lead(here), at=timezone.now(), to=Stage.RANDOMIZED)
    return passage


def resolve(here: Walk, code: str, *, by: User, **details: object) -> ReviewResolution:
    """Decide on a verdict in review as it is shown; that it passes, unless told otherwise."""
    review = judged(here).reviews.get(code)
    said = {"decision": "pass", "reason": "The longer response is the stronger one.", **details}
    said.setdefault("judgement_hash", review.judgement_hash if review is not None else "0" * 64)
    return actions.resolve_review(here.subject, by=by, at=timezone.now(), criterion=code, **said)


def correct(
    here: Walk, crf: str, changed: Mapping[str, Answer], *, repeat: int = 1, by: User | None = None, **details: object
) -> Form:
    """Let somebody, the coordinator unless told otherwise, correct a complete form."""
    by = by or here.one(Role.COORDINATOR)
    with as_actor(by):
        form = Form.objects.select_related("subject__site", "site", "visit").get(
            subject=here.subject, crf=crf, repeat=repeat
        )
    casebook_actions.save_form(
        form,
        by=by,
        at=timezone.now(),
        answers=changed,
        based_on=form.version,
        key=a_key(),
        complete=True,
        reasons=dict.fromkeys(changed, "Correction"),
        **details,
    )
    return form


def platelets(value: str) -> dict[str, Answer]:
    """Return a count of platelets."""
    return {"platelets": Answer(value=value, unit="10^9/L")}


def evaluate_now(here: Walk, finding: str, *, mark: str = "", round: int = 1, **said: str) -> Form:
    """Let one surgeon answer the question of today, and sign."""
    surgeon = here.one(Role.SURGEON, mark=mark)
    typed = answers.evaluation(here.on, days_ago=2, question="present", finding=finding)
    form = walk.enter(here, "SU", {**typed, "round": str(round), **said}, by=surgeon, at=timezone.now(), number=0)
    walk.sign(form, by=surgeon, at=timezone.now())
    return form


def disagree(here: Walk, *, round: int = 1) -> None:
    """Let two surgeons hold different things of the tumour as it is now, and judge anew."""
    evaluate_now(here, "resectable", round=round)
    evaluate_now(here, "unresectable", mark="B", round=round)
    judge_today(here, at=timezone.now())
