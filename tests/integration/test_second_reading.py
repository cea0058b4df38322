"""The second reading: made without the first, seen by nobody before both are complete, listed where it differs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.utils import timezone

from accounts.actions import give_grant, record_training
from accounts.models import User
from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.models import Form
from casebook.selectors.sight import visible_forms
from protocol.roles import Role
from protocol.trial import TRIAL
from tests.casebook_ground import (
    a_coordinator,
    a_data_manager,
    a_subject,
    again,
    complete,
    save,
    site_of,
    the_form,
    the_investigator,
)
from tests.people import LONG_AGO, a_user, delegate_everything, set_up

pytestmark = pytest.mark.django_db

DAY = "2025-03-03"
FIRST = {
    "scan_on": DAY,
    "timepoint": "follow-up",
    "modality": "mri",
    "arterial_phase": "Y",
    "lipiodol": "N",
    "chest_ct": "Y",
    "lesions/T1/class": "target",
    "lesions/T1/organ": "liver",
    "lesions/T1/evaluable": "Y",
    "lesions/T1/enhancement": "absent",
    "lesions/T1/viable_diameter": "0 mm",
    "new_lesion": "no",
}
SECOND = {
    "scan_on": DAY,
    "timepoint": "follow-up",
    "arterial_phase": "Y",
    "new_lesion": "no",
    "reader_target": "PR",
    "reader_non_target": "NA",
    "reader_overall": "PR",
}


@dataclass
class Ground:
    coordinator: User
    reader: User
    manager: User
    first: Form


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def ground():
    """A subject with a scan that the site began to read, and a second reader."""
    coordinator = a_coordinator()
    reader = a_user(Role.READER, site_of(coordinator))
    first = the_form(a_subject(coordinator), "TA", by=coordinator)
    save(first, FIRST, by=coordinator)
    return Ground(coordinator, reader, a_data_manager(), again(first, by=coordinator))


def begun(ground: Ground, **said: str) -> Form:
    """Return the form of the second reader with what was said so far."""
    subject = ground.first.subject
    form = actions.add_form(subject, by=ground.reader, at=timezone.now(), visit=None, crf="SR")
    save(again(form, by=ground.reader), SECOND | said, by=ground.reader)
    return again(form, by=ground.reader)


def sees(user: User, form: Form) -> bool:
    with as_actor(user):
        return visible_forms(user).filter(pk=form.pk).exists()


def test_neither_reading_is_seen_by_the_other_before_both_are_complete(ground):
    second = begun(ground)
    others = (ground.coordinator, ground.manager, the_investigator(ground.coordinator))
    assert sees(ground.reader, second)
    assert not sees(ground.reader, ground.first)
    assert not any(sees(user, second) for user in others)

    complete(second, {}, by=ground.reader)

    assert not sees(ground.reader, ground.first)
    assert not any(sees(user, second) for user in others)

    complete(ground.first, {}, by=ground.coordinator)

    assert sees(ground.reader, ground.first)
    assert all(sees(user, second) for user in others)


def test_a_reading_of_another_day_opens_nothing(ground):
    complete(ground.first, {}, by=ground.coordinator)
    second = begun(ground, scan_on="2025-03-02")

    complete(second, {}, by=ground.reader)

    assert not sees(ground.reader, ground.first)
    assert not sees(ground.manager, second)


def test_a_complete_first_reading_is_hidden_from_who_reads_second(ground):
    complete(ground.first, {}, by=ground.coordinator)

    assert not sees(ground.reader, ground.first)
    assert sees(ground.manager, ground.first)


def test_who_enters_the_reading_of_the_site_reads_no_scan_a_second_time(ground):
    site = site_of(ground.coordinator)
    at = {"at": timezone.now(), "visit": None, "crf": "SR"}
    both = a_user(Role.SUB_INVESTIGATOR, site)
    give_grant(both, by=set_up(), at=timezone.now(), role=Role.READER, site=site)
    details = {"role": Role.READER, "protocol_version": TRIAL.version, "trained_on": LONG_AGO}
    record_training(both, by=set_up(), at=timezone.now(), **details)
    delegate_everything(both, Role.READER, site)
    both = User.objects.get(pk=both.pk)

    with pytest.raises(Refusal, match="The second reading is another person's"):
        actions.add_form(ground.first.subject, by=both, **at)
    with pytest.raises(Refusal, match="does not include this: enter one's own reading"):
        actions.add_form(ground.first.subject, by=ground.coordinator, **at)
    assert sees(both, ground.first)
