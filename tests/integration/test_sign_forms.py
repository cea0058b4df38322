"""One ceremony for a listed set: a record per form, bound to what was shown; a change voids it and asks anew."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Signature
from audit.door import as_actor, record
from casebook import actions
from casebook.content import content_hash
from casebook.selectors.signature_proof import unbound_signatures
from casebook.selectors.signatures import signature_state, signature_states
from casebook.selectors.signing import waiting_for_signature
from protocol.roles import Role
from tests.casebook_ground import (
    DEMOGRAPHY,
    VITALS,
    a_coordinator,
    a_monitor,
    a_subject,
    again,
    complete,
    site_of,
    the_form,
)
from tests.integration.test_entry_pages import browser_of, text_of
from tests.people import a_user

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-Password-for-tests"


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def investigator(coordinator):
    return a_user(Role.SUB_INVESTIGATOR, site_of(coordinator), password=PASSWORD)


def a_filled_subject(coordinator):
    subject = a_subject(coordinator)
    for crf, typed in (("DM", DEMOGRAPHY), ("VS", VITALS)):
        complete(the_form(subject, crf, by=coordinator), typed, by=coordinator)
    return [the_form(subject, crf, by=coordinator) for crf in ("DM", "VS")]


def ticked(*forms):
    return {f"sign.{form.pk}": f"{form.version}.{content_hash(form)}" for form in forms}


def both(investigator):
    return {"email": investigator.email, "password": PASSWORD}


def signed_of(form, by):
    with as_actor(by):
        return list(Signature.objects.filter(about_id=form.pk).order_by("signed_at"))


def corrected(form, coordinator):
    """Change one answer of a complete demography."""
    typed = {**DEMOGRAPHY, "birth_date": "1970-05-02"}
    complete(again(form, by=coordinator), typed, by=coordinator, reasons={"birth_date": "Misread"})
    return again(form, by=coordinator)


# --- the ceremony ---------------------------------------------------------------------------------------------


def test_one_ceremony_gives_each_form_its_own_record(coordinator, investigator):
    demography, vitals = a_filled_subject(coordinator)
    client = browser_of(investigator)

    answer = client.post(reverse("sign-forms"), {**ticked(demography, vitals), **both(investigator)}, follow=True)

    assert f"2 forms are signed: {demography.subject.number}" in text_of(answer)
    for form in (demography, vitals):
        [signature] = signed_of(form, investigator)
        assert (signature.printed_name, signature.form_version) == (investigator.name, form.version)
        assert signature.content_hash == content_hash(form)
        assert signature.meaning == "I have reviewed this form; its answers are complete and correct."


def test_both_parts_at_the_first_signing_of_a_session_and_the_password_afterwards(coordinator, investigator):
    demography, vitals = a_filled_subject(coordinator)
    client, address = browser_of(investigator), reverse("sign-forms")
    first = client.post(address, {**ticked(demography), "password": PASSWORD})
    client.post(address, {**ticked(demography), **both(investigator)})
    page = client.get(address)

    later = client.post(address, {**ticked(vitals), "password": PASSWORD})

    assert first.status_code == 409
    assert "needs your own e-mail address and your password" in text_of(first)
    assert "signer-email" not in page.content.decode()
    assert (later.status_code, len(signed_of(vitals, investigator))) == (302, 1)


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_signs_nothing_and_keeps_what_was_ticked(coordinator, investigator, password):
    demography, _vitals = a_filled_subject(coordinator)

    answer = browser_of(investigator).post(
        reverse("sign-forms"), {**ticked(demography), "email": investigator.email, "password": password}
    )

    assert answer.status_code == 409
    assert "This is not your password" in text_of(answer)
    assert [row.form.pk for row in answer.context["rows"] if row.ticked] == [demography.pk]
    assert signed_of(demography, investigator) == []


def test_somebody_elses_password_signs_nothing(coordinator, investigator):
    demography, _vitals = a_filled_subject(coordinator)
    other = a_user(Role.SUB_INVESTIGATOR, site_of(coordinator), password=PASSWORD + "!")

    answer = browser_of(investigator).post(
        reverse("sign-forms"), {**ticked(demography), "email": other.email, "password": PASSWORD + "!"}
    )

    assert answer.status_code == 409
    assert signed_of(demography, investigator) == []


def test_the_same_request_twice_gives_one_signature_each(coordinator, investigator):
    demography, vitals = a_filled_subject(coordinator)
    client, typed = browser_of(investigator), {**ticked(demography, vitals), **both(investigator)}

    client.post(reverse("sign-forms"), typed)
    with patch("casebook.views.signing.sign_form") as signs:
        again_sent = client.post(reverse("sign-forms"), typed, follow=True)

    assert not signs.called
    assert text_of(again_sent).count("2 forms were signed by you before; they stay so.") == 1
    assert [len(signed_of(form, investigator)) for form in (demography, vitals)] == [1, 1]


def test_a_form_changed_meanwhile_is_left_out_and_named_while_the_others_are_signed(coordinator, investigator):
    demography, vitals = a_filled_subject(coordinator)
    shown = ticked(demography, vitals)
    corrected(demography, coordinator)

    answer = browser_of(investigator).post(reverse("sign-forms"), {**shown, **both(investigator)}, follow=True)

    said = text_of(answer)
    assert "Demography is not signed. This form was changed while you read it." in said
    assert "1 form is signed" in said
    assert (len(signed_of(demography, investigator)), len(signed_of(vitals, investigator))) == (0, 1)


def test_a_hash_that_was_not_shown_is_refused(coordinator, investigator):
    demography, _vitals = a_filled_subject(coordinator)
    forged = {f"sign.{demography.pk}": f"{demography.version}.{'0' * 64}"}

    answer = browser_of(investigator).post(reverse("sign-forms"), {**forged, **both(investigator)})

    assert answer.status_code == 409
    assert "Nothing was signed." in text_of(answer)
    assert signed_of(demography, investigator) == []


@pytest.mark.parametrize("odd", [{}, {"sign.x": "1.a"}, {"sign.": ""}])
def test_nothing_ticked_or_nothing_known_signs_nothing(coordinator, investigator, odd):
    answer = browser_of(investigator).post(reverse("sign-forms"), {**odd, **both(investigator)})

    assert answer.status_code == 409


def test_a_form_of_another_site_is_not_there_to_be_signed(coordinator, investigator):
    foreign, _vitals = a_filled_subject(a_coordinator())

    answer = browser_of(investigator).post(reverse("sign-forms"), {**ticked(foreign), **both(investigator)})

    assert answer.status_code == 409
    assert signed_of(foreign, a_monitor(foreign.site)) == []


def test_the_whole_casebook_of_a_subject_is_ticked_and_signed_at_once(coordinator, investigator):
    demography, vitals = a_filled_subject(coordinator)
    client = browser_of(investigator)
    casebook = client.get(reverse("casebook", args=[demography.subject_id])).content.decode()
    address = f"{reverse('sign-forms')}?subject={demography.subject_id}&all=1"

    page = client.get(address)

    assert f'href="{address.replace("&", "&amp;")}"' in casebook
    assert "Sign the whole casebook (2 forms)" in casebook
    assert {row.form.pk for row in page.context["rows"] if row.ticked} == {demography.pk, vitals.pk}


def test_a_form_with_an_open_query_is_listed_with_the_reason_and_not_to_be_ticked(coordinator, investigator):
    demography, _vitals = a_filled_subject(coordinator)
    actions.open_query(demography, by=a_monitor(demography.site), at=timezone.now(), text="Sure?", path="sex")

    page = browser_of(investigator).get(reverse("sign-forms"))

    assert "Answer the open queries of this form before signing (1 left)." in text_of(page)
    assert f'name="sign.{demography.pk}"' not in page.content.decode()


def test_the_list_asks_the_same_for_one_form_and_for_many(coordinator, investigator):
    client, address = browser_of(investigator), reverse("sign-forms")
    first, _vitals = a_filled_subject(coordinator)
    actions.sign_form(first, by=investigator, at=timezone.now())
    corrected(first, coordinator)
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _number in range(2):
        again_signed, _other = a_filled_subject(coordinator)
        actions.sign_form(again_signed, by=investigator, at=timezone.now())
        corrected(again_signed, coordinator)

    with CaptureQueriesContext(connection) as many:
        page = client.get(address)

    assert len(page.context["rows"]) == 6
    assert len(many) == len(one)


def test_ten_wrong_passwords_lock_the_ceremony(coordinator, investigator):
    demography, _vitals = a_filled_subject(coordinator)
    client = browser_of(investigator)
    wrong = {**ticked(demography), "email": investigator.email, "password": "wrong"}

    said = [text_of(client.post(reverse("sign-forms"), wrong)) for _attempt in range(11)]

    assert "There were too many attempts; wait 15 minutes" in said[-1]


# --- what voids it --------------------------------------------------------------------------------------------


def test_a_change_voids_the_signature_and_shows_since_when_and_what(coordinator, investigator):
    demography, _vitals = a_filled_subject(coordinator)
    actions.sign_form(demography, by=investigator, at=timezone.now())

    changed = corrected(demography, coordinator)

    with as_actor(investigator):
        state = signature_state(changed)
        waits = set(waiting_for_signature(investigator).values_list("pk", flat=True))
    [change] = state.changes
    assert (state.state, state.signature.signer_id, change.path) == ("void", investigator.pk, "birth_date")
    assert (change.old.value, change.new.value) == ("1970-05-01", "1970-05-02")
    assert state.void_since is not None
    assert demography.pk in waits


def test_form_page_casebook_and_list_say_that_the_signature_is_void(coordinator, investigator):
    demography, _vitals = a_filled_subject(coordinator)
    actions.sign_form(demography, by=investigator, at=timezone.now())
    corrected(demography, coordinator)
    client = browser_of(investigator)

    form, casebook, waiting = (
        text_of(client.get(address))
        for address in (
            reverse("form", args=[demography.pk]),
            reverse("casebook", args=[demography.subject_id]),
            reverse("sign-forms"),
        )
    )

    assert f"The signature of {investigator.name} is void since" in form
    assert "1 change. It has to be signed again." in form
    assert "Signature void since" in casebook
    assert "1 May 1970 → 2 May 1970" in waiting
    assert f"signed by {investigator.name} on" in waiting


def test_signed_again_it_stands_again_and_the_void_one_is_kept(coordinator, investigator):
    demography, _vitals = a_filled_subject(coordinator)
    actions.sign_form(demography, by=investigator, at=timezone.now())
    changed = corrected(demography, coordinator)

    actions.sign_form(changed, by=investigator, at=timezone.now(), version=changed.version)

    with as_actor(investigator):
        assert signature_state(changed).state == "signed"
    assert len(signed_of(changed, investigator)) == 2


def test_a_signature_copied_to_another_form_does_not_stand_there(coordinator, investigator):
    demography, vitals = a_filled_subject(coordinator)
    actions.sign_form(demography, by=investigator, at=timezone.now())
    [given] = signed_of(demography, investigator)
    with as_actor(investigator):
        copied = Signature.objects.get(pk=given.pk)
        copied.pk, copied.about_id, copied.form_version, copied._state.adding = None, vitals.pk, vitals.version, True
        copied.save(force_insert=True)
        record("test.copied", subject=vitals.subject, by=investigator, at=timezone.now())

        states = signature_states([demography, vitals])
        found = list(unbound_signatures(connection.connection))

    assert states[demography.pk].state == "signed"
    assert (states[vitals.pk].state, states[vitals.pk].is_foreign) == ("void", True)
    assert found == [
        f"Signature {copied.pk} of {investigator.name} was not given for version {vitals.version} of form {vitals.pk}."
    ]


def test_every_signature_is_proven_by_the_trail_also_one_that_is_void(coordinator, investigator):
    demography, _vitals = a_filled_subject(coordinator)
    actions.sign_form(demography, by=investigator, at=timezone.now())
    changed = corrected(demography, coordinator)
    actions.sign_form(changed, by=investigator, at=timezone.now())

    with as_actor(investigator):
        assert list(unbound_signatures(connection.connection)) == []


@pytest.mark.parametrize("key", ["00000000-0000-0000-0000-000000000001", "no-key"])
def test_forms_that_are_not_there_leave_a_sentence(coordinator, investigator, key):
    response = browser_of(investigator).post("/sign/", {f"sign.{key}": "1.x", **both(investigator)})

    assert response.status_code == 409
    assert "Nothing was signed, because none of the ticked forms is there for you." in text_of(response)


def test_a_subject_that_cannot_be_is_not_taken_for_all(coordinator, investigator):
    a_filled_subject(coordinator)

    assert browser_of(investigator).get("/sign/?subject=garbage&all=1").status_code == 404
    assert browser_of(investigator).get("/sign/?subject=&all=1").status_code == 200
