"""The rehearsal of a whole trial: sixty subjects through every form, signature, allocation and visit."""

from __future__ import annotations

import time

from django.utils import timezone

from rehearsal.trial import rehearse
from rehearsal.workers import workers_here
from tests.rehearsal_ground import a_cast

SUBJECTS = 60


def test_sixty_subjects_are_rehearsed(figures, committing_db):
    now = timezone.now()
    cast = a_cast(at=now)

    began = time.perf_counter()
    walked = rehearse(cast, subjects=SUBJECTS, seed="bench", at=now, workers=workers_here())
    seconds = time.perf_counter() - began

    assert len(walked) == SUBJECTS
    figures.seconds("Rehearsal of 60 subjects through the real actions", seconds, at_most=90)
