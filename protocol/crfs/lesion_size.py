"""The size of a lesion as every reader measures it, with what may not be a target by its size."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from protocol.assumptions import NODE_OTHER_MM, NODE_PORTA_HEPATIS_MM, TARGET_MIN_MM
from protocol.crfs.questions import measured
from protocol.language import Between, Check, NotAbove, Number, Ref, Severity, When
from protocol.words import N_

MRECIST: Final = "mRECIST, Lencioni and Llovet 2010"
TARGET: Final = When("class", ("target",))
BASELINE: Final = When("timepoint", ("baseline",))
NO_NODE: Final = When("organ", ("liver", "portal vein", "bile duct", "other"))  # a node has its short axis measured
EVALUABLE: Final = When("evaluable", ("Y",))
NODE_TOO_SMALL: Final = N_(
    "A lymph node is a target from %(low)s %(limit_unit)s in its short axis at baseline; this one has %(value)s "
    "%(unit)s. It is kept, and judged as a non-target lesion."
)


def _node(name: str, organ: str, low: int) -> Between:
    given = (TARGET, BASELINE, When("organ", (organ,)))
    return Between(
        id=f"TA.lesions.viable_diameter.{name}",
        severity=Severity.SOFT,
        message=NODE_TOO_SMALL,
        low=Decimal(low),
        unit="mm",
        given=given,
    )


def viable_diameter(crf: str, prefix: str, *, required_when: When, checks: tuple[Check, ...] = ()) -> Number:
    """Return the item that every reader measures: the longest enhancing diameter of a lesion, in mm."""
    return measured(
        crf,
        "viable_diameter",
        N_("Viable diameter"),
        prefix=prefix,
        plausible=("0", "300"),
        units=("mm",),
        decimals=1,
        shown_when=EVALUABLE,
        required_when=required_when,
        help=N_("Longest diameter of the enhancing part, not crossing necrosis; of a lymph node the short axis."),
        source=MRECIST,
        checks=checks,
    )


VIABLE_CHECKS: Final = (
    Between(
        id="TA.lesions.viable_diameter.target",
        severity=Severity.SOFT,
        message=N_(
            "A target lesion measures at least %(low)s %(limit_unit)s at baseline; this one has %(value)s %(unit)s. "
            "It is kept, and judged as a non-target lesion."
        ),
        low=Decimal(TARGET_MIN_MM),
        unit="mm",
        given=(TARGET, BASELINE),
    ),
    Between(
        id="TA.lesions.viable_diameter.absent",
        severity=Severity.SOFT,
        message=N_(
            "Without arterial enhancement the viable diameter is 0 mm, not %(value)s %(unit)s. Check both answers."
        ),
        high=Decimal(0),
        unit="mm",
        given=(When("enhancement", ("absent",)), NO_NODE),
    ),
    _node("node_porta_hepatis", "lymph node porta hepatis", NODE_PORTA_HEPATIS_MM),
    _node("node_other", "lymph node other", NODE_OTHER_MM),
    NotAbove(
        id="TA.lesions.viable_diameter.whole",
        severity=Severity.SOFT,
        message=N_("The viable diameter %(value)s %(unit)s exceeds the whole diameter %(other)s. Check both."),
        other=Ref("whole_diameter"),
    ),
)
