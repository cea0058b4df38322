"""A data manager prepares an import and reads its report; a delegated person of the site releases it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Site, User
from audit.models import Event
from casebook.models import ImportBatch
from casebook.selectors.records import answers_of
from casebook.states import ImportState
from casebook.views.imports import MOST_ROWS
from protocol.roles import Role
from tests.import_ground import MAPPING, an_exercise, form_of, kept_counts, looking, today
from tests.people import a_site, a_user

pytestmark = pytest.mark.django_db

FILE = "id,G,born,PLT,HB\nA,1,1960-05,93000,13.1\nB,0,,1.71,\n"


@pytest.fixture
def site() -> Site:
    return an_exercise()


@pytest.fixture
def manager(site: Site) -> User:
    return a_user(Role.DATA_MANAGER)


@pytest.fixture
def coordinator(site: Site) -> User:
    return a_user(Role.COORDINATOR, site)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(user: User, content: str = FILE, mapping: str = MAPPING, declared: str | None = None):
    said = f"sampled_on = {today()}" if declared is None else declared
    files = {
        "file": SimpleUploadedFile("results.csv", content.encode()),
        "mapping": SimpleUploadedFile("map.toml", mapping.encode()),
    }
    return logged_in(user).post(reverse("import-prepare"), {**files, "declared": said})


def prepared(user: User) -> ImportBatch:
    response = upload(user)
    assert response.status_code == 302, response.content.decode()[:3000]
    with looking():
        return ImportBatch.objects.get()


def page(user: User, name: str, *args: object) -> str:
    response = logged_in(user).get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_preparing_keeps_the_file_and_its_report_and_no_subject(site, manager):
    batch = prepared(manager)

    assert (batch.state, batch.site, batch.prepared_by, batch.file_name) == (
        ImportState.PREPARED,
        site,
        manager,
        "results.csv",
    )
    assert kept_counts() == (0, 0, 1)


def test_the_report_shows_row_column_value_and_sentence(site, manager):
    text = page(manager, "import-batch", prepared(manager).pk)

    assert "1.71" in text
    assert "Platelets 1.71 10⁹/L is outside 5 to 1500 10⁹/L." in text
    assert "Column PLT: values from 1000 on are declared to be in /µL." in text
    assert "Declared by the mapping" in text


def test_a_delegated_person_of_the_site_releases(site, manager, coordinator):
    batch = prepared(manager)

    response = logged_in(coordinator).post(reverse("import-release", args=[batch.pk]))

    assert response.status_code == 302
    assert answers_of(form_of("A", "HE"))["platelets"].value == "93000"
    with looking():
        batch.refresh_from_db()
        entered = form_of("A", "HE").entered_by_id
        event = Event.objects.get(kind="casebook.import.released", actor_id=str(coordinator.pk))
    assert (batch.state, batch.released_by_id, entered) == (ImportState.RELEASED, coordinator.pk, coordinator.pk)
    assert '"moment"' not in event.facts


def refusal(user: User, batch: ImportBatch, verb: str = "import-release", *, status: int = 409, **posted: str) -> str:
    response = logged_in(user).post(reverse(verb, args=[batch.pk]), posted)
    assert response.status_code == status
    return response.content.decode()


def test_who_prepared_does_not_release(site, manager):
    batch = prepared(manager)

    assert "does not include this: release an import." in refusal(manager, batch, status=403)
    assert "does not include this: release an import." in page(manager, "import-batch", batch.pk)


def test_a_person_without_delegation_does_not_release(site, manager):
    batch = prepared(manager)
    newcomer = a_user(Role.COORDINATOR, site, delegated=False)

    assert "No delegation of this task to you stands at IX" in refusal(newcomer, batch)


def test_an_import_is_released_once(site, manager, coordinator):
    batch = prepared(manager)
    logged_in(coordinator).post(reverse("import-release", args=[batch.pk]))

    assert "This import is released already." in refusal(coordinator, batch)


def test_an_import_is_rejected_with_a_reason(site, manager, coordinator):
    batch = prepared(manager)

    assert "Say why this import is rejected." in refusal(coordinator, batch, "import-reject", reason=" ")
    telling = "Of the wrong person, telephone 13812345678"
    assert "nothing that identifies a person" in refusal(coordinator, batch, "import-reject", reason=telling)
    logged_in(coordinator).post(reverse("import-reject", args=[batch.pk]), {"reason": "Wrong laboratory"})

    with looking():
        batch.refresh_from_db()
        assert batch.state == ImportState.REJECTED
        assert Event.objects.get(kind="casebook.import.rejected").reason == "Wrong laboratory"
    assert "This import was rejected." in refusal(coordinator, batch)


def test_a_refused_file_is_shown_with_its_report_and_nothing_is_kept(site, manager):
    response = upload(manager, FILE.replace("1960-05", "1960-13"))

    assert response.status_code == 422
    text = response.content.decode()
    assert "Nothing was imported" in text
    assert "1960-13" in text
    assert kept_counts() == (0, 0, 0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mapping": "nonsense"}, "The mapping is not a TOML file"),
        ({"mapping": MAPPING.replace('"platelets"', '"plates"')}, "CRF HE has no item “plates”"),
        ({"declared": ""}, "The mapping asks for sampled_on (The day of the samples)"),
        ({"declared": "yesterday"}, "Write one declaration a line, as name = value; not “yesterday”."),
        ({"content": "id,G\nA,1\n"}, "The file does not have these columns of the mapping: HB, PLT, born."),
        (
            {"mapping": MAPPING.replace('site = "IX"', 'site = "ZZ"')},
            "The mapping is for site ZZ, which is none of yours.",
        ),
    ],
)
def test_whatever_is_wrong_is_said_and_what_was_declared_stays(site, manager, changes, said):
    response = upload(manager, **changes)

    assert response.status_code == 422
    assert said in response.content.decode()
    if "declared" not in changes:
        assert f"sampled_on = {today()}</textarea>" in response.content.decode()


def test_more_rows_than_a_browser_waits_for_are_sent_to_the_shell(site, manager):
    rows = "".join(f"R{number},1,,120,\n" for number in range(MOST_ROWS + 1))

    response = upload(manager, "id,G,born,PLT,HB\n" + rows)

    assert f"The file has {MOST_ROWS + 1} rows; the page takes {MOST_ROWS}." in response.content.decode()


def test_a_file_must_be_chosen(site, manager):
    response = logged_in(manager).post(reverse("import-prepare"), {"declared": ""})

    assert response.status_code == 422
    assert "Choose both a file and its mapping." in response.content.decode()


def test_a_person_of_another_site_does_not_see_the_import(site, manager):
    batch = prepared(manager)
    stranger = a_user(Role.COORDINATOR, a_site())

    assert "results.csv" not in page(stranger, "imports")
    assert logged_in(stranger).get(reverse("import-batch", args=[batch.pk])).status_code == 404


def test_the_list_shows_state_and_people(site, manager, coordinator):
    prepared(manager)

    text = page(coordinator, "imports")

    assert "results.csv" in text
    assert "Prepared" in text
    assert manager.name in text


def test_a_role_that_takes_no_part_is_told_so(site):
    response = logged_in(a_user(Role.MONITOR, site)).get(reverse("imports"))

    assert response.status_code == 403
    assert "Your role does not include this: prepare an import, release an import." in response.content.decode()


def test_a_prepared_import_is_judged_again_at_its_release(site, manager, coordinator):
    """What stood between dry run and release may have changed: the release decides, and says what it refuses."""
    from casebook import actions

    batch = prepared(manager)
    logged_in(coordinator).post(reverse("import-release", args=[batch.pk]))
    form = form_of("A", "DM")
    second = FILE.replace("1960-05", "1961-05")
    upload(manager, second)
    with looking():
        again = ImportBatch.objects.get(state=ImportState.PREPARED)
    actions.save_form(
        form,
        by=coordinator,
        at=timezone.now(),
        answers={"birth_date": answers_of(form)["birth_date"].__class__(value="1962-05")},
        based_on=form.version,
        key="a correction",
        reasons={"birth_date": "Source"},
    )

    logged_in(coordinator).post(reverse("import-release", args=[again.pk]))

    assert answers_of(form_of("A", "DM"))["birth_date"].value == "1962-05"
    assert "The answer here stays" in page(coordinator, "import-batch", again.pk)
