"""Plausible answers of synthetic subjects: small texts by path, as a person would type them. Nobody real is meant."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from rehearsal.cast import CONSENT_VERSION
from rehearsal.ranges import LABORATORY

ARTERIAL = {"haic": "FOLFOX, hepatic artery", "tace": "Epirubicin, drug-eluting beads"}

Typed = Mapping[str, str]  # path to text; a number carries its unit after a blank


def vary(seed: str, name: str, low: str, high: str) -> str:
    """Return a number between both limits, the same for the same seed and name, with the decimals of the limits."""
    bottom, top = Decimal(low), Decimal(high)
    drawn = int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big") % 1001
    return str((bottom + (top - bottom) * drawn / 1000).quantize(bottom))


def ago(day: date, days: int) -> str:
    """Return the day so many days before, as it is typed."""
    return (day - timedelta(days=days)).isoformat()


def demography(seed: str, on: date, *, sex: str = "male") -> Typed:
    """Return a grown-up of working age."""
    born = f"{on.year - int(vary(seed, 'age', '42', '68'))}-0{vary(seed, 'month', '1', '9')}-1{vary(seed, 'day', '0', '9')}"
    return {"birth_date": born, "sex": sex, **({"childbearing": "postmenopausal"} if sex == "female" else {})}


def consent(on: date, *, days_ago: int, version: str = CONSENT_VERSION) -> Typed:
    """Return a consent signed on a morning."""
    return {
        "version": version,
        "signed_at": f"{ago(on, days_ago)}T09:30",
        "copy_given": "Y",
        "first_procedure_at": f"{ago(on, days_ago)}T14:00",
        "privacy": "Y",
        "tissue": "Y",
    }


def diagnosis(seed: str, on: date, *, invasion: str = "Y") -> Typed:
    """Return two tumours, with invasion of a vein unless said otherwise, found nine months ago."""
    return {
        "diagnosed_on": ago(on, 262),
        "hcc_diagnosis": "Y",
        "basis": "imaging",
        "aetiology": "hbv",
        "cirrhosis": "Y",
        "hbsag": "Y",
        "hcv_antibody": "N",
        "tumour_count": "2",
        "largest_diameter": f"{vary(seed, 'size', '58', '96')} mm",
        "macrovascular_invasion": invasion,
        "bclc": "C" if invasion == "Y" else "B",
        "metastasis_initial": "N",
        "metastasis_screening": "N",
    }


def treatments(on: date, *, arterial: str = "haic") -> tuple[Typed, ...]:
    """Return the first line: arterial therapy, a targeted agent and an immune checkpoint inhibitor."""
    times = {"first_line": "Y", "started_on": ago(on, 240), "ongoing": "N", "ended_on": ago(on, 60)}
    return (
        {"kind": arterial, "agent": ARTERIAL[arterial], "cycles": "6", **times},
        {"kind": "targeted", "targeted_agent": "lenvatinib", **times},
        {"kind": "ici", "agent": "PD-1 antibody", **times},
    )


def scan(seed: str, on: date, *, days_ago: int, timepoint: str, viable: tuple[str, str]) -> Typed:
    """Return an MRI with two target lesions of these viable diameters in mm; 0 is without enhancement."""
    answers = {
        "scan_on": ago(on, days_ago),
        "timepoint": timepoint,
        "modality": "mri",
        "arterial_phase": "Y",
        "slice_thickness": "3 mm",
        "lipiodol": "N",
        "chest_ct": "Y",
        "new_lesion": "no",
    }
    for number, (size, segment) in enumerate(zip(viable, ("8", "5"), strict=True), 1):
        row = f"lesions/T{number}"
        answers |= {
            f"{row}/class": "target",
            f"{row}/organ": "liver",
            f"{row}/segment": segment,
            f"{row}/evaluable": "Y",
            f"{row}/enhancement": "absent" if size == "0" else "present",
            f"{row}/viable_diameter": f"{size} mm",
            f"{row}/whole_diameter": f"{vary(seed, row, '20', '28') if size == '0' else size} mm",
        }
    return answers


def markers(on: date, *, days_ago: int, afp: str, pivka: str) -> Typed:
    """Return one draw."""
    drawn = {"sampled_on": ago(on, days_ago), "laboratory": LABORATORY}
    return {**drawn, "afp": f"{afp} ng/mL", "pivka": f"{pivka} mAU/mL"}


def haematology(seed: str, on: date, *, days_ago: int = 6, platelets: str = "") -> Typed:
    """Return a blood count."""
    return {
        "sampled_on": ago(on, days_ago),
        "laboratory": LABORATORY,
        "platelets": f"{platelets or vary(seed, 'plt', '128', '240')} 10^9/L",
        "leukocytes": f"{vary(seed, 'wbc', '4.2', '7.9')} 10^9/L",
        "neutrophils": f"{vary(seed, 'neu', '2.1', '3.9')} 10^9/L",
        "haemoglobin": f"{vary(seed, 'hb', '131', '158')} g/L",
    }


def chemistry(seed: str, on: date, *, days_ago: int = 6) -> Typed:
    """Return liver and kidney."""
    return {
        "sampled_on": ago(on, days_ago),
        "laboratory": LABORATORY,
        "bilirubin": f"{vary(seed, 'bili', '8.2', '19.5')} µmol/L",
        "direct_bilirubin": f"{vary(seed, 'dbil', '2.0', '5.5')} µmol/L",
        "albumin": f"{vary(seed, 'alb', '38.0', '46.0')} g/L",
        "alt": f"{vary(seed, 'alt', '18', '62')} U/L",
        "ast": f"{vary(seed, 'ast', '20', '58')} U/L",
        "ggt": f"{vary(seed, 'ggt', '22', '88')} U/L",
        "alp": f"{vary(seed, 'alp', '60', '118')} U/L",
        "total_protein": f"{vary(seed, 'tp', '66.0', '79.0')} g/L",
        "creatinine": f"{vary(seed, 'crea', '59', '72')} µmol/L",
        "albumin_infusion_7d": "N",
    }


def coagulation(seed: str, on: date, *, days_ago: int = 6) -> Typed:
    """Return times within the range."""
    return {
        "sampled_on": ago(on, days_ago),
        "laboratory": LABORATORY,
        "inr": vary(seed, "inr", "0.92", "1.14"),
        "pt": f"{vary(seed, 'pt', '10.1', '12.2')} s",
        "aptt": f"{vary(seed, 'aptt', '27.0', '35.0')} s",
    }


def ecg(seed: str, on: date, *, days_ago: int = 6) -> Typed:
    """Return three tracings."""
    answers = {"performed_on": ago(on, days_ago)}
    for row in "123":
        answers |= {
            f"tracings/{row}/qt": f"{vary(seed, f'qt{row}', '372', '398')} ms",
            f"tracings/{row}/heart_rate": f"{vary(seed, f'hr{row}', '64', '72')} /min",
        }
    return answers


def vitals(seed: str, on: date, *, days_ago: int = 3, ecog: str = "0") -> Typed:
    """Return performance status and vital signs."""
    return {
        "assessed_on": ago(on, days_ago),
        "ecog": ecog,
        "systolic": f"{vary(seed, 'sys', '112', '134')} mmHg",
        "diastolic": f"{vary(seed, 'dia', '68', '84')} mmHg",
        "pulse": f"{vary(seed, 'pulse', '62', '82')} /min",
        "temperature": f"{vary(seed, 'temp', '36.2', '36.9')} °C",
        "weight": f"{vary(seed, 'kg', '54.0', '76.0')} kg",
        "height": f"{vary(seed, 'cm', '156', '178')} cm",
    }


def child_pugh(on: date, *, days_ago: int = 6, ascites: str = "none") -> Typed:
    """Return the clinical items."""
    return {"assessed_on": ago(on, days_ago), "encephalopathy": "none", "ascites": ascites, "declared_class": "A"}


def pregnancy(on: date, *, days_ago: int = 3) -> Typed:
    """Return neither pregnant nor lactating."""
    return {"assessed_on": ago(on, days_ago), "pregnant": "N", "lactating": "N"}


EVENTS = (
    "other_treatment",
    "tcm_antitumour",
    "myocardial_infarction",
    "angina",
    "bypass",
    "heart_failure",
    "stroke",
    "pulmonary_embolism",
    "arrhythmia",
    "dialysis",
    "second_malignancy",
    "brain_lesion",
    "chemotherapy_allergy",
)


def history(on: date, *, days_ago: int = 5) -> Typed:
    """Return a history without anything that excludes."""
    none = dict.fromkeys(EVENTS, "N")
    known = {"anticoagulation": "none", "transplant": "none", "hiv": "negative"}
    return {"taken_on": ago(on, days_ago), **none, **known}


def evaluation(on: date, *, days_ago: int, question: str, finding: str) -> Typed:
    """Return a surgeon's own evaluation, in the first round."""
    return {
        "question": question,
        "source": "own evaluation",
        "round": "1",
        "evaluated_on": ago(on, days_ago),
        "finding": finding,
    }


def judgement(on: date, *, days_ago: int = 3) -> Typed:
    """Return the investigator's judgements, nothing against taking part."""
    none = dict.fromkeys(("organ_dysfunction", "bleeding_tendency", "other_condition"), "N")
    return {"judged_on": ago(on, days_ago), "life_expectancy_over_3m": "Y", **none}
