"""What an adverse event and the report of a serious one ask alike: verbatim, CTCAE term, grade, cause, outcome."""

from __future__ import annotations

from typing import Final

from protocol import codelists, ctcae
from protocol import codelists_safety as safety
from protocol.crfs.questions import free_text, usual
from protocol.language import AllowedBy, Check, Choice, Coded, Derived, Item, Severity, When
from protocol.words import N_

CTCAE: Final = ctcae.SOURCE
E2A: Final = "ICH E2A, 1994"
BEFORE_ONSET: Final = N_("%(title)s %(value)s is before the onset %(other)s. Check both dates.")
BEFORE_CONSENT: Final = N_(
    "%(title)s %(value)s is before the consent of %(other)s. What began before the consent is medical history; check both."
)
NO_SUCH_GRADE: Final = N_(
    "CTCAE has no grade %(value)s for %(other)s, only %(allowed)s. Choose the grade or the term anew."
)
FATAL: Final = When("outcome", ("fatal",))
GRADE_FIVE: Final = When("grade", ("5",))


def verbatim(crf: str) -> Item:
    """Return the event in the words of the chart, in any language."""
    return free_text(
        crf,
        "term",
        N_("Event"),
        help=N_("In the words of the chart: a diagnosis where there is one, otherwise the symptom."),
        source=CTCAE,
    )


def ctcae_term(crf: str, *checks: Check, prefix: str = "", required: bool = True) -> tuple[Item, Item] | tuple[Item]:
    """Return the term that is searched in CTCAE, and at the top of a form the class it belongs to."""
    term = Coded(
        name="ctcae_term",
        title=N_("CTCAE term"),
        codes=ctcae.CTCAE_TERM,
        required=required,
        help=N_("Search in English, by abbreviation or in Chinese; where nothing fits, “Other, specify” of the organ."),
        source=CTCAE,
        checks=checks,
    )
    if prefix:
        return (term,)
    return (
        term,
        Derived(
            name="organ_class", title=N_("System organ class"), derivation=f"organ_class_{crf.lower()}", source=CTCAE
        ),
    )


def grade(crf: str) -> Item:
    """Return the grade: one that the term has, and 5 exactly where the outcome is fatal."""
    exists = AllowedBy(
        id=f"{crf}.grade.term",
        severity=Severity.SOFT,
        message=NO_SUCH_GRADE,
        by="ctcae_term",
        allowed=ctcae.GRADES,
    )
    fatal = usual(
        crf, "grade", "fatal", N_("The outcome is fatal, so the grade is 5. Check both answers."), ("5",), FATAL
    )
    return Choice(
        name="grade",
        title=N_("CTCAE grade"),
        codes=codelists.CTCAE_GRADE,
        help=N_(
            "The worst of the event. A laboratory value that was abnormal at baseline is graded as a multiple of its "
            "baseline, where CTCAE says so."
        ),
        source=CTCAE,
        checks=(fatal, exists),
    )


def related(name: str, title: str) -> Item:
    """Return a question for cause."""
    return Choice(name=name, title=title, codes=safety.RELATED, source=E2A)


def outcome(crf: str, *more: Check) -> Item:
    """Return the outcome: fatal exactly where the grade is 5."""
    fatal = usual(
        crf,
        "outcome",
        "grade",
        N_("Grade 5 is death, so the outcome is fatal. Check both answers."),
        ("fatal",),
        GRADE_FIVE,
    )
    return Choice(name="outcome", title=N_("Outcome"), codes=safety.EVENT_OUTCOME, source=E2A, checks=(fatal, *more))
