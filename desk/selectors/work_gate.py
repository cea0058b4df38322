"""What waits on the way to randomization: confirmations, reviews, determinations, and who is ready."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.roles import Permission
from casebook.models import Subject
from casebook.selectors.sight import visible_subjects
from casebook.selectors.transfers import owing_consent
from casebook.states import Stage
from casebook.words import day_in_words
from desk.selectors.waiting import SHOWN, Asking, Line, Work, first_of, first_of_each, subjects_work, whether
from eligibility.kept import judgement_from
from eligibility.models import CriterionVerdict
from eligibility.selectors.completing import first_to_complete
from eligibility.selectors.waiting import RESPONSE, waiting_at_gate
from protocol.completing import completes
from protocol.trial import TRIAL
from protocol.words import BETWEEN
from randomization.selectors import candidates, waiting_openings

P = Permission
AHEAD_DAYS = 14  # a scan has to be booked


def gate(asking: Asking) -> Iterator[Work]:
    """Yield the responses to confirm, the verdicts in review that wait for this person, and the determinations to sign."""
    waiting = waiting_at_gate(asking.user, asking.where(P.ELIGIBILITY_JUDGE, P.ELIGIBILITY_REVIEW))
    signs = bool(asking.where(P.ELIGIBILITY_JUDGE))
    if signs:
        text = _("two scans and two marker timepoints fit")
        yield _at_gate(_("Responses to confirm"), waiting.responses, text, "response")
    yield _at_gate(_("Reviews to resolve"), waiting.reviews, _("a verdict needs two persons"), "review")
    if signs:
        yield _at_gate(_("Determinations to sign"), waiting.determinations, _("every criterion passes"), "signature")


def _at_gate(title: str, subjects: list[Subject], text: str, what: str) -> Work:
    return subjects_work(title, subjects, text, name="candidate", address=_board(what))


def _board(what: str) -> str:
    asked = {"response": "?stage=screening", "review": "?verdict=review", "signature": "?stage=response+confirmed"}
    return reverse("eligibility-board") + asked[what]


def ready(asking: Asking) -> Iterator[Work]:
    """Yield the eligible subjects that nobody has randomized. One query."""
    waiting = candidates(asking.user).filter(site__in=asking.where(P.RANDOMIZE))
    first, count = first_of(waiting.order_by("site__code", "sequence", "pk"))
    lines = tuple(Line(reverse("randomize", args=[subject.pk]), subject.number, _("eligible")) for subject in first)
    yield Work(_("Ready to randomize"), count, lines, reverse("randomization"))


def confirmations(asking: Asking) -> Iterator[Work]:
    """Yield the candidates of whom a further scan or draw can confirm the response: now, and soon. One query."""
    here = visible_subjects(asking.user).filter(site__in=asking.where(P.FORM_ENTER), stage=Stage.SCREENING)
    asked = here.exclude(owing_consent())
    possible = CriterionVerdict.objects.filter(subject__in=asked, criterion=RESPONSE).exclude(evidence=[])
    possible = possible.annotate(first_on=first_to_complete())
    soon = possible.filter(_from(asking, ahead=AHEAD_DAYS)).annotate(is_now=whether(_from(asking)))
    found = first_of_each(soon.select_related("subject"), "is_now", order=["first_on", "subject__number", "pk"])
    yield _confirmations(_("Second confirmations possible now"), found[True], asking, waits=True)
    yield _confirmations(_("Second confirmations possible soon"), found[False], asking, waits=False)


def _from(asking: Asking, *, ahead: int = 0) -> Q:
    """Return of whom the response can be confirmed so many days from today on, or earlier."""
    return asking.days.where(lambda day: Q(first_on__lte=(day + timedelta(days=ahead)).isoformat()))


def _confirmations(title: str, found: tuple[list[CriterionVerdict], int], asking: Asking, *, waits: bool) -> Work:
    rows, count = found
    lines = tuple(_confirmation(row, asking.days.by_site[row.site_id]) for row in rows)
    return Work(title, count, lines, f"{reverse('eligibility-board')}?missing=TA", waits=waits)


def _confirmation(row: CriterionVerdict, today: date) -> Line:
    said = (_needed(crf, day, today) for crf, day in _firsts(row).items())
    return Line(reverse("candidate", args=[row.subject_id]), row.subject.number, _(BETWEEN).join(said))


def _firsts(row: CriterionVerdict) -> dict[str, date]:
    """Return, by form, from when on a scan or draw can confirm the response; the first of a new pair confirms nothing."""
    judgement = judgement_from(vars(row))
    firsts: dict[str, date] = {}
    for need in judgement.needs:
        if need.not_before and completes(need, judgement):
            firsts[need.crf] = min(need.not_before, firsts.get(need.crf, need.not_before))
    return firsts


def _needed(crf: str, day: date, today: date) -> str:
    title = _(TRIAL.crf(crf).title)
    if day <= today:
        return _("%(form)s: possible now") % {"form": title}
    return _("%(form)s: from %(day)s") % {"form": title, "day": day_in_words(day.isoformat())}


def openings(asking: Asking) -> Iterator[Work]:
    """Yield the openings of sealed lists that another person asked for. One query."""
    found = [each for each in waiting_openings() if each.asked_by_id != asking.user.pk]
    address = reverse("allocation-lists")
    lines = tuple(Line(address, each.list.name, each.reason, since=each.asked_at) for each in found[:SHOWN])
    yield Work(_("Openings of a list to confirm"), len(found), lines, address)
