"""Draws the board. 2,000 cells stand on one page, so a cell is one line of text, put together by hand and escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from casebook.marks import MARKS, icon_of
from casebook.models import Subject
from casebook.selectors.standing import day_at
from casebook.states import BEFORE_RANDOMIZATION, Stage
from casebook.words import day_in_words
from eligibility.selectors import Cell, State
from eligibility.selectors.board import Wanted
from eligibility.selectors.veiled import HIDDEN
from eligibility.states import Enters
from protocol.crfs.evaluation import SURGEON_EVALUATION as EVALUATION
from protocol.language import Crf, Criterion, Verdict
from protocol.trial import TRIAL
from protocol.words import BETWEEN

NOT_JUDGED = '<td class="cell"></td>'
MOST_NAMED = 3  # forms named in a row; the candidate's page names them all
BLOCKING = (Verdict.FAIL.value, Verdict.REVIEW.value, Verdict.UNKNOWN.value, HIDDEN)  # the worst first


_Asked = tuple[Crf, tuple[Wanted, ...]]  # a form, and what is wanted of it by one day

_drawn: dict[tuple[object, ...], SafeString] = {}  # what is the same for every reader of a language


def head_of(criteria: Sequence[Criterion]) -> SafeString:
    """Return the head cells of the criteria."""
    key = (get_language(), "head", *(criterion.code for criterion in criteria))
    if key not in _drawn:
        _drawn[key] = format_html_join(
            "",
            '<th scope="col" class="cell"><abbr title="{1}">{0}</abbr></th>',
            ((criterion.code, _(criterion.short)) for criterion in criteria),
        )
    return _drawn[key]


def criteria_options(chosen: str) -> SafeString:
    """Return the criteria as options of a filter; a hundred of them through the template cost more than the cells."""
    return _options(
        "criteria", lambda: ((each.code, f"{each.code} {_(each.short)}") for each in TRIAL.criteria), chosen
    )


def crf_options(chosen: str) -> SafeString:
    """Return the CRFs that the gate reads as options of a filter."""
    before = (crf for crf in TRIAL.crfs if not crf.after_randomization)
    return _options("crfs", lambda: ((crf.code, _(crf.title)) for crf in before), chosen)


def plain_options(choices: Sequence[tuple[str, str | Promise]], chosen: str) -> SafeString:
    """Return these choices as options of a filter."""
    return _options("plain", lambda: choices, chosen, *(value for value, _label in choices))


def _options(
    name: str, choices: Callable[[], Iterable[tuple[str, str | Promise]]], chosen: str, *values: str
) -> SafeString:
    key = (get_language(), name, chosen, *values)
    if key not in _drawn:
        marked = ((value, mark_safe(" selected") if value == chosen else "", label) for value, label in choices())
        _drawn[key] = format_html_join("", '<option value="{}"{}>{}</option>', marked)
    return _drawn[key]


def rows_of(
    subjects: Iterable[Subject],
    cells: Mapping[UUID, Mapping[str, Cell]],
    criteria: Sequence[Criterion],
    states: Mapping[UUID, State],
    *,
    at: datetime,
) -> SafeString:
    """Return the body rows. Every word is escaped once for all cells."""
    verdicts = {verdict: _verdict_parts(verdict) for verdict in (Verdict.PASS.value, *BLOCKING)}
    stages = {stage.value: escape(str(stage.label)) for stage in Stage}
    page, said = reverse("candidate", args=[UUID(int=0)]), _Said()
    drawn = []
    for subject in subjects:
        address = page.replace(str(UUID(int=0)), str(subject.pk))
        row = cells.get(subject.pk, {})
        drawn.append(_head_of_row(subject, address, said.kinds))
        words = (
            escape(determined_in_words(states.get(subject.pk), subject, at=at)),
            said.counted(row),
            said.open(subject, row),
        )
        drawn.append(_words_of_row(stages[subject.stage], words, width=len(criteria)))
        drawn += [_cell(row.get(criterion.code), criterion.code, address, verdicts) for criterion in criteria]
        drawn.append("</tr>")
    return mark_safe("".join(drawn))  # noqa: S308 -- every part above is escaped or a code of the protocol


def determined_in_words(state: State | None, subject: Subject, *, at: datetime) -> str:
    """Return how the determination of a candidate stands: until when, passed, revoked; empty where there is none."""
    if state is None:
        return ""
    if state.is_passed:
        return _("Went through the gate")
    if state.is_revoked:
        return _("Revoked")
    day = day_in_words(state.valid_until.isoformat())
    if state.valid_until < day_at(subject.site, at):
        return _("Lapsed on %(day)s") % {"day": day}
    return _("Valid until %(day)s") % {"day": day}


def ended_in_words(subject: Subject) -> str:
    """Return since when and why somebody is no candidate any more, as it was declared; empty for everybody else."""
    failure = getattr(subject, "screen_failure", None) if subject.stage == Stage.SCREEN_FAILURE else None
    if failure is None:
        return ""
    day = day_in_words(day_at(subject.site, failure.declared_at).isoformat())
    return _("Screening ended on %(day)s: %(reason)s") % {"day": day, "reason": failure.reason}


def missing_of(row: Mapping[str, Cell]) -> list[str]:
    """Return what is still needed: reviews that two persons settle, then form by form in the order of the casebook."""
    reviews = [_review_in_words(code, needs) for code, needs in _to_settle(row)]
    return [*reviews, *(_wanted_in_words(crf, needs) for crf, needs in _wanted_by_form(row))]


def _to_settle(row: Mapping[str, Cell]) -> list[tuple[str, tuple[Wanted, ...]]]:
    """Return the verdicts in review that two persons settle, each with what would mend it instead."""
    return [(code, cell.needs) for code, cell in row.items() if _is_to_settle(cell)]


def _is_to_settle(cell: Cell) -> bool:
    # Where the surgeons disagree, only a new round of both ends the review.
    return cell.verdict == Verdict.REVIEW.value and all(need.crf != EVALUATION.code for need in cell.needs)


def _wanted_by_form(row: Mapping[str, Cell]) -> list[_Asked]:
    """Return what is wanted of each form, once for each time by which it has to be: the page parts them alike."""
    return _by_form(need for cell in row.values() if not _is_to_settle(cell) for need in cell.needs)


def _by_form(needs: Iterable[Wanted]) -> list[_Asked]:
    by_crf: dict[str, dict[str, list[Wanted]]] = {}
    for each in needs:
        by_crf.setdefault(each.crf, {}).setdefault(each.not_after, []).append(each)
    found = ((crf, by_crf[crf.code]) for crf in TRIAL.crfs if crf.code in by_crf)
    return [(crf, tuple(alike)) for crf, by_day in found for alike in by_day.values()]


def _review_in_words(code: str, instead: Sequence[Wanted]) -> str:
    if not instead:
        return _("Review of %(code)s (two persons settle it: an investigator and a reviewer)") % {"code": code}
    forms = _(BETWEEN).join(_wanted_in_words(crf, needs) for crf, needs in _by_form(instead))
    said = {"code": code, "forms": forms}
    return _("Review of %(code)s (two persons settle it: an investigator and a reviewer; or instead: %(forms)s)") % said


def _wanted_in_words(crf: Crf, needs: Sequence[Wanted]) -> str:
    who = _(BETWEEN).join(str(each.label) for each in Enters if any(need.who is each for need in needs))
    # A need without a first day can be met at any time: the day of another is not its own. The last day is that of all.
    first, last = min((need.not_before for need in needs), default=""), needs[0].not_after
    said = {"title": _(crf.title), "who": who, "first": day_in_words(first), "last": day_in_words(last)}
    if first and last:
        return _("%(title)s (%(who)s, between %(first)s and %(last)s)") % said
    if first:
        return _("%(title)s (%(who)s, not before %(first)s)") % said
    if last:
        return _("%(title)s (%(who)s, not after %(last)s)") % said
    return _("%(title)s (%(who)s)") % said


class _Said:
    """Puts rows into words; every word is found and escaped once for all rows."""

    def __init__(self) -> None:
        self.verdicts = {verdict: escape(str(MARKS[verdict].word)) for verdict in BLOCKING}
        self.wanted: dict[tuple[str, tuple[Wanted, ...]], str] = {}
        self.between, self.missing, self.more = _(BETWEEN), _("Missing: %(forms)s"), _("%(titles)s and %(count)s more")
        self.all_pass, self.not_judged = escape(_("All pass")), escape(_("Not judged yet"))
        self.kinds = {"exercise": escape(_("exercise")), "synthetic": escape(_("synthetic"))}

    def counted(self, row: Mapping[str, Cell]) -> str:
        """Return how many criteria do not pass, by verdict."""
        if not row:
            return self.not_judged
        words = [f"{count} {self.verdicts[verdict]}" for verdict, count in counts_of(row)]
        return self.between.join(words) or self.all_pass

    def open(self, subject: Subject, row: Mapping[str, Cell]) -> str:
        """Return why nothing is waited for any more, or the first forms that something is missing from."""
        if ended := ended_in_words(subject):
            return escape(ended)
        if subject.stage not in BEFORE_RANDOMIZATION:
            return ""
        reviews, missing = _to_settle(row), _wanted_by_form(row)
        if not (reviews or missing):
            return ""
        return escape(self.missing % {"forms": self._first(reviews, missing)})

    def _first(self, reviews: Sequence[tuple[str, tuple[Wanted, ...]]], missing: Sequence[_Asked]) -> str:
        named = [_review_in_words(code, needs) for code, needs in reviews[:MOST_NAMED]]
        named += [self._wanted(crf, needs) for crf, needs in missing[: MOST_NAMED - len(named)]]
        titles, count = self.between.join(named), len(reviews) + len(missing)
        if count <= MOST_NAMED:
            return titles
        return self.more % {"titles": titles, "count": count - MOST_NAMED}

    def _wanted(self, crf: Crf, needs: tuple[Wanted, ...]) -> str:
        if (crf.code, needs) not in self.wanted:
            self.wanted[crf.code, needs] = _wanted_in_words(crf, needs)
        return self.wanted[crf.code, needs]


def counts_of(row: Mapping[str, Cell]) -> list[tuple[str, int]]:
    """Return how many criteria do not pass, by verdict, the worst first; a verdict nobody has is left out."""
    counts = Counter(cell.verdict for cell in row.values())
    return [(verdict, counts[verdict]) for verdict in BLOCKING if counts[verdict]]


def _head_of_row(subject: Subject, address: str, kinds: Mapping[str, str]) -> str:
    kind = "exercise" if not subject.site.counts else "synthetic" if subject.synthetic else ""
    small = f" <small>{kinds[kind]}</small>" if kind else ""
    return f'<tr><th scope="row" rowspan="2"><a href="{address}">{escape(subject.number)}</a>{small}</th>'


def _words_of_row(stage: str, words: Iterable[str], *, width: int) -> str:
    # A line of its own above the verdicts: beside them it would push them off the screen.
    said = "".join(f"<span>{word}</span>" for word in words if word)
    return f'<td colspan="{width}"><p><b>{stage}</b>{said}</p></td></tr><tr>'


def _cell(cell: Cell | None, code: str, address: str, verdicts: Mapping[str, tuple[str, str]]) -> str:
    if cell is None:
        return NOT_JUDGED
    tone, drawn = verdicts[cell.verdict]
    return f'<td class="cell {tone}"><a href="{address}#{code}"{drawn}</a></td>'


def _verdict_parts(verdict: str) -> tuple[str, str]:
    mark = MARKS[verdict]
    word = escape(str(mark.word))
    return f"tone-{mark.tone}", f' title="{word}">{icon_of(mark.icon)}<span class="visually-hidden">{word}</span>'
