"""The trail is exact over files: it verifies as they stand, and names a piece whose bytes were exchanged."""

from __future__ import annotations

import psycopg2
import pytest
from django.utils import timezone

from audit.door import as_actor
from casebook.actions.files import bring_file, withdraw_file
from casebook.files.cleaning import cleaned
from casebook.models import FilePart
from casebook.selectors.files import is_whole
from tests.audit_ground import Ground, owner_alias
from tests.casebook_ground import a_coordinator, a_subject
from tests.files_ground import a_pdf, a_png

OTHER = "content = 'other'::bytea"


@pytest.fixture
def ground(committing_db, postgres, settings):
    settings.CASEBOOK_AFTER_CHANGE = []
    with owner_alias(postgres, committing_db):
        yield Ground(postgres, committing_db)


def test_a_file_that_was_exchanged_behind_the_trail_is_named_and_not_whole(ground):
    coordinator = a_coordinator()
    subject = a_subject(coordinator)
    said = {"by": coordinator, "at": timezone.now(), "looked": True}
    file = bring_file(subject, brought=cleaned(a_pdf()), title="CT report", **said)
    erased = bring_file(subject, brought=cleaned(a_png()), title="Picture", **said)
    withdraw_file(erased, by=coordinator, at=timezone.now(), reason="Shows a name", erase=True)
    assert ground.faults() == []

    with pytest.raises(psycopg2.errors.CheckViolation, match="file_part_says_its_bytes"):
        ground.superuser(f"UPDATE casebook_filepart SET {OTHER} WHERE file_id = '{file.pk}'")
    digest = "sha256 = encode(sha256('other'::bytea), 'hex')"
    ground.superuser(f"UPDATE casebook_filepart SET {OTHER}, {digest} WHERE file_id = '{file.pk}'")

    with as_actor(coordinator):
        part = FilePart.objects.get(file=file)
        assert not is_whole(file)
    assert any(str(part.pk) in fault for fault in ground.faults())
