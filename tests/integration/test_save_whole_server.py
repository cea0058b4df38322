"""A save through the whole server costs a fixed, small number of queries: session, person, form, trail and verdicts."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.casebook_ground import a_coordinator, a_laboratory, a_subject, again, the_form
from tests.integration.test_entry_pages import CHEMISTRY, browser_of, post

pytestmark = pytest.mark.django_db

BUDGET = 15
# What opens, marks and ends a transaction asks the database nothing.
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK", "SET CONSTRAINTS")


def queries_of(captured: CaptureQueriesContext) -> list[str]:
    statements = (" ".join(query["sql"].split()) for query in captured.captured_queries)
    return [sql for sql in statements if not sql.startswith(CONTROL)]


@pytest.mark.parametrize("act", ["save", "complete"])
def test_a_save_through_the_whole_server_needs_no_more_than_15_queries(act):
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "CH", by=coordinator)
    typed = {**CHEMISTRY, "laboratory": a_laboratory().code}
    client = browser_of(coordinator)
    client.get(f"/forms/{form.pk}/")

    with CaptureQueriesContext(connection) as captured:
        answer = post(client, form, typed, act=act)

    queries = queries_of(captured)
    assert answer.status_code == 302
    assert again(form, by=coordinator).version == 1
    assert len(queries) <= BUDGET, "\n".join(f"{n} {sql[:240]}" for n, sql in enumerate(queries, 1))
