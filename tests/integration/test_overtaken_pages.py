"""A page that another person overtook takes back no state by itself, and no explanation is dropped."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from audit.door import as_actor
from casebook import actions
from casebook.actions.queries import answer_query, cancel_query
from casebook.models import QueryMessage
from casebook.states import FormState
from protocol.roles import Role
from tests.casebook_ground import (
    a_coordinator,
    a_data_manager,
    a_subject,
    again,
    complete,
    queries_on,
    save,
    site_of,
    the_form,
    the_investigator,
)
from tests.integration.test_entry_pages import BACKEND, CHEMISTRY, post, text_of
from tests.people import a_user

pytestmark = pytest.mark.django_db
SEEN = {"assessed_on": "2025-03-03", "ecog": "0"}
TYPED = {"height": "170", "height.unit": "cm"}
MARKED = "This form is marked as not done: Subject declined. Saving takes that back."


@pytest.fixture
def one():
    return a_coordinator()


@pytest.fixture
def other(one):
    return a_user(Role.COORDINATOR, site_of(one))


@pytest.fixture
def client(one) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(one, backend=BACKEND)
    return client


class TestAFormCompletedMeanwhile:
    @pytest.fixture
    def opened(self, one, other):
        form = the_form(a_subject(one), "VS", by=one)
        complete(form, SEEN, by=other)
        return form

    @pytest.mark.parametrize("act", ["save", "next"])
    def test_stays_complete_where_nothing_was_typed(self, client, opened, one, other, act):
        response = post(client, opened, {}, act=act)

        now = again(opened, by=one)
        assert (now.state, now.version) == (FormState.COMPLETE, 1)
        said = text_of(client.get(response.url))
        assert f"Nothing was changed; {other.name} completed the form at " in said
        assert "What others entered meanwhile" not in said

    def test_asks_whoever_typed_before_it_is_in_progress_again(self, client, opened, one, other):
        asked = post(client, opened, TYPED)

        assert asked.status_code == 422
        assert f"{other.name} completed this form at " in text_of(asked)
        assert "“Save, not complete” puts it in progress again." in text_of(asked)
        assert 'value="170"' in asked.content.decode()
        assert again(opened, by=one).version == 1

        meant = post(client, opened, TYPED, foreseen="1", was_complete="1")

        assert meant.status_code == 302
        assert again(opened, by=one).state == FormState.IN_PROGRESS
        assert set(again(opened, by=one).answers) == {*SEEN, "height"}

    def test_that_was_drawn_as_complete_is_taken_back_by_its_button(self, client, opened, one):
        post(client, again(opened, by=one), {}, was_complete="1", foreseen="1")

        assert again(opened, by=one).state == FormState.IN_PROGRESS


def _chemistry() -> dict[str, str]:
    return {
        path: f"{text} {CHEMISTRY[f'{path}.unit']}" if f"{path}.unit" in CHEMISTRY else text
        for path, text in CHEMISTRY.items()
        if not path.endswith(".unit")
    }


class TestAFormThatIsNotDone:
    @pytest.fixture
    def form(self, one):
        form = the_form(a_subject(one), "EG", by=one)
        actions.mark_not_done(form, by=one, at=timezone.now(), reason="Subject declined")
        return again(form, by=one)

    @pytest.mark.parametrize("act", ["save", "next"])
    def test_is_not_changed_by_an_empty_save(self, client, form, one, act):
        response = post(client, form, {}, act=act)

        now = again(form, by=one)
        assert (now.state, now.not_done_reason, now.version) == ("not done", "Subject declined", form.version)
        assert "Nothing was changed: ECG is marked as not done." in text_of(client.get(response.url))

    def test_asks_before_an_answer_takes_that_back_and_names_the_signature(self, client, form, one):
        signer = the_investigator(one)
        actions.sign_form(form, by=signer, at=timezone.now())
        answers = {"performed_on": "2025-03-03"}

        asked = post(client, form, answers)

        assert asked.status_code == 422
        assert MARKED in text_of(asked)
        assert f"The signature of {signer.name} becomes void" in text_of(asked)
        assert again(form, by=one).state == FormState.NOT_DONE

        post(client, form, answers, foreseen="1")
        assert again(form, by=one).state == FormState.IN_PROGRESS


class TestAnExplanation:
    @pytest.fixture
    def form(self, one):
        form = the_form(a_subject(one), "CH", by=one)
        save(form, _chemistry() | {"alt": "9000 U/L"}, by=one)
        return again(form, by=one)

    @pytest.fixture
    def query(self, form, one):
        (query,) = queries_on(form, by=one)
        return query

    def explain(self, client, form, query, text, **more):
        return post(client, form, CHEMISTRY | {"alt": "9000", f"explain.{query.pk}": text}, **more)

    def said_in(self, query, one):
        with as_actor(one):
            return list(QueryMessage.objects.filter(query=query).order_by("said_at").values_list("text", flat=True))

    def test_is_added_where_somebody_answered_meanwhile(self, client, form, query, one, other):
        answer_query(query, by=other, at=timezone.now(), text="Haemolysis.")

        response = self.explain(client, form, query, "Repeated, confirmed.")

        assert response.status_code == 302
        assert self.said_in(query, one)[-2:] == ["Haemolysis.", "Repeated, confirmed."]
        assert queries_on(form, by=one)[0].state == "answered"

    def test_comes_back_with_its_words_where_the_query_is_settled(self, client, form, query, one):
        manager = a_data_manager()
        cancel_query(query, by=manager, at=timezone.now(), text="Asked in error")

        response = self.explain(client, form, query, "Repeated, confirmed.")

        assert response.status_code == 409
        assert 'value="Repeated, confirmed."' in response.content.decode()
        assert "ALT" in text_of(response)
        assert "cannot become answered" in text_of(response)
        assert again(form, by=one).version == form.version

    @pytest.mark.parametrize("answered", [False, True])
    def test_with_a_telephone_number_is_an_error_beside_the_field(self, client, form, query, one, other, answered):
        if answered:
            answer_query(query, by=other, at=timezone.now(), text="Haemolysis.")

        response = self.explain(client, form, query, "Ask at 13812345678")

        assert response.status_code == 409
        assert 'href="#box-alt"' in response.content.decode()
        assert "Remove it: nothing that identifies a person is stored." in text_of(response)
        assert 'value="Ask at 13812345678"' in response.content.decode()
        assert again(form, by=one).version == form.version

    def test_is_not_kept_without_the_save_it_was_written_for(self, client, form, query, one):
        response = self.explain(client, form, query, "Repeated, confirmed.", laboratory="NOWHERE")

        assert response.status_code == 422
        assert queries_on(form, by=one)[0].state == "open"
        assert 'value="Repeated, confirmed."' in response.content.decode()

    def test_of_a_value_that_is_corrected_stands_in_the_conversation_that_closes(self, client, form, query, one):
        post(client, form, CHEMISTRY | {f"explain.{query.pk}": "A misprint, corrected."})

        assert "A misprint, corrected." in self.said_in(query, one)
        assert queries_on(form, by=one)[0].state == "closed"
