"""What a signature on a response or on a review binds: what was judged, without the day it was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.signing import content_hash
from eligibility.kept import kept
from protocol.assessments import Assessment
from protocol.markers import MarkerPoint, MarkerValue
from protocol.pairs import Pair
from protocol.ranges import laboratory_of, method_of
from protocol.record import Judgement
from protocol.response import Response
from protocol.words import messages_of

RESPONSE_FORMAT = "edc-response-2"  # since 2: modality, laboratory, method and converted value, as the page shows them
REVIEW_FORMAT = "edc-review-1"


def evidence_of(response: Response) -> Mapping[str, Any]:
    """Return the scans, the markers and the pairs that a confirmation of the response binds."""
    return {
        "format": RESPONSE_FORMAT,
        "scans": [_scan(each) for each in response.assessments],
        "markers": [_point(each) for each in response.markers],
        "scan_pair": _pair(response.imaging_pair),
        "marker_pair": _pair(response.marker_pair),
        "first_on": _text(response.first_on),
        "confirmed_on": _text(response.confirmed_on),
    }


def evidence_hash(response: Response) -> str:
    """Return the hash of the evidence; the same evidence on another day has the same."""
    return content_hash(evidence_of(response))


def judgement_hash(code: str, judgement: Judgement) -> str:
    """Return the hash of a verdict with its evidence and its kind of reason; days that only pass do not change it."""
    said = kept(judgement)
    evidence = [{name: value for name, value in each.items() if name != "note"} for each in said["evidence"]]
    content = {
        "format": REVIEW_FORMAT,
        "criterion": code,
        "verdict": said["verdict"],
        "evidence": evidence,
        "reasons": list(messages_of(judgement.reason)),
    }
    return content_hash(content)


def _scan(each: Assessment) -> Mapping[str, Any]:
    return {
        "form": each.scan.form.id,
        "on": each.on.isoformat(),
        "modality": each.scan.said("modality"),
        "sum": _text(each.sum_viable),
        "baseline_sum": _text(each.baseline_sum),
        "target": _value(each.target),
        "non_target": _value(each.non_target),
        "new": _value(each.new),
        "overall": _value(each.overall),
        "equivocal": sorted(each.equivocal),
        "resolved": each.resolved,
    }


def _point(point: MarkerPoint) -> list[Mapping[str, Any]]:
    return [_value_of(value) for value in point.values]


def _value_of(value: MarkerValue) -> Mapping[str, Any]:
    each = value.evidence()
    return {
        "form": each.form,
        "item": each.path,
        "value": each.value,
        "unit": each.unit,
        "limit": each.limit,
        "on": each.on,
        "laboratory": laboratory_of(value.fact),
        "method": method_of(value.fact),
        "converted": _text(value.converted),
    }


def _pair(pair: Pair | None) -> Mapping[str, Any]:
    if pair is None:
        return {}
    why = [message for each in pair.why for message in messages_of(each)]
    return {"first": pair.first, "second": pair.second, "gap_days": pair.gap_days, "why": why}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _value(value: Any) -> str:
    return "" if value is None else str(value.value)
