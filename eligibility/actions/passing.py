"""Through the gate: once, with the verdicts judged at the click."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from audit.door import action, record
from casebook.selectors.standing import day_at
from eligibility.models import Determination, GatePassage
from eligibility.rules.gate import may_pass_gate
from eligibility.selectors.judged import Judged, judged_of
from eligibility.snapshot import verdicts_of


@action(may_pass_gate)
def pass_gate(determination: Determination, *, by: User, at: datetime, judged: Judged | None = None) -> GatePassage:
    """Let the subject through, judged once more at this moment. Called by randomization, in its transaction.

    `judged`: what the caller, who holds the subject's lock, has judged of it just now.
    """
    subject = determination.subject
    judged = judged or judged_of(subject, at=at)
    passage = GatePassage.objects.create(
        subject=subject,
        site_id=subject.site_id,
        determination=determination,
        verdicts=verdicts_of(judged),
        forms=[form.id for form in judged.record.forms],
        passed_on=day_at(subject.site, at),
        passed_at=at,
        passed_by=by,
    )
    facts = {"passage": str(passage.pk), "determination": str(determination.pk)}
    record("eligibility.gate.passed", subject=subject, by=by, at=at, facts=facts)
    return passage
