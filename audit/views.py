"""The audit page: who did what, when and why, within the reader's sight."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from audit.entry import NOT_THERE, EventFilter
from audit.kinds import WORDS
from audit.models import Event
from audit.ports import subject_numbers
from audit.selectors import AUDIT_READ, SHOWN_CHANGES, ShownChange, changes_of, last_seal, visible_events
from protocol.words import Sentence, sentence

ALIKE = timedelta(minutes=5)


@dataclass(frozen=True)
class Line:
    """One event as the page shows it."""

    event: Event
    sentence: Sentence
    subject_number: str
    changes: list[ShownChange]

    @property
    def is_of_another_time(self) -> bool:
        """Whether the moment given is far from when it was recorded: a synthetic subject, or an import."""
        return abs(self.event.at - self.event.recorded_at) > ALIKE

    @property
    def is_cut(self) -> bool:
        """Whether the event may have changed more rows than are shown."""
        return len(self.changes) == SHOWN_CHANGES


@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """Show a page of events, the newest first; the next page begins after the last one shown."""
    reader: Any = request.user
    if not reader.holds_anywhere(AUDIT_READ):
        raise PermissionDenied
    asked = EventFilter(request.GET, reader=reader)
    if asked.has_error("subject", NOT_THERE):
        raise Http404
    found = asked.narrowed(visible_events(reader)).order_by("-id")
    if (before := request.GET.get("before", "")).isdecimal():
        found = found.filter(pk__lt=min(int(before[:20]), 2**63 - 1))
    # Never counted: a long trail is as quick to leaf through as a short one.
    shown = list(found[: asked.page_size + 1])
    context = {
        "filter": asked,
        "lines": _lines(shown[: asked.page_size], reader),
        "next": shown[asked.page_size - 1].pk if len(shown) > asked.page_size else None,
        "query": _address(request),
        "seal": last_seal(),
    }
    return render(request, "audit/events.html", context)


def _lines(shown: list[Event], reader: Any) -> list[Line]:
    changes = changes_of(shown, reader=reader)
    numbers = subject_numbers(reader, {event.subject_id for event in shown if event.subject_id})
    return [
        Line(
            event=event,
            sentence=_said_of(event),
            subject_number=numbers.get(event.subject_id, "") if event.subject_id else "",
            changes=changes.get(event.pk, []),
        )
        for event in shown
    ]


def _said_of(event: Event) -> Sentence:
    """Return the message of an event; without one what its kind is called, as this code knows it."""
    return (
        Sentence.from_json(json.loads(event.message)) if event.message else sentence(WORDS.get(event.kind, event.kind))
    )


def _address(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("before", None)
    return query.urlencode()
