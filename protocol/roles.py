"""Who works on the trial and which tasks the principal investigator may hand to them. Source: domain decisions."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from protocol.words import N_


class Role(StrEnum):
    """The part a person takes. What each may do stands in the application's own matrix."""

    COORDINATOR = "coordinator"
    PRINCIPAL_INVESTIGATOR = "principal investigator"
    SUB_INVESTIGATOR = "sub-investigator"
    SURGEON = "surgeon"
    READER = "reader"
    MONITOR = "monitor"
    DATA_MANAGER = "data manager"
    MEDICAL_REVIEWER = "medical reviewer"
    SPONSOR_SAFETY = "sponsor safety"
    STATISTICIAN = "statistician"
    UNBLINDED_STATISTICIAN = "unblinded statistician"
    RANDOMIZATION_MANAGER = "randomization manager"
    ADMINISTRATOR = "administrator"

    @property
    def title(self) -> str:
        """Return the role as people say it, in English words that the catalogue knows."""
        return ROLE_TITLES[self]


class Task(StrEnum):
    """What the principal investigator delegates by signature; it also needs a recorded training."""

    CONSENT = "consent"
    ELIGIBILITY = "eligibility"
    RANDOMIZE = "randomize"
    SAE_CAUSALITY = "sae causality"
    READING = "reading"
    SURGEON_EVALUATION = "surgeon evaluation"
    CRF_ENTRY = "crf entry"

    @property
    def title(self) -> str:
        """Return the task as people say it, in English words that the catalogue knows."""
        return TASK_TITLES[self]


ROLE_TITLES: Mapping[Role, str] = {
    Role.COORDINATOR: N_("Coordinator"),
    Role.PRINCIPAL_INVESTIGATOR: N_("Principal investigator"),
    Role.SUB_INVESTIGATOR: N_("Sub-investigator"),
    Role.SURGEON: N_("Surgeon"),
    Role.READER: N_("Reader"),
    Role.MONITOR: N_("Monitor"),
    Role.DATA_MANAGER: N_("Data manager"),
    Role.MEDICAL_REVIEWER: N_("Medical reviewer"),
    Role.SPONSOR_SAFETY: N_("Sponsor safety"),
    Role.STATISTICIAN: N_("Statistician"),
    Role.UNBLINDED_STATISTICIAN: N_("Unblinded statistician"),
    Role.RANDOMIZATION_MANAGER: N_("Randomization manager"),
    Role.ADMINISTRATOR: N_("Administrator"),
}

TASK_TITLES: Mapping[Task, str] = {
    Task.CONSENT: N_("informed consent"),
    Task.ELIGIBILITY: N_("judging eligibility"),
    Task.RANDOMIZE: N_("randomization"),
    Task.SAE_CAUSALITY: N_("causality of serious adverse events"),
    Task.READING: N_("reading of images"),
    Task.SURGEON_EVALUATION: N_("surgeon evaluation"),
    Task.CRF_ENTRY: N_("entry of case report forms"),
}
