"""DM: demography. How much of the person is kept is a setting: assumptions BIRTH_DATE and INITIALS."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from protocol import codelists
from protocol.assumptions import BIRTH_DATE, INITIALS
from protocol.crfs.questions import IN_FUTURE, TRIAL_RECORD, free_text
from protocol.language import Choice, Crf, Item, NoFinerThan, NotFuture, PartialDate, Section, Severity, Spelled, When
from protocol.words import N_

PARTS: Final = ("year", "month", "day")
TOO_FINE: Final = {
    1: N_("Of %(title)s only the year is kept in this trial. Enter the year alone."),
    2: N_("Of %(title)s only year and month are kept in this trial. Leave the day out."),
}
HELP: Final = {
    "day": N_("The year alone is enough where the ethics approval asks for it."),
    "month": N_("Year and month, such as 1961-04: the day is not kept in this trial."),
    "year": N_("The year alone: month and day are not kept in this trial."),
}


def demography(*, birth_date: str = BIRTH_DATE, initials: bool = INITIALS) -> Crf:
    """Return the form as the protocol's setting says: how much of the date of birth, and whether initials."""
    person = (
        _birth_date(PARTS.index(birth_date) + 1, HELP[birth_date]),
        *((_initials(),) if initials else ()),
        Choice(name="sex", title=N_("Sex"), codes=codelists.SEX, source=TRIAL_RECORD),
        Choice(
            name="childbearing",
            title=N_("Childbearing potential"),
            codes=codelists.CHILDBEARING,
            shown_when=When("sex", ("female",)),
            source=TRIAL_RECORD,
        ),
    )
    return Crf(
        code="DM",
        title=N_("Demography"),
        source="NCT05349331, eligibility; CDISC DM",
        critical=True,
        sections=(Section(N_("Person"), person),),
    )


def _birth_date(parts: int, explained: str) -> Item:
    future = NotFuture(id="DM.birth_date.future", severity=Severity.HARD, message=IN_FUTURE)
    return PartialDate(
        name="birth_date",
        title=N_("Date of birth"),
        help=explained,
        source=TRIAL_RECORD,
        checks=(future, *((_not_finer(parts),) if parts in TOO_FINE else ())),
    )


def _not_finer(parts: int) -> NoFinerThan:
    return NoFinerThan(id="DM.birth_date.precise", severity=Severity.HARD, message=TOO_FINE[parts], parts=parts)


def _initials() -> Item:
    spelled = Spelled(
        id="DM.initials.spelled",
        severity=Severity.HARD,
        message=N_("%(title)s are two to four capital letters. A name is never entered."),
        pattern="[A-Z]{2,4}",
    )
    text = free_text("DM", "initials", N_("Initials"), max_length=4, required=False, source="Assumption INITIALS")
    return replace(text, checks=(*text.checks, spelled))


DEMOGRAPHY: Final = demography()
