"""What the pages of safety show: the filter in their address, and each row in the reader's words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from audit.numbers import number_typed
from casebook.models import Form
from casebook.selectors.records import answers_of
from casebook.words import answer_in_words, day_in_words
from followup.selectors.safety import SaeClock
from followup.states import DeviationKind, Severity
from protocol.codelists import CTCAE_GRADE
from protocol.codelists_safety import EVENT_OUTCOME
from protocol.record import BLANK
from protocol.trial import TRIAL

Row = TypeVar("Row", bound=Model)

EVENT_COLUMNS = (
    "term",
    "onset_on",
    "ended_on",
    "grade",
    "serious",
    "related_surgery",
    "related_drug",
    "action",
    "outcome",
)
OF_THE_ARM = "related_surgery"  # that there was none to be related to tells the arm
HIDDEN = "—"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What a reader chose to see; every field stands in the address of the page. Empty: everything."""

    site: str = ""  # key of the site; "0" for all
    number: str = ""
    grade: str = ""
    serious: str = ""
    outcome: str = ""
    severity: str = ""
    kind: str = ""
    show: str = ""  # of deviations: "fallen" or "all" instead of those that stand

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Chosen:
        """Return what the address says; a value that is on no list counts as not chosen."""
        known: Mapping[str, Collection[str]] = {
            "grade": {code.value for code in CTCAE_GRADE.codes},
            "serious": {"Y", "N"},
            "outcome": {code.value for code in EVENT_OUTCOME.codes},
            "severity": set(Severity.values),
            "kind": set(DeviationKind.values),
            "show": {"fallen", "all"},
        }
        said = {each.name: str(query.get(each.name, "")).replace("\0", "").strip()[:40] for each in fields(cls)}
        return cls(**{name: value for name, value in said.items() if value in known.get(name, {value})})

    def to_query(self) -> dict[str, str]:
        """Return what the address says again."""
        return {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name)}

    def sites_of(self, readable: Iterable[int]) -> list[int]:
        """Return the chosen one of the readable sites, or all of them."""
        chosen = number_typed(self.site)
        return [site for site in readable if chosen in (0, site)]

    def of_subject(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Return the rows of subjects whose number holds what was typed."""
        return rows.filter(subject__number__icontains=self.number) if self.number else rows

    def events(self, rows: QuerySet[Form]) -> QuerySet[Form]:
        """Return the adverse events that fit."""
        asked = Q()
        for name in ("grade", "serious", "outcome"):
            if value := getattr(self, name):
                asked &= Q(**{f"answers__{name}__value": value})
        return self.of_subject(rows).filter(asked)

    def deviations(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Return the deviations that fit; those that have fallen only where they are asked for."""
        narrowed = {name: value for name in ("severity", "kind") if (value := getattr(self, name))}
        if self.show != "all":
            narrowed["closed_at__isnull"] = self.show != "fallen"
        return self.of_subject(rows).filter(**narrowed)


def choices_of(codes: Iterable[Any]) -> list[tuple[str, str]]:
    """Return the codes of a list with their words, for a filter."""
    return [(code.value, _(code.title)) for code in codes]


def event_titles() -> list[str]:
    """Return the column titles of adverse events."""
    crf = TRIAL.crf("AE")
    return [_(crf.item(name).title) for name in EVENT_COLUMNS]


def event_cells(form: Form, arms: Collection[int]) -> list[str]:
    """Return the answers of an adverse event in words; what tells the arm only to whoever may know it."""
    crf, answers = TRIAL.crf(form.crf), answers_of(form)
    return [
        HIDDEN
        if name == OF_THE_ARM and form.site_id not in arms
        else answer_in_words(crf.item(name), answers.get(name, BLANK))
        for name in EVENT_COLUMNS
    ]


def grade_of(form: Form) -> str:
    """Return the grade and its words."""
    item = TRIAL.crf(form.crf).item("grade")
    return answer_in_words(item, answers_of(form).get("grade", BLANK))


def term_of(form: Form) -> str:
    """Return what the event is called; a form that says nothing yet is called so."""
    return str(form.answers.get("term", {}).get("value", "")) or _("not named yet")


@dataclass(frozen=True)
class SaeRow:
    """One serious event as the page shows it."""

    form: Form
    term: str
    grade: str
    onset: str
    state: str
    left: str
    due_at: datetime
    is_known: bool


def sae_row(sae: SaeClock, *, at: datetime) -> SaeRow:
    """Return a serious event in words, with what is left of its time."""
    onset = str(sae.form.answers.get("onset_on", {}).get("value", ""))
    return SaeRow(
        form=sae.form,
        term=term_of(sae.form),
        grade=grade_of(sae.form),
        onset=day_in_words(onset) if onset else "",
        state=sae.state.value,
        left=left_in_words(sae, at=at),
        due_at=sae.clock.due_at,
        is_known=sae.clock.is_known,
    )


def left_in_words(sae: SaeClock, *, at: datetime) -> str:
    """Return the hours left, or since when or by how much it is late: that it is so, the mark beside it says."""
    if sae.is_open:
        left = sae.clock.left(at)
        if left < timedelta(0):
            return _("for %(time)s") % {"time": _hours(-left)}
        return _("%(time)s left") % {"time": _hours(left)}
    if late := sae.clock.minutes_late():
        return _("by %(time)s") % {"time": _hours(timedelta(minutes=late))}
    return ""


def _hours(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes >= 72 * 60:
        return _("%(days)s d %(hours)s h") % {"days": minutes // 1440, "hours": minutes % 1440 // 60}
    return _("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": minutes % 60}
