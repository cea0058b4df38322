"""The pages of queries: matrix and list, asking at several items, comments, checks, closing several, the way back."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.door import as_actor
from casebook import actions
from casebook.models import Comment, Query
from casebook.selectors.query_list import ORDERS, TURN_DAYS, Chosen, queries_in, rows_of
from casebook.states import QueryState
from protocol.roles import Role
from tests.casebook_ground import (
    EVALUATION,
    a_coordinator,
    a_data_manager,
    a_monitor,
    a_subject,
    a_surgeon,
    complete,
    queries_on,
    save,
    site_of,
    the_form,
)
from tests.integration.test_desk_pages import browser_of, text_of
from tests.people import a_site, a_user

pytestmark = pytest.mark.django_db
HOT = {"temperature": "45 °C", "weight": "60 kg"}


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def monitor(coordinator):
    return a_monitor(site_of(coordinator))


@pytest.fixture
def form(coordinator):
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    save(form, HOT, by=coordinator)
    return form


@pytest.fixture
def query(form, monitor):
    return actions.open_query(form, by=monitor, at=timezone.now(), text="With shoes?", paths=["weight", "height"])


def answer(query, by):
    return actions.answer_query(query, by=by, at=timezone.now(), text="Without shoes.")


def listed(client, **asked):
    """Return the list as its CSV says it."""
    response = client.get(reverse("queries-csv"), asked)
    text = b"".join(response.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


class TestTheList:
    def test_the_matrix_has_a_heading_over_each_cell(self, query, monitor):
        page = browser_of(monitor).get(reverse("queries")).content.decode()
        matrix = page.split('<table class="table-of matrix">')[1].split("</table>")[0]
        line = matrix.split("<tbody>")[1].split("</tr>")[0]

        assert matrix.count('<th scope="col">') == line.count("<td") + 1
        assert matrix.count(">All</th>") == 1

    def test_matrix_and_list_stand_on_one_page(self, query, monitor):
        page = browser_of(monitor).get(reverse("queries"))

        assert page.status_code == 200
        text = text_of(page)
        assert "Of checks 1 0 0 0 1" in text
        assert "Of people 1 0 0 0 1" in text
        assert "Of imports 0 0 0 0 0" in text
        assert f"/forms/{query.form_id}/#item-box-weight" in page.content.decode()
        assert "With shoes?" in text
        assert "and 1 more" in text
        assert "60 kg" in text

    def test_each_filter_stands_in_the_address(self, query, monitor):
        client = browser_of(monitor)
        narrowed = [
            ({}, 2),
            ({"state": "open"}, 2),
            ({"state": "closed"}, 0),
            ({"state": "all"}, 2),
            ({"kind": "check"}, 1),
            ({"kind": "person"}, 1),
            ({"kind": "import"}, 0),
            ({"assignee": "mine"}, 0),
            ({"assignee": "nobody"}, 2),
            ({"age": "7"}, 0),
            ({"age": "overdue"}, 0),
            ({"check": listed(client, kind="check")[0]["Check"]}, 1),
            ({"number": query.subject.number}, 2),
            ({"number": "no such"}, 0),
            ({"site": "0"}, 2),
            ({"site": str(query.site_id)}, 2),
        ]

        assert [(asked, len(listed(client, **asked))) for asked, _found in narrowed] == narrowed
        assert client.get(reverse("queries"), {"number": "no such"}).status_code == 200
        nonsense = {"state": "nonsense", "kind": "?", "order": "?", "site": "x", "size": "9"}
        assert query.subject.number in text_of(client.get(reverse("queries"), nonsense))

    def test_every_order_holds_the_same_rows(self, query, monitor):
        client = browser_of(monitor)
        assert {order: len(listed(client, order=order)) for order in ORDERS} == dict.fromkeys(ORDERS, 2)

    def test_a_row_says_age_turn_and_whether_it_is_past_due(self, query, coordinator, monitor):
        named = actions.assign_query(query, by=monitor, at=timezone.now(), to=coordinator)
        for days, late in ((TURN_DAYS, False), (TURN_DAYS + 1, True)):
            at = named.opened_at + timedelta(days=days)
            with as_actor(coordinator):
                [row] = rows_of(queries_in(coordinator, Chosen(assignee="mine"), at=at), at=at)
            assert (row.age, row.since, row.is_late, row.item) == (days, days, late, "Weight")

    @pytest.mark.parametrize(("days", "found"), [(7, 2), (6, 0)])
    def test_the_age_counts_from_its_limit_on(self, query, monitor, days, found):
        at = query.opened_at + timedelta(days=days, minutes=1)
        with as_actor(monitor):
            assert queries_in(monitor, Chosen(age="7"), at=at).count() == found

    def test_what_was_closed_has_no_turn(self, query, monitor):
        actions.close_query(query, by=monitor, at=timezone.now())
        with as_actor(monitor):
            [row] = rows_of(queries_in(monitor, Chosen(state="closed"), at=timezone.now()), at=timezone.now())
        assert (row.due_on, row.is_late) == (None, False)

    def test_the_filter_is_kept_for_who_comes_back(self, query, monitor):
        client = browser_of(monitor)
        client.get(reverse("queries"), {"kind": "person"})

        assert "kind=person" in client.get(reverse("queries")).url

    def test_another_site_sees_nothing(self, query):
        assert listed(browser_of(a_coordinator(a_site())), state="all") == []

    def test_it_costs_the_same_for_few_and_for_many(self, query, coordinator, monitor):
        def cost():
            client = browser_of(monitor)
            client.get(reverse("queries"), {"size": "100"})
            with CaptureQueriesContext(connection) as captured:
                assert client.get(reverse("queries"), {"size": "100"}).status_code == 200
            return len(captured)

        few = cost()
        for number in range(12):
            actions.open_query(query.form, by=monitor, at=timezone.now(), text=f"Question {number}?", path="pulse")
        assert cost() == few


def key_in(page) -> str:
    return re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]


class TestAsking:
    def test_items_are_ticked_and_somebody_is_named(self, form, coordinator, monitor):
        client, address = browser_of(monitor), reverse("query-ask", args=[form.pk, "weight"])
        page = client.get(address)
        assert 'value="weight" checked' in page.content.decode()
        assert coordinator.name in text_of(page)

        posted = {"ticks": "1", "paths": ["weight", "pulse"], "text": "Both?", "assigned_to": str(coordinator.pk)}
        answer = client.post(address, posted)

        query = Query.objects.get(check_id="")
        assert answer.url == reverse("query", args=[query.pk])
        assert (query.paths, query.assigned_to) == (("weight", "pulse"), coordinator)
        assert "Query on Weight and 1 more" in text_of(client.get(answer.url))

    @pytest.mark.parametrize("named", ["query-ask-form", "query-ask-visit"])
    def test_a_question_sent_twice_by_one_page_is_asked_once(self, form, coordinator, monitor, named):
        visit = actions.add_visit(form.subject, by=coordinator, at=timezone.now(), code="UNS")
        client = browser_of(monitor)
        address = reverse(named, args=[form.pk if named == "query-ask-form" else visit.pk])
        posted = {"key": key_in(client.get(address)), "ticks": "1", "crf": "VS", "text": "Where is page 2?"}

        first, second = client.post(address, posted), client.post(address, posted)
        other = client.post(address, posted | {"text": "Where is page 3?"})

        assert first.url == second.url == reverse("query", args=[Query.objects.get(check_id="").pk])
        assert other.status_code == 409

    def test_a_refused_question_keeps_what_was_ticked_and_typed(self, form, monitor):
        posted = {"ticks": "1", "paths": ["weight"], "text": "Call 13812345678"}
        page = browser_of(monitor).post(reverse("query-ask-form", args=[form.pk]), posted)

        assert page.status_code == 409
        assert "nothing that identifies a person is stored" in text_of(page)
        assert 'value="weight" checked' in page.content.decode()
        assert "Call 13812345678" in text_of(page)

    def test_a_question_on_the_whole_form_stands_above_it(self, form, coordinator, monitor):
        browser_of(monitor).post(reverse("query-ask-form", args=[form.pk]), {"ticks": "1", "text": "Where is page 2?"})

        page = browser_of(coordinator).get(reverse("form", args=[form.pk]))
        assert "Where is page 2?" in text_of(page)

    def test_a_form_that_is_missing_is_asked_for_at_its_visit(self, form, coordinator, monitor):
        visit = actions.add_visit(form.subject, by=coordinator, at=timezone.now(), code="UNS")
        client, address = browser_of(monitor), reverse("query-ask-visit", args=[visit.pk])
        assert "A form that is not there" in text_of(client.get(address))

        assert client.post(address, {"crf": "", "text": "Where?"}).status_code == 409
        answer = client.post(address, {"crf": "VS", "text": "Where are the vital signs?"})

        assert "Query on the form" in text_of(client.get(answer.url))
        assert (
            reverse("query-ask-visit", args=[visit.pk])
            in browser_of(monitor).get(reverse("casebook", args=[form.subject_id])).content.decode()
        )

    def test_an_explanation_is_asked_for_once_beside_the_first_item(self, query, coordinator):
        page = browser_of(coordinator).get(reverse("form", args=[query.form_id])).content.decode()

        assert page.count(f'name="explain.{query.pk}"') == 1
        assert page.count("With shoes?") == 2

    def test_whoever_evaluated_blinded_answers_on_the_page_of_the_query(self, form, coordinator):
        surgeon = a_surgeon(site_of(coordinator))
        evaluation = the_form(form.subject, "SU", by=surgeon)
        complete(evaluation, EVALUATION | {"icg_r15": "90 %"}, by=surgeon)
        [query] = queries_on(evaluation, by=surgeon)

        answered = browser_of(surgeon).post(
            reverse("query-step", args=[query.pk, "answer"]), {"text": "Twice measured"}
        )

        assert answered.status_code == 302
        assert browser_of(coordinator).get(reverse("query", args=[query.pk])).status_code == 404


class TestStepping:
    def test_somebody_is_named_and_taken_off_on_the_page(self, query, coordinator, monitor):
        client, address = browser_of(monitor), reverse("query-step", args=[query.pk, "assign"])

        client.post(address, {"assigned_to": str(coordinator.pk)})
        assert f"to be answered by {coordinator.name}" in text_of(client.get(reverse("query", args=[query.pk])))
        client.post(address, {"assigned_to": ""})

        assert Query.objects.get(pk=query.pk).assigned_to is None

    def test_a_step_that_is_none_does_not_exist(self, query, monitor):
        assert browser_of(monitor).post(reverse("query-step", args=[query.pk, "frame"])).status_code == 404

    def test_several_are_closed_together_and_each_refusal_is_said(self, query, coordinator, monitor):
        other = actions.open_query(query.form, by=monitor, at=timezone.now(), text="Pulse?", path="pulse")
        for each in (query, other):
            answer(each, coordinator)
        actions.close_query(other, by=monitor, at=timezone.now())

        ticked = [str(query.pk), str(other.pk), "nonsense", "0" * 36]
        page = browser_of(monitor).post(reverse("queries-close"), {"query": ticked}, follow=True)

        assert "1 query is closed." in text_of(page)
        assert "This query is closed already." in text_of(page)
        assert Query.objects.get(pk=query.pk).state == QueryState.CLOSED

    def test_who_answers_closes_none(self, query, coordinator):
        assert browser_of(coordinator).post(reverse("queries-close"), {"query": [str(query.pk)]}).status_code == 403

    def test_ticking_none_closes_none(self, query, monitor):
        page = browser_of(monitor).post(reverse("queries-close"), follow=True)
        assert "Tick the queries to close first." in text_of(page)


class TestComments:
    def test_a_comment_is_left_at_an_item_and_stands_beside_it(self, form, coordinator, monitor):
        address = reverse("item-comment", args=[form.pk, "weight"])
        client = browser_of(coordinator)
        assert "Value now: 60 kg" in text_of(client.get(address))

        answer = client.post(address, {"text": "Weighed twice."})

        assert answer.url.endswith("#item-box-weight")
        assert "Weighed twice." in text_of(browser_of(monitor).get(reverse("form", args=[form.pk])))
        assert "Weighed twice." in text_of(client.get(address))

    def test_a_comment_sent_twice_by_one_page_is_left_once(self, form, coordinator):
        client, address = browser_of(coordinator), reverse("form-comment", args=[form.pk])
        posted = {"key": key_in(client.get(address)), "text": "Page 2 is with the archive."}

        assert client.post(address, posted).url == client.post(address, posted).url
        assert Comment.objects.count() == 1

    def test_a_refused_comment_stays_on_the_page(self, form, coordinator):
        page = browser_of(coordinator).post(reverse("form-comment", args=[form.pk]), {"text": "a@example.org"})

        assert page.status_code == 409
        assert "a@example.org" in text_of(page)
        assert not Comment.objects.exists()

    def test_comments_are_listed_with_their_csv(self, form, coordinator, monitor):
        actions.comment(form, by=coordinator, at=timezone.now(), text="Weighed twice.", path="weight")
        actions.comment(form, by=coordinator, at=timezone.now(), text="Page 2 is with the archive.")
        client = browser_of(monitor)

        assert "Weighed twice." in text_of(client.get(reverse("comments"), {"number": form.subject.number}))
        assert "No comment fits this filter." in text_of(client.get(reverse("comments"), {"number": "none"}))
        lines = b"".join(client.get(reverse("comments-csv")).streaming_content).decode().splitlines()
        assert len(lines) == 3
        assert "Whole form" in text_of(client.get(reverse("comments")))

    def test_an_item_that_tells_the_arm_has_no_page_for_who_may_not_see_it(self, form, coordinator):
        event = actions.add_form(form.subject, by=coordinator, at=timezone.now(), visit=None, crf="AE")
        reviewer = browser_of(a_user(Role.MEDICAL_REVIEWER, None))

        assert reviewer.get(reverse("item-comment", args=[event.pk, "related_surgery"])).status_code == 404
        assert reviewer.get(reverse("item-comment", args=[event.pk, "term"])).status_code == 200
        assert "related_surgery" not in reviewer.get(reverse("query-ask-form", args=[event.pk])).content.decode()


class TestChecks:
    def test_the_page_is_filtered_sorted_and_given_as_csv(self, form, monitor):
        client = browser_of(monitor)
        [fired] = [query for query in queries_on(form, by=monitor) if query.check_id]

        page = client.get(reverse("checks"), {"crf": "VS", "order": "fired"})

        assert text_of(page).index(fired.check_id) < text_of(page).index("VS.", text_of(page).index(fired.check_id) + 9)
        assert f"?check={fired.check_id}&amp;state=all" in page.content.decode()
        lines = b"".join(client.get(reverse("checks-csv"), {"crf": "VS"}).streaming_content).decode().splitlines()
        assert len(lines) > 10
        assert client.get(reverse("checks"), {"crf": "??", "order": "??", "size": "x"}).status_code == 200

    def test_it_costs_the_same_for_few_and_for_many(self, form, coordinator):
        client = browser_of(a_data_manager())
        client.get(reverse("checks"))
        with CaptureQueriesContext(connection) as few:
            client.get(reverse("checks"))
        save(the_form(a_subject(coordinator), "VS", by=coordinator), HOT | {"pulse": "300 /min"}, by=coordinator)
        with CaptureQueriesContext(connection) as many:
            client.get(reverse("checks"))
        assert len(few) == len(many)
