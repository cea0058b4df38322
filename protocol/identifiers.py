"""Recognises what identifies a person in free text. None of it is trial data, so none of it is stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

# GB 11643: area, day of birth, serial number, check digit; the older form has a short year and no check digit.
# Grouped only as people group them: "150 2024-03-31" is a value and a day, not a telephone.
_IDENTITY: Final = (
    re.compile(r"(?<![0-9])([0-9]{6})([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{3})([0-9Xx])(?![0-9])"),
    re.compile(r"(?<![0-9])([0-9]{6})[ -]([0-9]{4})[ -]?([0-9]{2})([0-9]{2})[ -]([0-9]{3})([0-9Xx])(?![0-9])"),
)
_OLD_IDENTITY: Final = re.compile(r"(?<![0-9])[1-9][0-9]{5}([0-9]{2})([0-9]{2})([0-9]{2})[0-9]{3}(?![0-9])")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS: Final = "10X98765432"
_YEARS: Final = range(1880, 2100)

# What follows the label: a number, but no day.
_NUMBER: Final = r"\s*(?:[:#]|是|为)?\s*(?![0-9]{4}[-/年])[A-Za-z]{0,4}-?[0-9][0-9A-Za-z-]{3,}"
_PATTERNS: Final = (
    re.compile(r"(?<![0-9])(?:(?:\+|00)?86[ -]?)?1[3-9][0-9]{9}(?![0-9])"),  # mobile number of mainland China
    re.compile(r"(?<![0-9])(?:(?:\+|00)?86[ -]?)?1[3-9][0-9]([ -])[0-9]{4}\1[0-9]{4}(?![0-9])"),
    re.compile(r"(?<![0-9./-])(?:\(0[1-9][0-9]{1,2}\) ?|0[1-9][0-9]{1,2}-)[2-9][0-9]{6,7}(?![0-9])"),  # landline
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),  # e-mail address
    # What somebody labels as a number of a person is one, whatever its form.
    re.compile(r"(?:(?:住院|病案|病历|门诊|就诊|登记)号|身份证号?|(?:护照|医保卡|社保卡|手机|电话)号?)码?" + _NUMBER),
    re.compile(
        r"\b(?:MRN|(?:hospital|admission|inpatient|medical record|passport|ID card)\s+(?:no\.?|number)|phone|tel\.?)"
        + _NUMBER,
        re.IGNORECASE,
    ),
    re.compile(r"姓名\s*:\s*[\u4e00-\u9fff]{2,4}"),
    re.compile(r"(?:微信|QQ|wechat)(?:号)?\s*:\s*[\w-]{5,}", re.IGNORECASE),
)


def holds_identifier(text: str) -> bool:
    """Return whether a text holds what looks like an identity, telephone or hospital number, a name or an e-mail address.

    A long number is an identity number where it holds a day of birth or its check digit is right.
    """
    plain = unicodedata.normalize("NFKC", text)
    return any(_identity_numbers(plain)) or any(pattern.search(plain) for pattern in _PATTERNS)


def _identity_numbers(text: str) -> Iterator[bool]:
    for form in _IDENTITY:
        for found in form.finditer(text):
            *parts, check = found.groups()
            yield _is_day(*(int(part) for part in parts[1:4])) or _check_digit("".join(parts)) == check.upper()
    for found in _OLD_IDENTITY.finditer(text):
        year, month, day = (int(part) for part in found.groups())
        yield _is_day(1900 + year, month, day)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        return date(year, month, day).year in _YEARS
    except ValueError:
        return False


def _check_digit(digits: str) -> str:
    """Return the check digit of the first 17 digits. Source: GB 11643-1999, ISO 7064 MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return _CHECK_DIGITS[total % 11]
