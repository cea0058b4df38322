"""Files: brought, given, withdrawn, erased; and what is no file of ours is turned away."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from audit.decision import YES, Refusal
from audit.door import as_actor
from casebook import actions
from casebook.actions.files import PART_BYTES, bring_file, withdraw_file
from casebook.files.cleaning import cleaned
from casebook.models import File, FilePart
from casebook.selectors.files import files_of, files_of_form, hidden_rows, is_whole, visible_files
from casebook.states import LockKind
from exports.file_table import file_table
from protocol.roles import Role
from tests.casebook_ground import (
    DEMOGRAPHY,
    EVALUATION,
    a_coordinator,
    a_data_manager,
    a_subject,
    a_surgeon,
    again,
    complete,
    events_of,
    site_of,
    the_form,
)
from tests.files_ground import NAME, a_jpeg, a_pdf, a_png
from tests.integration.test_entry_pages import browser_of, text_of
from tests.integration.test_exports_casebook import page_for
from tests.people import a_site, a_user

pytestmark = pytest.mark.django_db
NOT_LOOKED = "Look through the whole file and tick that it shows no name, number or date of birth; nothing was kept."


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def subject(coordinator):
    return a_subject(coordinator)


@pytest.fixture
def form(coordinator, subject):
    return the_form(subject, "DM", by=coordinator)


@pytest.fixture
def file(form, coordinator):
    return brought_to(form, by=coordinator)


def brought_to(target, *, by, content=None, title="CT report", looked=True) -> File:
    brought = cleaned(content or a_pdf())
    return bring_file(target, by=by, at=timezone.now(), brought=brought, title=title, looked=looked)


def sent(user, target, *, content=None, name="report.pdf", kind="application/pdf", **fields):
    """Return the answer to a file that is sent from the page of a form or of a subject."""
    address = "form-file-add" if hasattr(target, "crf") else "subject-file-add"
    chosen = SimpleUploadedFile(name, a_pdf() if content is None else content, content_type=kind)
    typed = {"title": "CT report", "looked": "yes", "file": chosen, **fields}
    return browser_of(user).post(reverse(address, args=[target.pk]), typed)


def fetched(user, file):
    return browser_of(user).get(reverse("file", args=[file.pk]))


def kept_by(user) -> list[File]:
    with as_actor(user):
        return list(File.objects.order_by("brought_at"))


# --- brought --------------------------------------------------------------------------------------------------------


def test_a_file_comes_back_as_it_was_cleaned(coordinator, form):
    response = sent(coordinator, form)

    [file] = kept_by(coordinator)
    assert response.status_code == 302
    assert (file.form_id, file.title, file.kind, file.brought_by) == (form.pk, "CT report", "pdf", coordinator)
    content = b"".join(fetched(coordinator, file).streaming_content)
    assert content == cleaned(a_pdf()).content
    assert NAME not in content


def test_the_name_of_the_file_is_not_kept(coordinator, form):
    sent(coordinator, form, name="Zhang Wei 19700501.pdf")

    [file] = kept_by(coordinator)
    assert "Zhang" not in str(vars(file))
    assert "Zhang" not in str([event.facts for event in events_of(form.subject, by=coordinator)])


def test_a_file_may_belong_to_a_subject_alone(coordinator, subject):
    assert sent(coordinator, subject, content=a_jpeg(), name="photo.jpg").status_code == 302

    [file] = kept_by(coordinator)
    assert (file.form_id, file.kind) == (None, "jpeg")


def test_a_large_file_lies_in_pieces_and_comes_back_whole(coordinator, form):
    target = BytesIO()
    Image.effect_noise((700, 700), 100).save(target, "PNG")
    file = brought_to(form, by=coordinator, content=target.getvalue())

    with as_actor(coordinator):
        pieces = FilePart.objects.filter(file=file).count()
        assert is_whole(file)
    assert pieces == -(-file.size // PART_BYTES) > 1
    assert b"".join(fetched(coordinator, file).streaming_content) == cleaned(target.getvalue()).content


def test_bringing_says_who_looked_and_what_the_bytes_are_and_not_what_it_is(coordinator, form):
    file = brought_to(form, by=coordinator, title="Operation report")

    event = events_of(form.subject, by=coordinator)[-1]
    assert event.kind == "casebook.file.brought"
    assert f'"looked":true,"sha256":"{file.sha256}"' in event.facts
    assert "Operation" not in event.facts


def test_a_second_click_brings_a_file_once(coordinator, form):
    assert sent(coordinator, form).status_code == sent(coordinator, form).status_code == 302

    assert len(kept_by(coordinator)) == 1


def test_the_same_file_under_another_title_is_refused(coordinator, form, file):
    with pytest.raises(Refusal, match=r"^This very file is here already, as “CT report”\.$"):
        brought_to(form, by=coordinator, title="MRI report")


def test_the_same_file_may_stand_at_another_form(coordinator, subject, file):
    brought_to(the_form(subject, "VS", by=coordinator), by=coordinator)
    brought_to(subject, by=coordinator)

    assert len(kept_by(coordinator)) == 3


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": " "}, "Say what this file is, such as “CT report”."),
        ({"title": "x" * 121}, "A title has at most 120 characters."),
        ({"title": "Call 13812345678"}, "This text holds what looks like"),
        ({"looked": ""}, NOT_LOOKED),
    ],
)
def test_a_file_without_title_or_without_a_look_is_refused(coordinator, form, fields, said):
    response = sent(coordinator, form, **fields)

    assert response.status_code == 409
    assert said in text_of(response)
    assert kept_by(coordinator) == []


def test_what_was_typed_stays_when_the_file_is_refused(coordinator, form):
    response = sent(coordinator, form, content=b"PK\x03\x04", title="Laboratory report")

    assert response.status_code == 422
    assert 'value="Laboratory report"' in response.content.decode()
    assert 'value="yes" required checked' in response.content.decode()


def test_no_file_at_all_is_said_beside_the_box(coordinator, form):
    response = browser_of(coordinator).post(reverse("form-file-add", args=[form.pk]), {"title": "x", "looked": "yes"})

    assert response.status_code == 422
    assert "Choose a file." in text_of(response)


# --- attacks --------------------------------------------------------------------------------------------------------

DICOM = b"\0" * 128 + b"DICM\x02\0\0\0"
HTML = b"<html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("content", "name", "kind", "said"),
    [
        (DICOM, "IM0001", "application/pdf", "This is a DICOM file; its header names the patient."),
        (a_png(), "IM0001.dcm", "image/png", "This is a DICOM file; its header names the patient."),
        (HTML, "report.pdf", "application/pdf", "This is a web page or a drawing with scripts"),
        (b"<svg onload=alert(1)>", "x.png", "image/png", "This is a web page or a drawing with scripts"),
        (a_png(), "x.html", "image/png", "This is a web page or a drawing with scripts"),
        (b"PK\x03\x04", "report.pdf", "application/pdf", "This is an archive or an office document"),
        (b"MZ\x90", "report.pdf", "application/pdf", "This is a program."),
        (b"\x80\x04\x95pickle", "report.pdf", "application/pdf", "Only PDF, JPEG and PNG are kept"),
        (b"", "report.pdf", "application/pdf", "This file is empty."),
        (a_pdf()[:200], "report.pdf", "application/pdf", "This PDF"),
    ],
)
def test_what_is_no_pdf_or_picture_is_refused_whatever_it_calls_itself(coordinator, form, content, name, kind, said):
    response = sent(coordinator, form, content=content, name=name, kind=kind)

    assert response.status_code == 422
    assert said in text_of(response)
    assert kept_by(coordinator) == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.pdf", "a\r\nSet-Cookie: x=1.pdf", "a\0b.pdf", '"><img src=x>.pdf', "报告.pdf"]
)
def test_an_odd_name_is_no_matter(coordinator, form, name):
    assert sent(coordinator, form, name=name).status_code == 302

    response = fetched(coordinator, kept_by(coordinator)[0])
    assert response["Content-Disposition"] == f'attachment; filename="{form.subject.number} CT report.pdf"'


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../x", "x.pdf"),
        ("a\r\nSet-Cookie: x=1", "a Set-Cookie x 1.pdf"),
        ('CT "final" <b>; x', "CT final b x.pdf"),
    ],
)
def test_an_odd_title_makes_a_plain_name(coordinator, form, title, name):
    file = brought_to(form, by=coordinator, title=title)

    assert fetched(coordinator, file)["Content-Disposition"] == f'attachment; filename="{form.subject.number} {name}"'


def test_a_chinese_title_keeps_its_characters_in_the_name(coordinator, form):
    said = fetched(coordinator, brought_to(form, by=coordinator, title="CT报告"))["Content-Disposition"]

    assert said.startswith("attachment; filename*=utf-8''")
    assert said.endswith("CT%E6%8A%A5%E5%91%8A.pdf")


def test_a_page_behind_a_picture_is_gone(coordinator, form):
    sent(coordinator, form, content=a_jpeg() + HTML, name="x.jpg")

    response = fetched(coordinator, kept_by(coordinator)[0])
    assert b"<script>" not in b"".join(response.streaming_content)


def test_a_file_is_given_as_an_attachment_that_nothing_opens_as_a_page(coordinator, file):
    response = fetched(coordinator, file)

    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "no-store"
    assert int(response["Content-Length"]) == file.size


def test_a_file_whose_bytes_were_lost_is_given_to_nobody(coordinator, file, monkeypatch):
    monkeypatch.setattr("casebook.views.files.is_whole", lambda file: False)

    response = fetched(coordinator, file)

    assert response.status_code == 409
    assert "The bytes of this file are not those that were brought, so it is given to nobody." in text_of(response)


class TestALargeRequest:
    def test_is_refused_by_its_declared_length_unread(self, coordinator, form):
        class Unreadable:
            def read(self, *_):
                raise AssertionError("The body was read.")

            readline = read

        response = browser_of(coordinator).generic(
            "POST",
            reverse("form-file-add", args=[form.pk]),
            b"",
            content_type="multipart/form-data; boundary=x",
            **{"CONTENT_LENGTH": str(200 * 1024 * 1024), "wsgi.input": Unreadable()},
        )

        assert response.status_code == 413
        assert "At most 25 MB can be sent at once." in text_of(response)

    @pytest.mark.parametrize(("more", "status"), [(0, 302), (1, 413)])
    def test_has_two_sides(self, coordinator, form, settings, more, status):
        client = browser_of(coordinator)
        chosen = SimpleUploadedFile("x.pdf", a_pdf())
        typed = {"title": "CT report", "looked": "yes", "file": chosen}
        told = client.post("/nowhere/", typed)
        settings.LARGEST_REQUEST = int(told.wsgi_request.META["CONTENT_LENGTH"]) - more
        chosen.seek(0)

        assert client.post(reverse("form-file-add", args=[form.pk]), typed).status_code == status

    def test_never_lies_on_a_disk(self, coordinator, form, monkeypatch):
        monkeypatch.setattr("tempfile.NamedTemporaryFile", None)
        monkeypatch.setattr("tempfile.TemporaryFile", None)
        target = BytesIO()
        Image.effect_noise((1800, 1800), 100).save(target, "PNG")
        assert len(target.getvalue()) > 2_621_440  # beyond it Django would write the upload to a disk

        assert sent(coordinator, form, content=target.getvalue(), name="x.png").status_code == 302


# --- who ------------------------------------------------------------------------------------------------------------


def test_a_file_of_another_site_does_not_exist(file):
    other = a_coordinator(a_site())

    assert fetched(other, file).status_code == 404
    assert browser_of(other).get(reverse("file-withdraw", args=[file.pk])).status_code == 404
    with as_actor(other):
        assert not File.objects.exists()
        assert not FilePart.objects.exists()


def test_a_file_of_a_blinded_evaluation_does_not_exist_for_the_other_surgeon(coordinator, subject):
    site = site_of(coordinator)
    surgeon, other = a_surgeon(site), a_surgeon(site)
    evaluation = the_form(subject, "SU", by=surgeon)
    complete(evaluation, EVALUATION, by=surgeon)
    file = brought_to(again(evaluation, by=surgeon), by=surgeon)

    assert fetched(other, file).status_code == 404
    assert fetched(coordinator, file).status_code == 404
    assert fetched(surgeon, file).status_code == 200
    with as_actor(other):
        assert ("casebook_file", str(file.pk)) in hidden_rows(other)
        assert list(files_of(other, subject)) == []


def test_what_could_tell_the_arm_does_not_exist_for_whoever_may_not_see_it(coordinator, subject, form):
    unseeing = a_user(Role.MEDICAL_REVIEWER, None)
    report, letter = brought_to(form, by=coordinator), brought_to(subject, by=coordinator, title="Operation report")

    with as_actor(unseeing):
        assert list(visible_files(unseeing)) == [report]
        assert ("casebook_file", str(letter.pk)) in hidden_rows(unseeing)
    assert fetched(unseeing, letter).status_code == 404
    assert fetched(unseeing, report).status_code == 200
    assert "Operation report" not in text_of(browser_of(unseeing).get(reverse("subject-files", args=[subject.pk])))


def test_who_may_not_enter_brings_nothing(form, coordinator):
    manager = a_data_manager()

    with pytest.raises(Refusal, match=r"Your role at .* does not include this: enter and correct forms"):
        brought_to(form, by=manager)


def test_a_freeze_of_the_subject_holds_against_bringing_and_withdrawing(coordinator, subject, form, file):
    actions.lock(subject, by=a_data_manager(), at=timezone.now(), kind=LockKind.FREEZE)

    for target in (form, subject):
        with pytest.raises(Refusal, match=r"^This subject is frozen\. Ask the data manager to lift the freeze\.$"):
            brought_to(target, by=coordinator, content=a_png())
    with pytest.raises(Refusal, match=r"^This subject is frozen"):
        withdraw_file(file, by=coordinator, at=timezone.now(), reason="Wrong subject")
    assert sent(coordinator, form, content=a_png(), name="x.png").status_code == 409
    assert len(kept_by(coordinator)) == 1


def test_a_lock_of_the_form_holds_against_bringing_and_withdrawing(coordinator, form, file, monkeypatch):
    monkeypatch.setattr("casebook.rules.locking.may_lock_under", lambda conditions: YES)
    complete(form, DEMOGRAPHY, by=coordinator)
    form = again(form, by=coordinator)
    actions.lock(form, by=a_data_manager(), at=timezone.now(), kind=LockKind.LOCK)

    with pytest.raises(Refusal, match=r"^This form is locked\. Ask the data manager to unlock it\.$"):
        brought_to(form, by=coordinator, content=a_png())
    with pytest.raises(Refusal, match=r"^This form is locked"):
        withdraw_file(file, by=coordinator, at=timezone.now(), reason="Wrong subject")
    heads = File.objects.filter(pk=file.pk)
    assert "This form is locked" in refused_by_database(coordinator, lambda: heads.update(erased=False))


def test_a_file_sent_to_a_locked_form_is_refused_with_the_sentence(coordinator, form, monkeypatch):
    monkeypatch.setattr("casebook.rules.locking.may_lock_under", lambda conditions: YES)
    complete(form, DEMOGRAPHY, by=coordinator)
    actions.lock(again(form, by=coordinator), by=a_data_manager(), at=timezone.now(), kind=LockKind.LOCK)

    response = sent(coordinator, form, content=a_png())

    assert response.status_code == 409
    assert "This form is locked. Ask the data manager to unlock it. Nothing was changed." in text_of(response)


# --- withdrawn, erased ------------------------------------------------------------------------------------------------


def test_a_withdrawn_file_is_given_to_nobody_and_stays_in_the_list(coordinator, subject, file):
    page = browser_of(coordinator)
    answer = page.post(reverse("file-withdraw", args=[file.pk]), {"reason": "Belongs to another subject"})

    assert answer.status_code == 302
    response = fetched(coordinator, file)
    assert response.status_code == 410
    assert "This file was withdrawn and is given to nobody any more." in text_of(response)
    said = text_of(page.get(reverse("subject-files", args=[subject.pk])))
    assert "CT report" in said
    assert "Belongs to another subject" in said
    with as_actor(coordinator):
        assert is_whole(file)


def test_a_withdrawn_file_may_be_brought_again(coordinator, form, file):
    withdraw_file(file, by=coordinator, at=timezone.now(), reason="Wrong title")

    assert brought_to(form, by=coordinator, title="MRI report").pk != file.pk


def test_an_erased_file_has_no_bytes_any_more_and_its_head_stays(coordinator, subject, file):
    withdraw_file(file, by=coordinator, at=timezone.now(), reason="Shows a name", erase=True)

    with as_actor(coordinator):
        assert [bytes(part.content) for part in FilePart.objects.filter(file=file)] == [b""]
        assert File.objects.get(pk=file.pk).sha256 == file.sha256
    assert '"erased":true' in events_of(subject, by=coordinator)[-1].facts


@pytest.mark.parametrize(
    ("reason", "said"),
    [("", "Say why this file is withdrawn."), ("x" * 501, "A reason has at most 500 characters.")],
)
def test_a_file_is_withdrawn_with_a_reason(coordinator, file, reason, said):
    response = browser_of(coordinator).post(reverse("file-withdraw", args=[file.pk]), {"reason": reason})

    assert response.status_code == 409
    assert said in text_of(response)


def test_a_file_is_withdrawn_once(coordinator, file):
    withdraw_file(file, by=coordinator, at=timezone.now(), reason="Wrong subject")

    with pytest.raises(Refusal, match=r"^This file was withdrawn already\.$"):
        withdraw_file(file, by=coordinator, at=timezone.now(), reason="Wrong subject")


# --- what the database holds ------------------------------------------------------------------------------------------


def refused_by_database(user, change) -> str:
    with as_actor(user), pytest.raises(DatabaseError) as caught, transaction.atomic():
        change()
    return str(caught.value)


def test_the_bytes_of_a_file_never_change(coordinator, file):
    parts = FilePart.objects.filter(file=file)

    for content in (b"other", b""):
        said = refused_by_database(coordinator, lambda content=content: parts.update(content=content))
        assert "The bytes of a file never change; they can only go with a file that is erased." in said
    assert "permission denied" in refused_by_database(coordinator, lambda: parts.update(sha256="0" * 64))
    assert "permission denied" in refused_by_database(coordinator, parts.delete)


def test_what_a_head_says_of_its_bytes_never_changes(coordinator, file):
    heads = File.objects.filter(pk=file.pk)

    assert "permission denied" in refused_by_database(coordinator, lambda: heads.update(title="Other"))


def test_a_piece_that_is_not_what_its_digest_says_is_refused(coordinator, file):
    more = FilePart(file=file, site_id=file.site_id, number=9, sha256="0" * 64, content=b"other")

    assert "file_part_says_its_bytes" in refused_by_database(coordinator, more.save)


def test_the_trail_keeps_the_digest_of_a_piece_and_not_its_bytes(coordinator, file):
    with as_actor(coordinator), connection.cursor() as cursor:
        part = FilePart.objects.get(file=file)
        cursor.execute("SELECT new FROM audit_change WHERE row_id = %s", [str(part.pk)])
        [(new,)] = cursor.fetchall()

    assert part.sha256 in new
    assert '"content"' not in new


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_list_of_files_costs_the_same_however_many_there_are(
    coordinator, subject, form, file, django_assert_max_num_queries
):
    page, address = browser_of(coordinator), reverse("subject-files", args=[subject.pk])
    with django_assert_max_num_queries(60) as first:
        page.get(address)
    for side in range(8, 14):
        brought_to(form, by=coordinator, content=a_png(size=(side, side)), title=f"Picture {side}")

    with django_assert_max_num_queries(len(first)):
        said = text_of(page.get(address))

    assert "Picture 13" in said


def test_files_of_a_form_are_its_own(coordinator, subject, form, file):
    brought_to(subject, by=coordinator, content=a_png())

    with as_actor(coordinator):
        assert list(files_of_form(coordinator, form)) == [file]
        assert files_of(coordinator, subject).count() == 2


# --- taken out --------------------------------------------------------------------------------------------------------


def test_the_dataset_says_which_files_there_are_as_its_reader_may_see_them(coordinator, subject, file):
    letter = brought_to(subject, by=coordinator, title="Operation report")
    withdraw_file(file, by=coordinator, at=timezone.now(), reason="Wrong subject")
    unseeing = a_user(Role.STATISTICIAN, None)

    with as_actor(coordinator):
        table = file_table(coordinator, [subject.site])
        rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    with as_actor(unseeing):
        seen = [row[6] for row in file_table(unseeing, [subject.site]).rows]

    assert [(row["crf"], row["title"], row["sha256"], row["withdrawn_because"]) for row in rows] == [
        ("DM", "CT report", file.sha256, "Wrong subject"),
        ("", "Operation report", letter.sha256, ""),
    ]
    assert seen == ["CT report"]


class TestOnPaper:
    def test_the_casebook_on_paper_lists_files_with_their_hash_and_who_withdrew_them(self, file, form, coordinator):
        withdraw_file(file, by=coordinator, at=timezone.now(), reason="Wrong report")
        brought_to(form.subject, by=coordinator, title="Referral", content=a_png())

        page = page_for(coordinator, form.subject)

        for said in ("CT report", "Referral", file.sha256, "Wrong report", coordinator.name, "PDF", "PNG"):
            assert said in page, said
