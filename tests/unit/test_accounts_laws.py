"""The laws over all roles: what is kept apart, who sees what, and that nothing is granted to nobody."""

import pytest

from accounts.apart import APART
from accounts.roles import (
    CHANGES_VALUES,
    CLINICAL,
    READING,
    ROLES,
    SITE_ROLES,
    SYSTEM_USERS,
    TASKS,
    TITLES,
    TRIAL_ROLES,
    Permission,
    permissions_of,
)
from protocol.roles import Role, Task

P = Permission


def test_every_role_stands_in_the_matrix():
    assert set(ROLES) == set(Role)


def test_every_permission_is_granted_to_some_role():
    granted = frozenset().union(*ROLES.values())

    assert granted == set(Permission)


def test_every_permission_has_words():
    assert set(TITLES) == set(Permission)


def test_every_task_has_its_permission_and_somebody_to_delegate_it_to():
    assert set(TASKS) == set(Task)
    for permission in TASKS.values():
        assert any(permission in ROLES[role] for role in SITE_ROLES)


def test_every_task_of_a_form_is_known():
    from protocol.trial import TRIAL

    assert {crf.task for crf in TRIAL.crfs} <= {task.value for task in Task}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("law", APART, ids=[law.why.split(":")[0] for law in APART])
def test_no_role_holds_what_is_kept_apart(role, law):
    assert not law.broken_by(ROLES[role])


@pytest.mark.parametrize("role", Role)
def test_no_role_both_enters_and_verifies(role):
    assert not (ROLES[role] & CHANGES_VALUES and P.FORM_VERIFY in ROLES[role])


@pytest.mark.parametrize("role", Role)
def test_no_role_both_signs_and_verifies(role):
    assert not {P.FORM_SIGN, P.FORM_VERIFY} <= ROLES[role]


@pytest.mark.parametrize("role", Role)
def test_no_role_both_enrols_and_reads_the_sealed_list(role):
    assert not (P.LIST_READ in ROLES[role] and ROLES[role] & {P.SUBJECT_ADD, P.FORM_ENTER, P.RANDOMIZE})


def test_a_data_manager_changes_no_clinical_value_and_signs_nothing():
    assert not ROLES[Role.DATA_MANAGER] & (CHANGES_VALUES | {P.FORM_SIGN, P.SUBJECT_ADD})


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.RANDOMIZATION_MANAGER])
def test_who_stands_outside_the_trial_team_sees_no_clinical_data(role):
    assert not ROLES[role] & CLINICAL


def test_a_monitor_changes_no_value_and_answers_no_query():
    assert not ROLES[Role.MONITOR] & (CHANGES_VALUES | {P.QUERY_ANSWER, P.FORM_SIGN, P.SUBJECT_ADD})


def test_the_trial_statistician_sees_neither_arm_nor_outcomes_by_arm():
    assert not ROLES[Role.STATISTICIAN] & {P.ARM_READ, P.ARM_REPORT_READ}
    assert [role for role in Role if P.ARM_REPORT_READ in ROLES[role]] == [Role.UNBLINDED_STATISTICIAN]


def test_a_reader_does_not_see_the_arm():
    assert P.ARM_READ not in ROLES[Role.READER]


def test_only_the_principal_investigator_delegates_and_only_an_administrator_administers():
    assert [role for role in Role if P.TASK_DELEGATE in ROLES[role]] == [Role.PRINCIPAL_INVESTIGATOR]
    assert [role for role in Role if P.ADMINISTER in ROLES[role]] == [Role.ADMINISTRATOR]


def test_what_is_prepared_is_released_by_another_role():
    for role in Role:
        assert not {P.IMPORT_PREPARE, P.IMPORT_RELEASE} <= ROLES[role]
        assert not {P.RANGE_PROPOSE, P.RANGE_CONFIRM} <= ROLES[role]


def test_what_stays_possible_at_a_closed_site_changes_nothing():
    assert not READING & (CHANGES_VALUES | {P.SUBJECT_ADD, P.FORM_SIGN, P.FORM_LOCK, P.QUERY_OPEN, P.RANDOMIZE})


def test_a_role_belongs_to_a_site_or_to_the_trial_but_not_to_both():
    assert not SITE_ROLES & TRIAL_ROLES


def test_no_system_user_signs_verifies_or_judges():
    for permissions in SYSTEM_USERS.values():
        assert not permissions & {P.FORM_SIGN, P.FORM_VERIFY, P.ELIGIBILITY_JUDGE, P.RANDOMIZE, P.LIST_READ}


def test_the_migrations_name_every_system_user():
    from importlib import import_module

    steps = ("0003_system_users", "0004_follow_up_and_export")
    named = [name for step in steps for name in import_module(f"accounts.migrations.{step}").NAMES]

    assert sorted(named) == sorted(SYSTEM_USERS)


def test_a_role_that_does_not_exist_is_a_fault():
    with pytest.raises(ValueError, match="king"):
        permissions_of("king")
