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
    def title(self) -> str:  # type: ignore[override]  # a role is not a text to be capitalised
        """Return the role as people say it, in English words that the catalogue knows."""
        return ROLE_TITLES[self]

    @property
    def description(self) -> str:
        """Return what the role is there for, in one sentence."""
        return ROLE_DESCRIPTIONS[self]


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
    def title(self) -> str:  # type: ignore[override]  # nor is a task
        """Return the task as people say it, in English words that the catalogue knows."""
        return TASK_TITLES[self]

    @property
    def description(self) -> str:
        """Return what the task allows, in one sentence."""
        return TASK_DESCRIPTIONS[self]


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

ROLE_DESCRIPTIONS: Mapping[Role, str] = {
    Role.COORDINATOR: N_("Enters forms, answers queries, keeps the visits of the site in time."),
    Role.PRINCIPAL_INVESTIGATOR: N_("Answers for the site: delegates tasks, judges, signs, confirms ranges."),
    Role.SUB_INVESTIGATOR: N_("Judges and signs what the principal investigator delegated."),
    Role.SURGEON: N_("Evaluates resectability alone, without the other surgeon's answer."),
    Role.READER: N_("Reads images a second time, without the site's reading, whose signed reading decides."),
    Role.MONITOR: N_("Verifies values against their source and opens queries; changes no value."),
    Role.DATA_MANAGER: N_("Keeps the data clean: queries, imports, ranges, locks; changes no clinical value."),
    Role.MEDICAL_REVIEWER: N_("Decides a review together with an investigator."),
    Role.SPONSOR_SAFETY: N_("Receives serious adverse events and judges expectedness."),
    Role.STATISTICIAN: N_("Sees pooled data only, until the lock."),
    Role.UNBLINDED_STATISTICIAN: N_("Prepares the list and sees outcomes by arm before the lock, as a named person."),
    Role.RANDOMIZATION_MANAGER: N_("Keeps the sealed list; belongs to neither site nor trial team."),
    Role.ADMINISTRATOR: N_("Keeps accounts and sites; sees no clinical data."),
}

TASK_DESCRIPTIONS: Mapping[Task, str] = {
    Task.CONSENT: N_("Informs the subject and obtains the signature."),
    Task.ELIGIBILITY: N_("Judges the criteria and signs the determination."),
    Task.RANDOMIZE: N_("Presses Randomize once an investigator's signature stands."),
    Task.SAE_CAUSALITY: N_("Judges grade and causality of adverse events and signs them."),
    Task.READING: N_("Reads images a second time and signs the reading."),
    Task.SURGEON_EVALUATION: N_("Answers whether the tumour is resectable."),
    Task.CRF_ENTRY: N_("Enters and corrects forms."),
}

INVESTIGATORS = frozenset({Role.PRINCIPAL_INVESTIGATOR, Role.SUB_INVESTIGATOR})

# Who may be given a task at all. A coordinator presses Randomize, but judges nothing.
HOLDERS: Mapping[Task, frozenset[Role]] = {
    Task.CONSENT: INVESTIGATORS | {Role.COORDINATOR},  # NMPA GCP 2020 art. 23: a designated person of the site may
    Task.ELIGIBILITY: INVESTIGATORS,
    Task.RANDOMIZE: INVESTIGATORS | {Role.COORDINATOR},
    Task.SAE_CAUSALITY: INVESTIGATORS,
    Task.READING: frozenset({Role.READER}),
    Task.SURGEON_EVALUATION: frozenset({Role.SURGEON}),
    Task.CRF_ENTRY: INVESTIGATORS | {Role.COORDINATOR},
}


def may_hold(role: Role, task: Task) -> bool:
    """Return whether the principal investigator may delegate this task to somebody of this role."""
    return role in HOLDERS[task]
