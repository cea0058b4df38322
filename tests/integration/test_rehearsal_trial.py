"""A rehearsed trial: synthetic subjects in every state, by the real actions, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.system import system_actor
from audit.door import as_actor
from casebook.models import Subject, Visit
from casebook.states import Stage, VisitState
from outbox.models import Message
from randomization.models import Allocation
from rehearsal.demonstration import CANDIDATES
from rehearsal.fates import FATES
from rehearsal.trial import MAILS_STAY
from tests import databases


@pytest.fixture
def _seen(rehearsed_db: str) -> Iterator[None]:
    with as_actor(system_actor("follow-up")):
        yield


@pytest.mark.usefixtures("_seen")
class TestARehearsedTrial:
    def test_there_are_subjects_in_every_stage_that_a_trial_knows(self):
        stages = set(Subject.objects.values_list("stage", flat=True))

        assert stages == set(Stage.values)

    def test_all_are_synthetic(self):
        assert Subject.objects.count() == CANDIDATES + len(FATES)
        assert not Subject.objects.filter(synthetic=False).exists()

    def test_subjects_are_randomized_in_the_order_of_the_list(self):
        allocations = list(Allocation.objects.select_related("slot").order_by("allocated_at"))

        by_stratum: dict[object, list[int]] = {}
        for each in allocations:
            by_stratum.setdefault(each.slot.stratum_id, []).append(each.slot.number)
        assert len(allocations) == 12
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_stratum.values())

    def test_visits_are_in_every_state(self):
        assert set(Visit.objects.values_list("state", flat=True)) == set(VisitState.values)

    def test_only_the_mails_of_the_last_days_still_go_out(self):
        waiting = Message.objects.filter(sent_at=None)

        assert waiting.exists()
        assert not waiting.filter(created_at__lt=timezone.now() - MAILS_STAY - timedelta(days=1)).exists()

    def test_a_completed_subject_has_no_visit_left(self):
        completed = Subject.objects.get(stage=Stage.COMPLETED, visits__code="M24", visits__state=VisitState.ATTENDED)

        assert not completed.visits.exclude(code__in=("SCR",)).filter(state=VisitState.OPEN).exists()


def test_the_trail_of_a_rehearsed_trial_is_without_a_fault(postgres, rehearsed_db: str):
    """The command ends badly, and so does this test, where a table is not the sum of its history."""
    databases.run(postgres, rehearsed_db, "verify_audit")


def test_synthetic_subjects_belong_in_no_production(settings):
    settings.EDC_ENVIRONMENT = "production"

    with pytest.raises(CommandError, match="belong in a demonstration or a test"):
        call_command("rehearse", "--subjects", "1")
