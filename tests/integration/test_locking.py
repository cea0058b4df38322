"""What a lock asks for first, each by name and count; and how it is lifted: alone, or by two persons together."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.models import Lock, UnlockRequest
from casebook.selectors.locking import conditions_of, ready_to_lock
from casebook.selectors.records import VISIT_ORDER
from casebook.states import LockKind, LockLevel, Stage
from desk.selectors.grid import _Counted, _rows
from outbox.models import Message
from protocol.roles import Role
from tests.casebook_ground import (
    DEMOGRAPHY,
    a_complete_form,
    a_coordinator,
    a_monitor,
    a_subject,
    again,
    complete,
    events_of,
    site_of,
    the_form,
    the_investigator,
)
from tests.integration.test_entry_pages import browser_of, text_of
from tests.lock_ground import nothing_stands_against
from tests.people import a_user

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-Password-for-tests"


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def manager():
    return a_user(Role.DATA_MANAGER, None, password=PASSWORD)


@pytest.fixture
def second():
    return a_user(Role.DATA_MANAGER, None, password=PASSWORD)


@pytest.fixture
def form(coordinator):
    return a_complete_form(coordinator)


def now():
    return timezone.now()


def unmet(level, target, *, by):
    with as_actor(by):
        [conditions] = conditions_of(LockLevel(level), [target]).values()
    return {each.name: each.count for each in conditions if not each.is_met}


def made_ready(form):
    actions.verify_items(form, by=a_monitor(form.site), at=now(), paths=list(form.answers))
    actions.sign_form(form, by=the_investigator(a_coordinator(form.site)), at=now())


# --- preconditions --------------------------------------------------------------------------------------------


def test_the_lock_of_a_form_names_everything_that_stands_against_it(coordinator, manager):
    form = the_form(a_subject(coordinator), "DM", by=coordinator)
    actions.open_query(form, by=a_monitor(form.site), at=now(), text="Where is it?")

    with pytest.raises(Refusal) as refused:
        actions.lock(form, by=manager, at=now())

    assert str(refused.value) == (
        "This cannot be locked yet. Still open: forms neither complete nor marked as not done: 1, "
        "queries open or answered and not closed: 1."
    )


def test_a_form_is_locked_once_it_is_complete_verified_by_plan_and_signed(form, manager):
    before = unmet("form", form, by=manager)
    counts = []
    with as_actor(manager):
        counts.append(ready_to_lock(manager, [form.site_id]))

    made_ready(form)

    with as_actor(manager):
        counts.append(ready_to_lock(manager, [form.site_id]))
    assert before == {"unsigned": 1, "unverified": 1}
    assert (counts, unmet("form", form, by=manager)) == ([0, 1], {})
    assert actions.lock(form, by=manager, at=now()).level == "form"
    with as_actor(manager):
        assert ready_to_lock(manager, [form.site_id]) == 0


def test_an_answered_query_still_stands_against_a_lock_and_a_closed_one_does_not(form, coordinator, manager):
    monitor = a_monitor(form.site)
    made_ready(form)
    query = actions.open_query(form, by=monitor, at=now(), text="Sure?", path="sex")
    actions.answer_query(query, by=coordinator, at=now(), text="Yes")
    answered = unmet("form", form, by=manager)

    actions.close_query(query, by=monitor, at=now())

    assert (answered, unmet("form", form, by=manager)) == ({"queries": 1}, {})


def test_a_change_after_signing_stands_against_the_lock(form, coordinator, manager):
    made_ready(form)
    typed = {**DEMOGRAPHY, "birth_date": "1970-05-02"}
    complete(again(form, by=coordinator), typed, by=coordinator, reasons={"birth_date": "Misread"})

    assert unmet("form", form, by=manager) == {"unsigned": 1, "unverified": 1}


def test_a_subject_is_locked_when_its_way_has_ended_and_every_form_is_ready(form, coordinator, manager):
    in_screening = unmet("subject", form.subject, by=manager)
    made_ready(form)
    with as_actor(coordinator):
        actions.advance(form.subject, by=coordinator, at=now(), to=Stage.SCREEN_FAILURE)

    assert in_screening["not ended"] == 1
    assert in_screening["unfinished"] > 5
    # What was expected of a screen failure and never begun is not asked any more.
    assert unmet("subject", form.subject, by=manager) == {}
    assert actions.lock(form.subject, by=manager, at=now()).level == "subject"


def test_a_site_waits_for_every_subject_and_the_trial_for_every_site(form, manager):
    assert unmet("site", form.site, by=manager) == {"subjects": 1}
    with as_actor(manager):
        assert unmet("trial", None, by=manager)["sites"] >= 1
    with pytest.raises(Refusal, match="subjects that are not locked: 1"):
        actions.lock(form.site, by=manager, at=now())
    with pytest.raises(Refusal, match="sites with subjects that are not locked"):
        actions.lock(None, by=manager, at=now())


def test_apps_above_say_what_they_have_against_the_lock_of_a_subject(form, manager, settings):
    settings.CASEBOOK_MAY_LOCK = [f"{__name__}.one_clock_runs"]

    assert unmet("subject", form.subject, by=manager)["safety clocks"] == 1


def one_clock_runs(subjects):
    from casebook.ports import Hindrance

    return [Hindrance("safety clocks", "serious adverse events: %(count)s", dict.fromkeys(subjects, 1))]


def test_a_freeze_asks_nothing_but_the_role(coordinator, manager):
    form = the_form(a_subject(coordinator), "DM", by=coordinator)

    assert actions.lock(form, by=manager, at=now(), kind=LockKind.FREEZE).kind == "freeze"
    with pytest.raises(Refusal, match="freeze, lock and unlock"):
        actions.lock(form.subject, by=coordinator, at=now(), kind=LockKind.FREEZE)


@pytest.mark.parametrize("level", ["form", "visit", "subject", "site", "trial"])
def test_a_freeze_of_what_a_lock_covers_is_refused(coordinator, manager, level, monkeypatch):
    nothing_stands_against(monkeypatch)
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    covered = {"form": form, "visit": form.visit, "subject": form.subject, "site": form.site, "trial": None}
    actions.lock(covered[level], by=manager, at=now())
    what = "The trial" if level == "trial" else f"This {level}"

    for target in {form.pk: form, level: covered[level]}.values():
        with pytest.raises(Refusal) as refused:
            actions.lock(target, by=manager, at=now(), kind=LockKind.FREEZE)
        assert str(refused.value) == f"{what} is locked already; a freeze adds nothing."


def test_of_a_freeze_and_a_lock_that_both_stand_the_lock_is_named(form, coordinator, manager, monkeypatch):
    nothing_stands_against(monkeypatch)
    actions.lock(form.subject, by=manager, at=now(), kind=LockKind.FREEZE)
    actions.lock(form, by=manager, at=now())

    with pytest.raises(Refusal, match=r"^This form is locked"):
        complete(again(form, by=coordinator), DEMOGRAPHY, by=coordinator)


# --- lifting --------------------------------------------------------------------------------------------------


def wide_lock(form, level, by, monkeypatch):
    nothing_stands_against(monkeypatch)
    return actions.lock({"subject": form.subject, "site": form.site, "trial": None}[level], by=by, at=now())


@pytest.mark.parametrize("level", ["subject", "site", "trial"])
def test_a_wide_lock_is_lifted_by_two_persons(form, coordinator, manager, second, level, monkeypatch):
    made = wide_lock(form, level, manager, monkeypatch)
    with pytest.raises(Refusal, match="is lifted by two persons: ask for it"):
        actions.unlock(made, by=manager, at=now(), reason="Late report")
    with pytest.raises(Refusal, match="Say why it is lifted"):
        actions.ask_unlock(made, by=manager, at=now(), reason=" ")

    wish = actions.ask_unlock(made, by=manager, at=now(), reason="Late report")

    with pytest.raises(Refusal, match="You asked for this yourself"):
        actions.confirm_unlock(wish, by=manager, at=now())
    with pytest.raises(Refusal, match="freeze, lock and unlock"):
        actions.confirm_unlock(wish, by=coordinator, at=now())
    lifted = actions.confirm_unlock(wish, by=second, at=now())
    assert (lifted.lifted_by, lifted.lifted_with, lifted.lift_reason) == (manager, second, "Late report")
    with as_actor(manager):
        assert UnlockRequest.objects.get(pk=wish.pk).state == "confirmed"


def test_whoever_else_may_unlock_is_told_by_mail_and_no_answer_is_in_it(form, manager, second, monkeypatch):
    made = wide_lock(form, "subject", manager, monkeypatch)

    actions.ask_unlock(made, by=manager, at=now(), reason="Late report")

    mails = {mail.recipient: mail.body for mail in Message.objects.filter(kind="casebook unlock")}
    assert second.email in mails
    assert manager.email not in mails
    assert form.subject.number in mails[second.email]
    assert "Late report" not in mails[second.email]


def test_a_wish_lapses_after_24_hours_and_can_be_told_again(coordinator, manager, second, monkeypatch):
    nothing_stands_against(monkeypatch)
    # Only a synthetic subject lives at another time than the clock.
    made, at = actions.lock(a_subject(coordinator, synthetic=True), by=manager, at=now()), now()
    wish = actions.ask_unlock(made, by=manager, at=at, reason="Late report")
    with pytest.raises(Refusal, match="Somebody has asked for this already"):
        actions.ask_unlock(made, by=second, at=at + timedelta(hours=23, minutes=59), reason="Late report")

    with pytest.raises(Refusal, match="Nobody confirmed this within 24 hours"):
        actions.confirm_unlock(wish, by=second, at=at + timedelta(hours=24))
    again_asked = actions.ask_unlock(made, by=second, at=at + timedelta(hours=24), reason="Late report")
    assert actions.confirm_unlock(again_asked, by=manager, at=at + timedelta(hours=25)).lifted_at is not None


def test_a_wish_that_is_taken_back_lifts_nothing(form, manager, second, monkeypatch):
    made = wide_lock(form, "subject", manager, monkeypatch)
    wish = actions.ask_unlock(made, by=manager, at=now(), reason="Late report")

    actions.withdraw_unlock(wish, by=second, at=now())

    with pytest.raises(Refusal, match="This was settled already"):
        actions.confirm_unlock(wish, by=second, at=now())
    with as_actor(manager):
        assert Lock.objects.get(pk=made.pk).lifted_at is None
    kinds = [event.kind for event in events_of(form.subject, by=manager)][-2:]
    assert kinds == ["casebook.subject.unlock_asked", "casebook.subject.unlock_withdrawn"]


def test_the_database_knows_that_two_persons_are_two(form, manager, monkeypatch):
    wish = actions.ask_unlock(wide_lock(form, "subject", manager, monkeypatch), by=manager, at=now(), reason="Late")

    with as_actor(manager), pytest.raises(IntegrityError, match="unlock_by_two_persons"), transaction.atomic():
        UnlockRequest.objects.filter(pk=wish.pk).update(state="confirmed", settled_at=now(), settled_by=manager)


def test_the_lock_of_a_form_needs_no_second_person(form, manager, monkeypatch):
    nothing_stands_against(monkeypatch)
    made = actions.lock(form, by=manager, at=now())

    with pytest.raises(Refusal, match="lifted by one data manager with a reason"):
        actions.ask_unlock(made, by=manager, at=now(), reason="Late report")
    assert actions.unlock(made, by=manager, at=now(), reason="Late report").lifted_with is None


def test_a_reason_is_short_enough_to_be_kept(form, manager):
    made = actions.lock(form, by=manager, at=now(), kind=LockKind.FREEZE)

    with pytest.raises(Refusal, match="This text has 501 characters; at most 500 are kept"):
        actions.unlock(made, by=manager, at=now(), reason="x" * 501)
    assert actions.unlock(made, by=manager, at=now(), reason="x" * 500).lift_reason == "x" * 500


# --- pages ----------------------------------------------------------------------------------------------------


def test_the_page_of_a_form_lists_each_precondition_and_greys_the_button_with_the_reason(form, manager):
    page = browser_of(manager).get(reverse("lock", args=["form", form.pk]))

    said = text_of(page)
    assert "complete forms without a signature that stands: 1" in said
    assert "queries open or answered and not closed: 0" in said
    assert "This cannot be locked yet. Still open:" in said
    assert f'href="{reverse("form", args=[form.pk])}"' in page.content.decode()


def test_the_page_freezes_and_lifts_with_a_reason(form, manager):
    client, address = browser_of(manager), reverse("lock", args=["form", form.pk])

    assert client.post(address, {"act": "freeze"}).status_code == 302
    with as_actor(manager):
        made = Lock.objects.get(form=form)
    silent = client.post(address, {"act": "lift", "lock": str(made.pk), "reason": " "})
    lifted = client.post(address, {"act": "lift", "lock": str(made.pk), "reason": "Frozen by mistake"})

    assert (silent.status_code, lifted.status_code) == (409, 302)
    assert "Say why it is lifted." in text_of(silent)


def test_two_persons_unlock_a_subject_on_its_page_each_with_a_password(form, manager, second, monkeypatch):
    made = wide_lock(form, "subject", manager, monkeypatch)
    address = reverse("lock", args=["subject", form.subject_id])
    asked = {"act": "ask", "lock": str(made.pk), "reason": "Late report"}
    first = browser_of(manager)
    wrong = first.post(address, {**asked, "email": manager.email, "password": "wrong"})
    assert (wrong.status_code, "This is not your password" in text_of(wrong)) == (409, True)
    first.post(address, {**asked, "email": manager.email, "password": PASSWORD})
    with as_actor(manager):
        wish = UnlockRequest.objects.get(lock=made)

    confirm = {"act": "confirm", "request": str(wish.pk), "email": second.email, "password": PASSWORD}
    own = first.post(address, {**confirm, "email": manager.email})
    waits = text_of(browser_of(second).get(reverse("locks")))
    other = browser_of(second).post(address, confirm)

    assert (own.status_code, "You asked for this yourself" in text_of(own)) == (409, True)
    assert "Unlocks that wait for a second person" in waits
    assert other.status_code == 302
    with as_actor(manager):
        assert Lock.objects.get(pk=made.pk).lifted_with == second


def test_the_overview_locks_what_is_ready_and_names_what_is_not(coordinator, manager):
    ready, unready = a_complete_form(coordinator), a_complete_form(coordinator)
    made_ready(ready)
    typed = {f"lock.{ready.pk}": "1", f"lock.{unready.pk}": "1", "act": "lock"}
    client, address = browser_of(manager), f"{reverse('locks')}?level=form"

    done = client.post(address, typed, follow=True)
    nothing = client.post(address, {f"lock.{unready.pk}": "1", "act": "lock"})

    said = text_of(done)
    assert f"1 is locked: {ready.subject.number}" in said
    assert f"{unready.subject.number} · Screening · Demography: This cannot be locked yet." in said
    assert (nothing.status_code, "Nothing was changed." in text_of(nothing)) == (409, True)
    locked = client.get(f"{address}&held=locked&site={ready.site_id}")
    assert [row.target.pk for row, *_rest in locked.context["rows"]] == [ready.pk]


@pytest.mark.parametrize(
    ("level", "told"), [("subject", "the subject"), ("site", "the site"), ("trial", "the whole trial")]
)
def test_what_a_wider_lock_covers_is_not_offered_as_ready(form, manager, level, told, monkeypatch):
    made_ready(form)
    wide_lock(form, level, manager, monkeypatch)
    client, address = browser_of(manager), f"{reverse('locks')}?number={form.subject.number}&level="

    ready = client.get(f"{address}form&held=ready").context["rows"]
    locked = client.get(f"{address}form&held=locked&size=100")

    with as_actor(manager):
        assert ready_to_lock(manager, [form.site_id]) == 0
    assert ready == []
    assert form.pk in {row.target.pk for row, *_rest in locked.context["rows"]}
    assert f"locked with {told}" in text_of(locked).lower()
    assert "ready to lock</span>" not in locked.content.decode()
    visits = client.get(f"{address}visit&held=open").context["rows"]
    assert visits == []


@pytest.mark.parametrize("kind", [LockKind.LOCK, LockKind.FREEZE])
def test_page_and_table_file_say_since_when_and_with_what_each_is_held(form, coordinator, manager, kind, monkeypatch):
    nothing_stands_against(monkeypatch)
    other = a_complete_form(coordinator)
    wide = actions.lock(form.subject, by=manager, at=now(), kind=kind)
    own = actions.lock(other, by=manager, at=now(), kind=kind)
    client, held = browser_of(manager), {"level": "form", "held": "locked" if kind == LockKind.LOCK else "frozen"}

    for number, made, level in ((form.subject.number, wide, "Subject"), (other.subject.number, own, "Form")):
        rows = list(csv.DictReader(io.StringIO(given(client, {**held, "number": number}))))
        columns = ("Locked", "Level of the lock") if kind == LockKind.LOCK else ("Frozen", "Level of the freeze")
        empty = ("Frozen", "Level of the freeze") if kind == LockKind.LOCK else ("Locked", "Level of the lock")
        assert {tuple(row[each] for each in columns) for row in rows} == {(made.set_at.isoformat(), level)}
        assert {row[each] for row in rows for each in empty} == {""}
    page = text_of(client.get(reverse("locks"), {**held, "number": form.subject.number}))
    assert ("Locked with the subject" if kind == LockKind.LOCK else "Frozen with the subject") in page


def given(client, chosen):
    """Return the table file of what is frozen and locked."""
    return client.get(reverse("locks-csv"), chosen).content.decode().lstrip("\ufeff")


@pytest.mark.parametrize("level", ["visit", "subject", "site"])
def test_what_is_no_filter_of_a_level_is_named_by_the_page_and_refused_by_the_file(form, manager, level):
    client, asked = browser_of(manager), {"level": level, "held": "ready"}

    page, file = client.get(reverse("locks"), asked), client.get(reverse("locks-csv"), asked)

    left_out = "There is no filter “held=ready”: it was left out, and the list is not narrowed by it."
    assert (page.status_code, left_out in text_of(page)) == (200, True)
    assert f"?level={level}&amp;size=50" in page.content.decode()
    assert file.status_code == 400
    assert "There is no filter “held=ready” at this level of the list." in text_of(file)


def test_a_strange_filter_is_named_and_a_known_one_is_not(form, manager):
    client = browser_of(manager)

    for asked in ({"level": "zzz"}, {"held": "zzz"}, {"site": "zzz"}, {"level": "site", "number": "01"}):
        name, value = list(asked.items())[-1]
        assert f"There is no filter “{name}={value}”: it was left out" in text_of(client.get(reverse("locks"), asked))
        assert client.get(reverse("locks-csv"), asked).status_code == 400
    for asked in ({"level": "form", "held": "ready"}, {"level": "", "held": "", "site": "0", "number": ""}):
        assert "There is no filter" not in text_of(client.get(reverse("locks"), asked))
        assert client.get(reverse("locks-csv"), asked).status_code == 200


def test_forms_and_visits_stand_in_the_order_of_the_schedule(coordinator, manager):
    subject = a_subject(coordinator)
    client, address = browser_of(manager), f"{reverse('locks')}?number={subject.number}&size=100&level="
    forms = [row.target.visit for row, *_rest in client.get(f"{address}form").context["rows"]]
    visits = [row.target.code for row, *_rest in client.get(f"{address}visit").context["rows"]]

    numbers = [VISIT_ORDER[visit.code] if visit else -1 for visit in forms]
    assert numbers == sorted(numbers)
    assert [VISIT_ORDER[code] for code in visits] == sorted(VISIT_ORDER[code] for code in visits)


@pytest.mark.parametrize("level", ["form", "visit", "subject", "site"])
def test_the_overview_asks_the_same_for_one_and_for_many(coordinator, manager, level):
    client, address = (
        browser_of(manager),
        f"{reverse('locks')}?level={level}&size=100&number={site_of(coordinator).code}",
    )
    a_subject(coordinator)
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _number in range(3):
        a_subject(coordinator)

    with CaptureQueriesContext(connection) as four:
        assert client.get(address).status_code == 200
    assert len(four) == len(one)


def test_the_list_is_given_as_csv(form, manager):
    lines = browser_of(manager).get(f"{reverse('locks-csv')}?level=form&number={form.subject.number}").content.decode()

    assert "complete forms without a signature that stands" in lines.splitlines()[0]
    assert any("Demography" in line for line in lines.splitlines()[1:])


def on_the_grid(form, by):
    """Return of the forms of its visit, as the grid counts them, how many there are, are held, and are locked."""
    with as_actor(by):
        found = _rows([form.subject_id], by, on=now().date(), hidden=[])
    counted = [_Counted._make(row[3:-1]) for row in found if row[1] == form.visit.code]
    return tuple(sum(getattr(each, name) for each in counted) for name in ("expected", "held", "locked"))


@pytest.mark.parametrize("kind", [LockKind.LOCK, LockKind.FREEZE])
@pytest.mark.parametrize("level", ["form", "visit", "subject", "site", "trial"])
def test_the_grid_counts_what_a_lock_of_each_level_covers_and_nothing_else(
    form, coordinator, manager, level, kind, monkeypatch
):
    nothing_stands_against(monkeypatch)
    far = a_coordinator()
    beside, beyond = (the_form(a_subject(by), "VS", by=by) for by in (coordinator, far))
    covered = {"form": form, "visit": form.visit, "subject": form.subject, "site": form.site, "trial": None}
    counts = [on_the_grid(each, manager)[0] for each in (form, beside, beyond)]
    assert min(counts) > 1

    actions.lock(covered[level], by=manager, at=now(), kind=kind)

    here = 1 if level == "form" else counts[0]
    held = [here, counts[1] if level in ("site", "trial") else 0, counts[2] if level == "trial" else 0]
    locked = held if kind == LockKind.LOCK else [0, 0, 0]
    found = [on_the_grid(each, manager) for each in (form, beside, beyond)]
    assert found == list(zip(counts, held, locked, strict=True))
