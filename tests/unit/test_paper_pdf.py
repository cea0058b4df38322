"""Paper: the same page gives the same bytes, carries its seal, and reads nothing but our style sheets."""

from datetime import UTC, datetime

import pytest
from django.template import engines
from django.utils.html import escape

from paper import pdf
from paper.pdf import Foot, html_of, pdf_of
from paper.printer import StrangeAddress, StyleSheets
from tests.printed import characters, inflated

AT = datetime(2026, 3, 31, 14, 5, tzinfo=UTC)
FOOT = Foot(made_at=AT, seal_number=42, seal_hash="ab12" * 16, sealed_at=AT, synthetic=True)
BASE = "paper/base.html"


def a_page(content, monkeypatch):
    """Print this content, as a template that extends the base does."""
    template = engines["django"].from_string(
        '{% extends "paper/base.html" %}{% block content %}' + content + "{% endblock %}"
    )
    monkeypatch.setattr(pdf, "render_to_string", lambda _name, context: template.render(context))


def test_the_same_page_gives_the_same_bytes():
    first, second = (pdf_of(BASE, {"foot": FOOT}, language="zh-hans") for _ in range(2))

    assert first == second
    assert first.startswith(b"%PDF-")


def test_a_page_carries_its_seal_moment_trial_and_protocol():
    html = html_of(BASE, {"foot": FOOT}, language="en")

    for said in ("Audit seal 42", "ab12" * 16, "made 2026-03-31 14:05:00 UTC", "NCT05349331", "Protocol "):
        assert said in html


def test_a_page_says_that_its_data_are_synthetic():
    label = "Synthetic: no person stands behind these data."

    assert label in html_of(BASE, {"foot": FOOT}, language="en")
    assert label not in html_of(BASE, {"foot": Foot(made_at=AT)}, language="en")


def test_a_page_made_elsewhere_than_in_the_real_trial_says_so(settings):
    assert "made in the environment “test”" in html_of(BASE, {"foot": FOOT}, language="en")
    settings.EDC_ENVIRONMENT = "production"
    assert "made in the environment" not in html_of(BASE, {"foot": FOOT}, language="en")


def test_a_page_before_the_first_seal_says_so():
    assert "Nothing of the audit trail was sealed yet." in html_of(BASE, {"foot": Foot(made_at=AT)}, language="en")


def test_a_page_without_a_foot_is_not_printed():
    with pytest.raises(TypeError, match="Expected a Foot"):
        pdf_of(BASE, {}, language="en")


def test_chinese_text_is_printed_in_a_chinese_typeface(monkeypatch):
    a_page("{{ said }}", monkeypatch)

    printed = pdf_of("any", {"foot": FOOT, "said": "完全缓解"}, language="zh-hans")

    assert set("完全缓解") <= characters(printed)
    assert b"WenQuanYi" in inflated(printed)


def test_what_somebody_typed_is_no_markup(monkeypatch):
    a_page("{{ said }}", monkeypatch)
    typed = '<img src="http://127.0.0.1:9/x"><link rel=attachment href="file:///etc/passwd">{{ trial }}'

    printed = pdf_of("any", {"foot": FOOT, "said": typed}, language="en")

    assert printed.startswith(b"%PDF-")
    assert escape(typed) in html_of("any", {"foot": FOOT, "said": typed}, language="en")


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="http://127.0.0.1:9/x.png">',
        '<img src="file:///etc/passwd">',
        '<img src="../../etc/passwd">',
        '<link rel="stylesheet" href="css:///../../manage.py">',
        "<style>@import url('http://127.0.0.1:9/x.css');</style>",
        '<link rel="attachment" href="file:///etc/passwd">',
    ],
)
def test_a_page_that_asks_for_anything_else_is_not_printed(markup, monkeypatch):
    a_page(markup, monkeypatch)

    with pytest.raises(StrangeAddress):
        pdf_of("any", {"foot": FOOT}, language="en")


@pytest.mark.parametrize(
    "url", ["css://host/paper.css", "css:///%2e%2e/%2e%2e/manage.py", "css:///", "css:///none.css"]
)
def test_only_a_style_sheet_of_ours_is_given(url):
    with pytest.raises(StrangeAddress):
        StyleSheets().fetch(url)


def test_our_style_sheet_is_given():
    assert b"@page" in StyleSheets().fetch("css:///paper.css").read()
