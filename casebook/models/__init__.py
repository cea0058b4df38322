"""The tables of the casebook. Constraints stand here; rules and writes do not."""

from casebook.models.asking import CheckRefusal, Comment
from casebook.models.attaching import File, FilePart
from casebook.models.cleaning import Lock, Query, QueryMessage, Review, Verification
from casebook.models.clinical import Form, Lesion, Subject, Visit
from casebook.models.importing import ImportBatch, ImportedRow
from casebook.models.locking import UnlockRequest
from casebook.models.machinery import Draft, SaveReceipt
from casebook.models.monitoring import MarkCount, MonitoringNote, MonitoringVisit, SourceNote, VerificationPlan
from casebook.models.reference import ConsentForm, ConversionFactor, Laboratory, ReferenceRange
from casebook.models.transferring import SubjectTransfer, TransferCopy

CLASSES = {
    "Subject": "action-only",
    "Visit": "action-only",
    "Form": "action-only",
    "Lesion": "action-only",
    "Query": "action-only",
    "QueryMessage": "append-only",
    "Comment": "append-only",
    "Verification": "action-only",
    "Review": "append-only",
    "VerificationPlan": "append-only",
    "MarkCount": "machinery",
    "MonitoringVisit": "action-only",
    "MonitoringNote": "append-only",
    "SourceNote": "append-only",
    "Lock": "action-only",
    "UnlockRequest": "action-only",
    "SubjectTransfer": "action-only",
    "TransferCopy": "machinery",
    "ImportBatch": "action-only",
    "ImportedRow": "action-only",
    "Laboratory": "reference",
    "ReferenceRange": "reference",
    "ConversionFactor": "reference",
    "ConsentForm": "reference",
    "CheckRefusal": "machinery",
    "File": "action-only",
    "FilePart": "action-only",
    "Draft": "machinery",
    "SaveReceipt": "machinery",
}

__all__ = [
    "CLASSES",
    "CheckRefusal",
    "Comment",
    "ConsentForm",
    "ConversionFactor",
    "Draft",
    "File",
    "FilePart",
    "Form",
    "ImportBatch",
    "ImportedRow",
    "Laboratory",
    "Lesion",
    "Lock",
    "MarkCount",
    "MonitoringNote",
    "MonitoringVisit",
    "Query",
    "QueryMessage",
    "ReferenceRange",
    "Review",
    "SaveReceipt",
    "SourceNote",
    "Subject",
    "SubjectTransfer",
    "TransferCopy",
    "UnlockRequest",
    "Verification",
    "VerificationPlan",
    "Visit",
]
