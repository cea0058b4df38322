"""Plausible answers of synthetic subjects after randomization, as a person would type them. Nobody real is meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rehearsal.answers import Typed, ago, scan, vary

ATTEMPTS = (("phone", 40), ("phone", 30), ("letter", 20))


def visit_record(seed: str, on: date, *, relapse: str = "") -> Typed:
    """Return a visit at the clinic; `relapse` is what raises the suspicion of one."""
    suspected = {"relapse_suspected": "Y", "relapse_basis": relapse} if relapse else {"relapse_suspected": "N"}
    virus = {"antiviral": "Y", "hbv_dna": f"{vary(seed, f'hbv {on}', '12', '180')} IU/mL"}
    return {"visited_on": on.isoformat(), "contact": "clinic", **suspected, **virus}


def clear_scan(seed: str, on: date) -> Typed:
    """Return an MRI without anything viable."""
    return scan(seed, on, days_ago=0, timepoint="follow-up", viable=("0", "0"))


def relapse_scan(seed: str, on: date) -> Typed:
    """Return an MRI with a new lesion of the typical pattern."""
    size = vary(seed, "new lesion", "11", "26")
    return {
        **clear_scan(seed, on),
        "new_lesion": "yes",
        "lesions/N1/class": "new",
        "lesions/N1/organ": "liver",
        "lesions/N1/segment": "6",
        "lesions/N1/evaluable": "Y",
        "lesions/N1/enhancement": "present",
        "lesions/N1/viable_diameter": f"{size} mm",
        "lesions/N1/whole_diameter": f"{size} mm",
        "lesions/N1/new_pattern": "typical",
    }


def treated_scan(seed: str, on: date) -> Typed:
    """Return an MRI on which the new lesion, treated since, is no longer seen."""
    gone = {
        "lesions/N1/enhancement": "absent",
        "lesions/N1/viable_diameter": "0 mm",
        "lesions/N1/whole_diameter": "0 mm",
    }
    said = {path: value for path, value in relapse_scan(seed, on).items() if path != "lesions/N1/new_pattern"}
    return {**said, **gone, "new_lesion": "no"}


def operation(seed: str, on: date) -> Typed:
    """Return a resection without anything unexpected."""
    return {
        "performed": "Y",
        "operated_on": on.isoformat(),
        "purpose": "primary",
        "procedure": "anatomical",
        "anaesthesia": "general",
        "duration": f"{vary(seed, 'minutes', '150', '310')} min",
        "blood_loss": f"{vary(seed, 'blood', '100', '600')} mL",
        "transfusion": "N",
        "finding": "none",
    }


def no_operation(on: date) -> Typed:
    """Return that the subject refused."""
    return {"performed": "N", "not_performed_on": on.isoformat(), "not_performed_reason": "refusal"}


def pathology(seed: str, operated_on: date) -> Typed:
    """Return a whole specimen; in some of them tumour cells are alive."""
    alive = int(vary(seed, "pathology", "0", "9")) > 5
    found = (
        {"viable_tumour": "present", "viable_percent": f"{vary(seed, 'viable', '2', '20')} %"}
        if alive
        else {"viable_tumour": "none"}
    )
    return {
        "operated_on": operated_on.isoformat(),
        "reported_on": (operated_on + timedelta(days=7)).isoformat(),
        "sampling_adequate": "Y",
        "beds_resected": "Y",
        **found,
        "margin": "R0",
        "margin_mm": f"{vary(seed, 'margin', '4', '15')} mm",
        "mvi": "M1" if alive else "M0",
        "differentiation": "moderate" if alive else "not assessable",
    }


def course_after_operation(seed: str, on: date) -> Typed:
    """Return an easy course with one small complication."""
    first = {
        "complications/1/term": "Wound infection",
        "complications/1/ctcae_term": "Wound infection",
        "complications/1/began_on": ago(on, 20),
        "complications/1/grade": "I",
        "complications/1/disability": "N",
    }
    return {
        "assessed_on": on.isoformat(),
        "alive": "Y",
        "readmitted": "N",
        "phlf": "none",
        "bile_leak": "none",
        **(first if int(vary(seed, "wound", "0", "9")) < 4 else {}),
    }


def adverse_event(seed: str, onset_on: date) -> Typed:
    """Return a common event that has passed."""
    terms = ("Fatigue", "Abdominal pain", "Alanine aminotransferase increased", "Hypertension")
    term = terms[int(vary(seed, "term", "0", "3"))]
    return {
        "term": term,
        "ctcae_term": term,
        "onset_on": ago(onset_on, 4),
        "ongoing": "N",
        "ended_on": onset_on.isoformat(),
        "grade": vary(seed, "grade", "1", "2"),
        "serious": "N",
        "related_surgery": "not related",
        "related_drug": "possible",
        "action": "none",
        "outcome": "recovered",
    }


def serious_adverse_event(onset_on: date) -> Typed:
    """Return the admission of which the report of its own tells more."""
    return {
        "term": "Cholangitis",
        "ctcae_term": "Biliary tract infection",
        "onset_on": onset_on.isoformat(),
        "ongoing": "Y",
        "grade": "3",
        "serious": "Y",
        "related_surgery": "not related",
        "related_drug": "possible",
        "action": "hospital",
        "outcome": "recovering",
    }


def serious_event(onset_on: date, *, aware_at: datetime, reported_at: datetime | None) -> Typed:
    """Return the report of an admission; without a moment of report its clock is running."""
    said = {
        "term": "Cholangitis",
        "ctcae_term": "Biliary tract infection",
        "onset_on": onset_on.isoformat(),
        "aware_at": f"{aware_at:%Y-%m-%dT%H:%M}",
        "criteria": "hospitalisation",
        "grade": "3",
        "related_surgery": "not related",
        "related_drug": "possible",
        "expected": "not assessed",
        "outcome": "recovering",
        "narrative": "Fever and pain in the right upper abdomen; admitted, antibiotics given.",
    }
    return said if reported_at is None else {**said, "reported_at": f"{reported_at:%Y-%m-%dT%H:%M}"}


def recurrence(seed: str, on: date) -> Typed:
    """Return the relapse that the scan of this day shows."""
    return {
        "status": "confirmed",
        "suspected_on": on.isoformat(),
        "confirmed_on": on.isoformat(),
        "basis": "imaging",
        "site": "intrahepatic",
        "pattern": "distant",
        "tumour_count": "1",
        "largest_diameter": f"{vary(seed, 'new lesion', '11', '26')} mm",
        "vascular_invasion": "N",
        "treatment_planned": "Y",
        "plan": "Radiofrequency ablation",
    }


def antiviral(on: date) -> Typed:
    """Return the antiviral that was begun long ago and is still taken."""
    return {
        "name": "Entecavir",
        "atc_code": "J05AF10",
        "purpose": "history",
        "indication": "Chronic hepatitis B",
        "antiviral": "Y",
        "antitumour": "N",
        "dose": "0.5",
        "dose_unit": "mg",
        "route": "oral",
        "frequency": "QD",
        "started_on": ago(on, 400)[:7],
        "ongoing": "Y",
    }


def new_therapy(on: date) -> Typed:
    """Return an ablation for the relapse."""
    return {
        "started_on": on.isoformat(),
        "kind": "ablation",
        "agent": "Radiofrequency ablation",
        "of_conversion_regimen": "N",
        "reason": "progression",
        "ongoing": "N",
        "ended_on": on.isoformat(),
    }


def contact(on: date, *, status: str = "alive") -> Typed:
    """Return a phone call."""
    return {"contacted_on": on.isoformat(), "status": status, "source": "phone", "subsequent_therapy": "N"}


def death(on: date) -> Typed:
    """Return a death of the disease."""
    return {"died_on": on.isoformat(), "cause": "hcc", "source": "certificate"}


def withdrawal(on: date) -> Typed:
    """Return that the subject takes back the consent."""
    return {
        "withdrawn_on": on.isoformat(),
        "of": "consent",
        "decided_by": "subject",
        "reason": "Moves to another province and wants no further contact.",
        "public_records": "N",
    }


def end(on: date, *, how: str, attempts: Sequence[tuple[str, int]] = ()) -> Typed:
    """Return the end of the study; `attempts` are kinds of attempt and how many days before."""
    rows: dict[str, str] = {}
    for number, (kind, days) in enumerate(attempts, 1):
        rows |= {f"attempts/{number}/on": ago(on, days), f"attempts/{number}/kind": kind}
    return {"ended_on": on.isoformat(), "how": how, **rows}
