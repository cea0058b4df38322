"""The tables of the casebook. Constraints stand here; rules and writes do not."""

from casebook.models.cleaning import Lock, Query, QueryMessage, Review, Verification
from casebook.models.clinical import Form, Lesion, Subject, Visit
from casebook.models.importing import ImportBatch, ImportedRow
from casebook.models.machinery import Draft, SaveReceipt
from casebook.models.reference import ConsentForm, ConversionFactor, Laboratory, ReferenceRange

CLASSES = {
    "Subject": "action-only",
    "Visit": "action-only",
    "Form": "action-only",
    "Lesion": "action-only",
    "Query": "action-only",
    "QueryMessage": "append-only",
    "Verification": "action-only",
    "Review": "append-only",
    "Lock": "action-only",
    "ImportBatch": "action-only",
    "ImportedRow": "action-only",
    "Laboratory": "reference",
    "ReferenceRange": "reference",
    "ConversionFactor": "reference",
    "ConsentForm": "reference",
    "Draft": "machinery",
    "SaveReceipt": "machinery",
}

__all__ = [
    "CLASSES",
    "ConsentForm",
    "ConversionFactor",
    "Draft",
    "Form",
    "ImportBatch",
    "ImportedRow",
    "Laboratory",
    "Lesion",
    "Lock",
    "Query",
    "QueryMessage",
    "ReferenceRange",
    "Review",
    "SaveReceipt",
    "Subject",
    "Verification",
    "Visit",
]
