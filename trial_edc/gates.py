"""Who may come to which address at all. What is not declared is open to nobody; rules then judge the very row."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import ResolverMatch

from accounts.roles import Permission
from protocol.words import N_, Sentence, sentence

logger = logging.getLogger(__name__)

P = Permission
EVERYONE: tuple[Permission, ...] = ()
READS_SAFETY = (P.SAFETY_READ,)
CLEANS = (P.FORM_VERIFY, P.FORM_LOCK)
ENTERS = (P.FORM_ENTER, P.EVALUATION_ENTER, P.READING_ENTER)
# Whoever evaluates blinded answers for the own evaluation, which nobody else sees.
SPEAKS = (P.QUERY_OPEN, P.QUERY_ANSWER, P.QUERY_CLOSE, P.EVALUATION_ENTER, P.READING_ENTER)

# By name of the address; whoever holds one of the permissions somewhere comes in. A view may declare it itself, by
# `accounts.gate.needs`; the addresses of log-in and second factor are everyone's own.
GATES: Mapping[str, tuple[Permission, ...]] = {
    "home": EVERYONE,
    "site-switch": EVERYONE,
    "filter-save": EVERYONE,
    "filter-forget": EVERYONE,
    "subjects": (P.FORM_READ,),
    "subjects-csv": (P.FORM_READ,),
    "subject-add": (P.SUBJECT_ADD,),
    "subject-jump": (P.FORM_READ,),
    "casebook": (P.FORM_READ,),
    "subject-history": (P.FORM_READ,),
    "subject-history-csv": (P.FORM_READ,),
    "casebook-as-of": (P.FORM_READ,),
    "form": (P.FORM_READ,),
    "form-add": ENTERS,
    "form-peek": (P.FORM_READ,),
    "codes": (P.FORM_READ,),
    "form-draft": ENTERS,
    "form-draft-discard": ENTERS,
    "form-resume": (P.FORM_READ,),
    "form-not-done": ENTERS,
    "form-file-add": ENTERS,
    "subject-files": (P.FORM_READ,),
    "subject-file-add": (P.FORM_ENTER,),
    "file": (P.FORM_READ,),
    "file-withdraw": ENTERS,
    "form-sign": (P.FORM_SIGN, P.EVALUATION_SIGN),
    "sign-forms": (P.FORM_SIGN, P.EVALUATION_SIGN),
    "locks": (P.FORM_LOCK,),
    "locks-csv": (P.FORM_LOCK,),
    "lock": (P.FORM_LOCK,),
    "transfers": (P.FORM_READ,),
    "transfers-csv": (P.FORM_READ,),
    "transfer": (P.FORM_READ,),
    "transfer-copy": (P.FORM_READ,),
    "transfer-ask": (P.SUBJECT_TRANSFER,),
    "item-history": (P.FORM_READ,),
    "queries": (P.FORM_READ,),
    "queries-csv": (P.FORM_READ,),
    "queries-close": (P.QUERY_CLOSE,),
    "comments": (P.FORM_READ,),
    "comments-csv": (P.FORM_READ,),
    "checks": (P.FORM_READ,),
    "checks-csv": (P.FORM_READ,),
    "query": (P.FORM_READ,),
    "query-ask": (P.QUERY_OPEN,),
    "query-ask-form": (P.QUERY_OPEN,),
    "query-ask-visit": (P.QUERY_OPEN,),
    "query-step": SPEAKS,
    "form-comment": SPEAKS,
    "item-comment": SPEAKS,
    "verification": CLEANS,
    "verification-csv": CLEANS,
    "verification-plan": CLEANS,
    "verification-plan-set": (P.VERIFICATION_PLAN,),
    "form-verify": (P.FORM_VERIFY,),
    "form-unverify": (P.FORM_VERIFY,),
    "reviews": (P.FORM_REVIEW,),
    "reviews-csv": (P.FORM_REVIEW,),
    "reviews-mark": (P.FORM_REVIEW,),
    "form-review": (P.FORM_REVIEW,),
    "monitoring": (*CLEANS, P.FORM_ENTER),
    "monitoring-csv": (*CLEANS, P.FORM_ENTER),
    "monitoring-open": (P.FORM_VERIFY,),
    "monitoring-visit": (*CLEANS, P.FORM_ENTER),
    "monitoring-note": (P.FORM_VERIFY,),
    "monitoring-close": (P.FORM_VERIFY,),
    "source-list": (P.FORM_READ,),
    "source-list-csv": (P.FORM_READ,),
    "source-note": (P.FORM_ENTER,),
    "eligibility-board": (P.ELIGIBILITY_READ,),
    "eligibility-board-csv": (P.ELIGIBILITY_READ,),
    "eligibility-board-pdf": (P.ELIGIBILITY_READ,),
    "candidate": (P.ELIGIBILITY_READ,),
    "candidate-csv": (P.ELIGIBILITY_READ,),
    "candidate-pdf": (P.ELIGIBILITY_READ,),
    "determinations-kept": (P.ELIGIBILITY_READ,),
    "response-confirm": (P.ELIGIBILITY_JUDGE,),
    "review-resolve": (P.ELIGIBILITY_JUDGE, P.ELIGIBILITY_REVIEW),
    "determination-sign": (P.ELIGIBILITY_JUDGE,),
    "determination-revoke": (P.ELIGIBILITY_JUDGE,),
    "screen-failure": (P.ELIGIBILITY_JUDGE,),
    "randomization": (P.RANDOMIZE, P.ARM_READ, P.LIST_MAKE, P.LIST_READ),
    "randomize": (P.RANDOMIZE,),
    "allocation": (P.ARM_READ,),
    "allocation-certificate": (P.ARM_READ,),
    "allocation-lists": (P.LIST_MAKE, P.LIST_READ),
    "list-make": (P.LIST_MAKE,),
    "list-end": (P.LIST_MAKE,),
    "list-ask": (P.LIST_MAKE, P.LIST_READ),
    "list-open": (P.LIST_MAKE, P.LIST_READ),
    "visits": (P.FORM_READ,),
    "visits-csv": (P.FORM_READ,),
    "visit-calendar": (P.FORM_READ,),
    "visit-overdue": (P.FORM_READ,),
    "subject-visits": (P.FORM_READ,),
    "visit-attendance": (P.FORM_ENTER,),
    "visit-missed": (P.FORM_ENTER,),
    "visit-correction": (P.FORM_ENTER,),
    "visit-unscheduled": (P.FORM_ENTER,),
    "safety": READS_SAFETY,
    "safety-events": READS_SAFETY,
    "safety-events-csv": READS_SAFETY,
    "safety-deviations": READS_SAFETY,
    "safety-deviations-csv": READS_SAFETY,
    "safety-deviation": READS_SAFETY,
    "safety-sign": READS_SAFETY,
    "imports": (P.IMPORT_PREPARE, P.IMPORT_RELEASE),
    "import-prepare": (P.IMPORT_PREPARE,),
    "import-batch": (P.IMPORT_PREPARE, P.IMPORT_RELEASE),
    "import-release": (P.IMPORT_RELEASE,),
    "import-reject": (P.IMPORT_PREPARE, P.IMPORT_RELEASE),
    "reports": (P.REPORT_READ,),
    "report": (P.REPORT_READ,),
    "report-pdf": (P.REPORT_READ,),
    "report-csv": (P.REPORT_READ,),
    "report-people": (P.REPORT_READ,),
    "subject-endpoints": (P.REPORT_READ,),
    "audit-events": (P.AUDIT_READ,),
    "exports": (P.EXPORT, P.FORM_READ),
    "export-table": (P.EXPORT,),
    "export-trial": (P.EXPORT,),
    "export-casebook": (P.FORM_READ,),
    "casebook-paper": (P.FORM_READ,),
    "downloads": EVERYONE,
    "download": EVERYONE,
    "api-subjects": (P.FORM_READ,),
    "api-subject": (P.FORM_READ,),
    "api-forms": (P.FORM_READ,),
    "api-form": (P.FORM_READ,),
    "api-verdicts": (P.ELIGIBILITY_READ,),
    "api-visits": (P.FORM_READ,),
    "api-schema": EVERYONE,
    "api-docs": EVERYONE,
    "api-tokens": EVERYONE,
    "api-token-make": EVERYONE,
    "api-token-revoke": EVERYONE,
    "mailbox": (P.MAIL_READ,),
    "days-pass": EVERYONE,
}
OWN_ACCOUNT = ("account_", "mfa_", "usersessions_")


def is_public(view: Callable[..., Any]) -> bool:
    """Whether a view says that nobody need be logged in."""
    return not getattr(view, "login_required", True)


def declared(match: ResolverMatch) -> tuple[Permission, ...] | None:
    """Return the permissions an address asks for, any of them; None where it declares nothing."""
    if (said := getattr(match.func, "permissions", None)) is not None:
        return said
    name = match.url_name or ""
    return EVERYONE if name.startswith(OWN_ACCOUNT) else GATES.get(name)


def is_open(request: HttpRequest, match: ResolverMatch) -> bool:
    """Whether the user of this request may come to the address."""
    if is_public(match.func):
        return True
    asked = declared(match)
    if asked is None:
        logger.error("address declares no permission", extra={"route": match.route})
        return False
    return not asked or any(request.user.holds_anywhere(permission) for permission in asked)


def lacking(match: ResolverMatch) -> Sentence:
    """Return what to say to somebody whose roles do not open this address."""
    asked = declared(match)
    if not asked:
        return sentence(N_("This address is open to nobody yet. Tell the administrator which link led here."))
    return sentence(
        N_("Your role does not include this: %(permission)s. Ask an administrator if it should."),
        permission=tuple(sentence(permission.title) for permission in asked),
    )
