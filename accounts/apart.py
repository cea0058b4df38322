"""Work that is kept apart: asked of every role by a test, and of every person when a role is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.roles import CHANGES_VALUES, CLINICAL, ENROLS, Permission
from protocol.words import N_

P = Permission


@dataclass(frozen=True)
class Apart:
    """Two kinds of work that no role and no person may hold together, and why."""

    one: frozenset[Permission]
    other: frozenset[Permission]
    why: str

    def broken_by(self, permissions: Iterable[Permission]) -> bool:
        """Whether these permissions hold something of both."""
        held = frozenset(permissions)
        return bool(held & self.one and held & self.other)


APART: tuple[Apart, ...] = (
    Apart(
        CHANGES_VALUES | {P.SUBJECT_ADD},
        frozenset({P.FORM_VERIFY, P.FORM_LOCK, P.QUERY_CLOSE}),
        N_("Whoever enters data does not verify, lock or close queries on it: give these roles to two people."),
    ),
    Apart(
        frozenset({P.FORM_SIGN, P.EVALUATION_SIGN}),
        frozenset({P.FORM_VERIFY}),
        N_("Whoever signs forms does not verify them: give these roles to two people."),
    ),
    Apart(
        ENROLS | CLINICAL,
        frozenset({P.LIST_READ}),
        N_("Whoever can open the sealed list stands outside sites and trial team: give these roles to two people."),
    ),
    Apart(
        ENROLS | CHANGES_VALUES | {P.FORM_SIGN, P.ELIGIBILITY_JUDGE, P.ELIGIBILITY_REVIEW},
        frozenset({P.LIST_MAKE}),
        N_("Whoever makes the sealed list neither enrols nor judges: give these roles to two people."),
    ),
    Apart(
        frozenset({P.ADMINISTER}),
        CLINICAL,
        N_("An administrator sees no clinical data: give these roles to two people."),
    ),
    Apart(
        frozenset({P.IMPORT_PREPARE, P.RANGE_PROPOSE}),
        frozenset({P.IMPORT_RELEASE, P.RANGE_CONFIRM}),
        N_("Whoever prepares an import or a range does not release it: give these roles to two people."),
    ),
    Apart(
        frozenset({P.ARM_REPORT_READ}),
        CHANGES_VALUES | {P.QUERY_OPEN, P.FORM_LOCK, P.RANDOMIZE, P.ELIGIBILITY_REVIEW},
        N_("Whoever sees outcomes by arm does not work on the data: give these roles to two people."),
    ),
)
