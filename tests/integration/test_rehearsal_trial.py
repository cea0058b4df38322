"""A rehearsed trial: synthetic subjects in every state, by the real actions, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.system import system_actor
from audit.door import as_actor
from casebook.models import Form, Subject, Visit
from casebook.states import Stage, VisitState
from outbox.models import Message
from randomization.models import Allocation
from rehearsal.cast import Cast
from rehearsal.demonstration import CANDIDATES
from rehearsal.fates import FATES, deal
from rehearsal.trial import MAILS_STAY, rehearse
from tests import databases
from tests.rehearsal_ground import a_cast, taken_back

NOW = timezone.now()


class TestDealing:
    def test_every_fate_is_dealt_as_soon_as_there_are_enough_subjects(self):
        assert {each.fate.name for each in deal(len(FATES), seed="a", now=NOW)} == {fate.name for fate in FATES}

    @pytest.mark.parametrize("subjects", [1, 5, 22, 23, 54, 60, 200])
    def test_as_many_subjects_are_dealt_as_asked_for_in_the_order_of_their_days(self, subjects: int):
        dealt = deal(subjects, seed="a", now=NOW)

        assert len(dealt) == subjects
        assert [each.at for each in dealt] == sorted(each.at for each in dealt)

    def test_the_same_seed_deals_the_same_and_another_deals_otherwise(self):
        assert deal(30, seed="a", now=NOW) == deal(30, seed="a", now=NOW)
        assert deal(30, seed="a", now=NOW) != deal(30, seed="b", now=NOW)


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast(at=NOW)


class TestTheSameTrial:
    def walked(self, cast: Cast) -> list[tuple[str, str, str, dict[str, object]]]:
        """Return what was entered of two subjects, which is then undone."""
        with taken_back():
            rehearse(cast, subjects=2, seed="twice", at=NOW)
            with as_actor(system_actor("eligibility")):
                forms = Form.objects.select_related("subject", "visit").order_by("subject__number", "crf", "repeat")
                return [
                    (form.subject.number, form.crf, form.visit.code if form.visit else "", form.answers)
                    for form in forms.exclude(state="not started").order_by(
                        "visit__opens_on", "subject", "crf", "repeat"
                    )
                ]

    def test_the_same_seed_walks_the_same_trial(self, cast: Cast):
        first = sorted(self.walked(cast), key=str)

        assert len(first) > 60
        assert sorted(self.walked(cast), key=str) == first


@pytest.fixture(scope="module")
def trial(rehearsed_db: str) -> Iterator[None]:
    return


@pytest.fixture
def _seen(trial) -> Iterator[None]:
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
