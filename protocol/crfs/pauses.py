"""How long before randomization and before an operation a drug should have been stopped: soft checks on the prior treatment."""

from __future__ import annotations

from protocol.assumptions import BEVACIZUMAB_PAUSE_DAYS, TKI_PAUSE_DAYS
from protocol.language import ClearOf, Severity, When
from protocol.words import N_

TOO_SHORT = N_(
    "%(title)s %(value)s: %(other)s was last given less than %(days)s days before, or is still given. "
    "Check both dates, or explain."
)
INHIBITORS = ("sorafenib", "lenvatinib", "donafenib", "apatinib")


def pauses(crf: str, name: str) -> tuple[ClearOf, ...]:
    """Return the soft checks that a day lies long enough after the last dose of bevacizumab and of an inhibitor."""
    return (
        _pause(crf, name, "bevacizumab", BEVACIZUMAB_PAUSE_DAYS, ("bevacizumab",)),
        _pause(crf, name, "inhibitor", TKI_PAUSE_DAYS, INHIBITORS),
    )


def _pause(crf: str, name: str, rule: str, days: int, agents: tuple[str, ...]) -> ClearOf:
    return ClearOf(
        id=f"{crf}.{name}.{rule}",
        severity=Severity.SOFT,
        message=TOO_SHORT,
        days=days,
        crf="PT",
        item="ended_on",
        having=(When("targeted_agent", agents),),
        ongoing="ongoing",
    )
