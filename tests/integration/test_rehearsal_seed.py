"""What a rehearsal deals out and walks: the same for the same seed."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone

from accounts.system import system_actor
from audit.door import as_actor
from casebook.models import Form
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
