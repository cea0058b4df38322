"""The sealed list: made by one, opened by two, readable by nobody; what is tampered with is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from accounts.roles import ROLES, Permission
from audit.decision import Refusal
from audit.door import as_actor
from audit.models import Event
from protocol.arms import ARMS
from protocol.roles import Role
from randomization import actions
from randomization.models import Allocation, AllocationList, ListOpening, Slot, Stratum
from randomization.proof import prove_slot, unused_slots
from randomization.sealed import (
    ARM_BYTES,
    NoAllocationKey,
    Opened,
    SealBroken,
    allocation_key,
    make_key,
    open_slot,
    seal_slot,
)
from rehearsal.cast import Cast
from rehearsal.walk import Walk
from tests.randomization_ground import a_list, a_randomized_subject
from tests.rehearsal_ground import a_cast, judging, taken_back

TAG_BYTES = 16  # of AES-GCM, behind what is sealed


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast()


@pytest.fixture(scope="module")
def randomized(cast: Cast) -> Walk:
    """A randomized subject, with the list that served it."""
    a_list(by=cast.one(Role.UNBLINDED_STATISTICIAN))
    return a_randomized_subject(cast)


@pytest.fixture(autouse=True)
def _taken_back(randomized: Walk) -> Iterator[None]:
    with taken_back():
        yield


@pytest.fixture
def made(randomized: Walk) -> AllocationList:
    return AllocationList.objects.get(for_trial=False)


@pytest.fixture
def statistician(cast: Cast):
    return cast.one(Role.UNBLINDED_STATISTICIAN)


@pytest.fixture
def manager(cast: Cast):
    return cast.one(Role.RANDOMIZATION_MANAGER)


def the_allocation(here: Walk) -> Allocation:
    with judging():
        return Allocation.objects.select_related("slot__stratum__list").get(subject=here.subject)


@pytest.mark.parametrize("role", [role for role in Role if Permission.LIST_MAKE not in ROLES[role]])
def test_nobody_but_the_unblinded_statistician_makes_a_list(role, cast):
    with pytest.raises(Refusal, match="does not include this: make a sealed list"):
        a_list(by=cast.one(role, "01"), for_trial=True)


def test_whoever_makes_the_list_enrols_nobody():
    makers = [role for role in Role if Permission.LIST_MAKE in ROLES[role]]

    assert makers == [Role.UNBLINDED_STATISTICIAN]
    assert not ROLES[Role.UNBLINDED_STATISTICIAN] & {
        Permission.RANDOMIZE,
        Permission.SUBJECT_ADD,
        Permission.FORM_ENTER,
    }


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ({"name": " "}, "Give the list a name"),
        ({"seed": b"short"}, "made from a seed of 32 bytes"),
        ({"at_least": 0}, "a whole number from 1 to 1000"),
        ({"at_least": 1001}, "a whole number from 1 to 1000"),
        ({"for_trial": False}, "serves synthetic subjects and exercises already"),
    ],
)
def test_a_list_that_cannot_be_made_is_refused(details, why, statistician):
    with pytest.raises(Refusal, match=why):
        a_list(by=statistician, **{"for_trial": True, **details})


def test_what_is_stored_of_a_slot_tells_nothing_of_its_arm(made):
    sealed = [bytes(each) for each in Slot.objects.filter(stratum__list=made).values_list("sealed", flat=True)]
    where_the_arm_is = [each[-TAG_BYTES - ARM_BYTES : -TAG_BYTES] for each in sealed]

    assert len({len(each) for each in sealed}) == 1
    assert len(set(where_the_arm_is)) == len(sealed)  # the same arm never looks the same


def test_nothing_that_is_sealed_can_be_read_in_what_is_stored(made):
    """Words too long to stand in random bytes by chance, as the codes of two letters now and then do."""
    hidden = Opened(b"the salt of a slot, 32 bytes....", 7, "an arm of length")

    stored = seal_slot(allocation_key(), hidden, allocation_list=made.pk, slot=made.pk, place=1)

    assert open_slot(allocation_key(), stored, allocation_list=made.pk, slot=made.pk) == hidden
    assert not [words for words in (b"salt", b"32 bytes", b"an arm", b"length") if words in stored]


def test_without_the_key_no_slot_opens(made, settings, tmp_path):
    slot = Slot.objects.filter(stratum__list=made).first()
    make_key(tmp_path / "other.key")
    settings.ALLOCATION_KEY_FILE = tmp_path / "other.key"

    with pytest.raises(SealBroken, match="cannot be opened with this key"):
        open_slot(allocation_key(), slot.sealed, allocation_list=made.pk, slot=slot.pk)


def test_in_production_a_missing_key_is_not_made_by_itself(settings, tmp_path):
    settings.PRODUCTION, settings.ALLOCATION_KEY_FILE = True, tmp_path / "none.key"

    with pytest.raises(NoAllocationKey, match="make_allocation_key"):
        allocation_key()


def test_the_key_is_made_once_and_for_its_owner_alone(settings, tmp_path):
    settings.ALLOCATION_KEY_FILE = tmp_path / "made" / "allocation.key"

    call_command("make_allocation_key", stdout=StringIO())

    assert settings.ALLOCATION_KEY_FILE.stat().st_mode & 0o777 == 0o400
    call_command("make_allocation_key", "--if-missing", stdout=StringIO())
    with pytest.raises(CommandError, match="exists already"):
        call_command("make_allocation_key", stdout=StringIO())


def test_the_list_is_made_again_from_its_sealed_seed(made):
    told = StringIO()

    call_command("verify_allocation_list", stdout=told)

    assert "1 lists are what their seeds make of them" in told.getvalue()


def test_a_used_slot_is_proved_alone(randomized, made):
    proof = prove_slot(the_allocation(randomized))

    assert proof.holds
    assert proof.commitment == made.commitment
    other = next(arm.code for arm in ARMS if arm.code != proof.arm)
    assert not replace(proof, arm=other).holds
    assert not replace(proof, number=proof.number + 1).holds


def test_a_used_slot_is_proved_on_the_command_line(randomized):
    told = StringIO()

    call_command("prove_allocation", randomized.subject.number, stdout=told)

    assert '"commitment"' in told.getvalue()
    with pytest.raises(CommandError, match="is not randomized"):
        call_command("prove_allocation", "99-999", stdout=StringIO())


def test_a_list_is_opened_by_two_persons_and_serves_nobody_afterwards(made, statistician, manager):
    opening = actions.ask_opening(made, by=statistician, at=timezone.now(), reason="The trial was stopped.")
    with pytest.raises(Refusal, match="a second person has to confirm it"):
        actions.open_list(opening, by=statistician, at=timezone.now())

    opened = actions.open_list(opening, by=manager, at=timezone.now())

    total = sum(stratum.size - stratum.used for stratum in Stratum.objects.filter(list=made))
    assert len(unused_slots(opened.list)) == total
    assert AllocationList.objects.get(pk=made.pk).state == "opened"
    with judging():
        kinds = set(Event.objects.filter(stream="randomization").values_list("kind", flat=True))
    assert {"randomization.list.opening asked", "randomization.list.opened"} <= kinds


@pytest.mark.parametrize("role", [Role.DATA_MANAGER, Role.STATISTICIAN, Role.ADMINISTRATOR, Role.COORDINATOR])
def test_nobody_of_sites_or_trial_team_takes_part_in_opening(role, cast, made, statistician):
    with pytest.raises(Refusal, match="opened only by persons outside sites and trial team"):
        actions.ask_opening(made, by=cast.one(role, "01"), at=timezone.now(), reason="Curious.")
    opening = actions.ask_opening(made, by=statistician, at=timezone.now(), reason="The trial was stopped.")
    with pytest.raises(Refusal, match="opened only by persons outside sites and trial team"):
        actions.open_list(opening, by=cast.one(role, "01"), at=timezone.now())


def test_an_opening_is_asked_once_with_a_reason_and_done_once(made, statistician, manager):
    with pytest.raises(Refusal, match="Say why the list is opened"):
        actions.ask_opening(made, by=statistician, at=timezone.now(), reason=" ")
    opening = actions.ask_opening(made, by=statistician, at=timezone.now(), reason="The trial was stopped.")
    with pytest.raises(Refusal, match="asked for this already"):
        actions.ask_opening(made, by=manager, at=timezone.now(), reason="Me too.")
    actions.open_list(opening, by=manager, at=timezone.now())
    with pytest.raises(Refusal, match="opened already"):
        actions.open_list(opening, by=manager, at=timezone.now())
    with pytest.raises(Refusal, match="opened already"):
        actions.ask_opening(made, by=statistician, at=timezone.now(), reason="Again.")
    with pytest.raises(Refusal, match="does not serve any more"):
        actions.end_list(made, by=statistician, at=timezone.now(), reason="Late.")


def test_unused_slots_of_a_sealed_list_are_not_opened(made):
    with pytest.raises(ValueError, match="that two persons opened"):
        unused_slots(made)


def test_one_person_never_opens_a_list_alone_even_past_the_rules(made, statistician):
    with as_actor(statistician), pytest.raises(DatabaseError, match="opening_by_two_persons"), transaction.atomic():
        ListOpening.objects.create(
            list=made,
            reason="x",
            asked_at=timezone.now(),
            asked_by=statistician,
            opened_at=timezone.now(),
            opened_by=statistician,
        )


ATTACKS = [
    "UPDATE randomization_allocation SET arm = 'WW'",
    "DELETE FROM randomization_allocation",
    "UPDATE randomization_slot SET number = number + 1000",
    "DELETE FROM randomization_slot",
    "TRUNCATE randomization_slot CASCADE",
    "DELETE FROM randomization_stratum",
    "DELETE FROM randomization_allocationlist",
    "ALTER TABLE randomization_slot DISABLE TRIGGER ALL",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_application_role_rewrites_nothing(attack, cast):
    with (
        as_actor(cast.one(Role.COORDINATOR, "01")),
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


@pytest.mark.parametrize(
    ("attack", "why"),
    [
        ("UPDATE randomization_stratum SET used = used + 2", "only counts up, one slot at a time"),
        ("UPDATE randomization_stratum SET used = 0 WHERE used > 0", "only counts up, one slot at a time"),
        ("UPDATE randomization_stratum SET size = size + 1", "only counts up, one slot at a time"),
        ("UPDATE randomization_allocationlist SET commitment = ''", "A generated list stays as it is"),
    ],
)
def test_what_may_be_updated_at_all_only_goes_forward(attack, why, cast):
    with (
        as_actor(cast.one(Role.COORDINATOR, "01")),
        pytest.raises(DatabaseError, match=why),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_a_slot_out_of_turn_is_refused_by_the_database(randomized, made):
    allocation = the_allocation(randomized)
    later = Slot.objects.get(stratum=allocation.slot.stratum, number=3)
    by = randomized.one(Role.COORDINATOR)

    with as_actor(by), pytest.raises(DatabaseError, match="in the order of its list only"), transaction.atomic():
        Allocation.objects.create(
            subject=allocation.subject,
            site=allocation.site,
            slot=later,
            number="x",
            arm=allocation.arm,
            strata={},
            determination_id=allocation.determination_id,
            allocated_at=timezone.now(),
            allocated_by=by,
        )
