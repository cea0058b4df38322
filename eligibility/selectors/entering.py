"""Who entered what: by the form, and by the trail where somebody corrected what another had entered."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.db.models import Q

from accounts.models import User
from audit.models import Event
from casebook.models import Form, Subject

WRITES = ("casebook.form.saved", "casebook.form.completed")


def entered_by(user: User, subjects: Iterable[Subject]) -> set[str]:
    """Return the forms of these subjects in which the user entered or changed anything. Two queries."""
    keys = [subject.pk for subject in subjects]
    forms = Form.objects.filter(Q(entered_by=user) | Q(completed_by=user), subject__in=keys)
    saved = Event.objects.filter(subject_id__in=keys, actor_id=str(user.pk), kind__in=WRITES)
    written = (json.loads(facts).get("form", "") for facts in saved.values_list("facts", flat=True))
    return {*(str(key) for key in forms.values_list("pk", flat=True)), *written}
