"""Code lists with source and edition. A stored value is never renamed; its words may be mended."""

from __future__ import annotations

from typing import Final

from protocol.language import Code, CodeList
from protocol.words import N_


def codes(*pairs: tuple[str, str]) -> tuple[Code, ...]:
    """Return codes from pairs of stored value and words."""
    return tuple(Code(value, title) for value, title in pairs)


SEX = CodeList("sex", codes(("male", N_("Male")), ("female", N_("Female"))), "CDISC CT 2025-03-25 C66731")

CHILDBEARING = CodeList(
    "childbearing",
    codes(
        ("childbearing", N_("Of childbearing potential")),
        ("postmenopausal", N_("Post-menopausal (12 months or more without menses)")),
        ("sterilised", N_("Surgically sterilised")),
        ("premenarche", N_("Before the first menses")),
    ),
    "CTFG recommendations on contraception in clinical trials, 2020",
)

DIAGNOSIS_BASIS = CodeList(
    "diagnosis-basis",
    codes(
        ("imaging", N_("Clinical: imaging and aetiology")),
        ("pathology", N_("Pathology")),
        ("both", N_("Both")),
    ),
    "NCT05349331, eligibility",
)

AETIOLOGY = CodeList(
    "aetiology",
    codes(
        ("hbv", N_("Hepatitis B")),
        ("hcv", N_("Hepatitis C")),
        ("alcohol", N_("Alcohol")),
        ("masld", N_("Metabolic steatotic liver disease")),
        ("cholestatic", N_("Cholestatic disease (PBC, PSC)")),
        ("other", N_("Other")),
        ("unknown", N_("Not known")),
    ),
    "Trial list, edition 1",
)

NODE_SITE = CodeList(
    "node-site",
    codes(("porta hepatis", N_("Porta hepatis")), ("other", N_("Another site"))),
    "mRECIST, Lencioni and Llovet 2010",
)

BCLC = CodeList(
    "bclc",
    codes(
        ("0", N_("BCLC 0")),
        ("A", N_("BCLC A")),
        ("B", N_("BCLC B")),
        ("C", N_("BCLC C")),
        ("D", N_("BCLC D")),
    ),
    "BCLC strategy, 2022 edition",
)

CNLC = CodeList(
    "cnlc",
    codes(
        ("Ia", N_("CNLC Ia")),
        ("Ib", N_("CNLC Ib")),
        ("IIa", N_("CNLC IIa")),
        ("IIb", N_("CNLC IIb")),
        ("IIIa", N_("CNLC IIIa")),
        ("IIIb", N_("CNLC IIIb")),
        ("IV", N_("CNLC IV")),
    ),
    "China Liver Cancer staging, 2022 edition",
)

TREATMENT_KIND = CodeList(
    "treatment-kind",
    codes(
        ("tace", N_("Chemoembolization (TACE)")),
        ("haic", N_("Arterial infusion chemotherapy (HAIC)")),
        ("targeted", N_("Targeted therapy")),
        ("ici", N_("Immune checkpoint inhibitor (PD-1, PD-L1)")),
        ("ablation", N_("Ablation")),
        ("radiotherapy", N_("Radiotherapy")),
        ("resection", N_("Resection")),
        ("chemotherapy", N_("Systemic chemotherapy")),
        ("cell therapy", N_("Cell therapy")),
        ("tcm antitumour", N_("Traditional Chinese medicine with antitumour label")),
        ("other", N_("Another treatment")),
    ),
    "NCT05349331, eligibility; trial list, edition 1",
)

ARTERIAL: Final = ("tace", "haic")
CONVERSION: Final = (*ARTERIAL, "targeted", "ici")  # the kinds that make up conversion therapy

TARGETED_AGENT = CodeList(
    "targeted-agent",
    codes(
        ("sorafenib", N_("Sorafenib")),
        ("lenvatinib", N_("Lenvatinib")),
        ("donafenib", N_("Donafenib")),
        ("apatinib", N_("Apatinib")),
        ("bevacizumab", N_("Bevacizumab or biosimilar")),
        ("other", N_("Another agent")),
    ),
    "NCT05349331, eligibility",
)

ECOG = CodeList(
    "ecog",
    codes(
        ("0", N_("0: fully active")),
        ("1", N_("1: restricted in strenuous activity, able to do light work")),
        ("2", N_("2: cares for self, unable to work, up more than half of waking hours")),
        ("3", N_("3: limited self-care, in bed or chair more than half of waking hours")),
        ("4", N_("4: completely disabled")),
        ("5", N_("5: dead")),
    ),
    "Oken 1982; CDISC CT 2025-03-25 C179943",
)

ENCEPHALOPATHY = CodeList(
    "encephalopathy",
    codes(("none", N_("None")), ("1-2", N_("Grade 1 to 2")), ("3-4", N_("Grade 3 to 4"))),
    "Pugh 1973; CDISC CPS01",
)

ASCITES = CodeList(
    "ascites",
    codes(
        ("none", N_("None")),
        ("slight", N_("Slight, or controlled by diuretics")),
        ("moderate", N_("Moderate or worse")),
    ),
    "Pugh 1973; CDISC CPS01",
)

CHILD_PUGH_CLASS = CodeList(
    "child-pugh-class",
    codes(("A", N_("Class A")), ("B", N_("Class B")), ("C", N_("Class C"))),
    "Pugh 1973; CDISC CPS01",
)

SPECIMEN = CodeList("specimen", codes(("serum", N_("Serum")), ("urine", N_("Urine"))), "NCT05349331, eligibility")

TEST_RESULT = CodeList(
    "test-result", codes(("negative", N_("Negative")), ("positive", N_("Positive"))), "NCT05349331, eligibility"
)

CTCAE_GRADE = CodeList(
    "ctcae-grade",
    codes(
        ("1", N_("Grade 1: mild")),
        ("2", N_("Grade 2: moderate")),
        ("3", N_("Grade 3: severe")),
        ("4", N_("Grade 4: life-threatening")),
        ("5", N_("Grade 5: death")),
    ),
    "CTCAE v5.0, 27 Nov 2017",
)

ANTICOAGULATION = CodeList(
    "anticoagulation",
    codes(
        ("none", N_("None")),
        ("prophylactic", N_("Prophylactic dose")),
        ("therapeutic", N_("Therapeutic dose")),
    ),
    "NCT05349331, eligibility",
)

TRANSPLANT = CodeList(
    "transplant",
    codes(
        ("none", N_("None")),
        ("organ", N_("Organ")),
        ("cornea or bone marrow", N_("Cornea or bone marrow only")),
    ),
    "NCT05349331, eligibility",
)

HIV = CodeList(
    "hiv",
    codes(("positive", N_("Positive")), ("negative", N_("Negative")), ("not tested", N_("Not tested"))),
    "NCT05349331, eligibility",
)

EVALUATION_QUESTION = CodeList(
    "evaluation-question",
    codes(
        ("initial", N_("Was the tumour unresectable before first treatment?")),
        ("present", N_("Is the tumour resectable now?")),
    ),
    "NCT05349331, eligibility",
)

EVALUATION_SOURCE = CodeList(
    "evaluation-source",
    codes(
        ("own evaluation", N_("The surgeon's own evaluation")),
        ("chart record", N_("A dated record of the chart")),
    ),
    "Trial list, edition 1",
)

RESECTABILITY = CodeList(
    "resectability",
    codes(("resectable", N_("Resectable")), ("unresectable", N_("Unresectable"))),
    "NCT05349331, eligibility",
)
