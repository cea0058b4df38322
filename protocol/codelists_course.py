"""Code lists of concomitant medication and of recurrence. A stored value is never renamed; its words may be mended."""

from __future__ import annotations

from protocol.codelists import codes
from protocol.language import CodeList
from protocol.words import N_

TRIAL_LIST = "Trial list, edition 1"

DOSE_UNIT = CodeList(
    "dose-unit",
    codes(
        ("mg", N_("mg")),
        ("g", N_("g")),
        ("µg", N_("µg")),
        ("mL", N_("mL")),
        ("IU", N_("IU")),
        ("tablet", N_("Tablet or capsule")),
        ("unit", N_("Unit of blood product")),
        ("other", N_("Another unit")),
    ),
    "CDISC CT 2025-03-25 C71620, part; trial list, edition 1",
)

ROUTE = CodeList(
    "route",
    codes(
        ("oral", N_("By mouth")),
        ("intravenous", N_("Intravenous")),
        ("subcutaneous", N_("Subcutaneous")),
        ("intramuscular", N_("Intramuscular")),
        ("topical", N_("Topical")),
        ("inhaled", N_("Inhaled")),
        ("rectal", N_("Rectal")),
        ("other", N_("Another route")),
    ),
    "CDISC CT 2025-03-25 C66729, part",
)

FREQUENCY = CodeList(
    "frequency",
    codes(
        ("once", N_("Once")),
        ("QD", N_("Once a day")),
        ("BID", N_("Twice a day")),
        ("TID", N_("Three times a day")),
        ("QID", N_("Four times a day")),
        ("QOD", N_("Every other day")),
        ("QW", N_("Once a week")),
        ("PRN", N_("As needed")),
        ("continuous", N_("Continuous")),
        ("other", N_("Otherwise")),
    ),
    "CDISC CT 2025-03-25 C71113, part",
)

MEDICATION_PURPOSE = CodeList(
    "medication-purpose",
    codes(
        ("history", N_("A condition of the medical history")),
        ("event", N_("An adverse event")),
        ("prophylaxis", N_("Prophylaxis")),
        ("operation", N_("Around the operation or another procedure")),
        ("other", N_("Another reason")),
    ),
    TRIAL_LIST,
)

RECURRENCE_BASIS = CodeList(
    "recurrence-basis",
    codes(
        ("imaging", N_("Imaging")),
        ("pathology", N_("Pathology")),
        ("markers", N_("Tumour markers")),
        ("clinical", N_("Clinical signs")),
    ),
    TRIAL_LIST,
)

RECURRENCE_SITE = CodeList(
    "recurrence-site",
    codes(
        ("intrahepatic", N_("Within the liver")),
        ("extrahepatic", N_("Outside the liver")),
        ("both", N_("Both")),
    ),
    TRIAL_LIST,
)

RECURRENCE_PATTERN = CodeList(
    "recurrence-pattern",
    codes(
        ("local", N_("At a former lesion or the resection margin")),
        ("distant", N_("Elsewhere in the liver")),
        ("local and distant", N_("Both")),
    ),
    TRIAL_LIST,
)

RECURRENCE_ORGAN = CodeList(
    "recurrence-organ",
    codes(
        ("lung", N_("Lung")),
        ("node", N_("Lymph node")),
        ("bone", N_("Bone")),
        ("peritoneum", N_("Peritoneum")),
        ("adrenal", N_("Adrenal gland")),
        ("brain", N_("Brain")),
        ("other", N_("Another organ")),
    ),
    TRIAL_LIST,
)

RECURRENCE_STATUS = CodeList(
    "recurrence-status",
    codes(
        ("suspected", N_("Suspected, not confirmed yet")),
        ("confirmed", N_("Confirmed")),
        ("refuted", N_("Suspected, then refuted")),
    ),
    TRIAL_LIST,
)
