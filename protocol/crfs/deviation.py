"""DV: what was done otherwise than the protocol says."""

from __future__ import annotations

from typing import Any, Final

from protocol import codelists_safety as codelists
from protocol.crfs.questions import GCP, day, free_text, if_yes, not_before, partial_day, usual, yes_no
from protocol.language import Choice, Crf, Ref, Section, When
from protocol.words import N_

_LONG: Final[dict[str, Any]] = {"long": True, "max_length": 2000, "source": GCP}

DEVIATION: Final = Crf(
    code="DV",
    title=N_("Protocol deviation"),
    source="ICH E3; ICH E6(R3)",
    log=True,
    repeats=True,
    expected=False,
    dated_by="detected_on",
    help=N_("One line for each deviation that the system does not find by itself."),
    sections=(
        Section(
            N_("Deviation"),
            (
                partial_day("DV", "occurred_on", N_("Occurred on"), source=GCP),
                day(
                    "DV",
                    "detected_on",
                    N_("Detected on"),
                    source=GCP,
                    checks=(
                        not_before(
                            "DV",
                            "detected_on",
                            "occurred",
                            N_("%(title)s %(value)s is before it occurred, %(other)s. Check both dates."),
                            Ref("occurred_on"),
                        ),
                    ),
                ),
                Choice(
                    name="category", title=N_("Category"), codes=codelists.DEVIATION_CATEGORY, source=GCP, missing=()
                ),
                Choice(
                    name="severity", title=N_("Severity"), codes=codelists.DEVIATION_SEVERITY, source=GCP, missing=()
                ),
                free_text("DV", "description", N_("What happened"), **_LONG),
                free_text("DV", "cause", N_("Cause"), **_LONG),
                free_text("DV", "action", N_("What is done about it"), **_LONG),
                yes_no(
                    "reported",
                    N_("Reported to the ethics committee"),
                    source=GCP,
                    checks=(
                        usual(
                            "DV",
                            "reported",
                            "important",
                            N_("An important deviation is reported to the ethics committee. Report it, or explain."),
                            ("Y",),
                            When("severity", ("important",)),
                        ),
                    ),
                ),
                day(
                    "DV",
                    "reported_on",
                    N_("Reported on"),
                    required=False,
                    shown_when=if_yes("reported"),
                    source=GCP,
                    checks=(
                        not_before(
                            "DV",
                            "reported_on",
                            "detected",
                            N_("%(title)s %(value)s is before it was detected, %(other)s. Check both dates."),
                            Ref("detected_on"),
                        ),
                    ),
                ),
            ),
        ),
    ),
)
