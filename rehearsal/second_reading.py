"""A second reader reads scans of two candidates alone: one reading agrees with that of the site, one does not."""

from __future__ import annotations

from collections.abc import Mapping

from protocol.roles import Role
from rehearsal import answers
from rehearsal.answers import Typed
from rehearsal.walk import Walk, enter, sign

CR, PR = "CR", "PR"


def read_again(candidates: Mapping[str, Walk]) -> None:
    """Let the reader read the last scan of one candidate as the site did, and that of another one otherwise."""
    for state, response in (("all pass", CR), ("review", PR)):
        here = candidates[state]
        reader = here.one(Role.READER)
        form = enter(here, "SR", _reading(here, response), by=reader, at=here.before(6), number=0)
        sign(form, by=reader, at=here.before(6))


def _reading(here: Walk, response: str) -> Typed:
    size = "0" if response == CR else "7"
    return {
        "scan_on": answers.ago(here.on, here.course.scans_days_ago[-1]),
        "timepoint": "follow-up",
        "arterial_phase": "Y",
        "findings/1/class": "target",
        "findings/1/organ": "liver",
        "findings/1/segment": "8",
        "findings/1/evaluable": "Y",
        "findings/1/enhancement": "absent" if response == CR else "present",
        "findings/1/viable_diameter": f"{size} mm",
        "new_lesion": "no",
        "reader_target": response,
        "reader_non_target": "NA",
        "reader_overall": response,
    }
