"""Recognises what identifies a person in free text. None of it is trial data, so none of it is stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

from protocol.words import N_

IDENTIFIER: Final = N_(
    "This text holds what looks like an identity, telephone or hospital number, a name or an e-mail address. "
    "Remove it: nothing that identifies a person is stored."
)

# What people put between the groups of a number.
_APART: Final = "[ ./·_-]"
_DOTS: Final = dict.fromkeys(map(ord, "\u2022\u2027\u2219\u22c5\u30fb"), "·") | {0x2212: "-"}
_AROUND: Final = re.compile(r"(?<=[0-9])[^\S\n]*([./·_-])[^\S\n]*(?=[0-9])")
_BLANKS: Final = re.compile(r"[^\S\n]+")
# A unique identifier of DICOM is long and dotted, and names no person.
_UID: Final = re.compile(r"(?<![0-9.])(?:1\.[23]|2\.16)(?:\.(?:0|[1-9][0-9]*)){3,}(?![0-9])")

# GB 11643: area, day of birth, serial number, check digit; the older form has a short year and no check digit.
# Grouped only as people group them: "150 2024-03-31" is a value and a day, not a telephone.
_IDENTITY: Final = (
    re.compile(r"(?<![0-9])([0-9]{6})([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{3})([0-9Xx])(?![0-9])"),
    re.compile(
        rf"(?<![0-9])([0-9]{{6}}){_APART}([0-9]{{4}}){_APART}?([0-9]{{2}})([0-9]{{2}}){_APART}([0-9]{{3}})([0-9Xx])(?![0-9])"
    ),
    re.compile(
        rf"(?<![0-9])([0-9]{{6}})([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})([0-9]{{3}}){_APART}([0-9Xx])(?![0-9A-Za-z])"
    ),
)
# Grouped in any other way it is one only where day and check digit are both right, and the day is none of the trial.
_SCATTERED: Final = re.compile(rf"(?<![0-9])(?=([1-8](?:{_APART}?[0-9]){{16}}{_APART}?[0-9Xx])(?![0-9A-Za-z]))")
_BORN: Final = range(1880, 2015)
_OLD_IDENTITY: Final = re.compile(r"(?<![0-9])[1-9][0-9]{5}([0-9]{2})([0-9]{2})([0-9]{2})[0-9]{3}(?![0-9])")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS: Final = "10X98765432"
_YEARS: Final = range(1880, 2100)

# What follows the label: a number, but no day.
_NUMBER: Final = r"\s*(?:[:#]|是|为)?\s*(?![0-9]{4}[-/年])[A-Za-z]{0,4}-?[0-9][0-9A-Za-z-]{3,}"
_PATTERNS: Final = (
    re.compile(r"(?<![0-9])(?:(?:\+|00)?86[ -]?)?1[3-9][0-9]{9}(?![0-9])"),  # mobile number of mainland China
    re.compile(
        rf"(?<![0-9])(?<![0-9][./·_-])(?:(?:\+|00)?86{_APART}?)?1[3-9][0-9]({_APART})[0-9]{{4}}\1[0-9]{{4}}(?![./·_-]?[0-9])"
    ),
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

# No pattern finds anything shorter (姓名:张三, a@b.c); most of what is asked are codes, and reasons nobody gave.
_SHORTEST: Final = 5

_MOBILE_IN_GROUPS: Final = re.compile(
    rf"(?<![0-9])(?<![0-9][./·_-])1[3-9][0-9]{_APART}([0-9]{{4}}){_APART}?([0-9]{{4}})(?![./·_-]?[0-9])"
)


def holds_identifier(text: str) -> bool:
    """Return whether a text holds what looks like an identity, telephone or hospital number, a name or an e-mail address.

    A long number is an identity number where it holds a day of birth or its check digit is right.
    """
    plain = _plain(text)
    if len(plain) < _SHORTEST:
        return False
    for form in {plain, _BLANKS.sub(" ", _AROUND.sub(r"\1", plain))}:
        if any(_identity_numbers(form)) or any(pattern.search(form) for pattern in _PATTERNS) or _grouped(form):
            return True
    return False


def _plain(text: str) -> str:
    """Return the text in one way of writing, without what cannot be seen in it."""
    plain = unicodedata.normalize("NFKC", text)
    if not plain.isascii():
        seen = (sign for sign in plain if unicodedata.category(sign) != "Cf")
        plain = "".join("-" if unicodedata.category(sign) == "Pd" else sign for sign in seen).translate(_DOTS)
    return _UID.sub("UID", plain)


def _grouped(text: str) -> bool:
    """Whether a mobile number is grouped with two different signs; "150 2024-0331" is a value and a day."""
    found = (match.groups() for match in _MOBILE_IN_GROUPS.finditer(text))
    return any(not _is_day(int(first), int(second[:2]), int(second[2:])) for first, second in found)


def _identity_numbers(text: str) -> Iterator[bool]:
    for form in _IDENTITY:
        for found in form.finditer(text):
            *parts, check = found.groups()
            yield _is_day(*(int(part) for part in parts[1:4])) or _check_digit("".join(parts)) == check.upper()
    for found in _OLD_IDENTITY.finditer(text):
        year, month, day = (int(part) for part in found.groups())
        yield _is_day(1900 + year, month, day)
    for found in _SCATTERED.finditer(text):
        digits = re.sub(_APART, "", found.group(1))
        born = int(digits[6:10])
        is_day = born in _BORN and _is_day(born, int(digits[10:12]), int(digits[12:14]))
        yield is_day and _check_digit(digits[:17]) == digits[17].upper()


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        return date(year, month, day).year in _YEARS
    except ValueError:
        return False


def _check_digit(digits: str) -> str:
    """Return the check digit of the first 17 digits. Source: GB 11643-1999, ISO 7064 MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return _CHECK_DIGITS[total % 11]
