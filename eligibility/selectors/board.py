"""Reads for the board: candidates in sight of a user, their verdicts, and what is missing. Never one query a row."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.selectors import sites_in_sight
from audit.numbers import number_typed
from casebook.models import Subject
from casebook.selectors.sight import evaluates_at, visible_subjects
from casebook.selectors.standing import day_at
from casebook.states import Stage
from eligibility.models import CriterionVerdict, Determination
from eligibility.selectors.shown import NOTHING_LAPSES, is_shown, lapsed, shown_of
from eligibility.selectors.veiled import HIDDEN, is_veiled, veiled_of
from eligibility.states import Enters, Standing
from protocol.crfs.evaluation import SURGEON_EVALUATION as EVALUATION
from protocol.crfs.judgement import JUDGEMENT
from protocol.language import Verdict
from protocol.ranges import REFERENCE_RANGE
from protocol.trial import TRIAL

ORDERS = {
    "": ("site__code", "sequence", "pk"),
    "newest": ("-added_at", "pk"),
    "stage": ("stage", "site__code", "sequence", "pk"),
}
ENDED = (Stage.SCREEN_FAILURE, Stage.WITHDRAWN)  # nobody is asked for anything of them any more
ASKS_RANGE = f'exists (@.item) && @.item == "{REFERENCE_RANGE}"'
# Which of the needs of a verdict each person can meet. A surgeon signs the own evaluation, an investigator all the rest.
MET_BY = {
    Enters.ENTRY: f'$[*] ? (@.crf != "SU" && @.crf != "IJ" && !(exists (@.signature)) && !({ASKS_RANGE}))',
    Enters.RANGES: f"$[*] ? ({ASKS_RANGE})",
    Enters.INVESTIGATOR: '$[*] ? (@.crf == "IJ" || (@.crf != "SU" && @.signature == true))',
    Enters.SURGEON: '$[*] ? (@.crf == "SU")',
}


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What a reader chose to see; every field stands in the address of the page. Empty: everything."""

    site: str = ""  # key of the site; "0" for all
    stage: str = ""
    criterion: str = ""
    verdict: str = ""
    missing: str = ""  # a CRF that something is still needed from
    who: str = ""  # who has to enter what is missing
    determined: str = ""  # how the determination stands
    number: str = ""
    order: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Chosen:
        """Return what the address says; a value that is on no list counts as not chosen."""
        known, said = cls._known(), cls._said(query)
        return cls(**{name: value for name, value in said.items() if value in known.get(name, {value})})

    @classmethod
    def unknown_in(cls, query: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """Return what the address asks for and is on no list, by name: it was left out."""
        known = cls._known()
        asked = cls._said(query).items()
        return tuple((name, value) for name, value in asked if value and value not in known.get(name, {value}))

    @staticmethod
    def _known() -> dict[str, set[str]]:
        return {
            "stage": set(Stage.values),
            "criterion": {criterion.code for criterion in TRIAL.criteria},
            "verdict": {verdict.value for verdict in Verdict},
            "missing": {crf.code for crf in TRIAL.crfs},
            "who": set(Enters.values),
            "determined": set(Standing.values),
            "order": set(ORDERS),
        }

    @classmethod
    def _said(cls, query: Mapping[str, Any]) -> dict[str, str]:
        return {each.name: str(query.get(each.name, "")).strip()[:40] for each in fields(cls)}

    def to_query(self) -> dict[str, str]:
        """Return what the address says again."""
        return {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name)}


def readable_sites(user: User) -> list[Site]:
    """Return the sites whose verdicts the user may read, by code."""
    return [site for site in sites_in_sight(user) if user.holds(Permission.ELIGIBILITY_READ, at=site)]


def visible_candidates(user: User, sites: Iterable[Site]) -> QuerySet[Subject]:
    """Return the subjects of these sites whose verdicts the user may read, with their site."""
    readable = [site.pk for site in sites if user.holds(Permission.ELIGIBILITY_READ, at=site)]
    return visible_subjects(user).filter(site__in=readable).select_related("site", "screen_failure")


def candidates(user: User, chosen: Chosen, sites: Sequence[Site], *, at: datetime) -> QuerySet[Subject]:
    """Return the candidates that fit what was chosen, in the chosen order."""
    subjects = visible_candidates(user, sites)
    if site := number_typed(chosen.site):
        subjects = subjects.filter(site=site)
    if chosen.stage:
        subjects = subjects.filter(stage=chosen.stage)
    if chosen.number:
        subjects = subjects.filter(number__icontains=chosen.number)
    if (asked := _asked(chosen, sites, at=at)) is not None:
        told = CriterionVerdict.objects.exclude(is_veiled(user)) if evaluates_at(user) else CriterionVerdict.objects
        subjects = subjects.filter(Exists(told.filter(asked, subject=OuterRef("pk"))))
    if chosen.missing or chosen.who:
        subjects = subjects.exclude(stage__in=ENDED)
    if chosen.determined:
        subjects = _determined(subjects, Standing(chosen.determined), sites, at=at)
    return subjects.order_by(*ORDERS[chosen.order])


def _determined(
    subjects: QuerySet[Subject], standing: Standing, sites: Iterable[Site], *, at: datetime
) -> QuerySet[Subject]:
    """Return those whose latest determination stands so, by the day at their site."""
    own = Determination.objects.filter(subject=OuterRef("pk"))
    if standing is Standing.NONE:
        return subjects.exclude(Exists(own))
    if standing is Standing.PASSED:
        return subjects.filter(Exists(own.filter(passage__isnull=False)))
    later = Determination.objects.filter(subject=OuterRef("subject_id")).order_by("-determined_at", "-pk")
    latest = own.filter(passage__isnull=True, pk=Subquery(later.values("pk")[:1]))
    if standing is Standing.REVOKED:
        return subjects.filter(Exists(latest.filter(revocation__isnull=False)))
    valid = Q(pk__in=[])
    for site in sites:
        valid |= Q(site=site, valid_until__gte=day_at(site, at))
    latest = latest.filter(valid if standing is Standing.VALID else ~valid, revocation__isnull=True)
    return subjects.filter(Exists(latest))


def _asked(chosen: Chosen, sites: Sequence[Site], *, at: datetime) -> Q | None:
    """Return the condition that one verdict of the subject has to fulfil as a whole."""
    asked = Q()
    if chosen.criterion:
        asked &= Q(criterion=chosen.criterion)
    if chosen.verdict:
        asked &= is_shown(Verdict(chosen.verdict), sites, at=at)
    if chosen.missing:
        asked &= Q(needs__contains=[{"crf": chosen.missing}])
    if chosen.who:
        asked &= Q(_is_met_by(Enters(chosen.who)))
    if chosen.missing or chosen.who:
        asked &= ~Q(reviewed=Verdict.PASS.value)  # nothing is asked for where two persons settled that it passes
    # A criterion alone narrows columns, not rows.
    return asked if chosen.verdict or chosen.missing or chosen.who else None


def _is_met_by(who: Enters) -> Func:
    template = f"jsonb_path_exists(%(expressions)s, '{MET_BY[who]}'::jsonpath)"
    return Func(F("needs"), template=template, output_field=BooleanField())


class Wanted(NamedTuple):
    """What is needed from a form, as the board says it: who enters it, and between which days."""

    crf: str
    who: Enters
    not_before: str = ""
    not_after: str = ""


@dataclass(frozen=True)
class Cell:
    """One verdict on the board, with what it still needs."""

    verdict: str
    needs: tuple[Wanted, ...]


def wanted(need: Mapping[str, Any]) -> Wanted:
    """Return what a kept need asks of whom."""
    who = enters(need["crf"], signature=bool(need.get("signature")), item=need.get("item", ""))
    return Wanted(need["crf"], who, need.get("not_before", ""), need.get("not_after", ""))


def enters(crf: str, *, signature: bool, item: str = "") -> Enters:
    """Return who enters what is needed from this form: as `MET_BY` asks it of the database."""
    if item == REFERENCE_RANGE:
        return Enters.RANGES
    if crf == EVALUATION.code:
        return Enters.SURGEON
    return Enters.INVESTIGATOR if signature or crf == JUDGEMENT.code else Enters.ENTRY


def cells_of(subjects: Iterable[Subject], user: User, *, at: datetime) -> dict[UUID, dict[str, Cell]]:
    """Return the kept verdicts by subject and criterion, as they stand now; of whoever left, as of the end.

    One query, one more for a surgeon, from whom is hidden what he has still to find alone.
    """
    subjects = list(subjects)
    found = {
        subject: {code: _cell(verdict, needed) for code, verdict, needed in zip(*columns, strict=True)}
        for subject, *columns in shown_of(subjects, at=at)
    }
    for subject, code in veiled_of(subjects, user):
        found[subject][code] = Cell(HIDDEN, ())
    left = {subject.pk: as_left(subject, found[subject.pk]) for subject in subjects if _has_left(subject, found)}
    return {**found, **left}


def _has_left(subject: Subject, found: Mapping[UUID, object]) -> bool:
    return subject.stage in ENDED and subject.pk in found


def as_left(subject: Subject, row: Mapping[str, Cell]) -> dict[str, Cell]:
    """Return the verdicts of whoever left: what the declaration names fails, and nothing is asked for."""
    failure = getattr(subject, "screen_failure", None) if subject.stage == Stage.SCREEN_FAILURE else None
    named = set(failure.criteria) if failure is not None else set()
    return {code: Cell(Verdict.FAIL.value if code in named else cell.verdict, ()) for code, cell in row.items()}


@lru_cache(maxsize=10_000)  # 2,000 cells of a page say few things that differ: they are read once
def _cell(verdict: str, needed: str) -> Cell:
    return Cell(verdict, tuple(wanted(need) for need in json.loads(needed)))


def tally(subjects: QuerySet[Subject]) -> dict[str, dict[str, int]]:
    """Return how many of these subjects have each verdict, by criterion. One query."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    rows = (
        CriterionVerdict.objects.filter(subject__in=subjects).values("criterion", "verdict").annotate(count=Count("pk"))
    )
    for row in rows.order_by("criterion", "verdict"):
        counts[row["criterion"]][row["verdict"]] = row["count"]
    return counts


def lapsed_subjects(*, at: datetime) -> list[Subject]:
    """Return the subjects with a verdict whose last day has passed at their site, and that was not judged since."""
    found: list[Subject] = []
    for site in Site.objects.order_by("pk"):
        old = CriterionVerdict.objects.filter(lapsed([site], at=at), subject=OuterRef("pk"))
        found += Subject.objects.filter(Exists(old), site=site).exclude(stage__in=NOTHING_LAPSES).order_by("pk")
    return found
