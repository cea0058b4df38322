"""What is typed on the pages of a visit: a day, a reason, other visits served. Nothing typed is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.http import QueryDict

from casebook.models import Visit
from casebook.words import said
from followup.rules.visits import NOT_OF_THIS_VISIT, NOT_SERVED, OF_REASON
from protocol.language import Date
from protocol.reading import Unreadable, read
from protocol.words import N_, Sentence, sentence

DAY = Date(name="attended_on", title=N_("Day of the visit"))
SAY_THE_DAY = sentence(N_("Write the day on which the visit took place, such as 2025-03-31."))
LONGEST_TYPED = 2100
PLACES = {NOT_SERVED: "also", NOT_OF_THIS_VISIT: "codes"}


@dataclass
class Typed:
    """One posted page, or an empty one; `wrong` says per field what to do."""

    day: str = ""
    reason: str = ""
    also: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, posted: QueryDict) -> Typed:
        """Return what was posted, as typed."""
        return cls(
            day=_plain(posted.get("attended_on", ""))[:40],
            reason=_plain(posted.get("reason", ""))[:LONGEST_TYPED],
            also=frozenset(posted.getlist("also")),
            codes=frozenset(posted.getlist("codes")),
        )

    def read_day(self) -> date | None:
        """Return the day that was typed; None where there is none, and `wrong` says why."""
        try:
            answer = read(DAY, self.day)
        except Unreadable as unreadable:
            self.refuse("attended_on", unreadable.sentence)
            return None
        if not answer.value:
            self.refuse("attended_on", SAY_THE_DAY)
            return None
        return date.fromisoformat(answer.value)

    def refuse(self, name: str, why: Sentence | None) -> None:
        """Say beside the field why what was typed there does not stand."""
        self.wrong[name] = said(why)

    def refuse_where(self, why: Sentence) -> None:
        """Say a refusal beside the field it is about: the reason, the visits also served, the forms, or the day."""
        place = PLACES.get(why.message, "reason" if why.message in OF_REASON else "attended_on")
        self.refuse(place, why)

    def chosen(self, visits: list[Visit]) -> list[Visit]:
        """Return those of these visits that were ticked."""
        return [visit for visit in visits if str(visit.pk) in self.also]


def _plain(text: str) -> str:
    return text.replace("\x00", "")
