"""Code lists of operation, pathology and the days after. A stored value is never renamed; its words may be mended."""

from __future__ import annotations

from protocol.codelists import codes
from protocol.language import CodeList
from protocol.words import N_

TRIAL_LIST = "Trial list, edition 1"
ISGLS = "ISGLS 2011"

NOT_OPERATED = CodeList(
    "not-operated",
    codes(
        ("refusal", N_("The subject refuses")),
        ("progression", N_("Progression before surgery")),
        ("unfit", N_("Not fit for surgery")),
        ("unresectable", N_("Not resectable")),
        ("other", N_("Another reason")),
    ),
    TRIAL_LIST,
)

OPERATION_PURPOSE = CodeList(
    "operation-purpose",
    codes(
        ("primary", N_("Primary: as the arm asks")),
        ("crossover", N_("Crossover: without progression, though the arm does not ask it")),
        ("salvage", N_("Salvage: for progression or relapse")),
    ),
    TRIAL_LIST,
)

PROCEDURE = CodeList(
    "procedure",
    codes(
        ("anatomical", N_("Anatomical resection")),
        ("non-anatomical", N_("Non-anatomical resection")),
        ("exploration", N_("Exploration without resection")),
        ("transplant", N_("Liver transplantation")),
        ("other", N_("Another procedure")),
    ),
    "Brisbane 2000 terminology; trial list, edition 1",
)

ANAESTHESIA = CodeList("anaesthesia", codes(("general", N_("General")), ("other", N_("Another"))), TRIAL_LIST)

OPERATIVE_FINDING = CodeList(
    "operative-finding",
    codes(
        ("none", N_("Nothing unexpected")),
        ("unresectable", N_("Unresectable tumour")),
        ("extrahepatic", N_("Tumour outside the liver")),
        ("additional malignancy", N_("Additional malignant lesion in the liver")),
    ),
    TRIAL_LIST,
)

FINDING_BASIS = CodeList(
    "finding-basis",
    codes(("pathology", N_("Pathology")), ("surgeon", N_("The surgeon's judgement alone"))),
    TRIAL_LIST,
)

VIABLE_TUMOUR = CodeList(
    "viable-tumour",
    codes(("none", N_("No viable tumour cells")), ("present", N_("Viable tumour cells present"))),
    "NCT05349331, outcome measures",
)

MARGIN = CodeList(
    "margin",
    codes(
        ("R0", N_("R0: no tumour at the margin")),
        ("R1", N_("R1: microscopic tumour at the margin")),
        ("R2", N_("R2: macroscopic tumour left")),
    ),
    "UICC TNM, 8th edition",
)

MICROVASCULAR_INVASION = CodeList(
    "microvascular-invasion",
    codes(
        ("M0", N_("M0: none")),
        ("M1", N_("M1: five or fewer, within 1 cm of the tumour")),
        ("M2", N_("M2: more than five, or farther than 1 cm")),
        ("unknown", N_("Not known")),
    ),
    "China Liver Cancer guideline, 2022 edition",
)

DIFFERENTIATION = CodeList(
    "differentiation",
    codes(
        ("well", N_("Well differentiated")),
        ("moderate", N_("Moderately differentiated")),
        ("poor", N_("Poorly differentiated")),
        ("not assessable", N_("Not assessable")),
    ),
    "WHO classification of tumours of the digestive system, 5th edition",
)

CLAVIEN_DINDO = CodeList(
    "clavien-dindo",
    codes(
        ("I", N_("I: any deviation; simple drugs, physiotherapy or bedside wound opening only")),
        ("II", N_("II: other drugs, transfusion or parenteral nutrition")),
        ("IIIa", N_("IIIa: intervention without general anaesthesia")),
        ("IIIb", N_("IIIb: intervention under general anaesthesia")),
        ("IVa", N_("IVa: life-threatening, one organ fails")),
        ("IVb", N_("IVb: life-threatening, several organs fail")),
        ("V", N_("V: death")),
    ),
    "Dindo 2004",
)

LIVER_FAILURE = CodeList(
    "liver-failure",
    codes(
        ("none", N_("None")),
        ("A", N_("Grade A: no change of management")),
        ("B", N_("Grade B: change of management, nothing invasive")),
        ("C", N_("Grade C: invasive treatment")),
    ),
    ISGLS,
)

BILE_LEAK = CodeList(
    "bile-leak",
    codes(
        ("none", N_("None")),
        ("A", N_("Grade A: little or no change of management")),
        ("B", N_("Grade B: change of management, no new operation")),
        ("C", N_("Grade C: new operation")),
    ),
    ISGLS,
)
