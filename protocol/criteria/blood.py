"""Criteria on blood results: counts, liver, kidney, coagulation, and the Child-Pugh class they make."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from protocol.assumptions import (
    CHILD_PUGH_WINDOW_DAYS,
    COAGULATION_NCS_MAX_RATIO,
    IMAGING_WINDOW_DAYS,
    LAB_WINDOW_DAYS,
)
from protocol.child_pugh import child_pugh
from protocol.comparing import ABOVE, AT_LEAST, AT_MOST, BELOW, holds
from protocol.criteria.judging import against_upper, all_of, judge_limit, judge_ratio, limited_value, said
from protocol.facts import Fact, Facts
from protocol.imaging import scans_of
from protocol.language import FAIL, PASS, REVIEW, UNKNOWN
from protocol.ranges import Limited, upper_limit
from protocol.record import Judgement, Need, Untold, told
from protocol.scores import CLASS_A_UP_TO, child_pugh_class
from protocol.words import N_, Sentence, sentence

PLATELETS_ABOVE: Final = Decimal(75)
LEUKOCYTES_ABOVE: Final = Decimal("3.0")
NEUTROPHILS_ABOVE: Final = Decimal("1.5")
BILIRUBIN_AT_MOST_ULN: Final = Decimal("1.5")
TRANSAMINASES_AT_MOST_ULN: Final = Decimal(3)
ALBUMIN_AT_LEAST_G_L: Final = Decimal(30)
CREATININE_BELOW_ULN: Final = Decimal("1.5")
CELLS: Final = "10^9/L"
FLUID: Final = ("effusion benign", "effusion malignant")
ONCE: Final = Decimal(1)


def judge_platelets(facts: Facts) -> Judgement:
    """Return whether platelets are above 75 × 10⁹/L."""
    return _count(facts, "platelets", PLATELETS_ABOVE)


def judge_leukocytes(facts: Facts) -> Judgement:
    """Return whether leukocytes are above 3.0 × 10⁹/L."""
    return _count(facts, "leukocytes", LEUKOCYTES_ABOVE)


def judge_neutrophils(facts: Facts) -> Judgement:
    """Return whether neutrophils are above 1.5 × 10⁹/L."""
    return _count(facts, "neutrophils", NEUTROPHILS_ABOVE)


def _count(facts: Facts, item: str, limit: Decimal) -> Judgement:
    return judge_limit(
        facts,
        "HE",
        item,
        relation=ABOVE,
        limit=limit,
        unit=CELLS,
        days=LAB_WINDOW_DAYS,
        note=_growth_factor,
    )


def _growth_factor(fact: Fact) -> Sentence | None:
    is_shortly_before = fact.form.answer("growth_factor_14d").value == "Y"
    return sentence(N_("Growth factor or transfusion shortly before.")) if is_shortly_before else None


def _infusion(fact: Fact) -> Sentence | None:
    is_shortly_before = fact.form.answer("albumin_infusion_7d").value == "Y"
    return sentence(N_("Albumin infusion shortly before.")) if is_shortly_before else None


def judge_bilirubin(facts: Facts) -> Judgement:
    """Return whether total bilirubin is at most 1.5 × ULN."""
    return judge_ratio(facts, "CH", "bilirubin", relation=AT_MOST, times=BILIRUBIN_AT_MOST_ULN, days=LAB_WINDOW_DAYS)


def judge_transaminases(facts: Facts) -> Judgement:
    """Return whether ALT and AST are both at most 3 × ULN."""
    return all_of(
        [
            judge_ratio(facts, "CH", item, relation=AT_MOST, times=TRANSAMINASES_AT_MOST_ULN, days=LAB_WINDOW_DAYS)
            for item in ("alt", "ast")
        ]
    )


def judge_creatinine(facts: Facts) -> Judgement:
    """Return whether creatinine is below 1.5 × ULN; exactly 1.5 × fails, unlike bilirubin."""
    return judge_ratio(facts, "CH", "creatinine", relation=BELOW, times=CREATININE_BELOW_ULN, days=LAB_WINDOW_DAYS)


def judge_albumin(facts: Facts) -> Judgement:
    """Return whether albumin is at least 30 g/L."""
    return judge_limit(
        facts,
        "CH",
        "albumin",
        relation=AT_LEAST,
        limit=ALBUMIN_AT_LEAST_G_L,
        unit="g/L",
        days=LAB_WINDOW_DAYS,
        note=_infusion,
    )


# --- coagulation ----------------------------------------------------------------------------------------------


def judge_coagulation(facts: Facts) -> Judgement:
    """Return whether INR and APTT, and PT where measured in the window, are at most the upper limit of normal."""
    parts = [_coagulation(limited_value(facts, "CO", item, LAB_WINDOW_DAYS)) for item in ("inr", "aptt")]
    fact = facts.latest("CO", "pt", LAB_WINDOW_DAYS)
    if not isinstance(fact, Judgement):
        pt = _coagulation(upper_limit(facts, fact))
        # A normal PT that grows old is asked for no more: the verdict holds as long as the other two do.
        parts.append(Untold(PASS, lambda: pt.told) if pt.verdict is PASS else pt)
    return all_of(parts)


def _coagulation(limited: Limited | Judgement) -> Judgement:
    if isinstance(limited, Judgement):
        return limited
    strict = against_upper(limited, AT_MOST, ONCE)
    if strict.verdict is not FAIL:
        return strict
    if not holds(limited.measured, AT_MOST, limited.upper * COAGULATION_NCS_MAX_RATIO):
        return strict
    return _small_deviation(limited, strict)


def _small_deviation(limited: Limited, strict: Judgement) -> Judgement:
    fact = limited.fact
    match fact.form.answer("not_significant").value:
        case "N":
            return strict
        case "Y":
            return said(
                REVIEW,
                N_(
                    "%(item)s %(value)s is above %(limit)s by no more than %(times)s ×, held not clinically significant."
                ),
                evidence=strict.evidence,
                valid_until=fact.until,
                item=fact.term(),
                value=fact.shown,
                limit=limited.limit,
                times=COAGULATION_NCS_MAX_RATIO,
            )
        case _:
            return said(
                UNKNOWN,
                N_("%(item)s %(value)s is above %(limit)s; whether this is clinically significant is not answered."),
                evidence=strict.evidence,
                needs=(Need(crf="CO", item="not_significant"),),
                item=fact.term(),
                value=fact.shown,
                limit=limited.limit,
            )


# --- Child-Pugh and ascites -----------------------------------------------------------------------------------


def judge_child_pugh(facts: Facts) -> Judgement:
    """Return whether the Child-Pugh class, computed, is A."""
    score = child_pugh(facts)
    if isinstance(score, Judgement):
        return score
    return Untold(
        PASS if score.points <= CLASS_A_UP_TO else FAIL,
        lambda: told(
            N_("Child-Pugh %(points)s points is class %(grade)s; class A goes up to %(most)s points."),
            evidence=score.evidence,
            points=score.points,
            grade=child_pugh_class(score.points),
            most=CLASS_A_UP_TO,
        ),
        score.valid_until,
    )


def judge_ascites(facts: Facts) -> Judgement:
    """Return whether there is no ascites; trace fluid around the liver held not significant is a review."""
    fact = facts.latest("CP", "ascites", CHILD_PUGH_WINDOW_DAYS)
    if isinstance(fact, Judgement):
        return fact
    is_trace = fact.form.answer("trace_fluid_ncs").value == "Y" and fact.value != "moderate"
    if is_trace:
        verdict, message = (
            REVIEW,
            N_("Trace fluid around the liver on %(on)s is held not clinically significant."),
        )
    elif fact.value == "none":
        if (on_scan := _fluid_on_scan(facts)) is not None:
            return _told_fluid(fact, on_scan)
        verdict, message = PASS, N_("No ascites on %(on)s.")
    else:
        verdict, message = FAIL, N_("There is ascites on %(on)s; any grade, also on imaging alone, excludes.")
    return Untold(
        verdict,
        lambda: told(message, evidence=(fact.evidence(limit="none"),), on=fact.on or ""),
        fact.until,
    )


def _fluid_on_scan(facts: Facts) -> Fact | None:
    """Return ascites or an effusion that the latest scan shows, while that scan may be used."""
    scan = next(iter(scans_of(facts)), None)
    if scan is None or (facts.on - scan.on).days > IMAGING_WINDOW_DAYS:
        return None
    for reading in scan.readings:
        if reading.said("new_pattern") in FLUID:
            path = f"lesions/{reading.key}/new_pattern"
            return Fact(scan.form, path, scan.form.answer(path), scan.on)
    return None


def _told_fluid(fact: Fact, on_scan: Fact) -> Judgement:
    # A row of a scan does not say whether the fluid lies in the belly or in the chest: two persons do.
    return said(
        REVIEW,
        N_(
            "No ascites on %(on)s, but the scan of %(scan_on)s shows ascites or an effusion; ascites of any grade, also "
            "on imaging alone, excludes."
        ),
        evidence=(fact.evidence(limit="none"), on_scan.evidence()),
        valid_until=fact.until,
        on=fact.on or "",
        scan_on=on_scan.on or "",
    )
