"""Criteria on the tumour: diagnosis, spread, and the clinical complete response."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from protocol.assumptions import NODE_OTHER_MM, NODE_PORTA_HEPATIS_MM
from protocol.comparing import AT_LEAST, holds
from protocol.criteria.judging import all_of, said
from protocol.facts import Fact, Facts, unknown
from protocol.imaging import scans_of
from protocol.language import FAIL, PASS, REVIEW
from protocol.lesions import NODES, Reading, Scan, new_status
from protocol.mrecist import New
from protocol.ranges import readable
from protocol.record import Judgement, Need, Untold, told
from protocol.response import judgement_of
from protocol.words import N_

NODE_LIMITS: Final = {"porta hepatis": NODE_PORTA_HEPATIS_MM, "other": NODE_OTHER_MM}


def judge_diagnosis(facts: Facts) -> Judgement:
    """Return whether hepatocellular carcinoma is diagnosed, clinically or by pathology, with its basis."""
    fact = facts.undated("HCC", "hcc_diagnosis")
    if fact is None:
        return facts.absent("HCC", "hcc_diagnosis")
    if fact.answer.value != "Y":
        return said(FAIL, N_("Hepatocellular carcinoma is not diagnosed."), evidence=(fact.evidence(limit="Y"),))
    basis = facts.undated("HCC", "basis")
    if basis is None:
        return facts.absent("HCC", "basis")
    return Untold(
        PASS,
        lambda: told(
            N_("Hepatocellular carcinoma is diagnosed; the basis is recorded."),
            evidence=(fact.evidence(limit="Y"), basis.evidence()),
        ),
    )


def judge_no_metastasis(facts: Facts) -> Judgement:
    """Return whether there is no metastasis outside the liver, at initial staging and at screening."""
    parts = [_no_metastasis(facts, item) for item in ("metastasis_initial", "metastasis_screening")]
    node = facts.undated("HCC", "node_short_axis")
    if node is not None:
        parts.append(_node(facts, node))
    parts.extend(_on_scans(facts))
    return all_of(parts)


def _no_metastasis(facts: Facts, item: str) -> Judgement:
    fact = facts.undated("HCC", item)
    if fact is None:
        return facts.absent("HCC", item)
    is_free = fact.answer.value == "N"
    return Untold(
        PASS if is_free else FAIL,
        lambda: told(
            N_("%(item)s: no.") if is_free else N_("%(item)s: yes."),
            evidence=(fact.evidence(limit="N"),),
            item=fact.term(),
        ),
    )


def _node(facts: Facts, node: Fact) -> Judgement:
    measured = readable(node)
    if isinstance(measured, Judgement):
        return measured
    site = facts.undated("HCC", "node_site")
    # Without its site the node may fall under either limit.
    limits = sorted(NODE_LIMITS.values()) if site is None else [NODE_LIMITS[site.value]]
    reached = {holds(measured, AT_LEAST, Decimal(limit)) for limit in limits}
    if reached == {None}:
        return unknown(
            N_("A lymph node of %(value)s leaves open whether it reaches the limit of a malignant one, %(limit)s."),
            needs=(Need(crf="HCC", item="node_short_axis"),),
            evidence=(node.evidence(),),
            value=node.shown,
            limit=_in_words(limits),
        )
    if len(reached) > 1:
        return unknown(
            N_("The site of the lymph node of %(value)s is missing; its limit depends on it."),
            needs=(Need(crf="HCC", item="node_site"),),
            evidence=(node.evidence(),),
            value=node.shown,
        )
    is_large = reached == {True}
    shown = _in_words(limits)
    return said(
        REVIEW if is_large else PASS,
        N_("A lymph node of %(value)s reaches the limit of a malignant one, %(limit)s.")
        if is_large
        else N_("A lymph node of %(value)s is below the limit of a malignant one, %(limit)s."),
        evidence=(node.evidence(limit=f"< {shown}"),),
        value=node.shown,
        limit=shown,
    )


def _in_words(limits: Sequence[int]) -> str:
    return " / ".join(f"{limit} mm" for limit in limits)


def _on_scans(facts: Facts) -> Iterator[Judgement]:
    """Yield what new findings of the scans say of spread: a lesion outside the liver fails, a large node is a review."""
    for scan in scans_of(facts):
        for reading in scan.readings:
            if reading.kind == "new" and (found := _spread(scan, reading)) is not None:
                yield found


def _spread(scan: Scan, reading: Reading) -> Judgement | None:
    is_node = reading.organ in NODES
    if not is_node and reading.said("new_pattern") != "extrahepatic unequivocal":
        return None
    if new_status(reading, first_size=None) is not New.YES:
        return None
    path = f"lesions/{reading.key}/{'viable_diameter' if is_node else 'new_pattern'}"
    return said(
        REVIEW if is_node else FAIL,
        N_("The scan of %(on)s shows a new lymph node of malignant size: %(lesion)s.")
        if is_node
        else N_("The scan of %(on)s shows an unequivocal lesion outside the liver: %(lesion)s."),
        evidence=(Fact(scan.form, path, scan.form.answer(path), scan.on).evidence(),),
        on=scan.on,
        lesion=reading.key,
    )


def judge_response(facts: Facts) -> Judgement:
    """Return whether the response is a clinical complete response."""
    return judgement_of(facts)
