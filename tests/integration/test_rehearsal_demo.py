"""The candidates of a demonstration: six synthetic subjects, walked by role through the real actions into six states of screening."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Site, User
from accounts.system import system_actor
from audit.door import as_actor
from audit.models import Event
from casebook.models import Form, Query, ReferenceRange, Subject
from casebook.states import FormState, QueryState, Stage
from eligibility.models import CriterionVerdict
from protocol.language import Verdict
from protocol.roles import Role
from rehearsal.demonstration import perform
from rehearsal.management.commands.make_demo import let_in
from rehearsal.walk import Walk
from tests.rehearsal_ground import taken_back


@pytest.fixture(scope="module")
def walks(module_db: str) -> dict[str, Walk]:
    """The demonstration, made once for this module."""
    _cast, walks = perform(at=timezone.now())
    let_in()
    return dict(walks)


@pytest.fixture(autouse=True)
def _seen_by_the_system(walks) -> Iterator[None]:
    with as_actor(system_actor("eligibility")):
        yield


def verdicts(walk: Walk) -> dict[str, str]:
    kept = CriterionVerdict.objects.filter(subject=walk.subject)
    return dict(kept.values_list("criterion", "verdict"))


def not_passed(walk: Walk) -> dict[str, str]:
    return {code: verdict for code, verdict in verdicts(walk).items() if verdict != Verdict.PASS}


def test_all_subjects_are_synthetic_and_say_so(walks):
    assert Subject.objects.count() == len(walks) == 6
    assert not Subject.objects.filter(synthetic=False).exists()


def test_one_person_per_role_and_nobody_is_invented():
    people = User.objects.filter(is_system=False)

    roles = {grant.role for user in people for grant in user.grants.all()}
    assert roles == {role.value for role in Role}
    assert all(user.name.startswith("Demo ") and user.email.endswith("@example.org") for user in people)


def test_a_demonstration_that_stands_gains_the_laboratory_of_the_exercise_once():
    for _start in range(2):
        call_command("make_demo")

    with as_actor(system_actor("eligibility")):
        assert ReferenceRange.objects.filter(laboratory__code="Coimbra", confirmed_at__isnull=False).count() == 10


def test_a_demonstration_that_was_stopped_while_it_was_made_says_so():
    with taken_back():
        User.objects.filter(email__endswith="@example.org").update(password=make_password(None))

        with pytest.raises(CommandError, match="was stopped while it was made"):
            call_command("make_demo")


def test_the_import_exercise_is_outside_every_count():
    exercise = Site.objects.get(code="IX")

    assert (exercise.name, exercise.counts) == ("Import exercise", False)
    assert set(Site.objects.filter(counts=True).values_list("synthetic", flat=True)) == {True}


def test_one_subject_is_just_listed(walks):
    subject = Subject.objects.get(pk=walks["just listed"].subject.pk)

    assert subject.stage == Stage.LISTED
    assert set(verdicts(walks["just listed"]).values()) == {Verdict.UNKNOWN}


def test_one_subject_has_half_a_casebook_and_a_query(walks):
    subject = Subject.objects.get(pk=walks["half a casebook"].subject.pk)

    assert subject.stage == Stage.SCREENING
    states = Counter(Form.objects.filter(subject=subject).values_list("state", flat=True))
    assert states[FormState.IN_PROGRESS] == 1
    assert states[FormState.COMPLETE] >= 6
    assert Query.objects.get(subject=subject).state == QueryState.OPEN


def test_one_subject_lacks_only_the_second_scan_and_draw(walks):
    walk = walks["second scan awaited"]

    assert not_passed(walk) == {"I05": "unknown"}
    needs = CriterionVerdict.objects.get(subject=walk.subject, criterion="I05").needs
    assert {need["crf"] for need in needs} == {"TA", "MK"}
    assert min(need["not_before"] for need in needs) > walk.on.isoformat()


def test_one_subject_passes_every_criterion(walks):
    assert not_passed(walks["all pass"]) == {}


def test_one_subject_fails_clearly(walks):
    assert {code for code, verdict in not_passed(walks["clear fail"]).items() if verdict == "fail"} == {"I07a", "I12"}


def test_one_subject_needs_review(walks):
    assert not_passed(walks["review"]) == {"I05": "review"}


def test_everything_was_done_by_somebody_who_may(walks):
    """Every event of a subject names a person of the cast; nothing was set behind the door."""
    events = Event.objects.filter(stream=f"subject:{walks['all pass'].subject.pk}")

    names = set(events.values_list("actor_name", flat=True))
    surgeons, reader = {"Demo Surgeon", "Demo Surgeon B"}, "Demo Reader"
    assert names == {"Demo Coordinator", "Demo Principal investigator", *surgeons, reader}
    assert '"moment":"synthetic"' in events.filter(kind="casebook.form.completed").first().facts


def test_the_command_is_for_demonstrations_only(settings):
    settings.EDC_ENVIRONMENT = "production"

    with pytest.raises(CommandError, match="known passwords"):
        call_command("make_demo")
