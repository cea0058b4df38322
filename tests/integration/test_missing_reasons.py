"""Of a form that is verified in full no item goes without a value and without a reason."""

from __future__ import annotations

import pytest

from tests.casebook_ground import a_coordinator, a_subject, again, the_form
from tests.integration.test_entry_pages import browser_of, post, text_of

pytestmark = pytest.mark.django_db
SEEN = {"assessed_on": "2025-03-03", "ecog": "0"}
DEMAND = "Write the reason for “No value”: this form is verified in full, so each has one."


@pytest.mark.parametrize("reason", ["", "."])
def test_completing_asks_for_the_reason_beside_the_item_and_a_save_does_not(reason):
    coordinator = a_coordinator()
    form, client = the_form(a_subject(coordinator), "VS", by=coordinator), browser_of(coordinator)
    typed = SEEN | {"weight.missing": "not done", "weight.reason": reason}

    refused = post(client, form, typed, act="complete")
    assert refused.status_code == 422
    assert DEMAND in text_of(refused)
    assert 'href="#box-weight"' in refused.content.decode()
    assert again(form, by=coordinator).version == 0

    post(client, form, typed)
    assert again(form, by=coordinator).state == "in progress"

    post(client, again(form, by=coordinator), typed | {"weight.reason": "Scale out of order"}, act="complete")
    assert again(form, by=coordinator).state == "complete"
