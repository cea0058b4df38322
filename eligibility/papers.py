"""The board and the page of one candidate as they are taken away: as a table file, and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Site
from audit.numbers import number_typed
from casebook.marks import MARKS
from casebook.models import Subject
from casebook.states import Stage
from eligibility.board import BLOCKING, determined_in_words, ended_in_words, missing_of
from eligibility.selectors import Cell, Chosen, State
from eligibility.states import Enters, Standing
from protocol.trial import TRIAL

Cells = Mapping[UUID, Mapping[str, Cell]]
States = Mapping[UUID, State]


# --- the board ---------------------------------------------------------------------------------------------------


def csv_header() -> list[str]:
    """Return the columns of the board as a table file."""
    named = [_("Subject"), _("Site"), _("Stage"), _("Determination"), _("Signed by"), _("Valid until"), _("Missing")]
    return [*named, *(each.code for each in TRIAL.criteria)]


def csv_rows(subjects: Iterable[Subject], cells: Cells, states: States, *, at: datetime) -> Iterator[list[object]]:
    """Yield one row a candidate: verdicts by code, as they were last judged."""
    for subject in subjects:
        row, state = cells.get(subject.pk, {}), states.get(subject.pk)
        verdicts = [row[each.code].verdict if each.code in row else "" for each in TRIAL.criteria]
        signed = [state.signed_by, state.valid_until.isoformat()] if state is not None else ["", ""]
        determined = determined_in_words(state, subject, at=at)
        yield [
            subject.number,
            subject.site.code,
            subject.stage,
            determined,
            *signed,
            ended_in_words(subject) or "; ".join(missing_of(row)),
            *verdicts,
        ]


@dataclass(frozen=True, kw_only=True)
class PaperLine:
    """One candidate on paper."""

    subject: Subject
    stage: str
    determined: str
    signed_by: str
    not_passed: tuple[tuple[str, str], ...]  # a verdict in words, and the criteria that have it
    missing: tuple[str, ...]
    is_judged: bool


def paper_lines(subjects: Iterable[Subject], cells: Cells, states: States, *, at: datetime) -> list[PaperLine]:
    """Return the board a line a candidate: what does not pass by its code, and everything that is missing."""
    return [_paper_line(subject, cells.get(subject.pk, {}), states.get(subject.pk), at=at) for subject in subjects]


def _paper_line(subject: Subject, row: Mapping[str, Cell], state: State | None, *, at: datetime) -> PaperLine:
    codes = {
        verdict: [each.code for each in TRIAL.criteria if each.code in row and row[each.code].verdict == verdict]
        for verdict in BLOCKING
    }
    return PaperLine(
        subject=subject,
        stage=str(Stage(subject.stage).label),
        determined=determined_in_words(state, subject, at=at),
        signed_by=state.signed_by if state is not None else "",
        not_passed=tuple((str(MARKS[verdict].word), ", ".join(found)) for verdict, found in codes.items() if found),
        missing=(ended,) if (ended := ended_in_words(subject)) else tuple(missing_of(row)),
        is_judged=bool(row),
    )


def chosen_in_words(chosen: Chosen, sites: Iterable[Site]) -> list[tuple[str, str]]:
    """Return what the board was narrowed to, each with what it is called."""
    site = next((each.code for each in sites if each.pk == number_typed(chosen.site)), "")
    stages, enters, standings = dict(Stage.choices), dict(Enters.choices), dict(Standing.choices)
    crf = next((_(each.title) for each in TRIAL.crfs if each.code == chosen.missing), "")
    verdict = str(MARKS[chosen.verdict].word) if chosen.verdict else ""
    said = [
        (_("Site"), site),
        (_("Number"), chosen.number),
        (_("Stage"), str(stages.get(chosen.stage, ""))),
        (_("Criterion"), chosen.criterion),
        (_("Verdict"), verdict),
        (_("Missing"), crf),
        (_("Missing from"), str(enters.get(chosen.who, ""))),
        (_("Determination"), str(standings.get(chosen.determined, ""))),
    ]
    return [(name, value) for name, value in said if value]
