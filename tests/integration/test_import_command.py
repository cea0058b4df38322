"""manage.py import_forms: whatever is wrong is a sentence and an exit code, never a traceback, and nothing is kept."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Site
from casebook.models import ImportBatch
from casebook.states import ImportState
from protocol.roles import Role
from tests.import_ground import MAPPING, an_exercise, form_of, kept_counts, looking, today
from tests.people import a_user

pytestmark = pytest.mark.django_db

FILE = "id,G,born,PLT,HB\nA,1,1960-05,93000,13.1\nB,0,,120,\n"


@pytest.fixture
def site() -> Site:
    return an_exercise()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "results.csv").write_text(FILE)
    (tmp_path / "map.toml").write_text(MAPPING)
    return tmp_path


def run(folder: Path, *options: str, file: str = "results.csv", mapping: str = "map.toml", day: str = "") -> str:
    printed = StringIO()
    declared = ["--declare", f"sampled_on={day or today()}"]
    call_command(
        "import_forms", str(folder / file), "--mapping", str(folder / mapping), *declared, *options, stdout=printed
    )
    return printed.getvalue()


def refusal(folder: Path, *options: str, **names: str) -> str:
    before = kept_counts()
    with pytest.raises(CommandError) as refused:
        run(folder, *options, **names)
    assert kept_counts() == before
    return str(refused.value)


def test_a_dry_run_keeps_nothing(site, folder):
    printed = run(folder, "--dry-run")

    assert printed.startswith("Dry run: nothing is kept.")
    assert "2 subjects would be added" in printed
    assert kept_counts() == (0, 0, 0)


def test_the_import_acts_as_the_system_unless_somebody_is_named(site, folder):
    run(folder)

    with looking():
        batch = ImportBatch.objects.select_related("released_by").get()
    assert (batch.state, batch.released_by.name) == (ImportState.RELEASED, "System: import")


def test_a_delegated_person_may_be_named(site, folder):
    coordinator = a_user(Role.COORDINATOR, site)

    run(folder, "--by", coordinator.email)

    assert form_of("A", "HE").entered_by_id == coordinator.pk


def test_a_person_who_may_not_release_is_refused(site, folder):
    monitor = a_user(Role.MONITOR, site)

    assert "does not include this: release an import." in refusal(folder, "--by", monitor.email)


def test_an_unknown_person_is_refused(site, folder):
    assert refusal(folder, "--by", "nobody@example.org") == "There is no user nobody@example.org."


def test_an_unknown_site_is_refused(folder):
    assert refusal(folder) == "There is no site IX; an administrator adds it first."


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"file": "absent.csv"}, "absent.csv cannot be read: No such file or directory."),
        ({"mapping": "absent.toml"}, "absent.toml cannot be read: No such file or directory."),
        ({"mapping": "results.csv"}, "The mapping is not a TOML file: "),
        ({"day": "31.31.2025"}, "The constant sampled_on of form HE cannot be read: "),
        ({"day": " "}, "The mapping asks for sampled_on (The day of the samples); declare it: sampled_on=…."),
    ],
)
def test_what_cannot_be_read_is_said(site, folder, names, said):
    assert said in refusal(folder, **names)


def test_a_name_declared_twice_or_asked_by_nobody_is_refused(site, folder):
    twice = refusal(folder, "--declare", "sampled_on=2025-03-31", "--declare", "sampled_on=2025-04-01")

    assert twice == "sampled_on is declared twice; declare it once."
    assert refusal(folder, "--declare", "sampeld=2025-03-31") == (
        "The mapping does not ask for sampeld; leave it out, or correct its name."
    )


def test_a_declaration_without_a_sign_is_refused(site, folder):
    assert refusal(folder, "--declare", "today") == "Write --declare NAME=VALUE, not today."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (FILE.encode("utf-16"), "The file is not written in utf-8 (byte 0). Name its encoding in the mapping."),
        (FILE.encode()[:-6], "The row has 3 cells where the header has 5; the file may have been cut off."),
        (FILE.replace("93000", "93,000").encode(), "The row has 6 cells where the header has 5"),
        (FILE.replace("93000", '"93,000"').encode(), "Platelets"),
        (FILE.replace("1960-05", "2099").encode(), "Date of birth 2099 lies in the future."),
        (FILE.replace("1960-05", "2999").encode(), "the year of 2999 is not between 1900 and 2100."),
        (FILE.replace("B,0", "A,0").encode(), "The key stands in row 2 already; one row is one subject."),
        (FILE.replace("id,", "key,").encode(), "The file does not have these columns of the mapping: id."),
        (b"a," * 4999 + b"a\n", "The file has 5000 columns; an import takes at most 500."),
        (b"\x00" * 50, "The file holds a NUL byte: it is no text, or in another encoding."),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(site, folder, content, said):
    (folder / "results.csv").write_bytes(content)

    assert said in refusal(folder)


def test_the_whole_report_of_a_refusal_is_printed(site, folder, capsys):
    (folder / "results.csv").write_text(FILE.replace("93000", "x").replace("B,0", "B,7"))
    printed = StringIO()

    with pytest.raises(CommandError, match=r"Nothing was imported; 2 refused\. The first: "):
        call_command(
            "import_forms",
            str(folder / "results.csv"),
            "--mapping",
            str(folder / "map.toml"),
            "--declare",
            f"sampled_on={today()}",
            stdout=printed,
        )

    assert "row 2, A, PLT “x”: " in printed.getvalue()
    assert "row 3, B, G “7”: “7” is a code that the mapping does not know; it knows: 1, 0." in printed.getvalue()
