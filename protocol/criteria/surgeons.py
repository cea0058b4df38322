"""Criteria on which two different liver surgeons must agree, each evaluating alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from protocol.assumptions import SURGEON_WINDOW_DAYS
from protocol.crfs.evaluation import SURGEONS_NEEDED
from protocol.criteria.judging import said
from protocol.criteria.treatment import first_treatment
from protocol.facts import Fact, Facts, unknown
from protocol.language import FAIL, PASS, REVIEW
from protocol.record import BLANK, Evidence, FormRecord, Judgement, Need, Untold, number_of, told
from protocol.values import plain
from protocol.words import N_, Sentence, sentence

OWN: Final = "own evaluation"
CHART: Final = "chart record"
RESECTABLE: Final = N_("resectable")
UNRESECTABLE: Final = N_("unresectable")
HIDDEN: Final = N_("Hidden until two surgeons have evaluated.")
WAIT_FOR_AUTHORS: Final = N_("Complete and waiting for the signature of its author: %(count)s.")
WAITS_FOR_INVESTIGATOR: Final = N_("The chart record is complete and waits for an investigator's signature.")


@plain()
class Evaluation:
    """One signed evaluation. `surgeon` is the person who made and signed it; a chart record has none."""

    fact: Fact
    on: date
    round: int
    surgeon: str = ""


def judge_initially_unresectable(facts: Facts) -> Judgement:
    """Return whether two surgeons, or a dated chart record that names both, held the tumour unresectable."""
    evaluations = _evaluations(facts, "initial")
    latest = _latest_round(evaluations)
    by_surgeon = _by_surgeon(latest)
    records = [each for each in latest if not each.surgeon]
    if len(by_surgeon) >= SURGEONS_NEEDED:
        if _is_disagreed(latest):
            return _disagreement(latest, until=None)
        return _agreed(by_surgeon, asked=UNRESECTABLE, until=None)
    if _is_disagreed(records):
        return _disagreement(records, until=None)
    if records:
        return _recorded(facts, records[-1])
    return _too_few(facts, "initial", by_surgeon)


def judge_resectable_now(facts: Facts) -> Judgement:
    """Return whether two different surgeons hold the tumour resectable, each within the window."""
    own = [each for each in _evaluations(facts, "present") if each.surgeon]
    whole = _latest_round(own)
    latest = _by_surgeon(whole)
    since = facts.on - timedelta(days=SURGEON_WINDOW_DAYS)
    current = [each for each in latest if each.on >= since]
    if len(current) < SURGEONS_NEEDED:
        return _too_few(facts, "present", current, old=len(latest) - len(current))
    until = sorted(each.on for each in current)[-SURGEONS_NEEDED] + timedelta(days=SURGEON_WINDOW_DAYS)
    if _is_disagreed(whole):
        return _disagreement(whole, until=until)
    return _agreed(current, asked=RESECTABLE, until=until)


# --- which evaluations count ----------------------------------------------------------------------------------


def _evaluations(facts: Facts, question: str) -> list[Evaluation]:
    found = []
    for on, form in facts.dated("SU"):
        answers = form.answers
        finding = answers.get("finding", BLANK)
        if not finding.value or answers.get("question", BLANK).value != question:
            continue
        # Only the person who entered an evaluation can sign it, and it counts once signed.
        is_own = answers.get("source", BLANK).value == OWN and form.entered_by in form.signed_by
        surgeon = form.entered_by if is_own else ""
        if surgeon or _is_signed_record(form):
            found.append(Evaluation(Fact(form, "finding", finding, on), on, _round(form), surgeon))
    return found


def _is_signed_record(form: FormRecord) -> bool:
    is_record = form.answer("source").value == CHART and form.answer("names_two_surgeons").value == "Y"
    return is_record and bool(form.signed_by)


def _round(form: FormRecord) -> int:
    number = number_of(form.answers.get("round", BLANK).value)
    return int(number) if number is not None else 1


def _latest_round(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    last = max([each.round for each in evaluations], default=0)
    return [each for each in evaluations if each.round == last]


def _by_surgeon(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Return the first evaluation of each surgeon in a round: a second one of the same surgeon does not count."""
    first: dict[str, Evaluation] = {}
    for each in evaluations:  # the latest day first: whatever comes later here is earlier
        if each.surgeon:
            first[each.surgeon] = each
    return list(first.values())


def _is_disagreed(evaluations: Sequence[Evaluation]) -> bool:
    """Whether anybody found otherwise in this round; nobody's second evaluation in it takes back the first."""
    return len({each.fact.answer.value for each in evaluations}) > 1


# --- what they say --------------------------------------------------------------------------------------------


def _agreed(evaluations: Sequence[Evaluation], *, asked: str, until: date | None) -> Judgement:
    found = evaluations[0].fact.value
    return Untold(
        PASS if found == asked else FAIL,
        lambda: told(
            N_("%(count)s different liver surgeons agree: %(finding)s; asked is %(asked)s."),
            evidence=_evidence(evaluations),
            count=len(evaluations),
            finding=Sentence(found),
            asked=Sentence(asked),
        ),
        until,
    )


def _disagreement(evaluations: Sequence[Evaluation], *, until: date | None) -> Judgement:
    return said(
        REVIEW,
        N_("The surgeons disagree in round %(round)s; both evaluate anew in a new round."),
        evidence=_evidence(evaluations),
        valid_until=until,
        needs=(Need(crf="SU", item="round"),),
        round=evaluations[0].round,
    )


def _recorded(facts: Facts, record: Evaluation) -> Judgement:
    evidence = _evidence([record])
    if record.fact.value != UNRESECTABLE:
        return said(FAIL, N_("The chart record of %(on)s says resectable."), evidence=evidence, on=record.on)
    first = first_treatment(facts)
    if isinstance(first, Judgement):
        return first
    if first.earliest is not None and record.on <= first.earliest:
        return said(
            PASS,
            N_("The chart record of %(on)s, before the first treatment, names two surgeons: unresectable."),
            evidence=evidence,
            on=record.on,
        )
    if first.latest is not None and record.on > first.latest:
        return said(
            REVIEW,
            N_("The chart record of %(on)s is later than the first treatment of %(first)s."),
            evidence=evidence,
            on=record.on,
            first=first.latest,
        )
    return unknown(
        N_("Whether the chart record of %(on)s came before the first treatment is not known; its start is partial."),
        needs=(Need(crf="PT", item="started_on"),),
        evidence=evidence,
        on=record.on,
    )


def _too_few(facts: Facts, question: str, current: Sequence[Evaluation], *, old: int = 0) -> Judgement:
    # One evaluation alone is never shown: the second surgeon must not know what the first one found.
    since = facts.on - timedelta(days=SURGEON_WINDOW_DAYS) if question == "present" else None
    found = (
        unknown(
            N_("%(count)s of %(needed)s signed evaluations by different liver surgeons are on record."),
            needs=(Need(crf="SU", item="finding", not_before=since),),
            evidence=tuple(_hidden(each) for each in current),
            count=len(current),
            needed=SURGEONS_NEEDED,
        )
        if not old
        else unknown(
            N_("%(count)s of %(needed)s evaluations are within %(days)s days before %(day)s; %(old)s are older."),
            needs=(Need(crf="SU", item="finding", not_before=since),),
            evidence=tuple(_hidden(each) for each in current),
            count=len(current),
            needed=SURGEONS_NEEDED,
            days=SURGEON_WINDOW_DAYS,
            day=facts.on,
            old=old,
        )
    )
    return _with_signatures(found, _unsigned(facts, question, current, since), count=len(current))


def _unsigned(facts: Facts, question: str, current: Sequence[Evaluation], since: date | None) -> list[FormRecord]:
    """Return the complete forms that would count once signed: one for each surgeon who has none that counts."""
    last = max((each.round for each in current), default=0)
    waiting: dict[str, FormRecord] = {}
    for on, form in facts.dated("SU"):
        if form.answer("question").value != question or not form.answer("finding").value or _round(form) < last:
            continue
        if (since is None or on >= since) and _waits(form, question):
            waiting.setdefault(_author(form), form)
    return [form for author, form in waiting.items() if author not in {each.surgeon for each in current}]


def _waits(form: FormRecord, question: str) -> bool:
    if form.answer("source").value == OWN:
        return bool(form.entered_by) and form.entered_by not in form.signed_by
    is_record = form.answer("source").value == CHART and form.answer("names_two_surgeons").value == "Y"
    return is_record and question == "initial" and not form.signed_by


def _author(form: FormRecord) -> str:
    return form.entered_by if form.answer("source").value == OWN else CHART


def _with_signatures(found: Judgement, waiting: Sequence[FormRecord], *, count: int) -> Judgement:
    """Return what is missing with the forms that wait for a signature only; what they find stays unsaid."""
    if not waiting:
        return found
    authors = [form for form in waiting if _author(form) != CHART]
    is_enough = len(authors) < len(waiting) or count + len(authors) >= SURGEONS_NEEDED
    waits = sentence(WAIT_FOR_AUTHORS, count=len(authors)) if authors else sentence(WAITS_FOR_INVESTIGATOR)
    return Judgement(
        verdict=found.verdict,
        reason=sentence(N_("%(first)s %(second)s"), first=found.reason, second=waits),
        evidence=found.evidence,
        needs=(Need(crf="SU", signature=True), *(() if is_enough else found.needs)),
    )


def _evidence(evaluations: Sequence[Evaluation]) -> tuple[Evidence, ...]:
    return tuple(each.fact.evidence() for each in sorted(evaluations, key=lambda each: (each.on, each.fact.form.id)))


def _hidden(each: Evaluation) -> Evidence:
    shown = each.fact.evidence(note=sentence(HIDDEN))
    return Evidence(
        form=shown.form, crf=shown.crf, path=shown.path, title=shown.title, value="", on=shown.on, note=shown.note
    )
