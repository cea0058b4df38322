"""A subject goes to another site: number and history go along, the old site keeps paper, and nobody else moves a row."""

from __future__ import annotations

import hashlib
from copy import copy
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import Signature
from audit.decision import Refusal
from audit.door import as_actor
from audit.models import Change, Event
from audit.selectors import visible_events
from audit.verification import verify
from casebook import actions
from casebook.models import Draft, Form, Query, Subject, SubjectTransfer, TransferCopy
from casebook.rules.transferring import may_go_on
from casebook.selectors.transfers import transfers_waiting
from casebook.states import Stage, TransferState
from desk.selectors.as_of import book_as_of
from eligibility.models import CriterionVerdict
from followup.models import Deviation
from outbox.models import Message, Notice
from protocol.roles import Role
from randomization.models import Allocation
from randomization.selectors import arm_of
from scripts.embedded_postgres import OWNER
from tests import databases
from tests.audit_ground import owner_alias, state_of
from tests.casebook_ground import CONSENT, a_key, a_subject, complete, save
from tests.integration.test_entry_pages import browser_of, text_of
from tests.lock_ground import nothing_stands_against
from tests.people import LONG_AGO, a_site, a_user, principal_investigator
from tests.rehearsal_ground import taken_back
from tests.transfer_ground import REASON, Two, ask, two_sites, two_sites_of_a_new_subject

STAYS = {
    "accounts_accessreview", "accounts_delegation", "accounts_grant", "accounts_siteprotocol", "audit_change", "audit_event",
    "audit_moved", "casebook_checkrefusal", "casebook_consentform", "casebook_draft", "casebook_importbatch",
    "casebook_importedrow", "casebook_monitoringnote", "casebook_monitoringvisit", "casebook_savereceipt",
    "casebook_sourcenote", "casebook_transfercopy", "eligibility_quietweek", "eligibility_screeningline", "outbox_notice",
}  # fmt: skip
PASSWORD = "a long and private sentence"


@pytest.fixture(scope="module")
def two(module_db) -> Two:
    """Two sites whose subject the tests of this module may move, once, at any time."""
    two = two_sites()
    for user in (two.old_lead, two.new_lead):
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    return two


@pytest.fixture(scope="module")
def staying(module_db) -> Two:
    """Two other sites, whose subject nobody moves."""
    return two_sites_of_a_new_subject()


def rows_at(site, *, by):
    """Return how many rows of each table that goes along this person finds at a site, by the database's wall alone."""
    with as_actor(by), connection.cursor() as cursor:
        found = {}
        for table, _via, _parent in MOVING:
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE site_id = %s', [site.pk])
            found[table] = cursor.fetchone()[0]
        return found


MOVING: list[tuple[str, str, str | None]] = []


@pytest.fixture(scope="module", autouse=True)
def _tables(module_db, postgres):
    with databases.pointed_at(postgres, module_db, who=OWNER), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM casebook_moving_tables()")
        MOVING[:] = cursor.fetchall()


def replace_open(site):
    closed = copy(site)
    closed.is_open = False
    return closed


def refused(two, *, subject=None, match, **details):
    with pytest.raises(Refusal, match=match):
        ask(two, subject, **details)


class TestTheTables:
    def test_every_table_with_a_site_goes_along_or_is_known_to_stay(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.columns WHERE column_name = 'site_id'")
            with_site = {name for (name,) in cursor.fetchall()} - {"casebook_subject"}

        assert {table for table, _via, _parent in MOVING} == with_site - STAYS

    def test_what_ties_a_row_to_its_site_can_wait_for_the_others(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.conname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid"
                " AND a.attname = 'site_id' AND a.attnum = ANY (c.conkey)"
                " WHERE c.contype = 'f' AND array_length(c.conkey, 1) > 1 AND NOT c.condeferrable"
            )
            assert cursor.fetchall() == []

    def test_no_row_of_them_changes_its_site_by_itself(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit_only_moves'")
            guarded = {name for (name,) in cursor.fetchall()}

        assert {table for table, _via, _parent in MOVING} | {"casebook_subject"} <= guarded


class TestAskingIsRefused:
    def test_without_the_role(self, staying):
        refused(staying, by=staying.old_coordinator, match="does not include this: transfer a subject between sites")

    def test_to_the_same_site(self, staying):
        refused(staying, to_site=staying.old, match=f"is at site {staying.old.code} already. Choose another site.")

    def test_to_a_site_that_is_closed(self, staying):
        closed = replace_open(staying.new)
        refused(staying, to_site=closed, match="is closed and takes nobody over")

    def test_to_a_site_that_nobody_leads(self, staying):
        with taken_back():
            refused(staying, to_site=a_site(synthetic=staying.old.synthetic), match="leads the site and could accept")

    def test_from_an_exercise_to_the_trial(self, staying):
        with taken_back():
            refused(staying, to_site=a_site(synthetic=not staying.old.synthetic), match="for exercises only")

    def test_without_a_reason(self, staying):
        refused(staying, reason=" ", match="Say why the subject changes the site.")

    @pytest.mark.parametrize(("kind", "words"), [("freeze", "frozen"), ("lock", "locked")])
    def test_under_a_freeze_or_a_lock_of_the_subject(self, staying, kind, words, monkeypatch):
        nothing_stands_against(monkeypatch)
        with taken_back():
            actions.lock(
                staying.now(staying.old_lead), by=a_user(Role.DATA_MANAGER, None), at=timezone.now(), kind=kind
            )
            refused(staying, match=f"This subject is {words}")

    def test_twice(self, staying):
        with taken_back():
            ask(staying)
            refused(staying, match="was asked to take .* over already")

    def test_of_who_left_the_trial(self, staying):
        with taken_back():
            subject = a_subject(staying.old_lead, staying.old)
            with as_actor(staying.old_lead):
                actions.advance(subject, by=staying.old_lead, at=timezone.now(), to=Stage.SCREEN_FAILURE)
            refused(staying, subject=subject, match="has left the trial and stays at its site")


class TestAWish:
    def test_is_told_to_the_other_site_and_seen_by_both(self, staying):
        with taken_back():
            made = ask(staying)
            told = Message.objects.filter(kind="casebook transfer", about=str(made.pk))
            assert [each.recipient for each in told] == [staying.new_lead.email]
            for user in (staying.old_lead, staying.new_lead):
                with as_actor(user):
                    assert SubjectTransfer.objects.get().number == staying.subject.number
                    assert not Subject.objects.filter(site=staying.new).exists()
            with as_actor(staying.new_lead):
                assert list(transfers_waiting(staying.new_lead)) == [made]
            with as_actor(stranger := principal_investigator(a_site())):
                assert not SubjectTransfer.objects.exists(), stranger

    def test_is_not_accepted_by_who_asked_nor_without_the_role(self, staying):
        with taken_back():
            made = ask(staying)
            with pytest.raises(Refusal, match="does not include this"):
                actions.accept_transfer(made, by=staying.old_lead, at=timezone.now())
            with pytest.raises(Refusal, match="does not include this"):
                actions.accept_transfer(made, by=staying.new_coordinator, at=timezone.now())

    def test_is_declined_or_taken_back_with_a_reason(self, staying):
        for settle, by, state in (
            (actions.decline_transfer, staying.new_lead, TransferState.DECLINED),
            (actions.cancel_transfer, staying.old_lead, TransferState.CANCELLED),
        ):
            with taken_back():
                made = ask(staying)
                with pytest.raises(Refusal, match="Say why the transfer is not made"):
                    settle(made, by=by, at=timezone.now(), reason="")
                assert settle(made, by=by, at=timezone.now(), reason="No bed").state == state
                with pytest.raises(Refusal, match="settled already"):
                    settle(made, by=by, at=timezone.now(), reason="No bed")
                assert staying.now(staying.old_lead).site_id == staying.old.pk

    def test_is_refused_where_the_subject_was_locked_since(self, staying, monkeypatch):
        nothing_stands_against(monkeypatch)
        with taken_back():
            made = ask(staying)
            actions.lock(staying.now(staying.old_lead), by=a_user(Role.DATA_MANAGER, None), at=timezone.now())
            monkeypatch.setattr("casebook.actions.transferring.paper_of", lambda *_args, **_more: b"paper")
            with pytest.raises(Refusal, match="This subject is locked; two data managers together can unlock it"):
                actions.accept_transfer(made, by=staying.new_lead, at=timezone.now())


class TestNobodyMovesARow:
    def sql(self, by, sql, *parameters):
        with pytest.raises(DatabaseError) as error, as_actor(by), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
        return state_of(error.value)

    def test_the_function_without_an_accepted_transfer(self, staying):
        with taken_back():
            made = ask(staying)
            for key in (made.pk, staying.subject.pk):
                assert self.sql(staying.new_lead, "SELECT casebook_move_subject(%s)", str(key)) == "42501"

    def test_a_transfer_that_is_written_as_accepted_by_the_old_site(self, staying):
        accepted = "UPDATE casebook_subjecttransfer SET state = 'accepted', settled_at = now(), copy_sha256 = 'x', settled_by_id = %s"
        with taken_back():
            ask(staying)
            assert self.sql(staying.old_lead, accepted, str(staying.new_lead.pk)) == "42501"

    def test_the_site_of_a_subject_or_a_form(self, staying):
        both = a_user(Role.DATA_MANAGER, None)
        for table in ("casebook_subject", "casebook_form"):
            assert self.sql(both, f"UPDATE {table} SET site_id = %s", staying.new.pk) == "42501"
        assert self.sql(both, "UPDATE casebook_subject SET origin_id = site_id, moved_at = now()") == "42501"

    def test_the_registration(self, staying):
        insert = "INSERT INTO audit_moving (txid, from_site, to_site) VALUES (pg_current_xact_id(), 1, 2)"
        assert self.sql(staying.new_lead, insert) == "42501"
        assert self.sql(staying.new_lead, "SELECT * FROM audit_moving") == "42501"
        assert self.sql(staying.new_lead, "INSERT INTO audit_moved VALUES ('casebook_subject', 'x', 1)") == "42501"

    def test_not_even_the_owner_writes_more_than_the_site(self, staying, module_db, postgres):
        with databases.pointed_at(postgres, module_db, who=OWNER), connection.cursor() as cursor:
            for change, why in (
                ("text = 'x'", "changes only with a transfer"),
                (f"text = 'x', site_id = {staying.new.pk}", "and nothing else"),
            ):
                with pytest.raises(DatabaseError, match=why), transaction.atomic():
                    cursor.execute(
                        f"INSERT INTO audit_moving VALUES (pg_current_xact_id(), {staying.old.pk}, {staying.new.pk})"
                    )
                    cursor.execute(f"UPDATE casebook_comment SET {change} WHERE site_id = {staying.old.pk}")
            with pytest.raises(DatabaseError, match="audit_change only grows"), transaction.atomic():
                cursor.execute(
                    f"INSERT INTO audit_moving VALUES (pg_current_xact_id(), {staying.old.pk}, {staying.new.pk})"
                )
                cursor.execute(f"UPDATE audit_change SET site_id = {staying.new.pk}")


@pytest.fixture(scope="module")
def before(two) -> dict[str, int]:
    return rows_at(two.old, by=two.old_lead)


@pytest.fixture(scope="module")
def moved(two, before) -> SubjectTransfer:
    """Move the subject through the pages, both persons with their passwords."""
    browser = browser_of(two.old_lead)
    asked = {"to_site": two.new.pk, "reason": REASON, "email": two.old_lead.email, "password": PASSWORD}
    address = reverse("transfer-ask", args=[two.subject.pk])
    assert "type it again" in text_of(browser.post(address, {**asked, "password": "wrong"}))
    assert browser.post(address, asked).status_code == 302
    with as_actor(two.new_lead):
        made = SubjectTransfer.objects.get(state=TransferState.ASKED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        two.before = cursor.fetchone()[0]
    browser = browser_of(two.new_lead)
    assert two.subject.number in text_of(browser.get("/"))
    signed = {"act": "accept", "email": two.new_lead.email, "password": PASSWORD}
    assert browser.post(reverse("transfer", args=[made.pk]), signed).status_code == 302
    with as_actor(two.new_lead):
        return SubjectTransfer.objects.get(pk=made.pk)


class TestAfterIt:
    def test_all_rows_are_at_the_new_site_and_none_at_the_old(self, two, moved, before):
        of_subject = {table: count for table, count in before.items() if count}
        here = rows_at(two.new, by=two.new_lead)

        for table in ("casebook_form", "casebook_querymessage", "casebook_filepart", "casebook_comment", "casebook_review",
                      "casebook_verification", "casebook_lock", "randomization_allocation", "eligibility_determination",
                      "casebook_markcount"):  # fmt: skip
            assert of_subject[table], table
            assert here[table] == of_subject[table], table
        assert here["accounts_signature"] > 0
        with as_actor(two.old_lead):
            assert not Subject.objects.filter(pk=two.subject.pk).exists()
            assert not Form.objects.filter(subject=two.subject.pk).exists()
        with as_actor(two.new_lead):
            assert Subject.objects.get().number == two.subject.number

    def test_pages_of_both_sites_say_the_same(self, two, moved):
        old, new = browser_of(two.old_coordinator), browser_of(two.new_coordinator)
        form = two.form("DM", by=two.new_lead)
        for address in (
            reverse("casebook", args=[two.subject.pk]),
            reverse("subject-history", args=[two.subject.pk]),
            reverse("form", args=[form.pk]),
            reverse("item-history", args=[form.pk, "birth_date"]),
        ):
            assert old.get(address).status_code == 404, address
            assert new.get(address).status_code == 200, address
        jump = reverse("subject-jump") + f"?q={two.subject.number}"
        assert new.get(jump).headers["Location"] == reverse("casebook", args=[two.subject.pk])
        assert two.subject.number not in text_of(old.get(reverse("subjects")))
        assert two.subject.number in text_of(old.get(reverse("transfers")))
        clock = f"All times on this page are by the clock of {two.old.time_zone}."
        assert clock in text_of(new.get(reverse("transfer", args=[moved.pk])))

    def test_the_history_shows_what_was_before_and_the_transfer_once(self, two, moved):
        text = text_of(
            browser_of(two.new_coordinator).get(reverse("subject-history", args=[two.subject.pk]) + "?size=200")
        )
        item = text_of(browser_of(two.new_coordinator).get(
            reverse("item-history", args=[two.form("DM", by=two.new_lead).pk, "birth_date"])))  # fmt: skip

        assert text.count("Transferred to this site") == 1
        assert two.old_coordinator.name in item
        with as_actor(two.new_lead):
            kinds = set(visible_events(two.new_lead).filter(subject_id=two.subject.pk).values_list("kind", flat=True))
        assert {"casebook.subject.added", "randomization.subject.randomized", "casebook.subject.transferred"} <= kinds

    def test_the_old_site_sees_no_change_that_came_later(self, two, moved):
        with as_actor(two.old_lead):
            latest = Change.objects.filter(row_id=str(two.subject.pk)).order_by("-id").first()
            assert latest.site_id == two.old.pk
            assert not Event.objects.filter(kind="casebook.subject.transferred").exists()

    def test_another_site_sees_nothing_of_it(self, two, moved):
        with as_actor(principal_investigator(a_site())):
            assert not Change.objects.filter(row_id=str(two.subject.pk)).exists()
            assert not Event.objects.filter(subject_id=two.subject.pk).exists()

    def test_the_past_is_read_at_the_new_site(self, two, moved):
        with as_actor(two.new_lead):
            then = book_as_of(two.subject.pk, two.new_lead, two.before, language="en")
        with as_actor(two.old_lead):
            assert book_as_of(two.subject.pk, two.old_lead, two.before, language="en") is None

        assert then is not None
        assert any(sheet.form.crf == "DM" and sheet.is_begun for sheet in then.book["forms"])

    def test_one_event_covers_it_and_the_trail_is_whole(self, two, moved, module_db, postgres):
        with owner_alias(postgres, module_db):
            report = verify(using="owner", folder=None, keys=[])

        assert [text for _fault, text in report.findings.sentences] == []

    def test_slot_arm_and_number_stay(self, two, moved):
        subject = two.now(two.new_lead)
        with as_actor(two.new_coordinator):
            assert Allocation.objects.get(subject=subject).site_id == two.new.pk
            assert arm_of(two.new_coordinator, subject)
        assert (subject.number, subject.sequence, subject.origin_id) == (
            two.subject.number,
            two.subject.sequence,
            two.old.pk,
        )

    def test_what_belonged_to_people_of_the_old_site_is_gone(self, two, moved):
        with as_actor(two.new_lead):
            assert not Query.objects.filter(assigned_to=two.old_coordinator).exists()
        with as_actor(two.old_coordinator):
            assert not Draft.objects.exists()
            assert not Notice.objects.filter(subject_number=two.subject.number).exists()

    def test_a_frozen_form_came_frozen(self, two, moved):
        with pytest.raises(Refusal, match="This form is frozen"):
            save(two.form("DM", by=two.new_lead), {"sex": "male"}, by=two.new_coordinator)

    def test_each_signature_stays_where_it_was_given(self, two, moved):
        for by in (two.old_lead, two.new_lead):
            with as_actor(by):
                assert Signature.objects.get(about_kind="transfer", about_id=moved.pk).signer_id == by.pk


class TestTheCopy:
    def test_is_the_casebook_of_then_and_its_digest_is_on_record(self, two, moved):
        answer = browser_of(two.old_coordinator).get(reverse("transfer-copy", args=[moved.pk]))
        words = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)

        assert answer.status_code == 200
        assert two.subject.number in words
        assert moved.copy_sha256 == hashlib.sha256(answer.content).hexdigest()

    def test_is_nobody_elses(self, two, moved):
        blind = a_user(Role.READER, two.old)
        for user in (two.new_lead, blind, principal_investigator(a_site())):
            assert browser_of(user).get(reverse("transfer-copy", args=[moved.pk])).status_code == 404
        with as_actor(two.new_lead):
            assert not TransferCopy.objects.exists()

    def test_stays_as_it_is(self, two, moved):
        for sql in ("UPDATE casebook_transfercopy SET content = ''", "DELETE FROM casebook_transfercopy"):
            with pytest.raises(DatabaseError) as error, as_actor(two.old_lead), connection.cursor() as cursor:
                cursor.execute(sql)
            assert state_of(error.value) == "42501"


class TestNumbers:
    def test_neither_site_gives_a_number_twice(self, two, moved):
        with taken_back():
            with as_actor(two.old_lead):
                last = (
                    Subject.objects.filter(site=two.old)
                    .order_by("-sequence")
                    .values_list("sequence", flat=True)
                    .first()
                )
            assert a_subject(two.old_lead, two.old).sequence == max(last or 0, two.subject.sequence) + 1
            first = a_subject(two.new_lead, two.new)
            assert (first.number, first.sequence) == ("NEW-001", 1)


class TestNewConsent:
    def test_nothing_is_entered_before_it(self, two, moved):
        subject, at = two.now(two.new_coordinator), timezone.now()
        by = two.new_coordinator
        words = "came from another site .* until a consent form"

        with taken_back():
            with pytest.raises(Refusal, match=words):
                actions.add_form(subject, by=by, at=at, visit=None, crf="CM", key=a_key())
            with pytest.raises(Refusal, match=words):
                save(two.form("MH", by=two.new_lead), {}, by=by)
            with pytest.raises(Refusal, match=words):
                actions.add_visit(subject, by=by, at=at, attended_on=at.date(), reason="Pain")

    @pytest.mark.parametrize("crf", ["AE", "SAE", "DT", "WD", "ES"])
    def test_what_happens_to_a_person_and_their_leaving_wait_for_no_consent(self, two, moved, crf):
        by = two.new_coordinator
        with taken_back(), as_actor(by):
            assert may_go_on(two.now(by), crf)
            assert not may_go_on(two.now(by), "CM")

    def test_an_adverse_event_is_entered_before_it(self, two, moved):
        by, at = two.new_coordinator, timezone.now()
        with taken_back():
            form = actions.add_form(two.now(by), by=by, at=at, visit=None, crf="AE", key=a_key())
            save(form, {"term": "Fatigue"}, by=by)
            assert two.form("AE", by=by).state == "in progress"

    @pytest.mark.parametrize(("days", "is_enough"), [(-1, False), (0, True)])
    def test_a_consent_of_the_day_of_the_transfer_or_later_is_enough(self, two, moved, days, is_enough):
        by, at = two.new_coordinator, timezone.now()
        day = moved.settled_at.astimezone(two.new.zone).date() + timedelta(days=days)
        with taken_back():
            actions.add_consent_form(
                two.new, by=two.new_lead, at=at, version="1.0", approved_on=LONG_AGO, effective_on=LONG_AGO
            )
            form = actions.add_form(two.now(by), by=by, at=at, visit=None, crf="ICF", key=a_key())
            complete(form, {**CONSENT, "signed_at": f"{day}T00:00"}, by=by)
            with as_actor(by):
                assert bool(may_go_on(Subject.objects.select_related("site").get())) is is_enough
            other = {"by": by, "at": at, "visit": None, "crf": "CM", "key": a_key()}
            if is_enough:
                assert actions.add_form(two.now(by), **other).crf == "CM"
            else:
                with pytest.raises(Refusal, match="nothing is entered or planned here until a consent form"):
                    actions.add_form(two.now(by), **other)

    @pytest.mark.parametrize(("version", "verdict"), [("1.0", "pass"), ("2.0", "fail")])
    def test_the_consent_is_judged_by_the_versions_of_the_new_site_at_once(self, staying, version, verdict):
        at, lead = timezone.now(), staying.old_lead
        with taken_back():
            for site, by, called in ((staying.old, lead, "1.0"), (staying.new, staying.new_lead, version)):
                said = {"version": called, "approved_on": LONG_AGO, "effective_on": LONG_AGO}
                actions.add_consent_form(site, by=by, at=at, **said)
            complete(staying.form("ICF", by=staying.old_coordinator), CONSENT, by=staying.old_coordinator)
            assert self.verdict(staying, lead) == "pass"

            actions.accept_transfer(ask(staying, staying.now(lead)), by=staying.new_lead, at=at)

            assert self.verdict(staying, staying.new_lead) == verdict

    def test_who_was_randomized_before_stays_judged_by_the_versions_of_the_site_where_that_was(self, two, moved):
        assert self.verdict(two, two.new_lead) == "pass"
        with as_actor(two.new_lead):
            assert not Deviation.objects.filter(subject=two.subject.pk, kind="ineligible").exists()

    def verdict(self, two, by) -> str:
        """Return what is kept of the criterion of consent."""
        with as_actor(by):
            return CriterionVerdict.objects.get(subject=two.subject.pk, criterion="I14").verdict

    def test_who_never_moved_is_asked_for_nothing(self, django_assert_num_queries):
        never = Subject(number="X")

        with django_assert_num_queries(0):
            assert may_go_on(never)
