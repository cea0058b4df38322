"""What the clock brings in follow-up: reminders."""

from __future__ import annotations

from celery import shared_task

from audit import clock
from followup import reminders
from followup.consent_reminders import remind_of_consents
from followup.consents import find_outdated_consents
from followup.query_reminders import remind_queries
from followup.safety_reminders import find_lapsed_operations, remind_safety


# Opens its transaction, as the part of the system that follows up, by itself.
@shared_task(name="followup.tasks.remind", acts_as=None)
def remind() -> int:
    """Keep what is due at every site as notices; running it twice, or late, changes nothing. Return how many."""
    now = clock.now()
    find_lapsed_operations(at=now)
    find_outdated_consents(at=now)
    return remind_safety(at=now) + reminders.remind(at=now) + remind_queries(at=now) + remind_of_consents(at=now)
