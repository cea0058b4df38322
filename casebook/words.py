"""How sentences, days and answers are said to a person, in the reader's language."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as formatted
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from casebook.models import Form, Visit
from protocol.language import YES_NO, Choice, Code, Coded, Date, Item, Missing, Moment, MultiChoice, PartialDate, YesNo
from protocol.record import Answer
from protocol.trial import TRIAL
from protocol.words import BETWEEN, N_, Sentence

# Never numbers alone for the month: 03/04 is read differently in Boston and in Guangzhou.
DAY_FORMATS = {"en": ("j M Y", "M Y", "Y"), "zh-hans": ("Y年n月j日", "Y年n月", "Y年")}
SHORT_DAY_FORMATS = {"en": "j M", "zh-hans": "n月j日"}  # where the year stands beside it

POWER, RAISED = re.compile(r"10\^(\d+)(?=/)"), str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

MISSING_WORDS = {
    Missing.NOT_DONE: N_("not done"),
    Missing.NOT_APPLICABLE: N_("not applicable"),
    Missing.UNKNOWN: N_("unknown"),
}


def title_of(form: Form) -> str:
    """Return the title of a form's CRF, with its number where there are several."""
    crf = TRIAL.crf(form.crf)
    title = _(crf.title)
    return f"{title} {form.repeat}" if form.repeat > 1 else title


def visit_title(visit: Visit | None) -> str:
    """Return the title of a visit, with its number where it came again; the log for none."""
    if visit is None:
        return _("Log")
    title = _(TRIAL.visit(visit.code).title)
    return f"{title} {visit.repeat}" if visit.repeat > 1 else title


def said(sentence: Sentence | str | None, *, coded: bool = False) -> str:
    """Return a sentence of the protocol or of a rule in the reader's language, its days in words.

    `coded` leaves units as they are stored, for files.
    """
    text = sentence.rendered(_, day=day_in_words) if isinstance(sentence, Sentence) else str(sentence or "")
    return text if coded else with_powers(text)


def with_powers(text: str) -> str:
    """Return text with the units in it as a person reads them: 10⁹/L for 10^9/L."""
    return POWER.sub(lambda found: f"10{found[1].translate(RAISED)}", text) if "10^" in text else text


def unit_in_words(unit: str) -> str:
    """Return a unit as a person reads it; empty where there is none."""
    return with_powers(_(unit)) if unit else ""


def day_in_words(typed: str) -> str:
    """Return a day, month or year stored as 2025-03-31, 2025-03 or 2025 in words; other text unchanged."""
    if typed.upper().endswith("UNK"):
        known = day_in_words(typed[:-4]) if len(typed) > 4 else ""
        return _("%(known)s, the rest cannot be found out") % {"known": known} if known else _("cannot be found out")
    day, clock = typed[:10], typed[11:16]
    parts = day.split("-")
    try:
        whole = date(*(int(part) for part in [*parts, "1", "1"][:3]))
    except ValueError:
        return typed
    pattern = DAY_FORMATS.get(get_language() or "en", DAY_FORMATS["en"])[3 - len(parts)]
    return f"{formatted(whole, pattern)} {clock}".strip()


def short_day_in_words(day: date) -> str:
    """Return a day without its year."""
    return formatted(day, SHORT_DAY_FORMATS.get(get_language() or "en", SHORT_DAY_FORMATS["en"]))


def day_shown(day: date | str) -> SafeString:
    """Return the day in words with its ISO form in `<time>`."""
    iso = day.isoformat() if isinstance(day, date) else day
    return format_html('<time datetime="{}">{}</time>', iso, day_in_words(iso))


def moment_shown(moment: datetime, zone: ZoneInfo | None = None) -> SafeString:
    """Return the moment in the site's time (UTC where no site is given, and says so)."""
    local = moment.astimezone(zone or ZoneInfo("UTC"))
    words = f"{day_in_words(local.date().isoformat())} {local:%H:%M}" + ("" if zone else " UTC")
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), words)


def plain(number: Decimal | None) -> str:
    """Return a number without the zeros that its column adds; empty where there is none."""
    if number is None:
        return ""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def answer_in_words(item: Item, answer: Answer, *, coded: bool = False) -> str:
    """Return an answer as a person reads it: words of the code, day in words, unit; or why there is none.

    `coded` leaves the unit as it is stored, for files.
    """
    if answer.missing is not None:
        word = _(MISSING_WORDS[answer.missing])
        return f"{word}: {answer.reason}" if answer.reason else word
    if not answer.value:
        return ""
    unit = answer.unit if coded else unit_in_words(answer.unit)
    return f"{answer.comparator}{value_in_words(item, answer.value)} {unit}".strip()


def value_in_words(item: Item, value: str) -> str:
    """Return a stored value of this item in words."""
    match item:
        case Choice() | Coded():
            return _titles(item.codes.codes, [value])
        case MultiChoice():
            return _titles(item.codes.codes, value.split(" "))
        case YesNo():
            return _titles(YES_NO.codes, [value])
        case Date() | PartialDate() | Moment():
            return day_in_words(value)
    return value


def _titles(codes: tuple[Code, ...], values: list[str]) -> str:
    titles = {code.value: code.title for code in codes}
    return _(BETWEEN).join(_(titles.get(value, value)) for value in values)


def box_id(path: str) -> str:
    """Return the HTML id of the box at a path; errors, queries and lists link to it."""
    return "box-" + path.replace("/", "-")
