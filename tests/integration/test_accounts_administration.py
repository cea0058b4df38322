"""Users, roles, sites, delegations and trainings change through the door, or a sentence says why not."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import DatabaseError
from django.utils import timezone

from accounts import actions, rules, selectors
from accounts.models import Delegation, Signature, Site, User
from audit.acting import as_actor
from audit.decision import Refusal
from audit.models import Event
from protocol.roles import Role, Task
from tests.people import LONG_AGO, a_site, a_user, an_administrator, principal_investigator, set_up, somebody

pytestmark = pytest.mark.django_db


def now():
    return timezone.now()


def refusal_of(call, *args, **details) -> str:
    with pytest.raises(Refusal) as caught:
        call(*args, **details)
    return caught.value.sentence.english()


def events(kind: str) -> list[dict]:
    with as_actor(set_up()):
        return [json.loads(facts) for facts in Event.objects.filter(kind=kind).values_list("facts", flat=True)]


def test_a_new_person_has_no_password_and_no_role():
    person = actions.add_user(None, by=an_administrator(), at=now(), email=" Somebody@Example.ORG ", name="Somebody")

    assert person.email == "somebody@example.org"
    assert not person.has_usable_password()
    assert person.site_ids() == frozenset()
    assert {"user": str(person.pk)} in events("accounts.user.added")


def test_an_address_is_one_person_however_it_is_typed():
    somebody_known = somebody()

    assert (
        refusal_of(actions.add_user, None, by=set_up(), at=now(), email=somebody_known.email.upper(), name="Another")
        == f"There is an account for {somebody_known.email} already; open it instead."
    )


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_an_administrator_adds_people(role):
    site = (
        a_site()
        if role in {*Role} - {Role.STATISTICIAN, Role.UNBLINDED_STATISTICIAN, Role.RANDOMIZATION_MANAGER}
        else None
    )
    member = a_user(role, site, trained=False, delegated=False)

    assert refusal_of(actions.add_user, None, by=member, at=now(), email="x@example.org", name="X") == (
        "Your role does not include this: administer users, roles and sites. Ask an administrator if it should."
    )
    assert not User.objects.filter(email="x@example.org").exists()


def test_a_user_cannot_be_deleted_even_by_the_database_role():
    person = somebody()

    with pytest.raises(DatabaseError, match="permission denied"), as_actor(set_up()), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_user WHERE id = %s", [str(person.pk)])


def test_a_user_changed_behind_the_door_is_refused_at_commit(check_what_commit_checks):
    person = somebody()

    with pytest.raises(DatabaseError, match="No event says who changed"), as_actor(set_up()):
        User.objects.filter(pk=person.pk).update(is_active=False)
        check_what_commit_checks()


def test_nobody_deactivates_their_own_account():
    administrator = an_administrator()

    assert refusal_of(actions.deactivate_user, administrator, by=administrator, at=now()) == (
        "You cannot deactivate your own account. Ask another administrator to do it."
    )


def test_the_last_administrator_stays():
    last = an_administrator()

    assert refusal_of(actions.deactivate_user, last, by=set_up(), at=now()) == (
        f"{last.name} is the last administrator. Give somebody else this role first."
    )
    assert refusal_of(actions.end_grant, last.grants.get(), by=set_up(), at=now()) == (
        f"{last.name} is the last administrator. Give somebody else this role first."
    )


def test_one_of_two_administrators_may_go():
    first, second = an_administrator(), an_administrator()

    actions.deactivate_user(second, by=first, at=now(), reason="Left")

    assert not User.objects.get(pk=second.pk).is_active
    assert refusal_of(actions.deactivate_user, second, by=first, at=now()) == (
        f"The account of {second.name} is deactivated already."
    )


def test_a_part_of_the_system_cannot_be_deactivated_nor_given_a_role():
    administrator = an_administrator()

    assert refusal_of(actions.deactivate_user, set_up(), by=administrator, at=now()) == (
        "System: set-up is a part of the system and cannot be deactivated."
    )
    assert refusal_of(actions.give_grant, set_up(), by=administrator, at=now(), role=Role.MONITOR) == (
        "System: set-up is a part of the system; what it may do stands in the code."
    )


def test_a_reactivated_user_holds_the_roles_that_still_stand():
    site, administrator = a_site(), an_administrator()
    coordinator = a_user(Role.COORDINATOR, site)
    actions.deactivate_user(coordinator, by=administrator, at=now())
    assert User.objects.get(pk=coordinator.pk).site_ids() == frozenset()

    actions.reactivate_user(coordinator, by=administrator, at=now(), reason="Back from leave")

    assert User.objects.get(pk=coordinator.pk).site_ids() == {site.pk}
    assert refusal_of(actions.reactivate_user, coordinator, by=administrator, at=now()) == (
        f"The account of {coordinator.name} is active already."
    )


def test_nobody_gives_a_role_to_themselves():
    administrator = an_administrator()

    assert refusal_of(actions.give_grant, administrator, by=administrator, at=now(), role=Role.DATA_MANAGER) == (
        "You cannot change your own roles. Ask another administrator to do it."
    )


@pytest.mark.parametrize(
    ("role", "at_a_site", "sentence"),
    [
        (Role.COORDINATOR, False, "This role belongs to one site; choose which: Coordinator."),
        (Role.ADMINISTRATOR, True, "This role is for the whole trial; leave the site empty: Administrator."),
    ],
)
def test_a_role_is_given_where_it_belongs(role, at_a_site, sentence):
    site = a_site() if at_a_site else None

    assert refusal_of(actions.give_grant, somebody(), by=set_up(), at=now(), role=role, site=site) == sentence


def test_a_monitor_may_work_at_one_site_or_at_all():
    site = a_site()

    assert a_user(Role.MONITOR, site).site_ids() == {site.pk}
    assert site.pk in a_user(Role.MONITOR).site_ids()


@pytest.mark.parametrize(
    ("held", "added", "sentence"),
    [
        (
            Role.COORDINATOR,
            Role.MONITOR,
            "Whoever enters data does not verify, lock or close queries on it: give these roles to two people.",
        ),
        (
            Role.MONITOR,
            Role.SUB_INVESTIGATOR,
            "Whoever enters data does not verify, lock or close queries on it: give these roles to two people.",
        ),
        (
            Role.SURGEON,
            Role.ADMINISTRATOR,
            "An administrator sees no clinical data: give these roles to two people.",
        ),
        (
            Role.COORDINATOR,
            Role.RANDOMIZATION_MANAGER,
            "Whoever can open the sealed list stands outside sites and trial team: give these roles to two people.",
        ),
    ],
)
def test_two_roles_that_are_kept_apart_are_not_given_to_one_person(held, added, sentence):
    site, other_site = a_site(), a_site()
    person = a_user(held, site, trained=False, delegated=False)
    where = None if added in {Role.ADMINISTRATOR, Role.RANDOMIZATION_MANAGER} else other_site

    assert refusal_of(actions.give_grant, person, by=set_up(), at=now(), role=added, site=where) == sentence


def test_a_surgeon_may_also_be_an_investigator():
    site = a_site()
    surgeon = a_user(Role.SURGEON, site)

    actions.give_grant(surgeon, by=set_up(), at=now(), role=Role.SUB_INVESTIGATOR, site=site)

    assert User.objects.get(pk=surgeon.pk).actor_role.count(site.code) == 2


def test_a_role_is_given_once():
    site = a_site()
    reader = a_user(Role.READER, site)

    assert refusal_of(actions.give_grant, reader, by=set_up(), at=now(), role=Role.READER, site=site) == (
        f"{reader.name} holds this role already: Reader."
    )


def test_a_role_ends_after_it_begins():
    moment = now()

    assert (
        refusal_of(
            actions.give_grant, somebody(), by=set_up(), at=moment, role=Role.MONITOR, valid_to=moment - timedelta(1)
        )
        == "The end of a role is after its beginning; correct the dates."
    )


def test_a_delegation_is_signed_by_the_principal_investigator():
    site = a_site()
    lead = principal_investigator(site)
    coordinator = a_user(Role.COORDINATOR, site, delegated=False)

    delegation = actions.delegate_task(site, by=lead, at=now(), to=coordinator, task=Task.CONSENT, from_on=LONG_AGO)

    with as_actor(lead):
        signature = Signature.objects.get(pk=delegation.signature_id)
    assert signature.signer_id == lead.pk
    assert signature.printed_name == lead.name
    assert signature.meaning == "I delegate this task and answer for how it is done."
    assert (signature.about_kind, signature.about_id) == ("delegation", delegation.pk)


def test_a_signature_is_seen_at_its_own_site_only_and_never_changes():
    site = a_site()
    coordinator = a_user(Role.COORDINATOR, site)
    elsewhere = principal_investigator(a_site())
    signed = Delegation.objects.filter(user=coordinator).first().signature_id

    with as_actor(elsewhere):
        assert not Signature.objects.filter(pk=signed).exists()
    with pytest.raises(DatabaseError, match="permission denied"), as_actor(principal_investigator(site)):
        Signature.objects.filter(pk=signed).update(meaning="Something else")


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.SUB_INVESTIGATOR])
def test_nobody_else_delegates(role):
    site = a_site("D1")
    member, other = a_user(role, site), a_user(Role.COORDINATOR, site, delegated=False)

    assert refusal_of(
        actions.delegate_task, site, by=member, at=now(), to=other, task=Task.CONSENT, from_on=LONG_AGO
    ) == ("Your role at D1 does not include this: delegate tasks at one's site. Ask an administrator if it should.")


def test_a_principal_investigator_does_not_delegate_at_another_site():
    here, elsewhere = a_site("D2"), a_site("D3")
    coordinator = a_user(Role.COORDINATOR, elsewhere, delegated=False)

    assert "Your role at D3 does not include this" in refusal_of(
        actions.delegate_task,
        elsewhere,
        by=principal_investigator(here),
        at=now(),
        to=coordinator,
        task=Task.CONSENT,
        from_on=LONG_AGO,
    )


def test_a_task_is_delegated_only_to_a_role_that_can_do_it():
    site = a_site("D4")
    surgeon = a_user(Role.SURGEON, site)

    assert refusal_of(
        actions.delegate_task,
        site,
        by=principal_investigator(site),
        at=now(),
        to=surgeon,
        task=Task.CRF_ENTRY,
        from_on=LONG_AGO,
    ) == (
        f"{surgeon.name} holds no role at D4 that includes this: entry of case report forms. "
        "Have an administrator give the role first."
    )


@pytest.mark.parametrize(
    ("from_on", "to_on", "allowed"),
    [
        (date(2025, 1, 1), date(2025, 2, 28), True),
        (date(2025, 1, 1), date(2025, 3, 1), False),
        (date(2025, 3, 31), None, False),
        (date(2025, 4, 1), None, True),
    ],
)
def test_delegations_of_one_task_share_no_day(from_on, to_on, allowed):
    site = a_site()
    coordinator = a_user(Role.COORDINATOR, site, delegated=False)
    details = {"by": principal_investigator(site), "at": now(), "to": coordinator, "task": Task.CONSENT}
    actions.delegate_task(site, from_on=date(2025, 3, 1), to_on=date(2025, 3, 31), **details)

    decision = rules.may_delegate(details["by"], site, to=coordinator, task=Task.CONSENT, from_on=from_on, to_on=to_on)

    assert bool(decision) is allowed
    if not allowed:
        assert decision.why.english() == (
            f"This is delegated to {coordinator.name} already on some of these days: informed consent."
        )


def test_the_last_day_of_a_delegation_is_not_before_its_first():
    site = a_site()
    coordinator = a_user(Role.COORDINATOR, site, delegated=False)

    assert (
        refusal_of(
            actions.delegate_task,
            site,
            by=principal_investigator(site),
            at=now(),
            to=coordinator,
            task=Task.CONSENT,
            from_on=date(2025, 3, 2),
            to_on=date(2025, 3, 1),
        )
        == "The last day of a delegation is not before its first day; correct the dates."
    )


def test_a_delegation_is_ended_once():
    site = a_site()
    coordinator = a_user(Role.COORDINATOR, site)
    lead = principal_investigator(site)
    delegation = Delegation.objects.filter(user=coordinator, task=Task.CRF_ENTRY).get()

    ended = actions.end_delegation(delegation, by=lead, at=now(), on=date(2025, 3, 31), reason="Maternity leave")

    assert ended.to_on == date(2025, 3, 31)
    assert rules.may_perform(coordinator, Task.CRF_ENTRY, site, date(2025, 3, 31))
    assert not rules.may_perform(coordinator, Task.CRF_ENTRY, site, date(2025, 4, 1))
    assert refusal_of(actions.end_delegation, delegation, by=lead, at=now(), on=date(2025, 4, 2)) == (
        "This delegation was ended already."
    )


def test_a_training_still_to_come_is_refused():
    site, moment = a_site(), now()
    coordinator = a_user(Role.COORDINATOR, site, trained=False)
    details = {"by": an_administrator(), "at": moment, "role": Role.COORDINATOR, "protocol_version": "1.0"}

    actions.record_training(coordinator, trained_on=moment.date(), **details)

    later = moment.date() + timedelta(days=2)
    assert refusal_of(actions.record_training, coordinator, trained_on=later, **details) == (
        f"A training lies in the past; {later} is still to come. Correct the day."
    )


def test_a_delegation_signed_on_the_page_begins_on_the_day_of_the_site_or_later():
    site = a_site(time_zone="Asia/Shanghai")
    moment = datetime(2025, 3, 31, 17, tzinfo=UTC)  # the first of April at the site

    assert rules.may_begin_delegation(site, date(2025, 4, 1), at=moment)
    assert rules.may_begin_delegation(site, date(2025, 3, 31), at=moment).why.english() == (
        "A delegation begins on the day it is signed or later."
    )


def test_a_training_is_recorded_by_an_administrator_or_the_lead_of_the_site():
    here, elsewhere = a_site(), a_site()
    coordinator = a_user(Role.COORDINATOR, here, trained=False)
    details = {"at": now(), "role": Role.COORDINATOR, "protocol_version": "1.0"}

    actions.record_training(coordinator, by=principal_investigator(here), trained_on=date(2025, 1, 1), **details)
    actions.record_training(coordinator, by=an_administrator(), trained_on=date(2025, 1, 2), **details)

    assert (
        refusal_of(
            actions.record_training,
            coordinator,
            by=principal_investigator(elsewhere),
            trained_on=date(2025, 1, 3),
            **details,
        )
        == f"{coordinator.name} holds no role at your site. Ask an administrator to record this training."
    )
    assert (
        refusal_of(actions.record_training, coordinator, by=coordinator, trained_on=date(2025, 1, 3), **details)
        == "Your role does not include this: record a training. Ask an administrator if it should."
    )
    assert (
        refusal_of(actions.record_training, coordinator, by=an_administrator(), trained_on=date(2025, 1, 2), **details)
        == "This training is recorded already."
    )


def test_a_training_names_a_released_version():
    details = {"at": now(), "role": Role.READER, "trained_on": LONG_AGO}

    assert (
        refusal_of(actions.record_training, somebody(), by=set_up(), protocol_version="9.9", **details)
        == "There is no version 9.9 of the protocol; choose one of: 1.0."
    )


def test_a_site_code_is_used_once():
    site = a_site("S1")

    assert (
        refusal_of(
            actions.add_site, None, by=set_up(), at=now(), code=site.code, name="Other", time_zone="Asia/Shanghai"
        )
        == "There is a site S1 already; choose another code."
    )


def test_an_exercise_stands_outside_every_count():
    exercise = a_site(counts=False, synthetic=True)

    assert not exercise.counts
    assert exercise not in Site.objects.filter(counts=True)


def test_a_site_works_under_the_version_in_force_on_the_day():
    site = a_site("S2")

    assert selectors.protocol_in_force(site, on=LONG_AGO) == "1.0"
    assert selectors.protocol_in_force(site, on=LONG_AGO - timedelta(days=1)) is None
    assert (
        refusal_of(actions.set_site_protocol, site, by=set_up(), at=now(), version="1.0", effective_on=date(2025, 1, 1))
        == "Version 1.0 is in force at S2 from 2020-01-01 already."
    )


def test_the_code_of_a_site_never_changes():
    with pytest.raises(ValueError, match="Expected name, time_zone, country or is_open"):
        actions.change_site(a_site(), by=set_up(), at=now(), reason="A better code", code="XX")


def test_the_list_of_users_at_a_date_shows_who_was_active_then():
    administrator = an_administrator()
    person = somebody()
    before = now()
    actions.deactivate_user(person, by=administrator, at=now(), reason="Left")

    with as_actor(administrator):
        assert selectors.active_on(on=before)[str(person.pk)] is True
        assert selectors.active_on(on=now())[str(person.pk)] is False


def test_people_of_other_sites_do_not_exist_for_a_principal_investigator():
    here, elsewhere = a_site(), a_site()
    mine, other = a_user(Role.READER, here), a_user(Role.READER, elsewhere)

    seen = selectors.visible_people(principal_investigator(here), on=now())

    assert mine in seen
    assert other not in seen


def test_add_administrator_makes_the_first_one(monkeypatch, capsys):
    monkeypatch.setenv("EDC_ADMINISTRATOR_PASSWORD", "quiet-orchard-lantern-7")

    call_command("add_administrator", "First@Example.org", "--name", "First Administrator")

    first = User.objects.get(email="first@example.org")
    assert first.check_password("quiet-orchard-lantern-7")
    assert [grant.role for grant in first.standing_grants] == [Role.ADMINISTRATOR]
    assert "administers the trial now" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("password", "words"),
    [("short-one-7", "at least 12"), ("q1w2e3r4t5y6", "common"), ("first@example.org", "similar")],
)
def test_add_administrator_refuses_a_weak_password(monkeypatch, password, words):
    monkeypatch.setenv("EDC_ADMINISTRATOR_PASSWORD", password)

    with pytest.raises(CommandError, match=words):
        call_command("add_administrator", "first@example.org", "--name", "First Administrator")

    assert not User.objects.filter(email="first@example.org").exists()
