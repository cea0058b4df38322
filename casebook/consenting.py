"""Who must sign which version of the consent form again, and by when. Pure: read from versions and consents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from casebook.models import ConsentForm
from casebook.states import RANDOMIZED, Reconsent, Stage

ENDED = frozenset({Stage.SCREEN_FAILURE, Stage.WITHDRAWN, Stage.COMPLETED})


@dataclass(frozen=True)
class Signed:
    """One consent on record: the version as entered, and the day of the signature."""

    version: str
    on: date


@dataclass(frozen=True)
class Asked:
    """One version that a subject must sign again, or has signed again."""

    form: ConsentForm
    before: Signed  # the last consent to an earlier version
    settled_on: date | None

    @property
    def due_on(self) -> date:
        """Return the last day on which signing is in time."""
        return self.form.reconsent_by or self.form.effective_on

    def is_overdue(self, on: date) -> bool:
        """Whether the day passed without a signature."""
        return self.settled_on is None and on > self.due_on

    def is_missed(self, on: date) -> bool:
        """Whether the day passed without a signature in time, signed later or not."""
        return on > self.due_on and (self.settled_on is None or self.settled_on > self.due_on)


def asked_again(forms: Sequence[ConsentForm], signed: Sequence[Signed], *, on: date) -> Iterator[Asked]:
    """Yield what is asked of a subject with these consents, by the versions of its site in their order."""
    in_force = [form for form in forms if form.effective_on <= on]
    for place, form in enumerate(in_force):
        if form.reconsent == Reconsent.NOBODY or _is_superseded(form, in_force[place + 1 :]):
            continue
        earlier = [each for each in signed if each.on < form.effective_on]
        if not earlier:
            continue  # the first consent came after it: eligibility asks for its version
        accepted = {each.version for each in in_force[place:]}
        again = [each.on for each in signed if each.version in accepted and each.on >= form.effective_on]
        yield Asked(form, max(earlier, key=lambda each: each.on), min(again, default=None))


def concerns(form: ConsentForm, stage: str) -> bool:
    """Whether this version is signed again by somebody at this stage."""
    if stage in ENDED or stage == Stage.LISTED:
        return False
    if form.reconsent == Reconsent.EVERYONE:
        return True
    return (stage in RANDOMIZED) == (form.reconsent == Reconsent.AFTER)


def _is_superseded(form: ConsentForm, later: Sequence[ConsentForm]) -> bool:
    # A newer version that is asked for in time takes the place of this one.
    return any(
        each.reconsent in (Reconsent.EVERYONE, form.reconsent)
        and form.reconsent_by is not None
        and each.effective_on <= form.reconsent_by
        for each in later
    )
