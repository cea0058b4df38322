"""The pages of randomization: what stands before the click, the refusal that loses nothing, and who sees the arm."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.confirmation import SIGNED_IN_SESSION
from accounts.models import User
from audit.models import Event
from outbox.models import Message
from protocol.arms import ARMS
from protocol.roles import Role
from protocol.trial import TRIAL
from randomization.models import Allocation, AllocationList
from rehearsal.cast import Cast
from rehearsal.walk import Walk
from tests.people import a_user
from tests.permissions_table import ADDRESSES
from tests.randomization_ground import a_list, a_randomized_subject, an_eligible_subject, randomize
from tests.rehearsal_ground import a_cast, judging, taken_back

PASSWORD = "correct horse battery staple"
HIDDEN = [f">{arm.title}<" for arm in ARMS] + [f'"{arm.code}"' for arm in ARMS] + [f",{arm.code}," for arm in ARMS]
BLIND = (Role.STATISTICIAN, Role.READER, Role.MEDICAL_REVIEWER)


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast()


@pytest.fixture(scope="module")
def eligible(cast: Cast) -> Walk:
    """A subject that waits, beside one that was randomized."""
    a_list(by=cast.one(Role.UNBLINDED_STATISTICIAN))
    a_randomized_subject(cast, "randomized")
    return an_eligible_subject(cast)


@pytest.fixture(autouse=True)
def _taken_back(eligible: Walk) -> Iterator[None]:
    with taken_back():
        yield


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def with_password(person: User) -> User:
    """Return the person, read anew: the cast is shared, and what a test does is undone."""
    user = User.objects.get(pk=person.pk)
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


def page(user: User, name: str, *args: object, status: int = 200) -> str:
    response = browser_of(user).get(reverse(name, args=args))
    assert response.status_code == status, response.content[:2000]
    return response.content.decode()


def click(here: Walk, user: User, **typed: str):
    """Post what the page of the subject asks for, unless told otherwise."""
    said = {"attests": "yes", "email": user.email, "password": PASSWORD, **typed}
    return browser_of(user).post(reverse("randomize", args=[here.subject.pk]), said)


def attempts(here: Walk) -> list[str]:
    with judging():
        told = Event.objects.filter(kind="randomization.subject.refused", subject_id=here.subject.pk)
        return list(told.order_by("sequence").values_list("english", flat=True))


def test_a_refused_click_is_no_signature_and_the_next_one_asks_for_both_parts(eligible):
    coordinator = with_password(eligible.one(Role.COORDINATOR))
    client, address = browser_of(coordinator), reverse("randomize", args=[eligible.subject.pk])

    refused = client.post(address, {"email": coordinator.email, "password": PASSWORD})
    assert refused.status_code == 409
    again = client.post(address, {"password": PASSWORD, "attests": "yes"})

    assert again.status_code == 409
    assert "The first signature after logging in needs your own e-mail address" in again.content.decode()
    assert 'name="email"' in again.content.decode()


@pytest.mark.parametrize("has_signed", [False, True])
def test_nobody_signs_with_the_address_of_somebody_else(eligible, has_signed):
    coordinator = with_password(eligible.one(Role.COORDINATOR))
    client, address = browser_of(coordinator), reverse("randomize", args=[eligible.subject.pk])
    if has_signed:
        session = client.session
        session[SIGNED_IN_SESSION] = True
        session.save()

    answer = client.post(address, {"email": "else@example.org", "password": PASSWORD, "attests": "yes"})

    assert answer.status_code == 409
    assert ("This e-mail address is not yours" in answer.content.decode()) is has_signed
    with judging():
        assert not Allocation.objects.filter(subject=eligible.subject).exists()


def test_after_a_signature_the_password_is_enough(eligible):
    coordinator = with_password(eligible.one(Role.COORDINATOR))
    client, address = browser_of(coordinator), reverse("randomize", args=[eligible.subject.pk])

    client.post(address, {"email": coordinator.email, "password": PASSWORD, "attests": "yes"})

    assert client.session[SIGNED_IN_SESSION] is True


def test_the_page_shows_gate_strata_and_that_it_is_irrevocable(eligible):
    shown = page(eligible.one(Role.COORDINATOR), "randomize", eligible.subject.pk)

    assert all(f">{code}</abbr>" in shown for code in ("I05", "I07a", "E12"))
    assert "Macrovascular invasion at diagnosis" in shown
    assert "This cannot be taken back" in shown
    assert "valid until" in shown


def test_a_click_randomizes_and_shows_the_arm_and_its_certificate(eligible):
    coordinator = with_password(eligible.one(Role.COORDINATOR))

    answer = click(eligible, coordinator)

    assert answer.status_code == 302
    with judging():
        allocation = Allocation.objects.get(subject=eligible.subject)
    title = next(arm.title for arm in ARMS if arm.code == allocation.arm)
    assert title in page(coordinator, "allocation", eligible.subject.pk)
    pdf = browser_of(coordinator).get(reverse("allocation-certificate", args=[eligible.subject.pk]))
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"attests": ""}, "tick the box. Nobody was randomized."),
        ({"password": "wrong"}, "This is not your password"),
        ({"email": ""}, "The first signature after logging in needs your own e-mail address"),
    ],
)
def test_a_refused_click_says_why_and_is_on_record(eligible, typed, sentence):
    coordinator = with_password(eligible.one(Role.COORDINATOR))

    answer = click(eligible, coordinator, **typed)

    assert answer.status_code == 409
    assert sentence in answer.content.decode()
    assert len(attempts(eligible)) == 1
    with judging():
        assert not Allocation.objects.filter(subject=eligible.subject).exists()


def test_a_second_click_names_when_it_was_done(eligible):
    coordinator = with_password(eligible.one(Role.COORDINATOR))
    allocation = randomize(eligible)

    answer = click(eligible, coordinator)

    assert answer.status_code == 409
    assert f"as number {allocation.number}" in answer.content.decode()
    assert "was randomized already" in attempts(eligible)[0]


def test_who_does_not_randomize_at_the_site_finds_no_such_page(eligible, cast):
    stranger = cast.one(Role.COORDINATOR, "02", mark="02")

    assert browser_of(stranger).get(reverse("randomize", args=[eligible.subject.pk])).status_code == 404
    assert browser_of(stranger).get(reverse("allocation", args=[eligible.subject.pk])).status_code == 404
    assert browser_of(stranger).get(reverse("allocation-certificate", args=[eligible.subject.pk])).status_code == 404
    assert browser_of(stranger).post(reverse("randomize", args=[uuid4()])).status_code == 404


def test_the_list_shows_who_waits_and_who_was_randomized(eligible):
    coordinator = eligible.one(Role.COORDINATOR)

    shown = page(coordinator, "randomization")

    assert reverse("randomize", args=[eligible.subject.pk]) in shown
    assert any(arm.title in shown for arm in ARMS)
    assert "0 of 60 subjects of the trial are randomized" in shown


def test_who_opens_lists_and_sees_no_subject_is_told_what_to_do_there(eligible):
    manager = a_user(Role.RANDOMIZATION_MANAGER, None)

    board, home = page(manager, "randomization"), page(manager, "home")

    assert "Your role sees no subject. It takes part in opening a sealed list" in board
    assert f'href="{reverse("allocation-lists")}"' in board
    assert "Here will stand everyone who was randomized" not in board
    assert "stand under Subjects" not in home
    assert "the lists stand under Randomization" in home


def test_the_list_asks_the_same_queries_for_one_and_for_two(eligible):
    client = browser_of(eligible.one(Role.COORDINATOR))
    client.get(reverse("randomization"))
    with CaptureQueriesContext(
        connection,
    ) as with_one:
        client.get(reverse("randomization"))
    randomize(eligible)

    with CaptureQueriesContext(connection) as with_two:
        client.get(reverse("randomization"))

    assert len(with_two) == len(with_one)


@pytest.mark.parametrize("role", BLIND)
def test_no_page_tells_the_arm_to_whoever_may_not_know_it(eligible, cast, role):
    randomize(eligible)
    client = browser_of(cast.one(role, "01"))

    told = {name: words for name, path in walked(eligible) if (words := arms_in(client.get(path)))}

    assert told == {}


def walked(here: Walk) -> Iterator[tuple[str, str]]:
    """Yield every address that shows a list or something of one subject."""
    for address in ADDRESSES:
        if address.needs is None or address.post or address.also or address.about not in ("", "subject"):
            continue
        keys = {"subject_id": here.subject.pk} if address.about else {}
        yield address.name, reverse(address.name, kwargs=keys)


def arms_in(answer) -> list[str]:
    """Return the arms an answer tells; the name of the trial holds the words of both and tells nothing."""
    body = answer.getvalue().decode(errors="replace")
    return [word for word in HIDDEN if word in body.replace(TRIAL.short_name, "").replace(TRIAL.title, "")]


@pytest.mark.parametrize("role", BLIND)
@pytest.mark.parametrize("name", ["randomization", "allocation", "allocation-certificate", "audit-events"])
def test_whoever_may_not_know_the_arm_does_not_come_to_where_it_stands(eligible, cast, role, name):
    randomize(eligible)
    args = [] if name in ("randomization", "audit-events") else [eligible.subject.pk]

    assert browser_of(cast.one(role, "01")).get(reverse(name, args=args)).status_code == 403


def test_no_mail_goes_to_whoever_may_not_know_the_arm(eligible, cast):
    randomize(eligible)

    told = set(Message.objects.filter(kind="randomization.randomized").values_list("recipient", flat=True))
    assert not told & {cast.one(role, "01").email for role in (*BLIND, Role.SURGEON, Role.DATA_MANAGER)}


class TestLists:
    """The unblinded statistician's page."""

    def test_shows_what_was_used_and_no_arm(self, eligible, cast):
        shown = page(cast.one(Role.UNBLINDED_STATISTICIAN), "allocation-lists")

        assert AllocationList.objects.get().commitment in shown
        assert not [word for word in HIDDEN if word in shown.replace(TRIAL.short_name, "")]

    def test_makes_a_list_with_a_password(self, eligible, cast):
        statistician = with_password(cast.one(Role.UNBLINDED_STATISTICIAN))
        typed = {"name": "List of the trial", "at_least": "20", "for_trial": "yes"}
        proven = {"email": statistician.email, "password": PASSWORD}

        answer = browser_of(statistician).post(reverse("list-make"), typed | proven)

        assert answer.status_code == 302
        assert AllocationList.objects.filter(for_trial=True, at_least=20).exists()

    @pytest.mark.parametrize("at_least", ["", "0", "many", "1001", "99999999"])
    def test_says_which_length_is_wrong_and_keeps_the_name(self, eligible, cast, at_least):
        statistician = with_password(cast.one(Role.UNBLINDED_STATISTICIAN))
        typed = {"name": "My list", "at_least": at_least, "email": statistician.email, "password": PASSWORD}

        answer = browser_of(statistician).post(reverse("list-make"), {**typed, "for_trial": "yes"})

        assert answer.status_code == 409
        assert "a whole number from 1 to 1000" in answer.content.decode()
        assert 'value="My list"' in answer.content.decode()

    def test_opens_by_two_persons_and_shows_what_was_unused_once(self, eligible, cast):
        statistician, manager = cast.one(Role.UNBLINDED_STATISTICIAN), cast.one(Role.RANDOMIZATION_MANAGER)
        made = AllocationList.objects.get()
        asked = {"list": str(made.pk), "reason": "The trial was stopped."}
        assert browser_of(statistician).post(reverse("list-ask"), asked).status_code == 302
        opening = made.openings.get()
        manager = with_password(manager)
        typed = {"opening": str(opening.pk), "email": manager.email, "password": PASSWORD}

        answer = browser_of(manager).post(reverse("list-open"), typed)

        assert answer.status_code == 200
        assert all(arm.code in answer.content.decode() for arm in ARMS)

    @pytest.mark.parametrize("name", ["list-end", "list-ask", "list-open"])
    @pytest.mark.parametrize("key", ["", "x", "0348ab43-b805-4c35-8c93-5838a968e03c"])
    def test_a_list_that_is_not_there_is_a_sentence(self, eligible, cast, name, key):
        statistician = cast.one(Role.UNBLINDED_STATISTICIAN)

        answer = browser_of(statistician).post(reverse(name), {"list": key, "opening": key, "reason": "x"})

        assert answer.status_code == 409
        assert "Choose one of the lists on this page." in answer.content.decode()
