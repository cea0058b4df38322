"""What the database itself refuses of accounts, where commits are real."""

import pytest
from django.db.utils import DatabaseError
from django.utils import timezone

from accounts.models import Grant, Signature, User
from audit.acting import as_actor
from protocol.roles import Role
from tests.people import a_site, a_user, principal_investigator, somebody


def test_a_grant_written_without_an_actor_is_refused(committing_db):
    person = somebody()

    with pytest.raises(DatabaseError, match="Nobody is acting"):
        Grant.objects.create(
            user=person,
            role="administrator",
            valid_from=timezone.now(),
            granted_at=timezone.now(),
            granted_by=person,
        )


def test_a_password_is_changed_without_an_actor_because_log_in_comes_first(committing_db):
    person = somebody()

    person.set_password("quiet-orchard-lantern-7")
    person.save(update_fields=["password"])

    assert User.objects.get(pk=person.pk).check_password("quiet-orchard-lantern-7")


def test_signatures_are_seen_by_whom_the_site_exists_for(committing_db):
    here = a_site()
    a_user(Role.COORDINATOR, here)

    assert not Signature.objects.exists()
    with as_actor(principal_investigator(a_site())):
        assert not Signature.objects.exists()
    with as_actor(principal_investigator(here)):
        assert Signature.objects.exists()
