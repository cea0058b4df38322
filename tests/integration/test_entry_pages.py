"""The page of one form: everything typed stays, what is wrong is said at its place, and only a save saves."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Signature
from audit.door import as_actor
from casebook import actions
from casebook.models import Draft, Form, Query
from protocol.record import Answer
from protocol.roles import Role
from protocol.words import Sentence
from tests.casebook_ground import (
    CONSENT,
    DEMOGRAPHY,
    EVALUATION,
    a_coordinator,
    a_data_manager,
    a_key,
    a_laboratory,
    a_monitor,
    a_subject,
    a_surgeon,
    again,
    complete,
    queries_on,
    save,
    site_of,
    the_form,
)
from tests.lock_ground import nothing_stands_against
from tests.people import a_site, a_user

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CHEMISTRY = {
    "sampled_on": "2025-03-03",
    "bilirubin": "12.5",
    "bilirubin.unit": "µmol/L",
    "albumin": "41",
    "albumin.unit": "g/L",
    "alt": "30",
    "alt.unit": "U/L",
    "ast": "31",
    "ast.unit": "U/L",
    "creatinine": "70",
    "creatinine.unit": "µmol/L",
}

pytestmark = pytest.mark.django_db


def browser_of(user) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def reader(coordinator) -> Client:
    return browser_of(coordinator)


@pytest.fixture
def form_of(coordinator) -> Callable[..., Form]:
    subject = a_subject(coordinator)
    return lambda crf, repeat=1: the_form(subject, crf, by=coordinator, repeat=repeat)


def post(client: Client, form: Form, typed: dict[str, object], *, act: str = "save", **more: object):
    sent = {"based_on": form.version, "key": a_key(), "act": act, **typed, **more}
    return client.post(reverse("form", args=[form.pk]), sent)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def box(response, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', response.content.decode())
    assert found, f"There is no box {name}."
    return found[0]


class TestWhatIsTyped:
    def test_stays_on_the_page_when_something_cannot_be_read(self, reader, form_of, coordinator):
        form = form_of("CH")

        response = post(reader, form, CHEMISTRY | {"alt": "three", "ggt": "1,234", "comment": "x"})

        assert response.status_code == 422
        assert 'value="three"' in box(response, "alt")
        assert 'value="1,234"' in box(response, "ggt")
        assert 'value="12.5"' in box(response, "bilirubin")
        assert 'aria-invalid="true"' in box(response, "alt")
        assert 'href="#box-alt"' in response.content.decode()
        assert again(form, by=coordinator).version == 0

    def test_is_saved_and_said_back_as_it_was_understood(self, reader, form_of, coordinator):
        form = form_of("CH")

        response = post(reader, form, {"sampled_on": "2025/3/3", "bilirubin": "12,50", "bilirubin.unit": "µmol/L"})
        shown = reader.get(response.url)

        assert again(form, by=coordinator).answers == {
            "bilirubin": {"value": "12.50", "unit": "µmol/L"},
            "sampled_on": {"value": "2025-03-03"},
        }
        assert "3 Mar 2025" in text_of(shown)
        assert "Chemistry is saved." in text_of(shown)

    def test_when_it_is_nothing_begins_no_form(self, reader, form_of, coordinator):
        form = form_of("CH")

        response = post(reader, form, {"bilirubin.unit": "µmol/L"})

        assert "Nothing was entered yet." in text_of(reader.get(response.url))
        assert again(form, by=coordinator).state == "not started"

    def test_stays_whole_when_it_is_too_long(self, reader, form_of):
        form, pasted = form_of("IJ"), "x" * 50_000

        response = post(reader, form, {"other_condition_text": pasted})
        typed = box(response, "other_condition_text")

        assert response.status_code == 422
        assert "holds 50000 characters; shorten it to 500." in text_of(response)
        assert pasted in typed
        assert "maxlength" not in typed  # with it a browser cuts what is pasted, without a word

    def test_twice_with_one_key_is_saved_once(self, reader, form_of, coordinator):
        form, key = form_of("CH"), a_key()

        post(reader, form, CHEMISTRY, key=key)
        post(reader, form, CHEMISTRY, key=key)

        assert again(form, by=coordinator).version == 1

    def test_stays_text_when_it_looks_like_a_page(self, reader, form_of):
        response = post(reader, form_of("CH"), {"alt": '"><script>x</script>', "alt.unit": "U/L"})

        assert "<script>x" not in response.content.decode()
        assert "&lt;script&gt;x" in response.content.decode()

    def test_with_a_reason_for_no_value_is_asked_which_one_stands(self, reader, form_of):
        response = post(reader, form_of("CH"), {"alt": "30", "alt.unit": "U/L", "alt.missing": "unknown"})

        assert "ALT has a value and also a reason why there is none. Keep one of the two." in text_of(response)

    def test_may_be_why_there_is_no_value(self, reader, form_of, coordinator):
        form = form_of("CH")

        post(reader, form, {"alt.missing": "not done", "alt.reason": "tube lost"})

        assert again(form, by=coordinator).answers["alt"] == {"missing": "not done", "reason": "tube lost"}


class TestCompletion:
    def test_names_every_item_that_is_missing(self, reader, form_of, coordinator):
        form = form_of("CH")

        response = post(reader, form, CHEMISTRY | {"alt": ""}, act="complete")

        assert response.status_code == 422
        assert "Answer these items, or say why there is no answer: Laboratory, ALT." in text_of(response)
        assert "Answer this item; it always has a value." in text_of(response)  # the laboratory has no “No value”
        assert "Answer this item, or say under “No value” why there is no answer." in text_of(response)
        assert 'value="12.5"' in box(response, "bilirubin")
        assert again(form, by=coordinator).version == 0

    def test_leads_back_to_the_casebook(self, reader, form_of, coordinator):
        form = form_of("DM")

        response = post(reader, form, DEMOGRAPHY, act="complete")

        assert response.url == reverse("casebook", args=[form.subject_id])
        assert again(form, by=coordinator).state == "complete"

    def test_may_lead_to_the_next_form_that_waits(self, reader, form_of):
        response = post(reader, form_of("DM"), DEMOGRAPHY, act="next")

        assert response.url == reverse("form", args=[form_of("HCC").pk])

    def test_refuses_a_laboratory_that_is_not_known(self, reader, form_of):
        response = post(reader, form_of("CH"), CHEMISTRY | {"laboratory": "NOWHERE"}, act="complete")

        assert "There is no laboratory NOWHERE. Choose one of the list, or have it added." in text_of(response)


class TestAnUnusualAnswer:
    def test_is_kept_and_can_be_explained_at_once(self, reader, form_of, coordinator):
        form = form_of("CH")

        response = post(reader, form, CHEMISTRY | {"alt": "9000"})
        shown = reader.get(response.url)
        (query,) = queries_on(form, by=coordinator)
        post(
            reader,
            again(form, by=coordinator),
            CHEMISTRY | {"alt": "9000", f"explain.{query.pk}": "Repeated, confirmed."},
        )

        assert response.url.endswith("#item-box-alt")
        assert f'name="explain.{query.pk}"' in shown.content.decode()
        assert "1 answer is unusual." in text_of(shown)
        assert queries_on(form, by=coordinator)[0].state == "answered"

    def test_keeps_its_explanation_when_the_save_is_refused(self, reader, form_of, coordinator):
        form = form_of("CH")
        post(reader, form, CHEMISTRY | {"alt": "9000"})
        (query,) = queries_on(form, by=coordinator)

        response = post(
            reader, again(form, by=coordinator), CHEMISTRY | {"ast": "x", f"explain.{query.pk}": "Repeated, confirmed."}
        )

        assert 'value="Repeated, confirmed."' in box(response, f"explain.{query.pk}")
        assert queries_on(form, by=coordinator)[0].state == "open"

    def test_that_is_changed_to_another_unusual_one_is_asked_about_anew(self, reader, form_of, coordinator):
        form = form_of("CH")
        post(reader, form, CHEMISTRY | {"alt": "9000"})

        response = post(reader, again(form, by=coordinator), CHEMISTRY | {"alt": "9500"})
        shown = text_of(reader.get(response.url))

        assert "1 answer is unusual." in shown
        assert "9500" in shown
        assert "9000" not in shown

    def test_is_said_once_when_the_save_is_refused_for_another_answer(self, reader, form_of, coordinator):
        form = form_of("CH")
        post(reader, form, CHEMISTRY | {"alt": "9000"})
        (query,) = queries_on(form, by=coordinator)
        sentence = Sentence.from_json(query.sentence).english()

        response = post(reader, again(form, by=coordinator), CHEMISTRY | {"alt": "9000", "laboratory": "NOWHERE"})

        assert response.status_code == 422
        assert text_of(response).count(sentence) == 1


class TestAChangeAfterCompletion:
    @pytest.fixture
    def demography(self, form_of, coordinator):
        complete(form_of("DM"), DEMOGRAPHY, by=coordinator)
        return form_of("DM")

    def test_asks_for_its_reason_beside_the_item(self, reader, demography, coordinator):
        response = post(reader, demography, DEMOGRAPHY | {"birth_date": "1971-05-01"}, act="complete", foreseen="1")

        assert response.status_code == 422
        assert "Was 1 May 1970. Reason for this change" in text_of(response)
        assert 'name="birth_date.why"' in response.content.decode()
        assert 'value="1971-05-01"' in box(response, "birth_date")
        assert again(demography, by=coordinator).version == 1

    def test_takes_one_reason_for_all_or_one_for_each(self, reader, demography, coordinator):
        typed = {"birth_date": "1971-05-01", "sex": "female", "childbearing": "postmenopausal"}
        reasons = {"why": "Source was corrected", "sex.why": "Typing error corrected"}

        post(reader, demography, typed | reasons, act="complete", foreseen="1")
        birth, sex = (reader.get(reverse("item-history", args=[demography.pk, path])) for path in ("birth_date", "sex"))

        assert again(demography, by=coordinator).version == 2
        assert "Source was corrected" in text_of(birth)
        assert "Typing error corrected" in text_of(sex)

    def test_needs_none_where_nothing_stood(self, reader, form_of, coordinator):
        consent = form_of("ICF")
        complete(consent, CONSENT, by=coordinator)
        consent = again(consent, by=coordinator)

        post(
            reader,
            consent,
            CONSENT | {"first_procedure_at": "2025-03-02 08:00"},
            act="complete",
            foreseen="1",
        )

        assert again(consent, by=coordinator).answers["first_procedure_at"] == {"value": "2025-03-02T08:00"}


class TestTwoPeople:
    def test_who_changed_different_items_are_both_kept(self, reader, form_of, coordinator):
        form = form_of("CH")
        save(form, {"bilirubin": "12 µmol/L"}, by=coordinator)

        response = post(reader, form, {"albumin": "41", "albumin.unit": "g/L"})

        assert set(again(form, by=coordinator).answers) == {"bilirubin", "albumin"}
        assert "What others entered meanwhile is kept as well." in text_of(reader.get(response.url))

    @pytest.mark.parametrize(("choice", "kept"), [("yours", "99"), ("theirs", "12")])
    def test_who_changed_the_same_item_choose_between_both_values(self, reader, form_of, coordinator, choice, kept):
        form = form_of("CH")
        save(form, {"bilirubin": "12 µmol/L", "alt": "30 U/L"}, by=coordinator)

        refused = post(
            reader,
            form,
            {"bilirubin": "99", "bilirubin.unit": "µmol/L", "albumin": "41", "albumin.unit": "g/L"},
        )
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', refused.content.decode()))
        reader.post(
            reverse("form", args=[form.pk]),
            hidden | {"take.bilirubin": choice, "act": "save", "csrfmiddlewaretoken": ""},
        )
        now = again(form, by=coordinator).answers

        assert refused.status_code == 409
        assert "99 µmol/L" in text_of(refused)
        assert "12 µmol/L" in text_of(refused)
        assert now["bilirubin"]["value"] == kept
        assert now["albumin"]["value"] == "41"
        assert now["alt"]["value"] == "30"


class TestRows:
    def test_are_added_without_saving_and_without_losing_what_was_typed(self, reader, form_of, coordinator):
        scan = form_of("TA")

        response = post(reader, scan, {"scan_on": "2025-03-3", "lesions.rows": ""}, act="add lesions/T")

        assert response.status_code == 200
        assert 'name="lesions/T1/organ"' in response.content.decode()
        assert 'value="2025-03-3"' in box(response, "scan_on")
        assert '<option value="target" selected>' in response.content.decode()
        assert again(scan, by=coordinator).version == 0

    def test_get_numbers_that_were_never_used(self, reader, form_of, coordinator):
        scan = form_of("TA")
        typed = {"lesions.rows": "T1 T2", "lesions/T1/organ": "liver", "lesions/T2/organ": "liver"}
        post(reader, scan, typed | {"scan_on": "2025-03-03"})

        response = post(reader, again(scan, by=coordinator), {"lesions.rows": "T1"}, act="add lesions/T")

        assert 'value="T1 T3"' in box(response, "lesions.rows")

    def test_are_emptied_when_they_are_taken_off(self, reader, form_of, coordinator):
        ecg = form_of("EG")
        tracings = {f"tracings/{row}/{item}": "400" for row in (1, 2) for item in ("qt", "heart_rate")}
        units = {f"{path}.unit": "ms" if path.endswith("qt") else "/min" for path in tracings}
        post(reader, ecg, tracings | units | {"tracings.rows": "1 2", "performed_on": "2025-03-03"})
        ecg = again(ecg, by=coordinator)

        dropped = post(reader, ecg, tracings | units | {"tracings.rows": "1 2"}, act="drop tracings/2")
        first = {name: value for name, value in (tracings | units).items() if "/1/" in name}
        post(reader, ecg, first | {"tracings.rows": "1", "performed_on": "2025-03-03"})

        assert 'value="1"' in box(dropped, "tracings.rows")
        assert {path for path in again(ecg, by=coordinator).answers if "/" in path} == {
            "tracings/1/qt",
            "tracings/1/heart_rate",
        }

    def test_of_a_complete_form_are_explained_once_in_the_reason_for_all(self, reader, form_of, coordinator):
        ecg = form_of("EG")
        values = {"performed_on": "2025-03-03"} | {
            f"tracings/{row}/{item}": "400 ms" if item == "qt" else "60 /min"
            for row in (1, 2)
            for item in ("qt", "heart_rate")
        }
        complete(ecg, values, by=coordinator)
        kept = {
            "performed_on": "2025-03-03",
            "tracings.rows": "1",
            "tracings/1/qt": "400",
            "tracings/1/qt.unit": "ms",
            "tracings/1/heart_rate": "60",
            "tracings/1/heart_rate.unit": "/min",
        }

        refused = post(reader, again(ecg, by=coordinator), kept, act="complete", foreseen="1")
        html = refused.content.decode()

        assert refused.status_code == 422
        assert text_of(refused).count("Give the reason for this change.") == 1
        assert "row 2 was taken off" in text_of(refused)
        assert 'href="#box-why"' in html
        assert "#box-tracings-2" not in html
        assert 'aria-invalid="true"' in box(refused, "why")

    def test_of_known_lesions_stand_ready_on_the_next_scan(self, reader, form_of, coordinator):
        scan = form_of("TA")
        post(
            reader,
            scan,
            {"scan_on": "2025-03-03", "lesions.rows": "T1", "lesions/T1/class": "target", "lesions/T1/organ": "liver"},
        )
        reader.post(
            reverse("form-add", args=[scan.subject_id]), {"crf": "TA", "visit": str(scan.visit_id), "key": a_key()}
        )

        response = reader.get(reverse("form", args=[form_of("TA", 2).pk]))

        assert 'value="T1"' in box(response, "lesions.rows")
        assert '<option value="liver" selected>' in response.content.decode()

    def test_of_a_lesion_that_was_taken_off_do_not_come_back(self, reader, form_of, coordinator):
        scan = form_of("TA")
        rows = {f"lesions/{key}/organ": "liver" for key in ("T1", "T2", "T3")}
        post(reader, scan, rows | {"scan_on": "2025-03-03", "lesions.rows": "T1 T2 T3"})
        rows.pop("lesions/T3/organ")
        post(reader, again(scan, by=coordinator), rows | {"scan_on": "2025-03-03", "lesions.rows": "T1 T2"})
        reader.post(
            reverse("form-add", args=[scan.subject_id]), {"crf": "TA", "visit": str(scan.visit_id), "key": a_key()}
        )
        next_scan = form_of("TA", 2)

        opened = reader.get(reverse("form", args=[next_scan.pk]))
        one_more = post(reader, next_scan, rows | {"lesions.rows": "T1 T2"}, act="add lesions/T")

        assert 'value="T1 T2"' in box(opened, "lesions.rows")
        assert "lesions/T3/" not in opened.content.decode()
        assert 'value="T1 T2 T4"' in box(one_more, "lesions.rows")  # its number is not given again

    def test_with_a_key_no_page_writes_are_left_out(self, reader, form_of, coordinator):
        scan = form_of("TA")

        post(reader, scan, {"scan_on": "2025-03-03", "lesions.rows": "T1 ../x <b>", "lesions/T1/organ": "liver"})

        assert set(again(scan, by=coordinator).answers) == {"scan_on", "lesions/T1/organ"}


class TestAMoment:
    """Day and time may be typed with a blank or with a T between; the box shows the blank."""

    def test_that_is_saved_stands_with_a_blank(self, reader, form_of, coordinator):
        consent = form_of("ICF")
        post(reader, consent, {"signed_at": "2025-03-01T10:00"})

        shown = box(reader.get(reverse("form", args=[consent.pk])), "signed_at")

        assert again(consent, by=coordinator).answers["signed_at"]["value"] == "2025-03-01T10:00"
        assert 'value="2025-03-01 10:00"' in shown

    def test_of_a_draft_stands_with_a_blank(self, reader, form_of):
        consent = form_of("ICF")
        kept = {"based_on": "0", "signed_at": "2025-03-01T10:00"}
        reader.post(reverse("form-draft", args=[consent.pk]), kept)

        assert 'value="2025-03-01 10:00"' in box(reader.get(reverse("form", args=[consent.pk])), "signed_at")

    def test_that_cannot_be_read_stays_as_typed(self, reader, form_of):
        refused = post(reader, form_of("ICF"), {"signed_at": "Tuesday"})

        assert refused.status_code == 422
        assert 'value="Tuesday"' in box(refused, "signed_at")


class TestWhileTyping:
    def test_the_server_computes_and_says_dates_in_words_and_stores_nothing(self, reader, form_of, coordinator):
        ecg = form_of("EG")
        typed = {
            "performed_on": "2025.3.31",
            "tracings.rows": "1",
            "tracings/1/qt": "400",
            "tracings/1/qt.unit": "ms",
            "tracings/1/heart_rate": "60",
            "tracings/1/heart_rate.unit": "/min",
        }

        said = reader.post(reverse("form-peek", args=[ecg.pk]), typed).json()

        assert said["computed"]["qtcf"] == "400.0 ms"
        assert said["echoes"]["performed_on"] == "31 Mar 2025"
        assert again(ecg, by=coordinator).version == 0

    def test_what_is_not_known_yet_says_why(self, reader, form_of):
        said = reader.post(reverse("form-peek", args=[form_of("EG").pk]), {}).json()

        assert said["computed"]["qtcf"].startswith("not known yet: ")

    def test_the_server_says_which_items_are_asked(self, reader, form_of):
        address = reverse("form-peek", args=[form_of("DM").pk])

        of_a_woman = reader.post(address, {"sex": "female"}).json()
        of_a_man = reader.post(address, {"sex": "male"}).json()

        assert "childbearing" in of_a_woman["shown"]
        assert "childbearing" not in of_a_man["shown"]

    def test_a_draft_stands_there_again_for_its_author_alone(self, reader, form_of, coordinator):
        form = form_of("CH")
        reader.post(reverse("form-draft", args=[form.pk]), {"alt": "thirt", "based_on": "0"})
        colleague = browser_of(a_coordinator(site_of(coordinator)))

        mine, theirs = (client.get(reverse("form", args=[form.pk])) for client in (reader, colleague))

        assert 'value="thirt"' in box(mine, "alt")
        assert "did not save stands here again" in text_of(mine)
        assert 'value=""' in box(theirs, "alt")

    def test_a_draft_is_gone_with_the_save_or_when_it_is_discarded(self, reader, form_of, coordinator):
        saved, discarded = form_of("CH"), form_of("HE")
        for form in (saved, discarded):
            reader.post(reverse("form-draft", args=[form.pk]), {"comment": "typed", "based_on": "0"})

        post(reader, saved, CHEMISTRY)
        with as_actor(coordinator):
            [left] = Draft.objects.all()
        reader.post(reverse("form-draft-discard", args=[discarded.pk]), {"draft": left.pk})

        with as_actor(coordinator):
            assert not Draft.objects.exists()
        assert "did not save" not in text_of(reader.get(reverse("form", args=[discarded.pk])))


class TestWhoMayNotEnter:
    def test_reads_a_page_where_nothing_looks_editable(self, form_of, coordinator):
        form = form_of("DM")
        complete(form, DEMOGRAPHY, by=coordinator)
        monitor = browser_of(a_monitor(site_of(coordinator)))

        response = monitor.get(reverse("form", args=[form.pk]))

        assert "1 May 1970" in text_of(response)
        assert 'name="birth_date"' not in response.content.decode()
        assert "Your role at" in text_of(response)

    def test_and_posts_all_the_same_changes_nothing(self, form_of, coordinator):
        form = form_of("DM")
        monitor = browser_of(a_monitor(site_of(coordinator)))

        response = post(monitor, form, DEMOGRAPHY)

        assert response.status_code == 409
        assert again(form, by=coordinator).version == 0

    def test_of_a_locked_form_reads_the_rules_own_sentence(self, reader, form_of, coordinator, monkeypatch):
        nothing_stands_against(monkeypatch)
        form = form_of("DM")
        complete(form, DEMOGRAPHY, by=coordinator)
        actions.lock(form, by=a_data_manager(), at=timezone.now())

        response = reader.get(reverse("form", args=[form.pk]))

        assert "This form is locked. Ask the data manager to unlock it." in text_of(response)
        assert 'name="birth_date"' not in response.content.decode()

    def test_of_another_site_finds_nothing(self, form_of):
        stranger = browser_of(a_coordinator(a_site()))

        assert stranger.get(reverse("form", args=[form_of("DM").pk])).status_code == 404

    def test_of_a_blinded_evaluation_finds_nothing(self, coordinator, form_of):
        site = site_of(coordinator)
        author, other = a_surgeon(site), a_surgeon(site)
        evaluation = form_of("SU")
        complete(evaluation, EVALUATION, by=author)

        assert browser_of(author).get(reverse("form", args=[evaluation.pk])).status_code == 200
        assert browser_of(other).get(reverse("form", args=[evaluation.pk])).status_code == 404


class TestSteps:
    def test_a_form_is_marked_as_not_done_with_its_reason(self, reader, form_of, coordinator):
        form = form_of("EG")
        address = reverse("form-not-done", args=[form.pk])

        refused = reader.post(address, {"reason": " "})
        for _sent_twice in range(2):
            done = reader.post(address, {"reason": "Subject declined"})
            assert done.url == reverse("casebook", args=[form.subject_id])

        assert "Say why this form was not done." in text_of(refused)
        assert again(form, by=coordinator).not_done_reason == "Subject declined"

    def test_a_query_is_asked_answered_and_closed(self, reader, form_of, coordinator):
        form = form_of("DM")
        complete(form, DEMOGRAPHY, by=coordinator)
        manager = browser_of(a_data_manager())

        asked = manager.post(reverse("query-ask", args=[form.pk, "birth_date"]), {"text": "Is this the year of birth?"})
        with as_actor(coordinator):
            query = Query.objects.get(form=form)
        reader.post(reverse("query-step", args=[query.pk, "answer"]), {"text": "Yes."})
        manager.post(reverse("query-step", args=[query.pk, "close"]), {"text": ""})
        shown = manager.get(reverse("query", args=[query.pk]))

        assert asked.url == reverse("query", args=[query.pk])
        assert [each.state for each in queries_on(form, by=coordinator)] == ["closed"]
        assert "Is this the year of birth?" in text_of(shown)
        assert "Yes." in text_of(shown)

    def test_a_query_without_words_is_refused_and_stays_as_it_was(self, form_of, coordinator):
        form = form_of("DM")
        manager = browser_of(a_data_manager())

        response = manager.post(reverse("query-ask", args=[form.pk, "birth_date"]), {"text": " "})

        assert response.status_code == 409
        assert queries_on(form, by=coordinator) == []

    def test_the_history_names_old_and_new_who_when_and_why(self, reader, form_of, coordinator):
        form = form_of("CH")
        post(reader, form, {"alt": "30", "alt.unit": "U/L"})
        post(reader, again(form, by=coordinator), {"alt": "31", "alt.unit": "U/L"})

        said = text_of(reader.get(reverse("item-history", args=[form.pk, "alt"])))

        assert "30 U/L" in said
        assert "31 U/L" in said
        assert coordinator.name in said

    @pytest.mark.parametrize("path", ["nothing", "alt/1/x", "lesions"])
    def test_an_item_that_does_not_exist_has_no_history(self, reader, form_of, path):
        assert reader.get(reverse("item-history", args=[form_of("CH").pk, path])).status_code == 404


class TestASignature:
    """Both parts at the first signature of a session, the password at each; bound to the version that was read."""

    PASSWORD = "a-long-Password-for-tests"

    @pytest.fixture
    def demography(self, form_of, coordinator) -> Form:
        form = form_of("DM")
        complete(form, DEMOGRAPHY, by=coordinator)
        return again(form, by=coordinator)

    @pytest.fixture
    def investigator(self, coordinator):
        return a_user(Role.SUB_INVESTIGATOR, site_of(coordinator), password=self.PASSWORD)

    def sign(self, client: Client, form: Form, **typed: object):
        return client.post(reverse("form-sign", args=[form.pk]), {"version": form.version, **typed})

    def test_is_reached_from_the_page_of_a_complete_form(self, reader, demography, form_of, investigator):
        client, address = browser_of(investigator), reverse("form-sign", args=[demography.pk])

        shown = client.get(reverse("form", args=[demography.pk])).content.decode()

        assert f'href="{address}"' in shown
        assert address not in reader.get(reverse("form", args=[demography.pk])).content.decode()
        assert "/sign/" not in client.get(reverse("form", args=[form_of("CH").pk])).content.decode().split("<main")[1]

    def test_that_stands_already_is_a_grey_button_with_the_rules_sentence(self, demography, investigator):
        client = browser_of(investigator)
        self.sign(client, demography, email=investigator.email, password=self.PASSWORD)

        shown = client.get(reverse("form", args=[demography.pk]))

        assert "You have signed this version of the form already." in text_of(shown)

    def test_stands_when_address_and_password_are_given(self, demography, investigator):
        answer = self.sign(browser_of(investigator), demography, email=investigator.email, password=self.PASSWORD)

        assert answer.status_code == 302
        assert Signature.objects.filter(about_id=demography.pk, signer=investigator).count() == 1

    @pytest.mark.parametrize(
        ("email", "password", "sentence"),
        [
            ("", PASSWORD, "The first signature after logging in needs your own e-mail address and your password."),
            ("own", "wrong", "This is not your password; type it again. Nothing was signed."),
            ("own", "", "This is not your password; type it again. Nothing was signed."),
        ],
    )
    def test_is_refused_without_both_parts(self, demography, investigator, email, password, sentence):
        email = investigator.email if email == "own" else email

        answer = self.sign(browser_of(investigator), demography, email=email, password=password)

        assert answer.status_code == 409
        assert sentence in text_of(answer)
        assert not Signature.objects.filter(about_id=demography.pk).exists()

    @pytest.mark.parametrize("version", ["0", "", "x"])
    def test_is_refused_on_another_version_than_was_read(self, demography, investigator, version):
        typed = {"email": investigator.email, "password": self.PASSWORD, "version": version}

        answer = browser_of(investigator).post(reverse("form-sign", args=[demography.pk]), typed)

        assert answer.status_code == 409
        assert "This form was changed while you read it." in text_of(answer)
        assert not Signature.objects.filter(about_id=demography.pk).exists()


def test_enter_in_a_box_submits_nothing(reader, form_of):
    html = reader.get(reverse("form", args=[form_of("CH").pk])).content.decode()
    entry = html[html.index('class="entry"') :]

    assert re.search(r"<button[^>]*>", entry)[0] == '<button type="submit" disabled hidden>'


def test_the_laboratory_stands_in_the_list(reader, form_of):
    laboratory = a_laboratory()

    assert laboratory.name in text_of(reader.get(reverse("form", args=[form_of("CH").pk])))


def test_what_an_import_declared_is_said_and_kept_when_others_save(reader, form_of, coordinator):
    form = form_of("CH")
    imported = {"alt": Answer(value="30", unit="U/L", declared=("unit",))}
    actions.save_form(form, by=coordinator, at=timezone.now(), answers=imported, based_on=0, key=a_key())
    form = again(form, by=coordinator)

    shown = reader.get(reverse("form", args=[form.pk]))
    post(reader, form, CHEMISTRY)

    assert "Declared by the mapping of an import: unit" in text_of(shown)
    assert again(form, by=coordinator).answers["alt"]["declared"] == ["unit"]


def test_the_rest_of_a_section_is_marked_not_done_with_one_reason_and_saved_only_by_a_save(
    reader, form_of, coordinator
):
    form = form_of("CH")

    response = post(
        reader, form, {"bilirubin": "12", "bilirubin.unit": "µmol/L", "section.2.reason": "tube lost"}, act="rest 2"
    )

    assert "9 items are marked as not done; save to keep them." in text_of(response)
    assert 'value="12"' in box(response, "bilirubin")
    assert 'value="tube lost"' in box(response, "alt.reason")
    assert again(form, by=coordinator).version == 0
