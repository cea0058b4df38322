"""Who entered what: by the form, and by the trail where somebody corrected what another had entered."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import JSONField, Q, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from accounts.models import User
from audit.models import Event
from casebook.models import Form, Subject

WRITES = ("casebook.form.saved", "casebook.form.completed")


def entered_by(user: User, subjects: Iterable[Subject]) -> set[str]:
    """Return the forms of these subjects in which the user entered or changed anything. One query."""
    keys = [subject.pk for subject in subjects]
    forms = Form.objects.filter(Q(entered_by=user) | Q(completed_by=user), subject__in=keys)
    saved = Event.objects.filter(subject_id__in=keys, actor_id=str(user.pk), kind__in=WRITES)
    written = saved.annotate(said=Cast("facts", JSONField())).annotate(key=KT("said__form"))
    own = forms.annotate(key=Cast("pk", TextField())).values_list("key", flat=True)
    return set(own.union(written.values_list("key", flat=True)))
