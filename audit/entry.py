"""The filter of the audit page; what it says stands in the address, so that a list can be sent."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audit.models import Event
from audit.ports import subject_called, subject_numbers

SIZES = (50, 100, 200)
NOT_THERE = "not there"


class EventFilter(forms.Form):
    """Narrows the list by user, kind, subject and day; days are those of UTC, both ends inclusive."""

    user = forms.CharField(label=_("User"), required=False, max_length=200)
    kind = forms.CharField(label=_("Kind"), required=False, max_length=100)
    subject = forms.CharField(label=_("Subject"), required=False, max_length=64)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    size = forms.TypedChoiceField(
        label=_("Per page"), required=False, coerce=int, choices=[(size, size) for size in SIZES]
    )

    def __init__(self, *args: Any, reader: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader

    def clean_subject(self) -> UUID | None:
        """Return the key of the subject that was named by number or key."""
        if not (text := self.cleaned_data["subject"].strip()):
            return None
        try:
            key = UUID(text)
        except ValueError:
            key = None
        if key is not None and not subject_numbers(self.reader, {key}):
            raise ValidationError(_("No such subject exists at your sites."), code=NOT_THERE)
        if found := key or subject_called(self.reader, text):
            return found
        raise ValidationError(_("No subject with this number exists at your sites. Check the number."))

    def narrowed(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """Return the events that the filter lets through; none while the filter itself is wrong."""
        if not self.is_valid():
            return events.none()
        asked = self.cleaned_data
        if asked["user"]:
            events = events.filter(actor_name__icontains=asked["user"])
        if asked["kind"]:
            events = events.filter(kind__startswith=asked["kind"])
        if asked["subject"]:
            events = events.filter(stream=f"subject:{asked['subject']}")
        if asked["since"]:
            events = events.filter(recorded_at__gte=datetime.combine(asked["since"], time(), UTC))
        if asked["until"]:
            events = events.filter(recorded_at__lte=datetime.combine(asked["until"], time.max, UTC))
        return events

    @property
    def page_size(self) -> int:
        """Return how many events a page shows."""
        return self.cleaned_data.get("size") or SIZES[0] if self.is_valid() else SIZES[0]
