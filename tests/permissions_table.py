"""Every address, what it asks for and what it is about. A test compares this table with the urlconf and tries each.

An address that is not here fails the test; so does one whose view asks for something else than stands here.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.roles import Permission as P

CLEANS = (P.FORM_VERIFY, P.FORM_LOCK)
ENTERS = (P.FORM_ENTER, P.EVALUATION_ENTER, P.READING_ENTER)
SAFETY = (P.SAFETY_READ,)
SPEAKS = (P.QUERY_OPEN, P.QUERY_ANSWER, P.QUERY_CLOSE, P.EVALUATION_ENTER, P.READING_ENTER)
RANGES = (P.FORM_READ, P.RANGE_PROPOSE, P.RANGE_CONFIRM, P.ADMINISTER)
PEOPLE = (P.PEOPLE_READ, P.TRAINING_RECORD)


@dataclass(frozen=True)
class Address:
    """One address. `about` says whose row stands in it; `needs` is None for the public, empty for everyone inside."""

    name: str
    needs: tuple[P, ...] | None
    about: str = ""
    post: bool = False
    also: tuple[tuple[str, object], ...] = ()
    sends: tuple[tuple[str, str], ...] = ()


A = Address

ADDRESSES: tuple[Address, ...] = (
    # desk
    A("home", ()),
    A("site-switch", (), post=True),
    A("subjects", (P.FORM_READ,)),
    A("subjects-csv", (P.FORM_READ,)),
    A("subject-add", (P.SUBJECT_ADD,)),
    A("subject-jump", (P.FORM_READ,)),
    A("casebook", (P.FORM_READ,), about="subject"),
    A("subject-history", (P.FORM_READ,), about="subject"),
    A("subject-history-csv", (P.FORM_READ,), about="subject"),
    A("casebook-as-of", (P.FORM_READ,), about="subject"),
    A("queries", (P.FORM_READ,)),
    A("queries-csv", (P.FORM_READ,)),
    A("queries-close", (P.QUERY_CLOSE,), post=True),
    A("comments", (P.FORM_READ,)),
    A("comments-csv", (P.FORM_READ,)),
    A("checks", (P.FORM_READ,)),
    A("checks-csv", (P.FORM_READ,)),
    # casebook
    A("form", (P.FORM_READ,), about="form"),
    A("form-add", ENTERS, about="subject", post=True, sends=(("crf", "ICF"),)),
    A("codes", (P.FORM_READ,), also=(("name", "ctcae-term"),)),
    A("form-peek", (P.FORM_READ,), about="form", post=True),
    A("form-draft", ENTERS, about="form", post=True),
    A("form-draft-discard", ENTERS, about="draft", post=True),
    A("form-resume", (P.FORM_READ,), about="form"),
    A("form-not-done", ENTERS, about="form"),
    A("form-file-add", ENTERS, about="form"),
    A("subject-files", (P.FORM_READ,), about="subject"),
    A("subject-file-add", (P.FORM_ENTER,), about="subject"),
    A("file", (P.FORM_READ,), about="file"),
    A("file-withdraw", ENTERS, about="file"),
    A("form-sign", (P.FORM_SIGN, P.EVALUATION_SIGN), about="form"),
    A("sign-forms", (P.FORM_SIGN, P.EVALUATION_SIGN)),
    A("locks", (P.FORM_LOCK,)),
    A("locks-csv", (P.FORM_LOCK,)),
    A("lock", (P.FORM_LOCK,), also=(("level", "trial"), ("key", "trial"))),
    *(A("lock", (P.FORM_LOCK,), about=f"lock of a {level}") for level in ("form", "visit", "subject", "site")),
    A("transfers", (P.FORM_READ,)),
    A("transfers-csv", (P.FORM_READ,)),
    A("transfer", (P.FORM_READ,), about="transfer"),
    A("transfer-copy", (P.FORM_READ,), about="transfer"),
    A("transfer-ask", (P.SUBJECT_TRANSFER,), about="subject"),
    A("item-history", (P.FORM_READ,), about="form", also=(("path", "birth_date"),)),
    A("query-ask", (P.QUERY_OPEN,), about="form", also=(("path", "birth_date"),)),
    A("query-ask-form", (P.QUERY_OPEN,), about="form"),
    A("query-ask-visit", (P.QUERY_OPEN,), about="visit"),
    A("form-comment", SPEAKS, about="form"),
    A("item-comment", SPEAKS, about="form", also=(("path", "birth_date"),)),
    A("query", (P.FORM_READ,), about="query"),
    A("query-step", SPEAKS, about="query", also=(("step", "answer"),), post=True),
    A("screening-log", (P.ELIGIBILITY_READ,)),
    A("screening-log-csv", (P.ELIGIBILITY_READ,)),
    A("screening-add", (P.SUBJECT_ADD,), post=True),
    A("screening-weeks", (P.SUBJECT_ADD,), post=True),
    A("screening-line", (P.ELIGIBILITY_READ,), about="screening line"),
    A("consent-forms", (P.FORM_READ,)),
    A("consent-forms-csv", (P.FORM_READ,)),
    A("consent-form", (P.CONSENT_FORM_ADD,), about="consent version"),
    A("consent-form-withdraw", (P.CONSENT_FORM_ADD,), about="consent version", post=True),
    A("consent-form-add", (P.CONSENT_FORM_ADD,), post=True),
    # laboratories and reference ranges
    A("ranges", RANGES),
    A("ranges-csv", RANGES),
    A("ranges-upload", (P.RANGE_PROPOSE,)),
    A("range", RANGES, about="range"),
    A("range-correct", (P.RANGE_PROPOSE,), about="range", post=True),
    A("range-withdraw", (P.RANGE_PROPOSE, P.RANGE_CONFIRM), about="range", post=True),
    A("laboratory", RANGES, about="laboratory"),
    A("laboratory-add", (P.RANGE_PROPOSE,), post=True),
    A("range-add", (P.RANGE_PROPOSE,), about="laboratory", post=True),
    A("ranges-confirm", (P.RANGE_CONFIRM,), about="laboratory", post=True),
    A("conversion-add", (P.RANGE_PROPOSE,), about="laboratory", post=True),
    A("conversion-withdraw", (P.RANGE_PROPOSE,), about="laboratory", post=True),
    A("imports", (P.IMPORT_PREPARE, P.IMPORT_RELEASE)),
    A("import-prepare", (P.IMPORT_PREPARE,)),
    A("import-batch", (P.IMPORT_PREPARE, P.IMPORT_RELEASE), about="batch"),
    A("import-release", (P.IMPORT_RELEASE,), about="batch", post=True),
    A("import-reject", (P.IMPORT_PREPARE, P.IMPORT_RELEASE), about="batch", post=True),
    # verification, review, monitoring visits, sources
    A("verification", CLEANS),
    A("verification-csv", CLEANS),
    A("verification-plan", CLEANS),
    A("verification-plan-set", (P.VERIFICATION_PLAN,), post=True),
    A("form-verify", (P.FORM_VERIFY,), about="form"),
    A("form-unverify", (P.FORM_VERIFY,), about="form", post=True),
    A("reviews", (P.FORM_REVIEW,)),
    A("reviews-csv", (P.FORM_REVIEW,)),
    A("reviews-mark", (P.FORM_REVIEW,), post=True),
    A("form-review", (P.FORM_REVIEW,), about="form"),
    A("monitoring", (*CLEANS, P.FORM_ENTER)),
    A("monitoring-csv", (*CLEANS, P.FORM_ENTER)),
    A("monitoring-open", (P.FORM_VERIFY,), post=True),
    A("monitoring-visit", (*CLEANS, P.FORM_ENTER), about="monitoring"),
    A("monitoring-note", (P.FORM_VERIFY,), about="monitoring", post=True),
    A("monitoring-close", (P.FORM_VERIFY,), about="monitoring", post=True),
    A("source-list", (P.FORM_READ,)),
    A("source-list-csv", (P.FORM_READ,)),
    A("source-note", (P.FORM_ENTER,), post=True),
    # eligibility
    A("eligibility-board", (P.ELIGIBILITY_READ,)),
    A("eligibility-board-csv", (P.ELIGIBILITY_READ,)),
    A("second-readings", (P.ELIGIBILITY_READ,)),
    A("second-readings-csv", (P.ELIGIBILITY_READ,)),
    A("eligibility-board-pdf", (P.ELIGIBILITY_READ,)),
    A("candidate", (P.ELIGIBILITY_READ,), about="subject"),
    A("candidate-csv", (P.ELIGIBILITY_READ,), about="subject"),
    A("candidate-pdf", (P.ELIGIBILITY_READ,), about="subject"),
    A("determinations-kept", (P.ELIGIBILITY_READ,), about="subject"),
    A("response-confirm", (P.ELIGIBILITY_JUDGE,), about="subject", post=True),
    A("review-resolve", (P.ELIGIBILITY_JUDGE, P.ELIGIBILITY_REVIEW), about="subject", post=True),
    A("determination-sign", (P.ELIGIBILITY_JUDGE,), about="subject", post=True),
    A("determination-revoke", (P.ELIGIBILITY_JUDGE,), about="subject", post=True),
    A("screen-failure", (P.ELIGIBILITY_JUDGE,), about="subject", post=True),
    # exports
    A("exports", (P.EXPORT, P.FORM_READ)),
    A("export-table", (P.EXPORT,), also=(("crf", "DM"),)),
    A("export-trial", (P.EXPORT,), post=True),
    A("export-casebook", (P.FORM_READ,), post=True),
    A("casebook-paper", (P.FORM_READ,), about="subject", post=True),
    A("downloads", ()),
    A("download", (), also=(("download_id", "00000000-0000-4000-8000-000000000000"),)),
    # API
    A("api-subjects", (P.FORM_READ,)),
    A("api-subject", (P.FORM_READ,), about="subject"),
    A("api-forms", (P.FORM_READ,)),
    A("api-form", (P.FORM_READ,), about="form"),
    A("api-verdicts", (P.ELIGIBILITY_READ,)),
    A("api-visits", (P.FORM_READ,)),
    A("api-schema", ()),
    A("api-docs", ()),
    A("api-tokens", ()),
    A("api-token-make", (), post=True),
    A("api-token-revoke", (), about="token", post=True),
    # randomization
    A("randomization", (P.RANDOMIZE, P.ARM_READ, P.LIST_MAKE, P.LIST_READ)),
    A("randomize", (P.RANDOMIZE,), about="subject"),
    A("allocation", (P.ARM_READ,), about="subject"),
    A("allocation-certificate", (P.ARM_READ,), about="subject"),
    A("allocation-lists", (P.LIST_MAKE, P.LIST_READ)),
    A("list-make", (P.LIST_MAKE,), post=True),
    A("list-end", (P.LIST_MAKE,), post=True),
    A("list-ask", (P.LIST_MAKE, P.LIST_READ), post=True),
    A("list-open", (P.LIST_MAKE, P.LIST_READ), post=True),
    # safety
    A("safety", SAFETY),
    A("safety-events", SAFETY),
    A("safety-events-csv", SAFETY),
    A("safety-deviations", SAFETY),
    A("safety-deviations-csv", SAFETY),
    A("safety-deviation", SAFETY, about="deviation"),
    A("safety-sign", SAFETY, about="sign"),
    # follow-up: visits
    A("visits", (P.FORM_READ,)),
    A("visits-csv", (P.FORM_READ,)),
    A("visit-calendar", (P.FORM_READ,)),
    A("visit-overdue", (P.FORM_READ,)),
    A("subject-visits", (P.FORM_READ,), about="subject"),
    A("visit-attendance", (P.FORM_ENTER,), about="visit"),
    A("visit-missed", (P.FORM_ENTER,), about="visit"),
    A("visit-correction", (P.FORM_ENTER,), about="visit"),
    A("visit-unscheduled", (P.FORM_ENTER,), about="subject"),
    # reports
    A("reports", (P.REPORT_READ,)),
    A("report", (P.REPORT_READ,), also=(("which", "accrual"),)),
    A("report-pdf", (P.REPORT_READ,), also=(("which", "flow"),)),
    A("report-csv", (P.REPORT_READ,), also=(("which", "pfs"),)),
    A("report-people", (P.REPORT_READ,), also=(("box", "assessed"),)),
    A("subject-endpoints", (P.REPORT_READ,), about="subject"),
    # audit
    A("audit-events", (P.AUDIT_READ,)),
    # administration
    A("administration", PEOPLE),
    A("user-add", (P.ADMINISTER,)),
    A("user", (P.PEOPLE_READ,), about="user"),
    A("user-deactivate", (P.ADMINISTER,), about="user", post=True),
    A("user-reactivate", (P.ADMINISTER,), about="user", post=True),
    A("user-sessions-end", (P.ADMINISTER,), about="user", post=True),
    A("user-invite", (P.ADMINISTER,), about="user", post=True),
    A("grant-give", (P.ADMINISTER,), about="user", post=True),
    A("training-record", (P.TRAINING_RECORD,), about="user", post=True),
    A("grant-end", (P.ADMINISTER,), about="grant", post=True),
    A("sites", (P.PEOPLE_READ,)),
    A("site-add", (P.ADMINISTER,)),
    A("site", (P.PEOPLE_READ,), about="site"),
    A("site-change", (P.ADMINISTER,), about="site", post=True),
    A("site-protocol", (P.ADMINISTER,), about="site", post=True),
    A("delegations", (P.PEOPLE_READ,), about="site"),
    A("site-people", (P.PEOPLE_READ,), about="site"),
    A("site-people-csv", (P.PEOPLE_READ,), about="site"),
    A("access-review", (P.ADMINISTER, P.TASK_DELEGATE), about="site", post=True),
    A("delegation-end", (P.TASK_DELEGATE,), about="delegation", post=True),
    # a demonstration
    A("days-pass", ()),
    A("mails", (P.MAIL_READ,)),
    A("mails-again", (P.ADMINISTER,), post=True),
    # one's own account
    A("filter-save", (), post=True, sends=(("list", "subjects"), ("name", "Mine"), ("query", "number=1"))),
    A("filter-forget", (), about="filter", post=True),
    A("set_language", None, post=True),
    A("mailbox", None),
    A("health", None),
    A("account_login", None),
    A("account_logout", None),
    A("account_inactive", None),
    A("account_reset_password", None),
    A("account_reset_password_done", None),
    A("account_reset_password_from_key", None, also=(("uidb36", "1"), ("key", "x"))),
    A("account_reset_password_from_key_done", None),
    A("account_reauthenticate", ()),
    A("account_change_password", ()),
    A("account_set_password", ()),
    A("mfa_authenticate", None),
    A("mfa_index", ()),
    A("mfa_reauthenticate", ()),
    A("mfa_activate_totp", ()),
    A("mfa_deactivate_totp", ()),
    A("mfa_view_recovery_codes", ()),
    A("mfa_generate_recovery_codes", ()),
    A("mfa_download_recovery_codes", ()),
    A("mfa_list_webauthn", ()),
    A("mfa_add_webauthn", ()),
    A("mfa_reauthenticate_webauthn", ()),
    A("mfa_remove_webauthn", (), also=(("pk", 1),)),
    A("mfa_edit_webauthn", (), also=(("pk", 1),)),
    A("usersessions_list", ()),
)

# What allauth offers and this house does not: the address is shut, whoever asks.
SHUT = (
    "account_signup",
    "account_email",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_confirm_login_code",
)
