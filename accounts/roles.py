"""What each role may do: the only source of the role × action matrix in docs/roles.md."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from protocol.roles import Role, Task
from protocol.words import N_


class Permission(StrEnum):
    """One thing that somebody may do, named app:noun:verb."""

    SUBJECT_ADD = "casebook:subject:add"
    SUBJECT_TRANSFER = "casebook:subject:transfer"
    FORM_READ = "casebook:form:read"
    FORM_ENTER = "casebook:form:enter"
    EVALUATION_ENTER = "casebook:evaluation:enter"
    READING_ENTER = "casebook:reading:enter"
    FORM_SIGN = "casebook:form:sign"
    EVALUATION_SIGN = "casebook:evaluation:sign"
    FORM_VERIFY = "casebook:form:verify"
    VERIFICATION_PLAN = "casebook:verification-plan:set"
    FORM_REVIEW = "casebook:form:review"
    FORM_LOCK = "casebook:form:lock"
    QUERY_OPEN = "casebook:query:open"
    QUERY_ANSWER = "casebook:query:answer"
    QUERY_CLOSE = "casebook:query:close"
    IMPORT_PREPARE = "casebook:import:prepare"
    IMPORT_RELEASE = "casebook:import:release"
    RANGE_PROPOSE = "casebook:range:propose"
    RANGE_CONFIRM = "casebook:range:confirm"
    CONSENT_FORM_ADD = "casebook:consent-form:add"
    ELIGIBILITY_READ = "eligibility:read"
    ELIGIBILITY_JUDGE = "eligibility:judge"
    ELIGIBILITY_REVIEW = "eligibility:review"
    RANDOMIZE = "randomization:subject:randomize"
    ARM_READ = "randomization:arm:read"
    LIST_MAKE = "randomization:list:make"
    LIST_READ = "randomization:list:read"
    CAUSALITY_ASSESS = "safety:causality:assess"
    SAFETY_READ = "safety:event:read"
    REPORT_READ = "reports:pooled:read"
    ARM_REPORT_READ = "reports:arm:read"
    EXPORT = "exports:data:export"
    AUDIT_READ = "audit:read"
    PEOPLE_READ = "accounts:people:read"
    ADMINISTER = "accounts:administer"
    TASK_DELEGATE = "accounts:task:delegate"
    TRAINING_RECORD = "accounts:training:record"
    MAIL_READ = "outbox:mail:read"

    @property
    def title(self) -> str:  # type: ignore[override]  # words, not capital letters
        """Return what may be done, in English words that the catalogue knows."""
        return TITLES[self]


P = Permission

TITLES: Mapping[Permission, str] = {
    P.SUBJECT_ADD: N_("add a subject"),
    P.SUBJECT_TRANSFER: N_("transfer a subject between sites"),
    P.FORM_READ: N_("read forms"),
    P.FORM_ENTER: N_("enter and correct forms"),
    P.EVALUATION_ENTER: N_("enter one's own surgeon evaluation"),
    P.READING_ENTER: N_("enter one's own reading of images"),
    P.FORM_SIGN: N_("sign forms"),
    P.EVALUATION_SIGN: N_("sign one's own evaluation or reading"),
    P.FORM_VERIFY: N_("verify values against the source"),
    P.VERIFICATION_PLAN: N_("set the plan of verification"),
    P.FORM_REVIEW: N_("mark forms as reviewed"),
    P.FORM_LOCK: N_("freeze, lock and unlock"),
    P.QUERY_OPEN: N_("open a query"),
    P.QUERY_ANSWER: N_("answer a query"),
    P.QUERY_CLOSE: N_("close, reopen or cancel a query"),
    P.IMPORT_PREPARE: N_("prepare an import"),
    P.IMPORT_RELEASE: N_("release an import"),
    P.RANGE_PROPOSE: N_("propose a reference range"),
    P.RANGE_CONFIRM: N_("confirm a reference range"),
    P.CONSENT_FORM_ADD: N_("add a version of the consent form"),
    P.ELIGIBILITY_READ: N_("read the eligibility board"),
    P.ELIGIBILITY_JUDGE: N_("judge eligibility as investigator"),
    P.ELIGIBILITY_REVIEW: N_("resolve a verdict that needs review"),
    P.RANDOMIZE: N_("randomize a subject"),
    P.ARM_READ: N_("see a subject's arm"),
    P.LIST_MAKE: N_("make a sealed list"),
    P.LIST_READ: N_("take part in opening the sealed list"),
    P.CAUSALITY_ASSESS: N_("assess the causality of an event"),
    P.SAFETY_READ: N_("read safety reports"),
    P.REPORT_READ: N_("read pooled reports"),
    P.ARM_REPORT_READ: N_("read outcomes by arm"),
    P.EXPORT: N_("export data"),
    P.AUDIT_READ: N_("read the audit trail"),
    P.PEOPLE_READ: N_("read who may do what"),
    P.ADMINISTER: N_("administer users, roles and sites"),
    P.TASK_DELEGATE: N_("delegate tasks at one's site"),
    P.TRAINING_RECORD: N_("record a training"),
    P.MAIL_READ: N_("read the mails the system sent"),
}

_INVESTIGATOR = frozenset(
    {
        P.SUBJECT_ADD,
        P.FORM_READ,
        P.FORM_ENTER,
        P.FORM_SIGN,
        P.QUERY_ANSWER,
        P.IMPORT_RELEASE,
        P.ELIGIBILITY_READ,
        P.ELIGIBILITY_JUDGE,
        P.RANDOMIZE,
        P.ARM_READ,
        P.CAUSALITY_ASSESS,
        P.SAFETY_READ,
        P.REPORT_READ,
        P.AUDIT_READ,
    }
)

ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.COORDINATOR: frozenset(
        {
            P.SUBJECT_ADD,
            P.FORM_READ,
            P.FORM_ENTER,
            P.QUERY_ANSWER,
            P.IMPORT_RELEASE,
            P.ELIGIBILITY_READ,
            P.RANDOMIZE,
            P.ARM_READ,
            P.SAFETY_READ,
            P.REPORT_READ,
            P.AUDIT_READ,
        }
    ),
    Role.PRINCIPAL_INVESTIGATOR: _INVESTIGATOR
    | {
        P.SUBJECT_TRANSFER,
        P.RANGE_CONFIRM,
        P.CONSENT_FORM_ADD,
        P.ELIGIBILITY_REVIEW,
        P.EXPORT,
        P.TASK_DELEGATE,
        P.TRAINING_RECORD,
        P.PEOPLE_READ,
    },
    Role.SUB_INVESTIGATOR: _INVESTIGATOR,
    Role.SURGEON: frozenset({P.FORM_READ, P.EVALUATION_ENTER, P.EVALUATION_SIGN, P.ELIGIBILITY_READ, P.ARM_READ}),
    Role.READER: frozenset({P.FORM_READ, P.READING_ENTER, P.EVALUATION_SIGN}),
    Role.MONITOR: frozenset(
        {
            P.FORM_READ,
            P.FORM_VERIFY,
            P.QUERY_OPEN,
            P.QUERY_CLOSE,
            P.ELIGIBILITY_READ,
            P.ARM_READ,
            P.SAFETY_READ,
            P.REPORT_READ,
            P.AUDIT_READ,
            P.PEOPLE_READ,
        }
    ),
    Role.DATA_MANAGER: frozenset(
        {
            P.FORM_READ,
            P.VERIFICATION_PLAN,
            P.FORM_REVIEW,
            P.FORM_LOCK,
            P.QUERY_OPEN,
            P.QUERY_CLOSE,
            P.IMPORT_PREPARE,
            P.RANGE_PROPOSE,
            P.CONSENT_FORM_ADD,
            P.ELIGIBILITY_READ,
            P.ARM_READ,
            P.SAFETY_READ,
            P.REPORT_READ,
            P.EXPORT,
            P.AUDIT_READ,
            P.PEOPLE_READ,
        }
    ),
    Role.MEDICAL_REVIEWER: frozenset(
        {
            P.FORM_READ,
            P.FORM_REVIEW,
            P.QUERY_OPEN,
            P.ELIGIBILITY_READ,
            P.ELIGIBILITY_REVIEW,
            P.SAFETY_READ,
            P.REPORT_READ,
        }
    ),
    Role.SPONSOR_SAFETY: frozenset({P.FORM_READ, P.QUERY_OPEN, P.ARM_READ, P.SAFETY_READ, P.REPORT_READ}),
    Role.STATISTICIAN: frozenset({P.FORM_READ, P.REPORT_READ, P.EXPORT}),
    Role.UNBLINDED_STATISTICIAN: frozenset(
        {P.FORM_READ, P.ARM_READ, P.LIST_MAKE, P.REPORT_READ, P.EXPORT, P.ARM_REPORT_READ}
    ),
    Role.RANDOMIZATION_MANAGER: frozenset({P.LIST_READ}),
    Role.ADMINISTRATOR: frozenset({P.ADMINISTER, P.TRAINING_RECORD, P.PEOPLE_READ, P.MAIL_READ}),
}

# Parts of the system that act by themselves. They cannot log in; their name stands in the trail.
SYSTEM_USERS: Mapping[str, frozenset[Permission]] = {
    "set-up": frozenset({P.ADMINISTER, P.TRAINING_RECORD, P.RANGE_PROPOSE, P.RANGE_CONFIRM}),
    "import": frozenset({P.SUBJECT_ADD, P.FORM_READ, P.FORM_ENTER, P.IMPORT_PREPARE, P.IMPORT_RELEASE}),
    "eligibility": frozenset({P.FORM_READ, P.ELIGIBILITY_READ}),
    "outbox": frozenset({P.FORM_READ}),
    "follow-up": frozenset({P.FORM_READ, P.ELIGIBILITY_READ, P.ARM_READ}),
    "export": frozenset({P.FORM_READ, P.ELIGIBILITY_READ, P.ARM_READ}),
    "log-in": frozenset(),
    "seal": frozenset({P.AUDIT_READ}),
}

NOT_CLINICAL = frozenset(
    {
        P.RANGE_PROPOSE,
        P.RANGE_CONFIRM,
        P.CONSENT_FORM_ADD,
        P.LIST_MAKE,
        P.LIST_READ,
        P.PEOPLE_READ,
        P.ADMINISTER,
        P.TASK_DELEGATE,
        P.TRAINING_RECORD,
        P.MAIL_READ,
    }
)
# Where a holder of one of these works, the subjects and forms of the site exist for them. What is new is clinical
# until somebody says otherwise.
CLINICAL = frozenset(Permission) - NOT_CLINICAL
# What stays possible at a site that was closed.
READING = frozenset(
    {
        P.FORM_READ,
        P.ELIGIBILITY_READ,
        P.ARM_READ,
        P.SAFETY_READ,
        P.REPORT_READ,
        P.EXPORT,
        P.ARM_REPORT_READ,
        P.AUDIT_READ,
        P.PEOPLE_READ,
        P.MAIL_READ,
        P.ADMINISTER,
    }
)
CHANGES_VALUES = frozenset({P.FORM_ENTER, P.EVALUATION_ENTER, P.READING_ENTER, P.IMPORT_RELEASE})
ENROLS = frozenset({P.SUBJECT_ADD, P.FORM_ENTER, P.RANDOMIZE})


# Roles of a site's own people: never held for all sites. Roles of the trial: never for one.
SITE_ROLES = frozenset(
    {Role.COORDINATOR, Role.PRINCIPAL_INVESTIGATOR, Role.SUB_INVESTIGATOR, Role.SURGEON, Role.READER}
)
TRIAL_ROLES = frozenset(
    {Role.ADMINISTRATOR, Role.RANDOMIZATION_MANAGER, Role.STATISTICIAN, Role.UNBLINDED_STATISTICIAN}
)

TASKS: Mapping[Task, Permission] = {
    Task.CRF_ENTRY: P.FORM_ENTER,
    Task.CONSENT: P.FORM_ENTER,
    Task.ELIGIBILITY: P.ELIGIBILITY_JUDGE,
    Task.RANDOMIZE: P.RANDOMIZE,
    Task.SAE_CAUSALITY: P.CAUSALITY_ASSESS,
    Task.READING: P.READING_ENTER,
    Task.SURGEON_EVALUATION: P.EVALUATION_ENTER,
}

# Whoever evaluates signs the evaluation; an investigator signs everything else.
OWN_WORK = frozenset({Task.SURGEON_EVALUATION, Task.READING})


def signing_permission(task: Task | str) -> Permission:
    """Return what signing a form asks for, by the task that entering it needs."""
    return P.EVALUATION_SIGN if Task(task) in OWN_WORK else P.FORM_SIGN


def permissions_of(role: str) -> frozenset[Permission]:
    """Return what a role, as it is stored, includes."""
    return ROLES[Role(role)]


def title_of(role: str) -> str:
    """Return the English title of a role as it is stored."""
    return Role(role).title
