"""Signs of relapse and serious events: raised by the record, told once, settled by imaging, by a reason, by a correction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.system import system_actor
from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.entry.impact import impact_of
from casebook.entry.range_effect import effect_of
from casebook.models import ReferenceRange
from eligibility.tasks import rejudge_touched
from followup.actions.safety import resolve_relapse_sign
from followup.safety_mail import SAE, SIGN
from followup.states import Ending, SignKind
from protocol.arms import WATCH_AND_WAIT
from rehearsal.ranges import LABORATORY
from rehearsal.walk import Walk, read_all
from tests.casebook_ground import again, events_of
from tests.followup_safety_ground import Patient, kinds_of, mails, of_both_arms
from tests.randomization_ground import a_list
from tests.rehearsal_ground import a_cast, taken_back

VISITED = {"contact": "clinic", "antiviral": "Y"}


@pytest.fixture(scope="module")
def walks(module_db: str) -> dict[str, Walk]:
    cast = a_cast()
    a_list()
    return of_both_arms(cast)


@pytest.fixture
def patient(walks: dict[str, Walk]) -> Iterator[Patient]:
    with taken_back():
        yield Patient(walks[WATCH_AND_WAIT])


@pytest.mark.parametrize(
    ("levels", "kinds"),
    [
        ({"afp": "20.0"}, []),
        ({"afp": "20.1"}, ["afp"]),
        ({"pivka": "40"}, []),
        ({"pivka": "41"}, ["pivka"]),
        ({"afp": "20.1", "pivka": "41"}, ["afp", "pivka"]),
    ],
)
def test_a_marker_above_its_limit_is_a_sign_of_relapse(patient, levels, kinds):
    patient.draw("M1", patient.day(30), **levels)

    assert [sign.kind for sign in patient.signs()] == kinds


def test_the_investigators_of_the_site_hear_of_it_once(patient):
    form = patient.draw("M1", patient.day(30), afp="21")
    patient.fill(form, {"pivka": "25 mAU/mL"}, patient.day(31), reason="Mistyped")

    told = mails(SIGN)
    assert [mail.recipient for mail in told] == ["principal-investigator@example.org", "sub-investigator@example.org"]
    assert all(patient.subject.number in mail.subject for mail in told)
    assert "Tumour markers" in told[0].body
    assert "/safety/signs/" in told[0].body
    assert "21" not in told[0].body.replace(patient.subject.number, "").partition("/safety/")[0]


def test_a_sign_speaks_while_the_form_is_still_being_entered(patient):
    patient.attend("M1", patient.day(30))
    typed = {"sampled_on": patient.day(30).isoformat(), "laboratory": LABORATORY, "afp": "99 ng/mL"}
    patient.fill(patient.form("MK", "M1"), typed, patient.day(30), complete=False)

    assert kinds_of(patient.signs()) == [("afp", "")]


def test_the_correction_of_the_value_mends_the_sign(patient):
    form = patient.draw("M1", patient.day(30), afp="21")
    patient.fill(form, {"afp": "2.1 ng/mL"}, patient.day(31), reason="Mistyped")

    assert kinds_of(patient.signs()) == [("afp", Ending.MENDED)]
    assert "followup.sign.mended" in [event.kind for event in events_of(patient.subject, by=patient.by)]


def test_a_sign_that_comes_again_is_told_again(patient):
    form = patient.draw("M1", patient.day(30), afp="21")
    patient.fill(form, {"afp": "2.1 ng/mL"}, patient.day(31), reason="Mistyped")
    patient.fill(form, {"afp": "21 ng/mL"}, patient.day(32), reason="It was right")

    assert kinds_of(patient.signs()) == [("afp", "")]
    assert len(mails(SIGN)) == 4


def test_a_later_scan_without_doubt_settles_the_sign(patient):
    patient.draw("M1", patient.day(30), afp="21")
    patient.draw("M2", patient.visit("M2").target_on)
    form = patient.scanned("M2", patient.visit("M2").target_on)

    assert kinds_of(patient.signs()) == [("afp", Ending.IMAGING)]
    patient.fill(form, {"new_lesion": "equivocal"}, patient.day(70), reason="Read again")
    assert ("afp", "") in kinds_of(patient.signs())


def test_a_suspicion_at_a_visit_is_a_sign(patient):
    patient.attend("M1", patient.day(30))
    typed = {**VISITED, "visited_on": patient.day(30).isoformat(), "relapse_suspected": "Y", "relapse_basis": "Pain"}
    patient.fill(patient.form("VR", "M1"), typed, patient.day(30))

    assert kinds_of(patient.signs()) == [("suspected", "")]


def test_an_equivocal_finding_waits_for_the_next_scan(patient):
    patient.attend("M2", patient.visit("M2").target_on)
    patient.scanned("M2", patient.visit("M2").target_on, new_lesion="equivocal")

    assert kinds_of(patient.signs()) == [(SignKind.EQUIVOCAL, "")]


def test_progression_is_told_and_waits_for_a_reason(patient):
    patient.attend("M2", patient.visit("M2").target_on)
    patient.scanned("M2", patient.visit("M2").target_on, viable=("15", "0"))

    [sign] = patient.signs()
    assert sign.kind == SignKind.PROGRESSION

    at = patient.at(patient.day(70))
    resolve_relapse_sign(sign, by=patient.investigator, at=at, reason="Progression is confirmed.")

    assert kinds_of(patient.signs()) == [(SignKind.PROGRESSION, Ending.EXPLAINED)]


def test_only_an_investigator_settles_and_says_why(patient):
    patient.draw("M1", patient.day(30), afp="21")
    [sign] = patient.signs()
    at = patient.at(patient.day(31))

    with pytest.raises(Refusal, match="Your role at 01 does not include this: assess the causality of an event"):
        resolve_relapse_sign(sign, by=patient.by, at=at, reason="A flare")
    with pytest.raises(Refusal, match=r"Say why no imaging is needed, or what it showed\."):
        resolve_relapse_sign(sign, by=patient.investigator, at=at, reason="  ")

    resolve_relapse_sign(sign, by=patient.investigator, at=at, reason="A flare of hepatitis")
    with pytest.raises(Refusal, match=r"This sign of relapse is settled already\."):
        resolve_relapse_sign(sign, by=patient.investigator, at=at, reason="Again")


def test_markers_of_before_randomization_are_no_sign(patient):
    assert patient.signs() == []


def test_a_serious_event_is_told_at_its_first_save_and_once(patient):
    on = patient.day(10)
    typed = {"term": "Bile leak", "onset_on": on.isoformat(), "aware_at": f"{on.isoformat()}T16:00"}
    form = patient.log("SAE", typed, on, complete=False)
    patient.fill(form, {"term": "Bile leak, grade B"}, on + timedelta(days=1), complete=False)

    told = mails(SAE)
    assert [mail.recipient for mail in told] == [
        "principal-investigator@example.org",
        "sponsor-safety@example.org",
        "sub-investigator@example.org",
    ]
    assert f"{on + timedelta(days=1):%Y-%m-%d} 16:00" in told[0].body
    assert "Bile leak" not in told[0].subject + told[0].body


def foreseen(patient: Patient, form, typed, on) -> list[str]:
    """Return what the page says before a change of a complete form is saved."""
    form = again(form, by=patient.by)
    with as_actor(patient.by):
        answers = read_all(form.crf, typed)
        said = {"answers": answers, "based_on": form.version, "complete": True}
        return list(impact_of(form, by=patient.by, at=patient.at(on), **said))


def test_the_sign_that_a_correction_would_raise_is_said_before_it_is_saved(patient):
    form = patient.draw("M1", patient.day(30))

    said = foreseen(patient, form, {"afp": "21 ng/mL"}, patient.day(31))

    assert [each for each in said if each.startswith("Sign of relapse, AFP above its upper limit,")] != []
    assert (patient.signs(), mails(SIGN)) == ([], [])


def test_the_sign_that_a_correction_would_mend_is_said_before_it_is_saved(patient):
    form = patient.draw("M1", patient.day(30), afp="21")

    said = foreseen(patient, form, {"afp": "2.1 ng/mL"}, patient.day(31))

    (line,) = [each for each in said if each.startswith("Sign of relapse")]
    assert line.endswith("becomes none.")


def test_the_deviation_that_a_change_would_open_is_said_before_it_is_saved(patient):
    """Whoever was randomized by an age that is corrected away was not eligible."""
    form = patient.form("DM")

    said = foreseen(patient, form, {"birth_date": patient.day(-365 * 10).isoformat()}, patient.day(2))

    (line,) = [each for each in said if each.startswith("Protocol deviation")]
    assert line.startswith("Protocol deviation, Randomized, but not eligible: none becomes to be explained.")
    assert "this does not pass" in line


def narrowed(analyte: str, high: str) -> ReferenceRange:
    """Correct the upper limit of the laboratory, and confirm it."""
    held = ReferenceRange.objects.get(analyte=analyte, laboratory__code=LABORATORY, left_at__isnull=True)
    said = {"low": held.low, "high": Decimal(high), "valid_to": held.valid_to, "reason": "Misread, page 2"}
    correction = actions.correct_range(held, by=system_actor("set-up"), at=timezone.now(), **said)
    actions.confirm_range(correction, by=system_actor("set-up"), at=timezone.now())
    return correction


@pytest.mark.parametrize("at_once", [50, 0])
def test_a_limit_by_which_a_randomized_subject_was_not_eligible_opens_the_deviation(patient, monkeypatch, at_once):
    """Whoever is judged by a worker is followed like those few who are judged with the change."""
    monkeypatch.setattr("casebook.actions.touching.JUDGED_AT_ONCE", at_once)
    assert "ineligible" not in patient.deviations()

    narrowed("AFP", "1")
    rejudge_touched()

    assert "I05" in str(patient.deviations()["ineligible"].sentence)
    narrowed("AFP", "20")
    rejudge_touched()
    assert "ineligible" not in patient.deviations()


def test_how_many_randomized_a_limit_makes_deviate_is_said_before_it_is_confirmed(patient):
    held = ReferenceRange.objects.get(analyte="AFP", laboratory__code=LABORATORY, left_at__isnull=True)
    said = {"low": held.low, "high": Decimal(1), "valid_to": held.valid_to, "reason": "Misread, page 2"}
    correction = actions.correct_range(held, by=system_actor("set-up"), at=timezone.now(), **said)

    with as_actor(patient.investigator):
        about = {"laboratories": {LABORATORY}, "analytes": {"AFP"}, "by": patient.investigator, "at": timezone.now()}
        effect = effect_of(lambda: [correction], **about)

    ((label, count),) = effect.newly
    assert label == "Randomized subjects for whom a protocol deviation would be opened, because they were not eligible"
    assert count >= 1
    assert "ineligible" not in patient.deviations()
