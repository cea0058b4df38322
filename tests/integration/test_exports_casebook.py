"""The casebook on paper: everything this reader may see of the subject, in their language, and nothing else."""

import time

import pytest
from django.utils import timezone

from audit.door import as_actor
from audit.selectors import last_seal
from casebook import actions
from casebook.models import Subject
from exports.casebook import casebook_context
from paper.pdf import html_of, pdf_of
from tests.casebook_ground import (
    DEMOGRAPHY,
    EVALUATION,
    a_complete_form,
    a_coordinator,
    a_monitor,
    a_subject,
    a_surgeon,
    again,
    complete,
    save,
    site_of,
    the_form,
    the_investigator,
)
from tests.printed import characters, inflated, pages

pytestmark = pytest.mark.django_db
PAPER = "exports/casebook.html"


def context_for(user, subject, *, language="en"):
    """Return what the paper shows this person."""
    with as_actor(user):
        subject = Subject.objects.select_related("site", "rescreened_from").get(pk=subject.pk)
        return casebook_context(subject, user, language=language, at=timezone.now(), seal=last_seal())


def page_for(user, subject, *, language="en"):
    """Return the page before it is printed."""
    return html_of(PAPER, context_for(user, subject, language=language), language=language)


def test_the_casebook_shows_number_site_stage_and_every_form():
    coordinator = a_coordinator()
    form = a_complete_form(coordinator)

    page = page_for(coordinator, form.subject)

    for said in (
        form.subject.number,
        form.site.code,
        form.site.name,
        "Demography",
        "1 May 1970",
        "Male",
        "Not started",
    ):
        assert said in page, said


def test_a_missing_answer_says_why():
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    save(form, {"weight": "60.0 kg"}, by=coordinator)
    page = page_for(coordinator, form.subject)

    assert "60.0 kg" in page
    assert "—" in page


def test_queries_stand_with_their_whole_conversation():
    coordinator = a_coordinator()
    form = a_complete_form(coordinator)
    monitor = a_monitor(site_of(coordinator))
    query = actions.open_query(form, by=monitor, at=timezone.now(), path="sex", text="Is this <b>sure</b>?")
    actions.answer_query(query, by=coordinator, at=timezone.now(), text="It is, see page 3.")

    page = page_for(coordinator, form.subject)

    assert "Is this &lt;b&gt;sure&lt;/b&gt;?" in page
    assert "It is, see page 3." in page
    assert monitor.name in page


def test_a_signature_stands_until_the_form_is_changed():
    coordinator = a_coordinator()
    form = a_complete_form(coordinator)
    investigator = the_investigator(coordinator)
    actions.sign_form(form, by=investigator, at=timezone.now(), version=form.version)

    assert "stands" in page_for(coordinator, form.subject)
    changed = again(form, by=coordinator)
    complete(changed, DEMOGRAPHY | {"birth_date": "1970-05-02"}, by=coordinator, reasons={"birth_date": "typing error"})

    page = page_for(coordinator, form.subject)
    assert investigator.name in page
    assert "void: the form was changed afterwards" in page


def test_a_blinded_evaluation_of_another_is_not_printed():
    coordinator = a_coordinator()
    surgeon = a_surgeon(site_of(coordinator))
    form = the_form(a_subject(coordinator), "SU", by=surgeon)
    complete(form, EVALUATION | {"comment": "Segment six is free."}, by=surgeon)

    assert "Segment six is free." in page_for(surgeon, form.subject)
    assert "Segment six is free." not in page_for(coordinator, form.subject)


def test_the_casebook_speaks_chinese_and_keeps_chinese_text():
    coordinator = a_coordinator()
    subject = a_subject(coordinator)
    save(the_form(subject, "ICF", by=coordinator), {"version": "知情同意书第二版"}, by=coordinator)

    context = context_for(coordinator, subject, language="zh-hans")
    page = html_of(PAPER, context, language="zh-hans")
    printed = pdf_of(PAPER, context, language="zh-hans")

    assert 'lang="zh-Hans"' in page
    assert "知情同意书第二版" in page
    assert set("知情同意书第二版") <= characters(printed)
    assert b"WenQuanYi" in inflated(printed)


def test_a_rare_character_goes_on_paper_as_the_same_code_point():
    coordinator = a_coordinator()
    subject = a_subject(coordinator)
    save(the_form(subject, "ICF", by=coordinator), {"version": "𠮷野家"}, by=coordinator)

    context = context_for(coordinator, subject)

    assert "𠮷野家" in html_of(PAPER, context, language="en")
    assert pdf_of(PAPER, context, language="en").startswith(b"%PDF-")


def test_the_casebook_of_a_synthetic_subject_says_so_on_every_page():
    coordinator = a_coordinator()
    subject = a_subject(coordinator)

    context = context_for(coordinator, subject)

    assert context["foot"].synthetic is subject.synthetic
    assert "Audit seal" in page_for(coordinator, subject) or "Nothing of the audit trail" in page_for(
        coordinator, subject
    )


def test_a_casebook_costs_the_same_queries_however_many_forms(django_assert_max_num_queries):
    coordinator = a_coordinator()
    subject = a_subject(coordinator)

    def queries():
        with django_assert_max_num_queries(60) as counted:
            context_for(coordinator, subject)
        return len(counted)

    queries()
    few = queries()
    for _ in range(5):
        actions.add_form(subject, by=coordinator, at=timezone.now(), visit=None, crf="ICF")
    assert queries() == few


def test_a_hundred_forms_are_printed_in_time_and_no_page_is_empty():
    coordinator = a_coordinator()
    subject = a_subject(coordinator)
    for number in range(2, 60):
        actions.add_form(subject, by=coordinator, at=timezone.now(), visit=None, crf="ICF")
        consent = the_form(subject, "ICF", by=coordinator, repeat=number)
        save(consent, {"version": f"版本 {number}", "signed_at": "2025-03-01T10:00", "copy_given": "Y"}, by=coordinator)

    began = time.monotonic()
    printed = pdf_of(PAPER, context_for(coordinator, subject), language="en")

    assert time.monotonic() - began < 20
    assert 2 <= pages(printed) < 60
