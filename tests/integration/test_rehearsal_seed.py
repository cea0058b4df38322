"""What a rehearsal deals out and walks: the same for the same seed."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone

from accounts.system import system_actor
from audit.door import as_actor
from audit.models import Event
from casebook.models import Form
from randomization.models import Allocation
from rehearsal import fates
from rehearsal.cast import Cast
from rehearsal.fates import FATES, deal
from rehearsal.trial import rehearse
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
def now() -> datetime:
    """The moment these rehearse for; the one of the import is too long ago for a site to be added at it."""
    return timezone.now()


@pytest.fixture(scope="module")
def cast(module_db: str, now: datetime) -> Cast:
    return a_cast(at=now)


class TestTheSameTrial:
    def walked(self, cast: Cast, now: datetime) -> list[tuple[str, str, str, dict[str, object]]]:
        """Return what was entered of two subjects, which is then undone."""
        with taken_back():
            rehearse(cast, subjects=2, seed="twice", at=now)
            with as_actor(system_actor("eligibility")):
                forms = Form.objects.select_related("subject", "visit").order_by("subject__number", "crf", "repeat")
                return [
                    (form.subject.number, form.crf, form.visit.code if form.visit else "", form.answers)
                    for form in forms.exclude(state="not started").order_by(
                        "visit__opens_on", "subject", "crf", "repeat"
                    )
                ]

    def test_the_same_seed_walks_the_same_trial(self, cast: Cast, now: datetime):
        first = sorted(self.walked(cast, now), key=str)

        assert len(first) > 60
        assert sorted(self.walked(cast, now), key=str) == first


class TestHoweverManyWalkIt:
    """Three subjects who are randomized on the same few days, and one who is not: the order decides of number and arm."""

    @pytest.fixture(autouse=True)
    def _short_fates(self, monkeypatch: pytest.MonkeyPatch) -> None:
        by_name = {fate.name: fate for fate in FATES}
        names = ("just randomized", "listed", "just randomized", "just randomized")
        monkeypatch.setattr(fates, "FATES", tuple(by_name[name] for name in names))

    def walked(self, cast: Cast, now: datetime, *, workers: int) -> list[tuple[object, ...]]:
        """Return numbers, arms and answers, and what happened to each subject in which order."""
        walks = [walk for _dealt, walk in rehearse(cast, subjects=4, seed="many", at=now, workers=workers)]
        with as_actor(system_actor("follow-up")):
            arms = dict(Allocation.objects.values_list("subject_id", "arm"))
        with as_actor(system_actor("eligibility")):
            return [
                (
                    walk.subject.number,
                    arms.get(walk.subject.pk),
                    [
                        *Form.objects.filter(subject=walk.subject)
                        .order_by("crf", "repeat")
                        .values_list("crf", "answers")
                    ],
                    [
                        *Event.objects.filter(stream=f"subject:{walk.subject.pk}")
                        .order_by("sequence")
                        .values_list("kind", "at")
                    ],
                )
                for walk in walks
            ]

    def test_one_process_and_two_walk_the_same_trial(self, cast: Cast, now: datetime):
        with taken_back():
            alone = self.walked(cast, now, workers=1)

        assert sum(arm is not None for _number, arm, *_ in alone) == 3
        assert self.walked(cast, now, workers=2) == alone
