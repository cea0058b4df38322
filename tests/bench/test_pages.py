"""What drawing costs: the form page and the status grid against the barest page a logged-in person can open."""

from __future__ import annotations

from itertools import count
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import SITE_ROLES
from protocol.roles import Role
from tests.bench.figures import paired_seconds
from tests.bench.volume import copy_subject
from tests.people import a_user

ROUNDS = 40
LESION = {
    "class": "target",
    "organ": "liver",
    "segment": "4",
    "evaluable": "Y",
    "enhancement": "present",
    "viable_diameter": "23 mm",
    "whole_diameter": "25 mm",
}
SCAN = {"scan_on": "2025-03-03", "timepoint": "baseline", "modality": "mri", "arterial_phase": "Y"}
LESIONS = {f"lesions/T{number}/{item}": value for number in range(1, 6) for item, value in LESION.items()}


def scan_with_five_lesions(subject, coordinator):
    from casebook import actions
    from casebook.models import Form
    from tests.casebook_ground import a_key, answered

    form = Form.objects.get(subject=subject, crf="TA")
    answers = answered("TA", SCAN | LESIONS)
    actions.save_form(form, by=coordinator, at=timezone.now(), answers=answers, based_on=0, key=a_key())
    return form


def opened(client: Client, address: str) -> int:
    response = client.get(address)
    assert response.status_code == 200
    return len(response.content)


def queries_of(client: Client, address: str) -> int:
    opened(client, address)
    with CaptureQueriesContext(connection) as captured:
        opened(client, address)
    return len(captured)


def test_a_form_page_of_sixty_items(reader, subject, coordinator, figures):
    from audit.door import as_actor

    with as_actor(coordinator):
        form = scan_with_five_lesions(subject, coordinator)
    address = reverse("form", args=[form.pk])
    assert reader.get(address).content.count(b"data-item=") >= 60

    bare, ours = paired_seconds(lambda: opened(reader, "/bare/"), lambda: opened(reader, address), rounds=ROUNDS)

    figures.ratio("Form page of 60 items, to a bare logged-in view", ours, bare=bare, at_most=6)


def test_a_save_of_a_form_of_sixty_items_through_its_page(reader, subject, coordinator, figures):
    from audit.door import as_actor
    from tests.casebook_ground import a_key
    from tests.soak.browser import form_in

    with as_actor(coordinator):
        form = scan_with_five_lesions(subject, coordinator)
    address = reverse("form", args=[form.pk])
    typed = form_in(reader.get(address).content.decode(), "based_on")
    versions = count(int(typed["based_on"]))

    def saved() -> None:
        version = next(versions)
        changed = {"based_on": str(version), "key": a_key(), "lesions/T1/viable_diameter": str(20 + version % 9)}
        posted = urlencode(typed | changed | {"act": "save"})
        assert reader.post(address, posted, content_type="application/x-www-form-urlencoded").status_code == 302

    bare, ours = paired_seconds(lambda: opened(reader, "/bare/"), saved, rounds=ROUNDS)

    # Each checks the form, computes the response, judges 42 criteria and keeps all of it in the trail.
    figures.ratio("Save of a form of 60 items through its page, to a bare logged-in view", ours, bare=bare, at_most=12)


def test_typing_feedback_on_a_form_of_sixty_items(reader, subject, coordinator, figures):
    from audit.door import as_actor
    from tests.soak.browser import form_in

    with as_actor(coordinator):
        form = scan_with_five_lesions(subject, coordinator)
    typed = form_in(reader.get(reverse("form", args=[form.pk])).content.decode(), "based_on")
    address = reverse("form-peek", args=[form.pk])

    def peeked() -> None:
        response = reader.post(address, urlencode(typed), content_type="application/x-www-form-urlencoded")
        assert response.json()["computed"]["sum_viable"] == "46 mm"  # two lesions of an organ at most

    peeked()
    bare, ours = paired_seconds(lambda: opened(reader, "/bare/"), peeked, rounds=ROUNDS)

    figures.ratio("Typing feedback on a form of 60 items, to a bare logged-in view", ours, bare=bare, at_most=6)
    figures.seconds("Typing feedback, median", ours, at_most=0.150)


def test_the_status_grid_of_fifty_subjects_and_thirty_visits(reader, subject, bench_db, durable_postgres, figures):
    copy_subject(
        durable_postgres, bench_db, subject.pk, after=0, count=60, visits=[f"V{number}" for number in range(1, 31)]
    )
    address = f"{reverse('subjects')}?number=V-"
    assert reader.get(address).content.count(b'<td class="cell') >= 50 * 30

    bare, ours = paired_seconds(lambda: opened(reader, "/bare/"), lambda: opened(reader, address), rounds=ROUNDS)

    figures.ratio("Status grid of 50 × 30, to a bare logged-in view", ours, bare=bare, at_most=7)


@pytest.mark.parametrize("name", ["home", "subjects", "queries", "checks", "casebook", "form"])
def test_queries_are_the_same_at_60_and_at_6000_subjects(
    name, reader, subject, coordinator, bench_db, durable_postgres, figures
):
    from audit.door import as_actor
    from casebook.models import Form

    with as_actor(coordinator):
        form = Form.objects.get(subject=subject, crf="CH")
    address = reverse(name, args={"casebook": [subject.pk], "form": [form.pk]}.get(name, []))

    copy_subject(durable_postgres, bench_db, subject.pk, after=0, count=59, visits=("M1", "M2", "M4"))
    at_60 = queries_of(reader, address)
    copy_subject(durable_postgres, bench_db, subject.pk, after=59, count=5_940, visits=("M1", "M2", "M4"))
    at_6000 = queries_of(reader, address)

    figures.same(f"Queries of the page {name}, at 60 and at 6,000 subjects", at_60, at_6000)


def test_the_home_page_of_each_role_asks_the_same_of_60_and_of_6000_subjects(
    subject, coordinator, bench_db, durable_postgres, figures
):
    site = coordinator.standing_grants[0].site
    homes = {role: logged_in(a_user(role, site if role in SITE_ROLES else None)) for role in Role}
    visits = ("M1", "M2", "M4")

    copy_subject(durable_postgres, bench_db, subject.pk, after=0, count=59, visits=visits)
    at_60 = {role: queries_of(client, reverse("home")) for role, client in homes.items()}
    copy_subject(durable_postgres, bench_db, subject.pk, after=59, count=5_940, visits=visits)
    at_6000 = {role: queries_of(client, reverse("home")) for role, client in homes.items()}

    assert at_60 == at_6000
    figures.count("Queries of the home page, of the role that asks most", max(at_6000.values()), at_most=40)


def logged_in(user: User) -> Client:
    """Return the browser of a person."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
