"""Reads of consent: the versions of a site, and which subjects must sign one again. Two queries, however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, FilteredRelation, OuterRef, Q, QuerySet

from accounts.models import Site, User
from casebook.consenting import ENDED, Asked, Signed, asked_again, concerns
from casebook.models import ConsentForm, Form, Subject
from casebook.selectors.standing import day_at
from casebook.selectors.transfers import CONSENT, owing_consent
from casebook.states import FormState, Reconsent, Stage

SURVIVAL = "SS"


@dataclass(frozen=True)
class Owed:
    """One version that one subject must sign again, with the days that are left."""

    subject: Subject
    asked: Asked
    days_left: int

    @property
    def is_overdue(self) -> bool:
        """Whether the day passed without a signature."""
        return self.asked.settled_on is None and self.days_left < 0

    @property
    def state(self) -> str:
        """Return the mark of it: overdue, due or complete."""
        if self.asked.settled_on is not None:
            return "complete"
        return "overdue" if self.is_overdue else "due"


@dataclass(frozen=True)
class OwedFirst:
    """The first consent at the site to which a subject came, before anything else is entered there."""

    subject: Subject
    version: str  # in force there now; empty where none is
    before: Signed | None  # the last consent to any version
    came_on: date
    state: str = "due"


def consent_forms(sites: Iterable[int]) -> QuerySet[ConsentForm]:
    """Return the versions of these sites that stand, each site's in the order they take effect."""
    return consent_forms_ever(sites).filter(withdrawn_at__isnull=True)


def consent_forms_ever(sites: Iterable[int]) -> QuerySet[ConsentForm]:
    """Return every version ever added at these sites, those that were withdrawn as well."""
    versions = ConsentForm.objects.filter(site__in=list(sites)).select_related("site", "withdrawn_by")
    return versions.order_by("site", "effective_on", "pk")


def owed_at(sites: Iterable[Site], *, at: datetime) -> list[Owed]:
    """Return who must sign again, or did, at these sites: the first due first. Two queries."""
    days = {site.pk: day_at(site, at) for site in sites}
    versions = _by_site(consent_forms(days))
    asking = _asking(versions)
    return _again(_consents(asking), versions, days) if asking else []


def owed_first_and_again(sites: Iterable[Site], *, at: datetime) -> list[OwedFirst | Owed]:
    """Return who came to these sites and signed nothing there yet, then who must sign again, or did. Two queries."""
    days = {site.pk: day_at(site, at) for site in sites}
    versions = _by_site(consent_forms(days))
    consents = list(_consents(_asking(versions), came_to=days))
    first = [
        _first(subject, signed, versions[subject.site_id], on=days[subject.site_id])
        for subject, signed in consents
        if _owes_first(subject)
    ]
    others = [each for each in consents if not _owes_first(each[0])]  # the consent there settles both
    return [
        *sorted(first, key=lambda owed: (owed.came_on, owed.subject.number)),
        *_again(others, versions, days),
    ]


def _asking(versions: Mapping[int, Sequence[ConsentForm]]) -> list[int]:
    return [site for site, forms in versions.items() if any(form.reconsent != Reconsent.NOBODY for form in forms)]


def _again(
    consents: Iterable[tuple[Subject, list[Signed]]],
    versions: Mapping[int, Sequence[ConsentForm]],
    days: Mapping[int, date],
) -> list[Owed]:
    found = []
    for subject, signed in consents:
        on = days[subject.site_id]
        for asked in asked_again(versions[subject.site_id], signed, on=on):
            if concerns(asked.form, subject.stage):
                found.append(Owed(subject, asked, (asked.due_on - on).days))
    return sorted(found, key=lambda owed: (owed.asked.settled_on is not None, owed.asked.due_on, owed.subject.number))


def _first(subject: Subject, signed: Sequence[Signed], versions: Iterable[ConsentForm], *, on: date) -> OwedFirst:
    in_force = [form.version for form in versions if form.effective_on <= on]
    before = max(signed, key=lambda each: each.on, default=None)
    came_on = day_at(subject.site, subject.moved_at) if subject.moved_at else on
    return OwedFirst(subject, in_force[-1] if in_force else "", before, came_on)


def _owes_first(subject: Subject) -> bool:
    return bool(subject.owes_first)  # type: ignore[attr-defined]  # annotated below


def reconsents_due(user: User, *, at: datetime) -> list[Owed]:
    """Return the subjects within sight who must sign a newer version and did not, the first due first."""
    sites = Site.objects.filter(pk__in=user.site_ids())
    return [owed for owed in owed_at(sites, at=at) if owed.asked.settled_on is None]


def asked_of(subject: Subject, *, on: date) -> list[Asked]:
    """Return what was ever asked of one subject, signed since or not; whom it concerns now is not asked here."""
    versions = list(consent_forms([subject.site_id]))
    if all(form.reconsent == Reconsent.NOBODY for form in versions):
        return []
    consents = Form.objects.filter(subject=subject, crf=CONSENT, state=FormState.COMPLETE)
    return list(asked_again(versions, [signed for form in consents if (signed := _signed(form.answers))], on=on))


def judged_by_version_at(site: int) -> QuerySet[Subject]:
    """Return whom the versions of this site are judged by: who signed a consent there, before and after the gate."""
    signed = Form.objects.filter(site=site, crf=CONSENT, state=FormState.COMPLETE)
    return Subject.objects.filter(site=site, pk__in=signed.values("subject_id")).order_by("pk")


def has_died(subject: Subject) -> bool:
    """Whether a death is on record."""
    return _deaths().filter(subject=subject).exists()


def _deaths() -> QuerySet[Form]:
    return Form.objects.filter(crf=SURVIVAL, state=FormState.COMPLETE, answers__status__value="dead")


def _by_site(forms: Iterable[ConsentForm]) -> dict[int, list[ConsentForm]]:
    held: dict[int, list[ConsentForm]] = defaultdict(list)
    for form in forms:
        held[form.site_id].append(form)
    return held


def _consents(asking: Iterable[int], *, came_to: Iterable[int] = ()) -> Iterator[tuple[Subject, list[Signed]]]:
    """Yield the subjects still in the trial at the first sites, and who came to the others, with their consents."""
    complete = Q(forms__crf=CONSENT, forms__state=FormState.COMPLETE)
    owes = ExpressionWrapper(owing_consent(), output_field=BooleanField())
    rows = Subject.objects.annotate(consent=FilteredRelation("forms", condition=complete), owes_first=owes)
    there = rows.exclude(stage__in=ENDED).exclude(Exists(_deaths().filter(subject=OuterRef("pk"))))
    which = Q(site__in=list(asking)) & ~Q(stage=Stage.LISTED) | Q(site__in=list(came_to), owes_first=True)
    subjects: dict[UUID, Subject] = {}
    signed: dict[UUID, list[Signed]] = defaultdict(list)
    found = there.filter(which).annotate(said=F("consent__answers")).select_related("site")
    for row in found.order_by("number", "consent__repeat"):
        subjects.setdefault(row.pk, row)
        if (each := _signed(row.said or {})) is not None:
            signed[row.pk].append(each)
    for key, subject in subjects.items():
        yield subject, signed[key]


def _signed(answers: Mapping[str, Mapping[str, object]]) -> Signed | None:
    version, signed_at = (str(answers.get(name, {}).get("value") or "") for name in ("version", "signed_at"))
    try:
        return Signed(version.strip(), date.fromisoformat(signed_at[:10]))
    except ValueError:
        return None  # a day that is not known settles nothing
