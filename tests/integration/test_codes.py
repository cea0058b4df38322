"""The search in a long code list: few entries, for whoever reads forms, without a query of clinical data."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from protocol.roles import Role
from protocol.searching import MOST
from tests.people import a_site, a_user

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def coder() -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(a_user(Role.COORDINATOR, a_site("GZ1")), backend=BACKEND)
    return client


def found(coder: Client, typed: str, name: str = "ctcae-term") -> str:
    answer = coder.get(reverse("codes", args=[name]), {"q": typed})
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_fits_comes_as_options_with_the_class_beside(coder):
    assert '<option value="Febrile neutropenia" label="Blood and lymphatic system disorders">' in found(
        coder, "febrile"
    )


def test_no_more_come_than_anybody_reads(coder):
    assert found(coder, "e").count("<option") == MOST


@pytest.mark.parametrize("typed", ["", "zzz", "<script>", "x" * 5000])
def test_nothing_comes_where_nothing_fits(coder, typed):
    assert "<option" not in found(coder, typed)


def test_a_list_that_is_none_is_not_found(coder):
    assert coder.get(reverse("codes", args=["sex"]), {"q": "m"}).status_code == 404


def test_a_stranger_is_sent_to_the_log_in():
    assert Client(HTTP_HOST="localhost").get(reverse("codes", args=["ctcae-term"])).status_code == 302
