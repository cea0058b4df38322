"""What is typed between saves: each page's by itself, the newest stroke stands, nobody else's, and warned of before it goes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.expiring import sweep_drafts
from casebook.models import Draft
from casebook.selectors.drafts import draft_of, drafts_of, unsaved_of
from outbox.models import Notice
from tests.casebook_ground import (
    a_coordinator,
    a_data_manager,
    a_key,
    a_monitor,
    a_subject,
    again,
    save,
    site_of,
    the_form,
)
from tests.integration.test_entry_pages import box, browser_of, post, text_of
from tests.lock_ground import nothing_stands_against

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def author():
    return a_coordinator()


@pytest.fixture
def form(author):
    return the_form(a_subject(author), "CH", by=author)


def keep(form, author, text, **where):
    return actions.keep_draft(form, by=author, at=timezone.now(), typed={"ggt": text}, based_on=0, **where)


def texts_of(form, author):
    with as_actor(author):
        return [draft.typed["ggt"] for draft in drafts_of(form, by=author, at=timezone.now())]


def test_nothing_is_kept_of_who_may_not_enter_here(form):
    with pytest.raises(Refusal, match="Your role"):
        keep(form, a_monitor(form.site), "44")


def test_what_identifies_a_person_is_not_kept_and_the_rest_is(form, author):
    sent = {"ggt": "13812345678", "alt": "30", "sequence": 1, "based_on": 0, "key": "one"}
    answer = browser_of(author).post(reverse("form-draft", args=[form.pk]), sent)

    assert "without what looks like a person's number" in answer.json()["kept"]
    with as_actor(author):
        assert [draft.typed for draft in drafts_of(form, by=author, at=timezone.now())] == [{"alt": "30"}]


class TestAPage:
    def test_keeps_its_newest_stroke_however_late_an_older_one_arrives(self, form, author):
        keep(form, author, "wedge res", page="one", sequence=9)
        keep(form, author, "wed", page="one", sequence=3)

        assert texts_of(form, author) == ["wedge res"]

    def test_is_not_overwritten_by_another_page_of_the_same_author(self, form, author):
        keep(form, author, "in one tab", page="one", sequence=9)
        keep(form, author, "in another tab", page="two", sequence=1)

        assert sorted(texts_of(form, author)) == ["in another tab", "in one tab"]

    def test_goes_on_with_what_it_shows_of_an_earlier_page(self, form, author):
        keep(form, author, "begun", page="one", sequence=9)
        keep(form, author, "begun, gone on", page="two", continues=["one"], sequence=1)

        assert texts_of(form, author) == ["begun, gone on"]

    def test_that_was_saved_keeps_nothing_that_arrives_afterwards(self, form, author):
        save(form, {"alt": "30 U/L"}, by=author, key="one")
        late = keep(form, author, "of before the save", page="one", sequence=9)

        assert late is None
        assert texts_of(form, author) == []

    def test_takes_its_own_typing_along_when_saved_and_no_other(self, form, author):
        keep(form, author, "in one tab", page="one", sequence=9)
        keep(form, author, "shown again", page="two", sequence=1)
        keep(form, author, "in another tab", page="other", sequence=1)

        save(form, {"alt": "30 U/L"}, by=author, key="one", typed_on=["two"])

        assert texts_of(form, author) == ["in another tab"]


class TestTheServer:
    def test_keeps_nothing_of_one_person_where_another_is_logged_in(self, form, author):
        other = a_coordinator(site_of(author))

        answer = browser_of(other).post(
            reverse("form-draft", args=[form.pk]), {"ggt": "mine", "author": str(author.pk), "key": "one"}
        )

        assert (answer.status_code, answer.json()["stranger"]) == (409, True)
        with as_actor(other):
            assert draft_of(form, by=other, at=timezone.now()) is None

    def test_tells_an_open_page_who_is_logged_in_and_the_token_to_go_on_with(self, form, author):
        here = browser_of(author).get(reverse("form-resume", args=[form.pk])).json()

        assert here["user"] == str(author.pk)
        assert len(here["token"]) == 64

    def test_shows_nobody_another_ones_draft_whether_by_page_or_by_row(self, form, author):
        draft = keep(form, author, "mine alone", page="one", sequence=1)
        other = a_coordinator(site_of(author))
        browser, address = browser_of(other), reverse("form", args=[form.pk])

        assert browser.get(f"{address}?draft={draft.pk}").status_code == 404
        discard = browser.post(reverse("form-draft-discard", args=[form.pk]), {"draft": draft.pk})
        assert discard.status_code == 404
        assert "mine alone" not in browser.get(address).content.decode()
        with as_actor(other), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM casebook_draft")
            assert cursor.fetchone() == (0,)
        assert texts_of(form, author) == ["mine alone"]

    @pytest.mark.parametrize("draft", ["", "no-id", "0" * 400, "53c0fe30-cace-493f-9c57-487d449438c7"])
    def test_knows_no_draft_that_is_none(self, form, author, draft):
        address = reverse("form-draft-discard", args=[form.pk])

        assert browser_of(author).post(address, {"draft": draft}).status_code == 404

    @pytest.mark.parametrize("odd", ["-1", "x", "9" * 30, "１"])
    def test_keeps_typing_whose_counter_is_odd(self, form, author, odd):
        sent = {"ggt": "kept", "sequence": odd, "based_on": odd, "key": "one"}
        answer = browser_of(author).post(reverse("form-draft", args=[form.pk]), sent)

        assert answer.status_code == 200
        assert texts_of(form, author) == ["kept"]


class TestTheFormOpenedAgain:
    def test_shows_the_newest_and_leads_to_the_other(self, form, author):
        keep(form, author, "older", page="one", sequence=9)
        keep(form, author, "newer", page="two", sequence=1)
        reader, address = browser_of(author), reverse("form", args=[form.pk])

        page = reader.get(address)
        with as_actor(author):
            other = Draft.objects.get(page="one")
        chosen = reader.get(f"{address}?draft={other.pk}")

        assert 'value="newer"' in box(page, "ggt")
        assert f"?draft={other.pk}" in page.content.decode()
        assert 'value="older"' in box(chosen, "ggt")
        assert 'value="one"' in box(chosen, "continues")

    def test_shows_typing_to_be_copied_to_who_may_enter_no_more(self, form, author, monkeypatch):
        keep(form, author, "55")
        nothing_stands_against(monkeypatch)
        actions.lock(form, by=a_data_manager(), at=timezone.now(), reason="Cleaned")

        keep(again(form, by=author), author, "55, typed on")  # on the page that was open before
        page = body_of(browser_of(author).get(f"/forms/{form.pk}/"))
        of_another = body_of(browser_of(a_monitor(form.site)).get(f"/forms/{form.pk}/"))

        assert "You may not enter it any more" in page
        assert re.search(r"<textarea[^>]* readonly>[^<]*: 55, typed on[^<]*</textarea>", page)
        assert "may not enter it any more" not in of_another

    def test_says_who_saved_meanwhile_and_puts_both_together_on_save(self, form, author):
        other = a_coordinator(site_of(author))
        reader, address = browser_of(author), reverse("form", args=[form.pk])
        keep(form, author, "44", page="one", sequence=2)
        save(again(form, by=other), {"alt": "30 U/L"}, by=other)

        page = reader.get(address)
        saved = post(reader, form, {"ggt": "44", "ggt.unit": "U/L", "continues": "one"}, based_on=0)

        assert f"{other.name} saved this form after you had begun to type. Changed there: ALT." in text_of(page)
        assert saved.status_code == 302
        kept = again(form, by=author).answers
        assert (kept["alt"]["value"], kept["ggt"]["value"]) == ("30", "44")
        assert texts_of(form, author) == []

    def test_carries_what_was_typed_through_a_page_that_was_refused(self, form, author):
        keep(form, author, "a word", page="one", sequence=2)
        reader = browser_of(author)

        refused = post(reader, form, {"alt": "three", "comment": "", "key": "one"})
        carried = re_value(box(refused, "continues"))
        post(reader, form, {"alt": "30", "alt.unit": "U/L", "comment": "", "continues": carried})

        assert carried == "one"
        assert texts_of(form, author) == []


def re_value(tag: str) -> str:
    return tag.partition('value="')[2].partition('"')[0]


class TestTypingThatIsNeverSaved:
    def test_stands_on_the_list_of_its_author_with_the_days_left(self, form, author):
        keep(form, author, "older", page="one", sequence=1)
        keep(form, author, "newer", page="two", sequence=1)
        now = timezone.now()

        with as_actor(author):
            [line] = unsaved_of(author, at=now + timedelta(days=27))

        assert (line.form.pk, line.days_left) == (form.pk, 2)

    def test_is_warned_of_three_days_before_and_not_earlier(self, form, author):
        keep(form, author, "sentinel-of-the-draft", page="one", sequence=1)
        now = timezone.now()

        sweep_drafts(at=now + timedelta(days=26, hours=23))
        assert notices_to(author) == []
        for _ in range(2):
            sweep_drafts(at=now + timedelta(days=27, hours=1))

        [notice] = notices_to(author)
        assert notice.path == reverse("form", args=[form.pk])
        assert notice.text["message"].startswith("%(subject)s, %(visit)s, %(form)s: what you typed and did not save")
        assert "sentinel" not in str(notice.text)

    def test_that_is_saved_after_all_is_not_warned_of(self, form, author):
        keep(form, author, "x", page="one", sequence=1)
        now = timezone.now()
        sweep_drafts(at=now + timedelta(days=28))

        save(form, {"alt": "30 U/L"}, by=author, key="one")
        sweep_drafts(at=now + timedelta(days=28, hours=1))

        assert notices_to(author) == []

    def test_is_forgotten_after_thirty_days_and_not_before(self, form, author):
        keep(form, author, "x", page="one", sequence=1)
        now = timezone.now()

        assert sweep_drafts(at=now + timedelta(days=29, hours=23)) == 0
        assert sweep_drafts(at=now + timedelta(days=30, minutes=1)) == 1
        assert texts_of(form, author) == []


def notices_to(author):
    with as_actor(author):
        return list(Notice.objects.filter(recipient=author))


def test_a_draft_is_no_data(form, author):
    keep(form, author, "sentinel-of-the-draft", page="one", sequence=1)

    reader = browser_of(author)
    exported = reader.get(reverse("export-table", args=["CH"]))
    casebook = reader.get(reverse("casebook", args=[form.subject_id]))

    assert "sentinel-of-the-draft" not in body_of(exported) + body_of(casebook)
    assert again(form, by=author).state == "not started"


def body_of(response) -> str:
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode()


def test_saves_sent_twice_are_one_effect(form, author):
    reader, key = browser_of(author), a_key()
    sent = {"alt": "30", "alt.unit": "U/L", "key": key, "based_on": 0}

    first, second = post(reader, form, sent), post(reader, form, sent)

    assert (first.status_code, second.status_code) == (302, 302)
    assert again(form, by=author).version == 1
