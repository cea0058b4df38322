"""ICF: the consent log. One line per consent given, also to a new version."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from protocol.crfs.questions import BEFORE_BIRTH, BIRTH, GCP, IN_FUTURE, free_text, yes_no
from protocol.language import Crf, InUse, Moment, NotBefore, NotFuture, Section, Severity
from protocol.words import N_

VERSION: Final = free_text(
    "ICF",
    "version",
    N_("Version of the consent form"),
    help=N_("As printed on the form."),
    source=GCP,
    max_length=50,
    missing=(),
)
IN_USE: Final = InUse(
    id="ICF.version.in-use",
    severity=Severity.SOFT,
    message=N_(
        "%(title)s: the site has no such version of the consent form in force on %(on)s. Its versions are %(versions)s."
    ),
    dated_by="signed_at",
)

SIGNED_AT: Final = Moment(
    name="signed_at",
    title=N_("Signed at"),
    help=N_("Day and time the subject signed, as written on the consent form."),
    source=GCP,
    missing=(),
    checks=(
        NotFuture(id="ICF.signed_at.future", severity=Severity.HARD, message=IN_FUTURE),
        NotBefore(id="ICF.signed_at.birth", severity=Severity.SOFT, message=BEFORE_BIRTH, other=BIRTH),
    ),
)

FIRST_PROCEDURE_AT: Final = Moment(
    name="first_procedure_at",
    title=N_("First study-specific procedure at"),
    help=N_("Only what is done for the study alone; routine care before consent may be used."),
    source=GCP,
    required=False,
    checks=(
        NotFuture(id="ICF.first_procedure_at.future", severity=Severity.HARD, message=IN_FUTURE),
        NotBefore(id="ICF.first_procedure_at.birth", severity=Severity.SOFT, message=BEFORE_BIRTH, other=BIRTH),
    ),
)

CONSENT: Final = Crf(
    code="ICF",
    title=N_("Informed consent"),
    source="ICH E6(R3) 2.8; PIPL art. 29",
    log=True,
    repeats=True,
    dated_by="signed_at",
    critical=True,
    help=N_("One line for each consent the subject signed. Keep the signed form in the site's file."),
    sections=(
        Section(
            N_("Consent to the study"),
            (
                replace(VERSION, checks=(*VERSION.checks, IN_USE)),
                SIGNED_AT,
                yes_no("copy_given", N_("A copy was given to the subject"), source=GCP),
                FIRST_PROCEDURE_AT,
            ),
        ),
        Section(
            N_("Separate consents"),
            (
                yes_no("privacy", N_("Consent to the use of personal health data"), source="PIPL art. 29"),
                yes_no(
                    "tissue",
                    N_("Consent to the storage of tissue and serum"),
                    source="Regulation on human genetic resources, 2019",
                ),
            ),
        ),
    ),
)
