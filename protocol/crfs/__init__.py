"""The casebook: every CRF of the trial, in the order it is shown."""

from __future__ import annotations

from typing import Final

from protocol.crfs.child_pugh import CHILD_PUGH
from protocol.crfs.consent import CONSENT
from protocol.crfs.demography import DEMOGRAPHY
from protocol.crfs.deviation import DEVIATION
from protocol.crfs.diagnosis import DIAGNOSIS
from protocol.crfs.ecg import ECG
from protocol.crfs.ending import DEATH, END_OF_STUDY, WITHDRAWAL
from protocol.crfs.evaluation import SURGEON_EVALUATION
from protocol.crfs.history import HISTORY
from protocol.crfs.judgement import JUDGEMENT
from protocol.crfs.laboratory import CHEMISTRY, COAGULATION, HAEMATOLOGY, MARKERS
from protocol.crfs.medication import MEDICATION
from protocol.crfs.pathology import PATHOLOGY
from protocol.crfs.postoperative import POSTOPERATIVE
from protocol.crfs.pregnancy import PREGNANCY, PREGNANCY_REPORT
from protocol.crfs.recurrence import RECURRENCE
from protocol.crfs.safety import ADVERSE_EVENT
from protocol.crfs.second_reading import SECOND_READING
from protocol.crfs.serious import SERIOUS_EVENT
from protocol.crfs.surgery import OPERATION
from protocol.crfs.therapy import NEW_THERAPY
from protocol.crfs.treatment import PRIOR_TREATMENT
from protocol.crfs.tumour import TUMOUR_ASSESSMENT
from protocol.crfs.visits import SURVIVAL_STATUS, VISIT_RECORD
from protocol.crfs.vitals import VITALS

CRFS: Final = (
    CONSENT,
    DEMOGRAPHY,
    DIAGNOSIS,
    PRIOR_TREATMENT,
    TUMOUR_ASSESSMENT,
    SECOND_READING,
    MARKERS,
    HAEMATOLOGY,
    CHEMISTRY,
    COAGULATION,
    ECG,
    VITALS,
    CHILD_PUGH,
    PREGNANCY,
    HISTORY,
    SURGEON_EVALUATION,
    JUDGEMENT,
    VISIT_RECORD,
    OPERATION,
    PATHOLOGY,
    POSTOPERATIVE,
    ADVERSE_EVENT,
    SERIOUS_EVENT,
    PREGNANCY_REPORT,
    MEDICATION,
    RECURRENCE,
    NEW_THERAPY,
    SURVIVAL_STATUS,
    DEVIATION,
    WITHDRAWAL,
    DEATH,
    END_OF_STUDY,
)
