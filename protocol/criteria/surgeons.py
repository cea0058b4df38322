"""Criteria on which two different liver surgeons must agree, each evaluating alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from protocol.assumptions import SURGEON_WINDOW_DAYS
from protocol.crfs.evaluation import SURGEONS_NEEDED
from protocol.criteria.evaluations import (
    CHART,
    Evaluation,
    author_of,
    by_surgeon,
    evaluations_of,
    is_disagreed,
    latest_round,
    unsigned_of,
)
from protocol.criteria.judging import said
from protocol.criteria.treatment import first_treatment
from protocol.facts import Facts, unknown
from protocol.language import FAIL, PASS, REVIEW
from protocol.record import Evidence, FormRecord, Judgement, Need, Untold, told
from protocol.rounds import RESECTABLE, UNRESECTABLE, bound_by
from protocol.words import N_, Sentence, sentence

HIDDEN: Final = N_("Hidden until two surgeons have evaluated.")
WAIT_FOR_AUTHORS: Final = N_("Complete and waiting for the signature of its author: %(count)s.")
WAITS_FOR_INVESTIGATOR: Final = N_("The chart record is complete and waits for an investigator's signature.")


def judge_initially_unresectable(facts: Facts) -> Judgement:
    """Return whether two surgeons, or a dated chart record that names both, held the tumour unresectable."""
    evaluations = evaluations_of(facts, "initial")
    records = [each for each in evaluations if not each.surgeon]
    own = [each for each in evaluations if each.surgeon]
    whole = latest_round(own)
    latest = by_surgeon(whole)
    if len(latest) >= SURGEONS_NEEDED:
        # A record of this round, or of one typed later, takes nothing back of what they found.
        whole += [each for each in records if each.round >= whole[0].round]
        if is_disagreed(whole):
            return _disagreement(whole, until=None)
        return _agreed(own, latest, asked=UNRESECTABLE, until=None)
    if records and _is_asked_anew(facts, latest):
        return _beside_record(facts, latest, records)
    said_last = latest_round(records)
    if is_disagreed(said_last):
        return _disagreement(said_last, until=None)
    if said_last:
        return _recorded(facts, said_last[-1])
    return _too_few(facts, "initial", latest)


def judge_resectable_now(facts: Facts) -> Judgement:
    """Return whether two different surgeons hold the tumour resectable, each within the window."""
    own = [each for each in evaluations_of(facts, "present") if each.surgeon]
    whole = latest_round(own)
    latest = by_surgeon(whole)
    since = facts.on - timedelta(days=SURGEON_WINDOW_DAYS)
    current = [each for each in latest if each.on >= since]
    if len(current) < SURGEONS_NEEDED:
        return _too_few(facts, "present", current, old=len(latest) - len(current))
    until = sorted(each.on for each in current)[-SURGEONS_NEEDED] + timedelta(days=SURGEON_WINDOW_DAYS)
    if is_disagreed(whole):
        return _disagreement(whole, until=until)
    return _agreed(own, current, asked=RESECTABLE, until=until)


# --- what they say --------------------------------------------------------------------------------------------


def _agreed(
    own: Sequence[Evaluation], evaluations: Sequence[Evaluation], *, asked: str, until: date | None
) -> Judgement:
    found = evaluations[0].fact.value
    if found == asked and evaluations[0].round > 1 and (others := _others(own, evaluations[0].round, asked)):
        return _by_others(evaluations, others, asked=asked, until=until)
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


def _others(own: Sequence[Evaluation], last: int, asked: str) -> list[Evaluation]:
    """Return the evaluations whose surgeons alone could have answered in this round, where others did."""
    before = bound_by(((each.round, each.surgeon, each.fact.value) for each in own if each.round < last), asked)
    if before is None or before.surgeons == {each.surgeon for each in own if each.round == last}:
        return []
    return [each for each in own if each.round == before.round]


def _by_others(
    evaluations: Sequence[Evaluation], before: Sequence[Evaluation], *, asked: str, until: date | None
) -> Judgement:
    return said(
        REVIEW,
        N_(
            "Round %(round)s agrees: %(finding)s; but it is not by the same two surgeons as round %(before)s, "
            "which did not. Two persons decide, or those two evaluate anew in a new round."
        ),
        evidence=_evidence([*before, *evaluations]),
        valid_until=until,
        round=evaluations[0].round,
        finding=Sentence(asked),
        before=before[0].round,
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


def _is_asked_anew(facts: Facts, signed: Sequence[Evaluation]) -> bool:
    """Whether a surgeon answers the question of the start: signed in the round, or complete before the signature."""
    if signed:
        return True
    return any(author_of(form) != CHART for form in unsigned_of(facts, "initial", signed, None))


def _beside_record(facts: Facts, signed: Sequence[Evaluation], records: Sequence[Evaluation]) -> Judgement:
    # Whatever the first one found: a verdict that changed with it would tell the second one.
    found = unknown(
        N_(
            "Surgeons evaluate anew beside the chart record of %(on)s: it waits for the other surgeon's evaluation; "
            "%(count)s of %(needed)s are signed."
        ),
        needs=(Need(crf="SU", item="finding"),),
        evidence=(*_evidence(records), *(_hidden(each) for each in signed)),
        on=records[0].on,
        count=len(signed),
        needed=SURGEONS_NEEDED,
    )
    waiting = [form for form in unsigned_of(facts, "initial", signed, None) if author_of(form) != CHART]
    return _with_signatures(found, waiting, count=len(signed))


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
    return _with_signatures(found, unsigned_of(facts, question, current, since), count=len(current))


def _with_signatures(found: Judgement, waiting: Sequence[FormRecord], *, count: int) -> Judgement:
    """Return what is missing with the forms that wait for a signature only; what they find stays unsaid."""
    if not waiting:
        return found
    authors = [form for form in waiting if author_of(form) != CHART]
    # A record alone is enough; beside a surgeon who evaluates anew it is not.
    is_record_alone = bool(waiting) and not authors and not count
    is_enough = is_record_alone or count + len(authors) >= SURGEONS_NEEDED
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
