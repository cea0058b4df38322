"""Judgements as rows keep them: to JSON and back, without loss but for the kind of numbers inside sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import Any

from protocol.language import Verdict
from protocol.record import Evidence, Judgement, Need
from protocol.words import Sentence

EVIDENCE_FIELDS = tuple(each.name for each in fields(Evidence) if each.name != "note")
_of_evidence = attrgetter(*EVIDENCE_FIELDS)


def kept(judgement: Judgement) -> dict[str, Any]:
    """Return what a row keeps of a judgement."""
    return {
        "verdict": judgement.verdict.value,
        "reason": judgement.reason.to_json(),
        "evidence": [_evidence_kept(each) for each in judgement.evidence],
        "needs": [_need_kept(each) for each in judgement.needs],
        "valid_until": judgement.valid_until and judgement.valid_until.isoformat(),
    }


def judgement_from(row: Mapping[str, Any]) -> Judgement:
    """Return the judgement that a row keeps."""
    until = row["valid_until"]
    return Judgement(
        verdict=Verdict(row["verdict"]),
        reason=Sentence.from_json(row["reason"]),
        evidence=tuple(_evidence_found(each) for each in row["evidence"]),
        needs=tuple(_need_found(each) for each in row["needs"]),
        valid_until=date.fromisoformat(until) if isinstance(until, str) else until,
    )


def _evidence_kept(evidence: Evidence) -> dict[str, Any]:
    said = {name: value for name, value in zip(EVIDENCE_FIELDS, _of_evidence(evidence), strict=True) if value}
    return {**said, "note": evidence.note.to_json()} if evidence.note else said


def _evidence_found(said: Mapping[str, Any]) -> Evidence:
    note = Sentence.from_json(said["note"]) if "note" in said else None
    return Evidence(note=note, **{name: said.get(name, "") for name in EVIDENCE_FIELDS})


def _need_kept(need: Need) -> dict[str, str | bool]:
    said = {
        "crf": need.crf,
        "item": need.item,
        "not_before": need.not_before and need.not_before.isoformat(),
        "not_after": need.not_after and need.not_after.isoformat(),
        "signature": need.signature,
    }
    return {name: value for name, value in said.items() if value}


def _need_found(said: Mapping[str, Any]) -> Need:
    days = {name: date.fromisoformat(said[name]) for name in ("not_before", "not_after") if said.get(name)}
    return Need(crf=said["crf"], item=said.get("item", ""), signature=bool(said.get("signature")), **days)
