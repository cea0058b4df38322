"""Code lists of tumour assessment and response. A stored value is never renamed; its words may be mended."""

from __future__ import annotations

from protocol.codelists import codes
from protocol.language import CodeList
from protocol.words import N_

TIMEPOINT = CodeList(
    "timepoint",
    codes(
        ("baseline", N_("Baseline: last imaging before conversion therapy")),
        ("follow-up", N_("Follow-up")),
    ),
    "mRECIST, Lencioni and Llovet 2010",
)

MODALITY = CodeList(
    "modality",
    codes(("ct", N_("Contrast CT")), ("mri", N_("Contrast MRI"))),
    "CDISC CT 2025-03-25 C137805, C46087",
)

LESION_CLASS = CodeList(
    "lesion-class",
    codes(("target", N_("Target")), ("non-target", N_("Non-target")), ("new", N_("New"))),
    "CDISC CT 2025-03-25 C94520, C94521, C94522",
)

ORGAN = CodeList(
    "organ",
    codes(
        ("liver", N_("Liver")),
        ("lymph node porta hepatis", N_("Lymph node, porta hepatis")),
        ("lymph node other", N_("Lymph node, another site")),
        ("portal vein", N_("Portal vein")),
        ("bile duct", N_("Bile duct")),
        ("other", N_("Another organ")),
    ),
    "CDISC CT 2025-03-25 C117871, C33343; trial list, edition 1",
)

SEGMENT = CodeList(
    "segment",
    codes(
        ("1", N_("Segment I")),
        ("2", N_("Segment II")),
        ("3", N_("Segment III")),
        ("4", N_("Segment IV")),
        ("5", N_("Segment V")),
        ("6", N_("Segment VI")),
        ("7", N_("Segment VII")),
        ("8", N_("Segment VIII")),
    ),
    "Couinaud 1957",
)

ENHANCEMENT = CodeList(
    "enhancement",
    codes(("present", N_("Arterial enhancement present")), ("absent", N_("No arterial enhancement"))),
    "mRECIST, Lencioni and Llovet 2010",
)

NON_TARGET_STATUS = CodeList(
    "non-target-status",
    codes(
        ("persisting", N_("Persisting")),
        ("unequivocal progression", N_("Unequivocal progression")),
    ),
    "mRECIST, Lencioni and Llovet 2010",
)

NEW_PATTERN = CodeList(
    "new-pattern",
    codes(
        ("typical", N_("Typical: arterial enhancement and washout")),
        ("atypical", N_("Atypical")),
        ("extrahepatic unequivocal", N_("Unequivocal lesion outside the liver")),
        ("malignant vein thrombosis", N_("Malignant vein thrombosis")),
        ("effusion benign", N_("Ascites or effusion without proof of malignancy")),
        ("effusion malignant", N_("Ascites or effusion, malignancy proven")),
    ),
    "mRECIST, Lencioni and Llovet 2010",
)

CONFIRMED_BY = CodeList(
    "confirmed-by",
    codes(("biopsy", N_("Biopsy")), ("growth", N_("Growth of 10 mm or more"))),
    "mRECIST, Lencioni and Llovet 2010",
)

NEW_LESION = CodeList(
    "new-lesion",
    codes(("no", N_("No")), ("yes", N_("Yes")), ("equivocal", N_("Equivocal"))),
    "CDISC CT 2025-03-25 C142362",
)

TARGET_RESPONSE = CodeList(
    "target-response",
    codes(
        ("CR", N_("CR: complete response")),
        ("PR", N_("PR: partial response")),
        ("SD", N_("SD: stable disease")),
        ("PD", N_("PD: progressive disease")),
        ("NE", N_("NE: not evaluable")),
        ("NA", N_("NA: no target lesion at baseline")),
    ),
    "mRECIST, Lencioni and Llovet 2010; CDISC CT 2025-03-25 C94534",
)

NON_TARGET_RESPONSE = CodeList(
    "non-target-response",
    codes(
        ("CR", N_("CR: complete response")),
        ("IR/SD", N_("IR/SD: incomplete response or stable disease")),
        ("PD", N_("PD: progressive disease")),
        ("NE", N_("NE: not evaluable")),
        ("NA", N_("NA: no non-target lesion at baseline")),
    ),
    "mRECIST, Lencioni and Llovet 2010; CDISC CT 2025-03-25 C94535",
)

OVERALL_RESPONSE = CodeList(
    "overall-response",
    codes(
        ("CR", N_("CR: complete response")),
        ("PR", N_("PR: partial response")),
        ("SD", N_("SD: stable disease")),
        ("PD", N_("PD: progressive disease")),
        ("NON-CR/NON-PD", N_("NON-CR/NON-PD: neither complete response nor progression")),
        ("NE", N_("NE: not evaluable")),
        ("NED", N_("NED: no evidence of disease")),
    ),
    "mRECIST, Lencioni and Llovet 2010; CDISC CT 2025-03-25 C96613",
)
