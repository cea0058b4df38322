"""Numbers as people type them: point or comma, a comparator before; what can mean two numbers is asked."""

from __future__ import annotations

import re
from typing import Final

from protocol.words import N_, Param

NUMBER_MAX_LENGTH: Final = 40
# No measurement of a person comes near these: a longer number is two that ran together, or a key that stuck.
WHOLE_DIGITS: Final = 12
FRACTION_DIGITS: Final = 9

_PLAIN: Final = re.compile(r"(-?)([0-9]+)(?:[.,]([0-9]+))?")
_THOUSANDS: Final = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}")
_GROUPED: Final = re.compile(r"-?[0-9]{1,3}(?:[ ,.'’][0-9]{3})+(?:[.,][0-9]+)?")
_COMPARATOR: Final = re.compile(r"(<=|>=|<|>|≤|≥)?\s*(.*)", re.DOTALL)
_ASCII: Final = {"≤": "<=", "≥": ">="}

NOT_A_NUMBER: Final = N_("%(title)s: %(value)s is not a number. Write digits with one decimal point, such as 12.5.")
TWO_NUMBERS: Final = N_(
    "%(title)s: %(value)s can be %(as_decimal)s or %(as_thousands)s. Write the one you mean without a comma."
)
GROUPED: Final = N_("%(title)s: write %(value)s without thousands separators, such as 12500.")
TOO_MANY_DIGITS: Final = N_("%(title)s has too many digits. Enter the number as the source gives it.")
ABSURD: Final = N_(
    "%(title)s: %(value)s has more digits than any measurement. At most %(whole)s before and %(fraction)s after the "
    "decimal point are taken. Correct it as the source gives it."
)
NO_COMPARATOR: Final = N_("%(title)s takes a number alone, without %(comparator)s. Enter the value of the source.")
WHOLE: Final = N_("%(title)s takes a whole number. Enter it without decimals.")
DECIMALS: Final = N_("%(title)s takes at most %(decimals)s decimal places. Enter the value as the source gives it.")


class NumberUnreadable(Exception):
    """The text is no number that can be kept; message and parameters of the sentence."""

    def __init__(self, message: str, **params: Param) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


def read_number(text: str, *, decimals: int | None, comparators: bool) -> tuple[str, str]:
    """Return (comparator, value): the value with a point, its precision as typed. Raises NumberUnreadable."""
    if len(text) > NUMBER_MAX_LENGTH:
        raise NumberUnreadable(TOO_MANY_DIGITS)
    comparator, number = _parted(text)
    if comparator and not comparators:
        raise NumberUnreadable(NO_COMPARATOR, comparator=comparator)
    value = _canonical(number.replace("−", "-"), shown=text)
    _refuse_precision(value, decimals)
    _refuse_absurd(value, shown=text)
    return comparator, value


def _parted(text: str) -> tuple[str, str]:
    match = _COMPARATOR.fullmatch(text)
    comparator = (match[1] if match else "") or ""
    return _ASCII.get(comparator, comparator), match[2] if match else text


def _canonical(number: str, *, shown: str) -> str:
    if _THOUSANDS.fullmatch(number):
        raise NumberUnreadable(
            TWO_NUMBERS, value=shown, as_decimal=number.replace(",", "."), as_thousands=number.replace(",", "")
        )
    match = _PLAIN.fullmatch(number)
    if match is None:
        raise NumberUnreadable(GROUPED if _GROUPED.fullmatch(number) else NOT_A_NUMBER, value=shown)
    sign, whole, fraction = match[1], match[2].lstrip("0") or "0", match[3]
    value = whole if fraction is None else f"{whole}.{fraction}"
    return value if not value.strip("0.") else sign + value


def _refuse_precision(value: str, decimals: int | None) -> None:
    if decimals is None:
        return
    given = len(value.partition(".")[2])
    if given > decimals:
        raise NumberUnreadable(WHOLE) if decimals == 0 else NumberUnreadable(DECIMALS, decimals=decimals)


def _refuse_absurd(value: str, *, shown: str) -> None:
    whole, _point, fraction = value.lstrip("-").partition(".")
    if len(whole) > WHOLE_DIGITS or len(fraction) > FRACTION_DIGITS:
        raise NumberUnreadable(ABSURD, value=shown, whole=WHOLE_DIGITS, fraction=FRACTION_DIGITS)
