"""What is mailed about safety, and to whom: subject, form and link; never an answer, never an arm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from accounts.models import DatabaseClock, Grant, User
from casebook.models import Form
from followup.models import RelapseSign
from outbox.models import Message
from outbox.posting import tell
from protocol.roles import Role
from protocol.trial import TRIAL
from protocol.words import N_, Sentence, sentence

INVESTIGATORS = (Role.PRINCIPAL_INVESTIGATOR, Role.SUB_INVESTIGATOR)
OF_SERIOUS_EVENTS = (*INVESTIGATORS, Role.SPONSOR_SAFETY)

SIGN, SAE, SAE_SOON, SAE_OVERDUE = "followup sign", "followup sae", "followup sae soon", "followup sae overdue"
SIGN_TITLE = N_("%(subject)s: a sign of relapse")
SIGN_TEXT = N_(
    "The form “%(form)s” (%(visit)s) of subject %(subject)s speaks of relapse. "
    "It stays on the work list until imaging after it, or a reason, is entered."
)
SAE_TITLE = N_("%(subject)s: a serious adverse event")
SAE_TEXT = N_("A serious adverse event of subject %(subject)s was entered. Its report to the sponsor is due %(due)s.")
SOON_TITLE = N_("%(subject)s: the report of a serious adverse event is due soon")
SOON_TEXT = N_("The report of a serious adverse event of subject %(subject)s is due %(due)s and not entered yet.")
OVERDUE_TITLE = N_("%(subject)s: the report of a serious adverse event is overdue")
OVERDUE_TEXT = N_(
    "The report of a serious adverse event of subject %(subject)s was due %(due)s and is not entered. "
    "Report it now, and enter why it is late."
)
LOG = N_("Log")


def people_at(site_id: int, roles: Iterable[Role]) -> list[User]:
    """Return the active people who hold one of the roles at the site now, or for all sites. One query."""
    standing = Grant.objects.filter(role__in=[role.value for role in roles], valid_from__lte=DatabaseClock())
    standing = standing.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=DatabaseClock()))
    standing = standing.filter(Q(site__isnull=True) | Q(site=site_id))
    return list(User.objects.filter(is_active=True, pk__in=standing.values("user_id")).order_by("email"))


def tell_of_sign(sign: RelapseSign, *, path: str, at: datetime) -> None:
    """Tell the investigators of the site, once each time the sign is raised."""
    number = sign.subject.number
    visit = TRIAL.visit(sign.form.visit.code).title if sign.form.visit else LOG
    form = Sentence(TRIAL.crf(sign.form.crf).title)
    tell(
        kind=SIGN,
        about=f"{sign.pk}/{sign.times}",
        users=people_at(sign.site_id, INVESTIGATORS),
        subject=sentence(SIGN_TITLE, subject=number),
        body=sentence(SIGN_TEXT, subject=number, form=form, visit=Sentence(visit)),
        at=at,
        path=path,
    )


def told_of(kinds: Iterable[str], forms: Iterable[Form]) -> set[tuple[str, str]]:
    """Return kind and form of the messages that were posted before."""
    about = [str(form.pk) for form in forms]
    return set(Message.objects.filter(kind__in=set(kinds), about__in=about).values_list("kind", "about"))


def tell_of_event(kind: str, title: str, text: str, form: Form, *, due_at: datetime, path: str, at: datetime) -> None:
    """Tell sponsor safety and the investigators of the site of a serious event, once for each kind of message."""
    due = f"{due_at:%Y-%m-%d %H:%M}"
    tell(
        kind=kind,
        about=str(form.pk),
        users=people_at(form.site_id, OF_SERIOUS_EVENTS),
        subject=sentence(title, subject=form.subject.number),
        body=sentence(text, subject=form.subject.number, due=due),
        at=at,
        path=path,
    )
