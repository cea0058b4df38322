"""The second reading: made without the first, seen by nobody before both are complete, listed where it differs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actions import give_grant, record_training
from accounts.models import Site, User
from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.actions.marks import sign_form
from casebook.models import Form
from casebook.selectors.sight import visible_forms
from casebook.selectors.stage_told import as_told, is_stage_kept
from casebook.states import Stage
from casebook.words import day_in_words
from desk.selectors.waiting import Asking
from desk.selectors.work import work_of
from protocol.roles import Role
from protocol.trial import TRIAL
from tests.casebook_ground import (
    a_coordinator,
    a_data_manager,
    a_key,
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


STATED = ("new_lesion", "reader_target", "reader_non_target", "reader_overall")


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


def read(ground: Ground, **said: str) -> Form:
    """Let the reader read a scan completely and sign it."""
    second = begun(ground, **said)
    complete(second, {}, by=ground.reader)
    sign_form(again(second, by=ground.reader), by=ground.reader, at=timezone.now())
    return again(second, by=ground.reader)


def sees(user: User, form: Form) -> bool:
    with as_actor(user):
        return visible_forms(user).filter(pk=form.pk).exists()


def test_neither_reading_is_seen_by_the_other_before_both_are_complete_and_the_second_is_signed(ground):
    second = begun(ground)
    others = (ground.coordinator, ground.manager, the_investigator(ground.coordinator))
    assert sees(ground.reader, second)
    assert not sees(ground.reader, ground.first)
    assert not any(sees(user, second) for user in others)

    complete(second, {}, by=ground.reader)

    assert not sees(ground.reader, ground.first)
    assert not any(sees(user, second) for user in others)

    complete(ground.first, {}, by=ground.coordinator)

    assert not sees(ground.reader, ground.first)
    assert not any(sees(user, second) for user in others)

    sign_form(again(second, by=ground.reader), by=ground.reader, at=timezone.now())

    assert sees(ground.reader, ground.first)
    assert all(sees(user, second) for user in others)


def test_a_reading_of_another_day_opens_nothing(ground):
    complete(ground.first, {}, by=ground.coordinator)

    second = read(ground, scan_on="2025-03-02")

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


# --- what is shown, once it may be --------------------------------------------------------------------------------


def read_both(ground: Ground) -> Form:
    """Let both readings be complete and the second signed, and return it."""
    complete(ground.first, {}, by=ground.coordinator)
    return read(ground)


def text(client, user: User, name: str, *args: object, **query: str) -> str:
    client.force_login(user)
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    is_stream = getattr(answer, "streaming", False)
    return (b"".join(answer.streaming_content) if is_stream else answer.content).decode()


def test_a_second_reading_in_the_making_is_counted_and_shows_nothing(ground, client):
    complete(ground.first, {}, by=ground.coordinator)
    begun(ground)

    page = text(client, ground.coordinator, "candidate", ground.first.subject_id)

    assert "1 second reading is hidden until it is signed and the reading of the site is complete." in page
    assert ground.reader.name not in page
    for name in ("second-readings", "second-readings-csv"):
        assert ground.first.subject.number not in text(client, ground.manager, name)


def test_what_differs_is_listed_for_the_site_and_for_data_managers(ground, client):
    read_both(ground)

    for user, name, args in (
        (ground.coordinator, "candidate", [ground.first.subject_id]),
        (ground.manager, "second-readings", []),
    ):
        page = text(client, user, name, *args)
        assert ground.reader.name in page
        assert "The signed reading of the site decides" in page


def test_the_list_is_narrowed_to_what_differs_and_given_as_csv(ground, client):
    baseline = the_form(ground.first.subject, "TA", by=ground.coordinator)
    subject = baseline.subject
    form = actions.add_form(subject, by=ground.coordinator, at=timezone.now(), visit=baseline.visit, crf="TA")
    present = {"lesions/T1/enhancement": "present", "lesions/T1/viable_diameter": "40 mm"}
    earlier = FIRST | present | {"scan_on": "2025-01-02", "timepoint": "baseline"}
    complete(again(form, by=ground.coordinator), earlier, by=ground.coordinator)
    read_both(ground)

    lines = text(client, ground.manager, "second-readings-csv", shown="differing").splitlines()

    assert f"{subject.number},{subject.site.code},{DAY},{ground.reader.name},Overall response,CR,PR,yes," in lines
    assert f"{subject.number},{subject.site.code},{DAY},{ground.reader.name},New lesion,no,no,no," in lines
    page = text(client, ground.manager, "candidate", subject.pk)
    assert "T1, Target" in page
    assert all(f"<td>{cell}</td>" in page for cell in ("40 mm", "no enhancement", "CR"))
    assert "(differs)" in text(client, ground.manager, "second-readings", shown="differing")
    home = text(client, the_investigator(ground.coordinator), "home")
    assert "Second readings that differ" in home
    assert f"{reverse('second-readings')}?shown=differing" in home
    assert subject.number not in text(client, ground.manager, "second-readings", number="nobody")


def test_the_second_reader_signs_the_own_reading_and_nobody_else_writes_in_it(ground):
    second = read_both(ground)

    with pytest.raises(Refusal):
        complete(second, {"reader_overall": "CR"}, by=ground.coordinator)


# --- wherever it could be read ------------------------------------------------------------------------------------

OF_FORM = ("form", "api-form")
OF_SUBJECT = ("casebook", "subject-history", "subject-history-csv", "api-subject")


def answered_to(client, user: User, name: str, key: object) -> tuple[int, str]:
    client.force_login(user)
    answer = client.get(reverse(name, args=[key]))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, content.decode()


def test_no_page_api_or_history_tells_one_reading_to_the_other(ground, client):
    complete(ground.first, {}, by=ground.coordinator)
    second = begun(ground)

    first_to_reader = (ground.reader, ground.first, "lesions/T1")
    second_to_others = ((user, second, "reader_target") for user in (ground.coordinator, ground.manager))
    for user, hidden, telling in (first_to_reader, *second_to_others):
        assert {name: answered_to(client, user, name, hidden.pk)[0] for name in OF_FORM} == dict.fromkeys(OF_FORM, 404)
        for name in OF_SUBJECT:
            status, said = answered_to(client, user, name, hidden.subject_id)
            assert status == 200
            assert str(hidden.pk) not in said, name
            assert telling not in said, name


def test_the_same_doors_open_once_both_are_complete(ground, client):
    second = read_both(ground)

    for user, form in ((ground.reader, ground.first), (ground.coordinator, second), (ground.manager, second)):
        assert {name: answered_to(client, user, name, form.pk)[0] for name in OF_FORM} == dict.fromkeys(OF_FORM, 200)


# --- what waits for the reader -------------------------------------------------------------------------------------


def waiting(user: User) -> list[tuple[str, str, str]]:
    """Return subject, words and state of each scan that the home page says waits for this reader."""
    with as_actor(user):
        sites = list(Site.objects.filter(pk__in=user.site_ids()))
        work = [
            each for each in work_of(Asking(user, sites, timezone.now())) if each.title == "Second readings waiting"
        ]
        return [(line.subject, line.text, line.state) for each in work for line in each.lines]


def test_a_scan_waits_for_the_reader_from_the_reading_of_the_site_to_the_own(ground, client):
    number = ground.first.subject.number
    assert waiting(ground.reader) == []

    complete(ground.first, {}, by=ground.coordinator)
    assert waiting(ground.reader) == [(number, f"Scan of {day_in_words(DAY)}", "not started")]
    assert waiting(ground.coordinator) == []
    assert "Second readings waiting" in text(client, ground.reader, "home")

    second = begun(ground)
    assert waiting(ground.reader) == [(number, f"Scan of {day_in_words(DAY)}", "in progress")]

    complete(second, {}, by=ground.reader)
    assert waiting(ground.reader) == []


def test_the_reading_of_another_reader_or_of_another_day_takes_no_scan_off_the_list(ground):
    complete(ground.first, {}, by=ground.coordinator)
    complete(begun(ground, scan_on="2025-03-02"), {}, by=ground.reader)
    other = a_user(Role.READER, site_of(ground.coordinator))

    assert [len(waiting(user)) for user in (ground.reader, other)] == [1, 1]


# --- what is computed from other scans -----------------------------------------------------------------------------


def a_baseline(ground: Ground, on: str = "2025-01-02") -> Form:
    """Return the complete reading of the site of the scan before treatment: 40 mm."""
    first = ground.first
    form = actions.add_form(first.subject, by=ground.coordinator, at=timezone.now(), visit=first.visit, crf="TA")
    present = {"lesions/T1/enhancement": "present", "lesions/T1/viable_diameter": "40 mm"}
    earlier = FIRST | present | {"scan_on": on, "timepoint": "baseline"}
    complete(again(form, by=ground.coordinator), earlier, by=ground.coordinator)
    return again(form, by=ground.coordinator)


@pytest.mark.parametrize("on", ["2025-01-02", "2025-03-04"])
def test_the_reading_of_the_site_stays_hidden_until_the_scans_it_is_computed_from_are_read(ground, client, on):
    baseline = a_baseline(ground, on)
    read_both(ground)

    assert not sees(ground.reader, ground.first)
    for name in OF_FORM:
        assert answered_to(client, ground.reader, name, ground.first.pk)[0] == 404
    for name in OF_SUBJECT:
        status, said = answered_to(client, ground.reader, name, ground.first.subject_id)
        assert (status, str(ground.first.pk) in said, "40 mm" in said) == (200, False, False), name

    read(ground, scan_on=on, timepoint="baseline", **dict.fromkeys(STATED, ""))

    assert sees(ground.reader, baseline)
    assert sees(ground.reader, ground.first)
    assert answered_to(client, ground.reader, "form", ground.first.pk)[0] == 200


def test_an_earlier_scan_opens_before_a_later_one_is_read(ground):
    baseline = a_baseline(ground)
    complete(ground.first, {}, by=ground.coordinator)

    read(ground, scan_on="2025-01-02", timepoint="baseline", **dict.fromkeys(STATED, ""))

    assert sees(ground.reader, baseline)
    assert not sees(ground.reader, ground.first)


def test_an_earlier_scan_that_the_site_goes_on_reading_keeps_the_later_one_hidden(ground):
    baseline = a_baseline(ground)
    read(ground, scan_on="2025-01-02", timepoint="baseline", **dict.fromkeys(STATED, ""))
    read_both(ground)

    why = {"lesions/T1/viable_diameter": "Read anew."}
    save(baseline, {"lesions/T1/viable_diameter": "41 mm"}, by=ground.coordinator, reasons=why)

    assert not sees(ground.reader, ground.first)


# --- what is signed stays --------------------------------------------------------------------------------------------

SCAN_STANDS = (
    "The day of the scan stays as it was when this reading was completed. Enter another reading for that scan."
)


def test_a_change_hides_both_readings_until_the_second_is_signed_anew(ground):
    second = read_both(ground)

    complete(second, {"reader_overall": "CR"}, by=ground.reader, reasons={"reader_overall": "Typed wrongly."})
    assert not sees(ground.reader, ground.first)
    assert not sees(ground.manager, second)

    sign_form(again(second, by=ground.reader), by=ground.reader, at=timezone.now())
    assert sees(ground.reader, ground.first)
    assert sees(ground.manager, second)


def corrected(ground: Ground, second: Form, **said: str) -> None:
    """Let the reader change a reading that was signed, and sign it anew."""
    complete(second, said, by=ground.reader, reasons=dict.fromkeys(said, "Seen again."))
    sign_form(again(second, by=ground.reader), by=ground.reader, at=timezone.now())


OPEN_ALREADY = "Changed after the first reading was open"
BLIND_STILL = "Changed after it was signed, before the first reading was open"


def test_what_was_signed_first_stays_compared_and_a_change_with_the_first_reading_open_is_marked(ground, client):
    a_baseline(ground)
    corrected(ground, read_both(ground), reader_overall="CR")

    who = f"{ground.first.subject.number},{ground.first.subject.site.code},{DAY},{ground.reader.name}"
    lines = text(client, ground.manager, "second-readings-csv", shown="differing").splitlines()
    assert f"{who},Overall response,CR,PR,yes," in lines
    assert any(line.startswith(f"{who},Reader: overall response,,") and line.endswith(OPEN_ALREADY) for line in lines)
    for name, args in (("second-readings", []), ("candidate", [ground.first.subject_id])):
        page = text(client, ground.manager, name, *args)
        assert OPEN_ALREADY in page
        assert BLIND_STILL not in page


def test_a_change_before_the_first_reading_was_open_is_told_as_one(ground, client):
    corrected(ground, read(ground), reader_overall="SD")
    assert ground.first.subject.number not in text(client, ground.manager, "second-readings")
    complete(ground.first, {}, by=ground.coordinator)

    page = text(client, ground.manager, "second-readings")

    assert BLIND_STILL in page
    assert OPEN_ALREADY not in page


def test_a_reading_signed_once_tells_of_no_later_change(ground, client):
    read_both(ground)

    page = text(client, ground.manager, "second-readings")

    assert ground.first.subject.number in page
    assert OPEN_ALREADY not in page
    assert BLIND_STILL not in page


@pytest.mark.parametrize("day", ["2025-01-02", ""])
def test_a_complete_second_reading_keeps_the_day_of_its_scan(ground, day):
    second = begun(ground, scan_on="2025-03-02")
    save(second, {"scan_on": DAY}, by=ground.reader)
    complete(again(second, by=ground.reader), {}, by=ground.reader)
    reopened = again(second, by=ground.reader)

    with pytest.raises(Refusal, match=SCAN_STANDS):
        save(reopened, {"scan_on": day}, by=ground.reader, reasons={"scan_on": "Another scan."})

    save(reopened, {"scan_on": DAY, "comment": "Seen again."}, by=ground.reader)
    with pytest.raises(Refusal, match=SCAN_STANDS):
        save(again(second, by=ground.reader), {"scan_on": day}, by=ground.reader, reasons={"scan_on": "Another scan."})


def test_the_page_refuses_another_day_of_a_complete_second_reading_and_says_why(ground, client):
    second = read_both(ground)
    client.force_login(ground.reader)
    posted = {"based_on": second.version, "key": a_key(), "scan_on": "2025-01-02", "act": "complete"}

    answer = client.post(reverse("form", args=[second.pk]), posted | {"reason.scan_on": "Another scan."})

    assert answer.status_code in (409, 422)
    assert SCAN_STANDS in answer.content.decode()
    assert again(second, by=ground.reader).answers["scan_on"]["value"] == DAY


# --- how far the subject has come ------------------------------------------------------------------------------------


def advanced(ground: Ground) -> None:
    subject = ground.first.subject
    for stage in (Stage.CONSENTED, Stage.SCREENING, Stage.RESPONSE_CONFIRMED):
        actions.advance(subject, by=the_investigator(ground.coordinator), at=timezone.now(), to=stage)


def test_the_stage_tells_a_second_reader_nothing_while_scans_wait_to_be_read(ground, client):
    complete(ground.first, {}, by=ground.coordinator)
    advanced(ground)
    subject = ground.first.subject

    def said(name: str, **query: str) -> str:
        return text(client, ground.reader, name, **query)

    assert f"{subject.number},{subject.site.code},screening," in said("subjects-csv")
    assert '"stage":"screening"' in said("api-subjects").replace(" ", "")
    assert subject.number not in said("api-subjects", stage="response confirmed")
    assert subject.number in said("api-subjects", stage="screening")
    assert "<td>In screening" in said("subjects")
    assert subject.number not in said("subjects", stage="response confirmed")
    assert '<li aria-current="step">In screening' in text(client, ground.reader, "casebook", subject.pk)
    assert "Response confirmed" not in text(client, ground.reader, "subject-history-csv", subject.pk)
    assert '"stage":"screening"' in text(client, ground.reader, "api-subject", subject.pk).replace(" ", "")
    assert "response confirmed" in text(client, ground.manager, "subjects-csv")

    # A past casebook asks the same; its own tests commit for real.
    with as_actor(ground.reader):
        kept = is_stage_kept(subject, ground.reader)
    assert as_told(Stage.RESPONSE_CONFIRMED, kept=kept) is Stage.SCREENING

    read(ground)
    assert "response confirmed" in said("subjects-csv")
    assert "response confirmed" in said("api-subjects", stage="response confirmed")
    assert "Response confirmed" in text(client, ground.reader, "subject-history-csv", subject.pk)
