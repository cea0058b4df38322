"""What each role may do, where, and with which delegation and training."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts import actions
from accounts.models import User
from accounts.roles import Permission
from accounts.rules import may, may_perform
from accounts.selectors import visible_sites
from accounts.system import system_actor
from audit.decision import Refusal
from audit.door import as_actor
from protocol.roles import Role, Task
from tests.people import LONG_AGO, a_site, a_user, an_administrator, principal_investigator, set_up, somebody

pytestmark = pytest.mark.django_db
TODAY = date(2025, 3, 31)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def sentence(decision) -> str:
    assert not decision
    return decision.why.english()


def test_a_role_at_one_site_holds_nothing_at_another():
    here, elsewhere = a_site("A1"), a_site("B1")
    coordinator = a_user(Role.COORDINATOR, here)

    assert coordinator.holds(Permission.FORM_ENTER, at=here)
    assert not coordinator.holds(Permission.FORM_ENTER, at=elsewhere)
    assert not coordinator.holds(Permission.FORM_ENTER, at=None)
    assert list(visible_sites(coordinator)) == [here]
    assert sentence(may(coordinator, Permission.FORM_ENTER, elsewhere)) == (
        "Your role at B1 does not include this: enter and correct forms. Ask an administrator if it should."
    )


def test_a_role_for_all_sites_covers_sites_added_later():
    monitor = a_user(Role.MONITOR)

    later = a_site()

    assert fresh(monitor).holds(Permission.FORM_VERIFY, at=later)
    assert later.pk in fresh(monitor).site_ids()


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.RANDOMIZATION_MANAGER])
def test_roles_outside_the_trial_team_see_no_site(role):
    a_site()

    assert a_user(role, trained=False).site_ids() == frozenset()


def test_a_role_counts_from_its_beginning_to_its_end(monkeypatch):
    site, user, now = a_site(), somebody(), timezone.now()
    actions.give_grant(user, by=set_up(), at=now, role=Role.READER, site=site, valid_from=now + timedelta(days=1))

    assert not fresh(user).holds(Permission.READING_ENTER, at=site)


def test_an_ended_role_is_gone_at_once():
    site = a_site()
    coordinator = a_user(Role.COORDINATOR, site)

    grant = coordinator.grants.get()
    actions.end_grant(grant, by=an_administrator(), at=timezone.now(), reason="Left the site")

    assert not fresh(coordinator).holds(Permission.FORM_READ, at=site)
    assert fresh(coordinator).site_ids() == frozenset()
    with pytest.raises(Refusal, match=r"^This role was ended already\.$"):
        actions.end_grant(grant, by=an_administrator(), at=timezone.now())


def test_a_task_needs_role_delegation_and_training():
    site = a_site("A2")
    coordinator = a_user(Role.COORDINATOR, site)

    assert may_perform(coordinator, Task.CRF_ENTRY, site, TODAY)
    assert may_perform(coordinator, "crf entry", site, TODAY)


def test_a_task_outside_the_role_is_refused():
    site = a_site("A2")
    coordinator = a_user(Role.COORDINATOR, site)

    assert sentence(may_perform(coordinator, Task.ELIGIBILITY, site, TODAY)) == (
        "Your role at A2 does not include this: judge eligibility as investigator. Ask an administrator if it should."
    )


def test_a_task_that_is_not_delegated_is_refused():
    site = a_site("A2")
    coordinator = a_user(Role.COORDINATOR, site, delegated=False)

    assert sentence(may_perform(coordinator, Task.CRF_ENTRY, site, TODAY)) == (
        "No delegation of this task to you stands at A2 on 2025-03-31: entry of case report forms. "
        "Ask the principal investigator to delegate it."
    )


@pytest.mark.parametrize(
    ("day", "allowed"),
    [
        (date(2025, 3, 30), False),
        (date(2025, 3, 31), True),
        (date(2025, 4, 30), True),
        (date(2025, 5, 1), False),
    ],
)
def test_a_delegation_stands_from_its_first_day_to_its_last(day, allowed):
    site = a_site()
    coordinator = a_user(Role.COORDINATOR, site, delegated=False)
    actions.delegate_task(
        site,
        by=principal_investigator(site),
        at=timezone.now(),
        to=coordinator,
        task=Task.CRF_ENTRY,
        from_on=date(2025, 3, 31),
        to_on=date(2025, 4, 30),
    )

    assert bool(may_perform(coordinator, Task.CRF_ENTRY, site, day)) is allowed


def test_a_task_without_training_is_refused():
    site = a_site("A2")
    coordinator = a_user(Role.COORDINATOR, site, trained=False)

    assert sentence(may_perform(coordinator, Task.CRF_ENTRY, site, TODAY)) == (
        "No training of yours as Coordinator under protocol 1.0 is recorded by 2025-03-31. "
        "Take the training and have an administrator record it."
    )


@pytest.mark.parametrize(("trained_on", "allowed"), [(TODAY, True), (TODAY + timedelta(days=1), False)])
def test_a_training_counts_from_its_own_day(trained_on, allowed):
    site = a_site()
    coordinator = a_user(Role.COORDINATOR, site, trained=False)
    actions.record_training(
        coordinator,
        by=set_up(),
        at=timezone.now(),
        role=Role.COORDINATOR,
        protocol_version="1.0",
        trained_on=trained_on,
    )

    assert bool(may_perform(coordinator, Task.CRF_ENTRY, site, TODAY)) is allowed


def test_a_training_for_another_role_does_not_count():
    site = a_site()
    coordinator = a_user(Role.COORDINATOR, site, trained=False)
    actions.record_training(
        coordinator, by=set_up(), at=timezone.now(), role=Role.READER, protocol_version="1.0", trained_on=LONG_AGO
    )

    assert not may_perform(coordinator, Task.CRF_ENTRY, site, TODAY)


def test_no_task_before_a_protocol_version_is_in_force():
    site = a_site("A3")
    coordinator = a_user(Role.COORDINATOR, site)
    actions.delegate_task(
        site,
        by=principal_investigator(site),
        at=timezone.now(),
        to=coordinator,
        task=Task.CRF_ENTRY,
        from_on=date(2019, 1, 1),
        to_on=date(2019, 12, 31),
    )

    assert sentence(may_perform(coordinator, Task.CRF_ENTRY, site, date(2019, 6, 1))) == (
        "No version of the protocol is in force at A3 on 2019-06-01. Ask an administrator to set it."
    )


def test_the_principal_investigator_needs_training_but_no_delegation():
    site = a_site()

    assert may_perform(a_user(Role.PRINCIPAL_INVESTIGATOR, site), Task.ELIGIBILITY, site, TODAY)
    assert not may_perform(a_user(Role.PRINCIPAL_INVESTIGATOR, site, trained=False), Task.ELIGIBILITY, site, TODAY)


def test_a_closed_site_can_be_read_but_not_changed():
    site = a_site("A4")
    coordinator = a_user(Role.COORDINATOR, site)
    closed = actions.change_site(
        site, by=an_administrator(), at=timezone.now(), reason="The trial ended", is_open=False
    )

    assert may(coordinator, Permission.FORM_READ, closed)
    assert sentence(may(coordinator, Permission.FORM_ENTER, closed)) == (
        "Site A4 is closed: its data can be read, but no longer changed."
    )


def test_permission_checks_of_a_request_cost_two_queries_at_most(django_assert_max_num_queries):
    site = a_site()
    monitor = a_user(Role.MONITOR)

    with django_assert_max_num_queries(2):
        for permission in Permission:
            monitor.holds(permission, at=site)
            monitor.holds_anywhere(permission)
            monitor.site_ids()
            _ = monitor.actor_role


def test_a_system_user_stands_in_the_list_and_does_what_it_says():
    site = a_site()
    importer = system_actor("import")

    assert importer.holds(Permission.FORM_ENTER, at=site)
    assert not importer.holds(Permission.FORM_SIGN, at=site)
    assert site.pk in importer.site_ids()
    assert may_perform(importer, Task.CRF_ENTRY, site, TODAY)
    assert User.objects.get(pk=importer.pk).name == importer.name
    with pytest.raises(ValueError, match="Expected one of"):
        system_actor("nobody")


def test_the_trail_keeps_roles_with_their_sites():
    site = a_site("A5")
    coordinator = a_user(Role.COORDINATOR, site)

    assert coordinator.actor_role == "Coordinator (A5)"
    with as_actor(coordinator) as acting:
        assert acting.sites == str(site.pk)
