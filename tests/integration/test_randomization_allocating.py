"""Randomizing: who, when, in which order, and every reason why not; nothing half done."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.utils import timezone

from accounts import actions as accounts
from audit.decision import Refusal, no
from audit.door import as_actor, record
from audit.models import Event
from casebook.models import Subject
from casebook.states import Stage
from eligibility.models import GatePassage
from outbox.models import Message
from protocol.arms import ARMS
from protocol.blocks import blocks_of
from protocol.roles import Role
from randomization import actions
from randomization.models import Allocation, AllocationList, Stratum
from randomization.selectors import arm_of, arms_of
from rehearsal import answers
from rehearsal.cast import Cast
from rehearsal.walk import Walk, enter
from tests.people import set_up
from tests.randomization_ground import SEED, a_list, an_eligible_subject, now_of, randomize
from tests.rehearsal_ground import a_cast, a_passing_subject, judging, taken_back

CODES = {arm.code for arm in ARMS}


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast()


@pytest.fixture(scope="module")
def eligible(cast: Cast) -> Walk:
    """A subject that waits for randomization, and a list that serves it."""
    a_list(by=cast.one(Role.UNBLINDED_STATISTICIAN))
    return an_eligible_subject(cast)


@pytest.fixture(autouse=True)
def _taken_back(eligible: Walk) -> Iterator[None]:
    with taken_back():
        yield


def serving() -> AllocationList:
    return AllocationList.objects.get(for_trial=False, state="serving")


def used(code: str) -> int:
    return Stratum.objects.get(list=serving(), code=code).used


def test_a_subject_gets_the_next_slot_of_its_stratum(eligible):
    allocation = randomize(eligible)

    assert allocation.strata == {"MVI": "N", "HAI": "haic"} or set(allocation.strata) == {"MVI", "HAI"}
    code = allocation.slot.stratum.code
    assert allocation.arm == blocks_of(SEED, code, at_least=12)[0].arm
    assert allocation.slot.number == 1
    assert used(code) == 1
    assert now_of(eligible).stage == Stage.RANDOMIZED
    with judging():
        assert GatePassage.objects.get(subject=eligible.subject).determination_id == allocation.determination_id


def test_the_event_says_the_slot_and_never_the_arm(eligible):
    allocation = randomize(eligible)

    with judging():
        event = Event.objects.get(kind="randomization.subject.randomized", subject_id=eligible.subject.pk)
    facts = json.loads(event.facts)
    assert facts["slot"] == 1
    assert facts["list"] == str(serving().pk)
    assert not CODES & {word for value in facts.values() for word in str(value).split()}
    assert allocation.arm not in event.facts


def test_investigators_and_coordinators_of_the_site_are_told_the_arm(eligible):
    allocation = randomize(eligible)

    mails = Message.objects.filter(kind="randomization.randomized", about=str(allocation.pk))
    told = set(mails.values_list("recipient", flat=True))
    roles = (Role.COORDINATOR, Role.PRINCIPAL_INVESTIGATOR, Role.SUB_INVESTIGATOR)
    assert told == {eligible.one(role).email for role in roles}
    assert all(eligible.subject.number in mail.subject for mail in mails)


def test_a_subject_is_randomized_once(eligible):
    first = randomize(eligible)

    with pytest.raises(Refusal, match=rf"was randomized already, on .* as number {first.number}"):
        randomize(eligible)


def test_whoever_does_not_attest_randomizes_nobody(eligible):
    with pytest.raises(Refusal, match=r"tick the box\. Nobody was randomized"):
        randomize(eligible, attests=False)


def test_without_a_signed_determination_nobody_is_randomized(cast):
    unsigned = a_passing_subject(cast, "unsigned")

    with pytest.raises(Refusal, match="an investigator has to sign the determination first"):
        randomize(unsigned)


def test_who_does_not_pass_is_not_randomized(cast):
    ineligible = a_passing_subject(cast, "ineligible", platelets="60")

    with pytest.raises(Refusal, match="an investigator has to sign the determination first"):
        randomize(ineligible)


def test_a_change_after_the_determination_closes_the_gate(eligible):
    weaker = answers.vitals("weaker", eligible.on, ecog="2")
    enter(eligible, "VS", {**weaker, "assessed_on": eligible.on.isoformat()}, at=timezone.now(), number=0)

    with pytest.raises(Refusal, match="was revoked on"):
        randomize(eligible)


def test_a_role_without_the_permission_is_refused(eligible, cast):
    with pytest.raises(Refusal, match="does not include this: randomize a subject"):
        randomize(eligible, by=cast.one(Role.SURGEON, "01"))


def test_a_person_of_another_site_is_refused(eligible, cast):
    stranger = cast.one(Role.COORDINATOR, "02", mark="02")

    with pytest.raises((Refusal, Subject.DoesNotExist)):
        randomize(eligible, by=stranger)


def test_without_a_list_nobody_is_randomized(eligible, cast):
    statistician = cast.one(Role.UNBLINDED_STATISTICIAN)
    actions.end_list(serving(), by=statistician, at=timezone.now(), reason="A new seed was drawn.")

    with pytest.raises(Refusal, match="No list serves synthetic subjects and exercises"):
        randomize(eligible)


def test_a_list_of_the_trial_serves_no_synthetic_subject(eligible, cast):
    statistician = cast.one(Role.UNBLINDED_STATISTICIAN)
    actions.end_list(serving(), by=statistician, at=timezone.now(), reason="Only the trial's list is left.")
    a_list(by=statistician, for_trial=True)

    with pytest.raises(Refusal, match="No list serves synthetic subjects"):
        randomize(eligible)


def test_an_empty_stratum_refuses_and_says_what_to_do(eligible, cast):
    statistician = cast.one(Role.UNBLINDED_STATISTICIAN)
    with as_actor(statistician):
        for stratum in Stratum.objects.filter(list=serving()):
            for used_up in range(1, stratum.size + 1):  # as so many allocations would count
                Stratum.objects.filter(pk=stratum.pk).update(used=used_up)
        record("randomization.list.used up", stream="randomization", by=statistician, at=timezone.now())

    with pytest.raises(Refusal, match=r"The list of this stratum is used up: .* Ask the unblinded statistician"):
        randomize(eligible)


@pytest.mark.parametrize(("cap", "is_full"), [(1, False), (0, True)])
def test_nobody_is_randomized_beyond_the_limit(eligible, settings, cap, is_full):
    settings.ENROLMENT_CAP = cap

    if is_full:
        with pytest.raises(Refusal, match="The trial is full: 0 subjects are randomized, and the limit is 0"):
            randomize(eligible)
    else:
        randomize(eligible)


def test_a_closed_site_randomizes_nobody(eligible):
    site = now_of(eligible).site
    accounts.change_site(site, by=set_up(), at=timezone.now(), is_open=False, reason="The hospital left.")

    with pytest.raises(Refusal, match="is closed"):
        randomize(eligible)


def refuse_all(allocation, *, by, at):
    """Answers the port as an app whose part fails."""
    raise Refusal.of(no("The visits could not be planned."))


def test_what_an_app_above_refuses_undoes_the_whole_allocation(eligible, settings):
    settings.RANDOMIZATION_AFTER_ALLOCATION = [f"{__name__}.refuse_all"]
    before = list(Stratum.objects.values_list("pk", "used").order_by("pk"))

    with pytest.raises(Refusal, match="The visits could not be planned"):
        randomize(eligible)

    assert now_of(eligible).stage == Stage.ELIGIBLE
    assert list(Stratum.objects.values_list("pk", "used").order_by("pk")) == before
    with judging():
        assert not Allocation.objects.filter(subject=eligible.subject).exists()
        assert not GatePassage.objects.filter(subject=eligible.subject).exists()


def test_a_failed_attempt_is_on_record(eligible):
    by = eligible.one(Role.COORDINATOR)
    with pytest.raises(Refusal) as refused:
        randomize(eligible, by=by, attests=False)

    actions.record_refused_attempt(eligible.subject, by=by, at=timezone.now(), why=refused.value.sentence)

    with judging():
        event = Event.objects.get(kind="randomization.subject.refused", subject_id=eligible.subject.pk)
    assert "tick the box" in event.english


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.COORDINATOR, True),
        (Role.PRINCIPAL_INVESTIGATOR, True),
        (Role.SURGEON, True),
        (Role.MONITOR, True),
        (Role.DATA_MANAGER, True),
        (Role.SPONSOR_SAFETY, True),
        (Role.UNBLINDED_STATISTICIAN, True),
        (Role.READER, False),
        (Role.MEDICAL_REVIEWER, False),
        (Role.STATISTICIAN, False),
    ],
)
def test_who_sees_the_arm(eligible, cast, role, sees):
    allocation = randomize(eligible)
    person = cast.one(role, "01")

    with as_actor(person):
        assert arm_of(person, eligible.subject) == (allocation.arm if sees else None)


def test_arms_of_many_take_one_query(eligible, cast, django_assert_num_queries):
    randomize(eligible)
    person = eligible.one(Role.COORDINATOR)
    with as_actor(person):
        subjects = list(Subject.objects.all())
        arms_of(person, subjects)
        with django_assert_num_queries(1):
            arms_of(person, subjects)
