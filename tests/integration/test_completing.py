"""Rows are counted by the rule that says of one judgement what can complete the response: both say the same day."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import CharField, JSONField, Value

from accounts.models import Site
from eligibility.kept import kept
from eligibility.selectors.completing import first_to_complete
from protocol.completing import GOES_ON, completes
from protocol.imaging import SCAN_ALONE
from protocol.language import Verdict
from protocol.marker_runs import MARKER_ALONE
from protocol.record import Judgement, Need
from protocol.words import sentence
from tests.people import a_site

NEAR, FAR = date(2025, 4, 1), date(2025, 5, 1)
SCAN, DRAW = Need(crf="TA", item="scan_on", not_before=FAR), Need(crf="MK", item="afp", not_before=NEAR)
IN_WINDOW = Need(crf="MK", item="afp", not_before=NEAR, not_after=FAR)
DAYLESS = Need(crf="TA", item="response", not_after=FAR)
OTHER = sentence("Nothing is on record.")


def both(first: object, second: object = OTHER) -> object:
    """Return a reason that says two things, as that of the response does."""
    return sentence("%(imaging)s %(both)s", imaging=first, both=(second, OTHER))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("verdict", "reason", "needs", "first"),
    [
        (Verdict.UNKNOWN, both(OTHER), (SCAN, DRAW), None),
        (Verdict.UNKNOWN, both(sentence(SCAN_ALONE, next_on=FAR)), (SCAN, DRAW), FAR),
        (Verdict.UNKNOWN, both(OTHER, sentence(MARKER_ALONE, next_on=NEAR)), (SCAN, DRAW), NEAR),
        (Verdict.UNKNOWN, both(sentence(SCAN_ALONE, next_on=FAR), sentence(MARKER_ALONE, next_on=NEAR)), (SCAN,), FAR),
        (Verdict.UNKNOWN, sentence(MARKER_ALONE, next_on=NEAR), (SCAN, DRAW), NEAR),
        (Verdict.UNKNOWN, OTHER, (SCAN, IN_WINDOW), NEAR),
        (Verdict.UNKNOWN, OTHER, (DAYLESS,), None),
        (Verdict.REVIEW, OTHER, (SCAN,), FAR),
        (Verdict.REVIEW, OTHER, (SCAN, DRAW), NEAR),
        (Verdict.UNKNOWN, both(sentence(SCAN_ALONE, next_on=FAR)), (), None),
        *((Verdict.UNKNOWN, both(sentence(said)), (SCAN, DRAW), {"TA": FAR, "MK": NEAR}[crf])
          for said, crf in GOES_ON.items()),
    ],
)  # fmt: skip
def test_the_first_day_that_can_complete_the_response_is_the_same_in_rows_and_in_the_rule(
    verdict, reason, needs, first
):
    judgement = Judgement(verdict=verdict, reason=reason, needs=needs)
    row = kept(judgement)
    columns = {name: Value(row[name], output_field=JSONField()) for name in ("needs", "reason")}
    site = a_site()

    found = Site.objects.filter(pk=site.pk).annotate(
        verdict=Value(row["verdict"], output_field=CharField()), **columns, first=first_to_complete()
    )

    days = [need.not_before for need in needs if need.not_before and completes(need, judgement)]
    assert min(days, default=None) == first
    assert found.get().first == (first and first.isoformat())
