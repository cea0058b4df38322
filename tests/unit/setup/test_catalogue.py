"""What a person reads is in their language, where the catalogue has it; elsewhere it is English."""

from __future__ import annotations

import pytest
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation import gettext

from scripts import catalogue


def test_a_chinese_reader_reads_chinese():
    with translation.override("zh-hans"):
        assert gettext("Log in") == "登录"


def test_what_is_not_translated_yet_stays_english():
    with translation.override("zh-hans"):
        assert gettext("No such string stands in the catalogue.") == "No such string stands in the catalogue."


@pytest.mark.parametrize("locale", catalogue.LANGUAGES)
def test_no_translation_loses_a_placeholder(locale):
    with catalogue.LANGUAGES[locale].open("rb") as file:
        messages = [message for message in read_po(file, locale=locale) if message.id and message.string]

    broken = [message.id for message in messages for fault in message.check(None) if fault]

    assert broken == []
