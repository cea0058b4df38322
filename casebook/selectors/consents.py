"""Reads of consent: the versions of a site, and which subjects must sign one again. Two queries, however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Site, User
from casebook.consenting import ENDED, Asked, Signed, asked_again, concerns
from casebook.models import ConsentForm, Form, Subject
from casebook.selectors.standing import day_at
from casebook.states import FormState, Reconsent, Stage

CONSENT, SURVIVAL = "ICF", "SS"


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
    asking = [site for site, forms in versions.items() if any(form.reconsent != Reconsent.NOBODY for form in forms)]
    if not asking:
        return []
    found = []
    for subject, signed in _consents(Form.objects.filter(site__in=asking)):
        on = days[subject.site_id]
        for asked in asked_again(versions[subject.site_id], signed, on=on):
            if concerns(asked.form, subject.stage):
                found.append(Owed(subject, asked, (asked.due_on - on).days))
    return sorted(found, key=lambda owed: (owed.asked.settled_on is not None, owed.asked.due_on, owed.subject.number))


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
    return list(asked_again(versions, [signed for form in consents if (signed := _signed(form))], on=on))


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


def _consents(forms: QuerySet[Form]) -> Iterator[tuple[Subject, list[Signed]]]:
    """Yield the subjects still in the trial with their consents."""
    complete = forms.filter(crf=CONSENT, state=FormState.COMPLETE).exclude(subject__stage__in=[*ENDED, Stage.LISTED])
    living = complete.filter(~Exists(_deaths().filter(subject=OuterRef("subject_id"))))
    subjects: dict[UUID, Subject] = {}
    signed: dict[UUID, list[Signed]] = defaultdict(list)
    for form in living.select_related("subject__site").order_by("subject__number", "repeat"):
        subjects.setdefault(form.subject_id, form.subject)
        if (each := _signed(form)) is not None:
            signed[form.subject_id].append(each)
    for key, subject in subjects.items():
        yield subject, signed[key]


def _signed(form: Form) -> Signed | None:
    version, signed_at = (str(form.answers.get(name, {}).get("value") or "") for name in ("version", "signed_at"))
    try:
        return Signed(version.strip(), date.fromisoformat(signed_at[:10]))
    except ValueError:
        return None  # a day that is not known settles nothing
