"""What a determination binds: every answer judged, every verdict with its reviews, the strata, the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.signing import content_hash
from eligibility.hashes import evidence_hash
from eligibility.kept import kept
from eligibility.selectors.judged import Judged
from protocol.derivations import derive
from protocol.record import FormRecord, Record
from protocol.trial import TRIAL

FORMAT = "edc-determination-1"
# A second look decides nothing, and may be hidden still from whoever signs.
DECIDING = frozenset(crf.code for crf in TRIAL.crfs if not crf.read_apart_from)


def snapshot_of(judged: Judged) -> Mapping[str, Any]:
    """Return the content of a determination, as it is signed and kept."""
    until, limiting = judged.valid_until
    return {
        "format": FORMAT,
        "subject": str(judged.subject.pk),
        "number": judged.subject.number,
        "judged_on": judged.on.isoformat(),
        "valid_until": until.isoformat(),
        "limiting": limiting,
        "protocol": {"version": TRIAL.version, "fingerprint": TRIAL.fingerprint},
        "response": evidence_hash(judged.response),
        "strata": strata_of(judged),
        "verdicts": {code: _verdict(judged, code) for code in judged.judgements},
        "forms": [_form(each) for each in judged.record.forms if each.complete and each.crf in DECIDING],
        "ranges": _ranges(judged.record),
    }


def content_hash_of(judged: Judged) -> str:
    """Return the hash of the content; the same answers judged for the same day have the same."""
    return content_hash(snapshot_of(judged))


def strata_of(judged: Judged) -> dict[str, str]:
    """Return the level of each stratification factor; empty where it is not known yet."""
    return {
        stratum.code: derive(stratum.derivation, crf="", answers={}, record=judged.record, on=judged.on).value
        for stratum in TRIAL.strata
    }


def verdicts_of(judged: Judged) -> dict[str, Any]:
    """Return every verdict with what it counts as."""
    return {code: _verdict(judged, code) for code in judged.judgements}


def _verdict(judged: Judged, code: str) -> Mapping[str, Any]:
    review = judged.reviews.get(code)
    resolutions = [str(each.pk) for each in review.said] if review is not None else []
    return {**kept(judged.judgements[code]), "counts": judged.counts(code), "resolutions": resolutions}


def _form(form: FormRecord) -> Mapping[str, Any]:
    return {
        "id": form.id,
        "crf": form.crf,
        "visit": form.visit,
        "repeat": form.repeat,
        "version": form.version,
        "signed_by": list(form.signed_by),
        "answers": {path: answer.to_json() for path, answer in sorted(form.answers.items())},
    }


def _ranges(record: Record) -> list[Mapping[str, Any]]:
    """Return the reference ranges of the laboratories that the answers name."""
    named = {answer.laboratory for form in record.forms for answer in form.answers.values() if answer.laboratory}
    named |= {answer.value for form in record.forms for path, answer in form.answers.items() if path == "laboratory"}
    return [
        {
            "id": each.id,
            "laboratory": each.laboratory,
            "analyte": each.analyte,
            "unit": each.unit,
            "low": None if each.low is None else str(each.low),
            "high": None if each.high is None else str(each.high),
        }
        for each in record.ranges
        if each.laboratory in named
    ]
