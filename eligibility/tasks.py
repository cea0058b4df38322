"""What the clock does to verdicts: a value grows too old, a limit of time passes, and the judgement changes."""

from __future__ import annotations

from celery import shared_task

from accounts.system import system_actor
from audit import clock
from audit.door import as_actor
from eligibility.actions import follow_reference, rejudge_subjects
from eligibility.selectors import lapsed_subjects
from eligibility.selectors.touched import touched_since_judged


@shared_task(acts_as=None)
def rejudge_lapsed() -> int:
    """Judge every subject anew of whom a verdict has passed its last day at the site; return how many."""
    now, judge = clock.now(), system_actor("eligibility")
    with as_actor(judge):
        lapsed = lapsed_subjects(at=now)
    return rejudge_subjects(lapsed, by=judge, at=now)


# Woken when a range or a consent form changed that touches many, and every hour: whom a worker that died left is found.
@shared_task(name="eligibility.tasks.rejudge_touched", acts_as=None)
def rejudge_touched() -> int:
    """Judge every subject anew whom a range or a consent form touches that changed after the last judgement; count them."""
    now, judge = clock.now(), system_actor("eligibility")
    with as_actor(judge):
        touched = touched_since_judged(at=now)
    return follow_reference(touched, by=judge, at=now)
