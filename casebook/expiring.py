"""What becomes of typing that is never saved: its author is told three days before it goes, and then it goes.

A draft is machinery and never data, so forgetting one is no event. The notice names subject, visit and form, and
nothing that was typed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse

from accounts.system import system_actor
from audit.acting import as_actor
from casebook.models import Draft
from casebook.selectors.standing import day_at
from outbox.models import Notice
from protocol.trial import TRIAL
from protocol.words import N_, Sentence, sentence

WARNED_DAYS: Final = 3
KIND: Final = "draft expires"
EXPIRES: Final = N_(
    "%(subject)s, %(visit)s, %(form)s: what you typed and did not save is kept until %(until)s. Open the form and save it."
)
EXPIRES_IN_LOG: Final = N_(
    "%(subject)s, %(form)s: what you typed and did not save is kept until %(until)s. Open the form and save it."
)


def sweep_drafts(*, at: datetime) -> int:
    """Tell of every draft that goes within three days, once, and forget what expired; return how many went."""
    with as_actor(system_actor("outbox")):
        gone, _by_model = Draft.objects.filter(expires_at__lte=at).delete()
        going = Draft.objects.filter(expires_at__lte=at + timedelta(days=WARNED_DAYS)).exclude(typed={})
        drafts = list(going.select_related("form__subject", "form__visit", "site", "author"))
        # What was saved, discarded or typed on meanwhile is not told of any more.
        waiting = Notice.objects.filter(kind=KIND, digest=None)
        waiting.exclude(about__in=[draft.pk for draft in drafts]).delete()
        Notice.objects.bulk_create(_notices(drafts, at), ignore_conflicts=True)
        return gone


def _notices(drafts: Iterable[Draft], at: datetime) -> Iterable[Notice]:
    for draft in drafts:
        until = day_at(draft.site, draft.expires_at)
        yield Notice(
            kind=KIND,
            about=draft.pk,
            recipient=draft.author,
            site=draft.site,
            subject_number=draft.form.subject.number,
            text=_words(draft, until.isoformat()).to_json(),
            path=reverse("form", args=[draft.form_id]),
            due_on=until - timedelta(days=WARNED_DAYS),
            created_at=at,
        )


def _words(draft: Draft, until: str) -> Sentence:
    form = Sentence(TRIAL.crf(draft.form.crf).title)
    subject = draft.form.subject.number
    if draft.form.visit is None:
        return sentence(EXPIRES_IN_LOG, subject=subject, form=form, until=until)
    visit = Sentence(TRIAL.visit(draft.form.visit.code).title)
    return sentence(EXPIRES, subject=subject, visit=visit, form=form, until=until)
