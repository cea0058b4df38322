"""What saving answers would change elsewhere: foreseen by saving them for once and taking it back. Nothing is written.

So the very functions of a save say it: computed values, marks, signature, queries, visits, stage, and whatever the apps
above look at. Asked only for a form that was complete before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Signature, User
from audit.decision import Refusal
from casebook import actions
from casebook.entry.computing import in_words
from casebook.entry.history import item_title
from casebook.models import Form, Subject, Verification, Visit
from casebook.ports import Seen, seen_above
from casebook.selectors.queries import STANDING
from casebook.selectors.records import answers_of, record_of
from casebook.selectors.sight import visible_forms, visible_queries, visible_visits
from casebook.selectors.standing import day_at
from casebook.states import Stage, VisitState
from casebook.words import day_in_words, said, title_of, visit_title
from protocol.checking import is_asked
from protocol.derivations import derive
from protocol.language import Derived
from protocol.record import Answer
from protocol.trial import TRIAL
from protocol.words import BETWEEN, Sentence

FORESEEN = "foreseen"  # the reason of a change that is taken back
MOMENT = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}\b")
MOST_NAMED = 8  # items or queries said by name; of more, how many there are


class _TakenBack(Exception):
    """Nothing of the save is kept."""


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """What stands of a subject, as far as its reader may see it; all of it by key, in words."""

    computed: Mapping[str, tuple[str, str]]
    marks: Mapping[str, str]
    signatures: Mapping[UUID, str]
    queries: Mapping[UUID, str]
    visits: Mapping[UUID, tuple[str, str]]
    asked: Mapping[UUID, str]  # the forms that are asked only of some subjects
    stage: str
    above: Mapping[str, Seen]


def impact_of(
    form: Form, *, by: User, at: datetime, answers: Mapping[str, Answer], based_on: int, complete: bool
) -> tuple[str, ...]:
    """Return a sentence for everything that saving these answers would change elsewhere; none where it is refused."""
    before = _standing(form, by, at)
    try:
        with transaction.atomic():
            actions.save_form(
                form,
                by=by,
                at=at,
                answers=answers,
                based_on=based_on,
                key=f"{FORESEEN}-{uuid4()}",
                complete=complete,
                reasons=dict.fromkeys({*answers, *form.answers}, FORESEEN),
            )
            after = _standing(form, by, at)
            raise _TakenBack
    except _TakenBack:
        return tuple(with_moments_in_words(each) for each in _differences(before, after))
    except Refusal:
        return ()  # the save itself says why it is refused


def _standing(form: Form, by: User, at: datetime) -> _Standing:
    # A row of its own: what the save has at hand of the subject belongs to the save.
    subject = Subject.objects.select_related("site").get(pk=form.subject_id)
    forms = list(visible_forms(by).filter(subject=subject).select_related("visit"))
    this = next((each for each in forms if each.pk == form.pk), form)
    marks = Verification.objects.filter(form=form.pk, fallen_at__isnull=True).order_by("path")
    signatures = Signature.objects.filter(about_kind="form", about_id=form.pk, form_version=this.version)
    queries = visible_queries(by).filter(subject=subject, state__in=STANDING).order_by("opened_at", "id")
    visits = visible_visits(by).filter(subject=subject).order_by("target_on", "id")
    return _Standing(
        computed=dict(_computed(subject, forms, this, at)),
        marks={path: item_title(form.crf, path) for path in marks.values_list("path", flat=True)},
        signatures=dict(signatures.order_by("signed_at").values_list("pk", "printed_name")),
        queries={query.pk: said(Sentence.from_json(query.sentence)) for query in queries},
        visits={visit.pk: (visit_title(visit), _visit_in_words(visit)) for visit in visits},
        asked=dict(_asked(subject, forms)),
        stage=str(Stage(subject.stage).label),
        above=seen_above(subject, by=by, at=at),
    )


def with_moments_in_words(text: str) -> str:
    """Return a sentence with the moments that are kept in it as the page shows them."""
    return MOMENT.sub(lambda kept: day_in_words(kept[0]), text)


def _computed(subject: Subject, forms: list[Form], this: Form, at: datetime) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each computed value of the casebook with what it is called."""
    record, on = record_of(subject), day_at(subject.site, at)
    for form in forms:
        crf, answers = TRIAL.crf(form.crf), answers_of(form)
        for item in crf.items if answers else ():
            if isinstance(item, Derived):
                found = derive(item.derivation, crf=crf.code, answers=answers, record=record, on=on)
                where = "" if form.pk == this.pk else f" ({title_of(form)}, {visit_title(form.visit)})"
                yield f"{form.pk} {item.name}", (f"{_(item.title)}{where}", in_words(found))


def _asked(subject: Subject, forms: list[Form]) -> Iterator[tuple[UUID, str]]:
    """Yield the forms that are asked only of some, such as a pregnancy test, as far as they are asked of this one."""
    some = [form for form in forms if TRIAL.crf(form.crf).asked_when]
    record = record_of(subject) if some else None
    for form in some:
        if record and is_asked(TRIAL.crf(form.crf), record) is not False:
            yield form.pk, f"{title_of(form)} ({visit_title(form.visit)})"


def _visit_in_words(visit: Visit) -> str:
    state = str(VisitState(visit.state).label)
    return f"{state}, {visit.target_on.isoformat()}" if visit.target_on and visit.state == VisitState.OPEN else state


def _differences(before: _Standing, after: _Standing) -> Iterator[str]:
    for path, (title, was) in before.computed.items():
        if path in after.computed and after.computed[path][1] != was:
            yield becomes(title, was, after.computed[path][1])
    if fallen := [title for path, title in before.marks.items() if path not in after.marks]:
        yield _("Verification marks fall: %(items)s.") % {"items": _named(fallen)}
    for key, name in before.signatures.items():
        if key not in after.signatures:
            yield _("The signature of %(name)s becomes void; the form has to be signed again.") % {"name": name}
    yield from differing_queries(before.queries, after.queries)
    if gone := [title for key, title in before.asked.items() if key not in after.asked]:
        yield _("No longer asked of this subject, but still in the casebook: %(forms)s.") % {"forms": _named(gone)}
    if before.stage != after.stage:
        yield becomes(_("Stage of the subject"), before.stage, after.stage)
    yield from _differing_visits(before, after)
    yield from differing_above(before.above, after.above)


def differing_above(before: Mapping[str, Seen], after: Mapping[str, Seen]) -> Iterator[str]:
    """Yield a sentence for everything in the apps above that stands otherwise than before."""
    for key, was in before.items():
        now = after.get(key)
        if now is None:
            yield becomes(said(was.what), said(was.stands), _("none"))
        elif now.stands != was.stands:
            yield becomes(said(now.what), said(was.stands), said(now.stands), now.why())
    for key, now in after.items():
        if key not in before:
            yield becomes(said(now.what), _("none"), said(now.stands), now.why())


def differing_queries(before: Mapping[UUID, str], after: Mapping[UUID, str]) -> Iterator[str]:
    """Yield which queries close and which open."""
    if closed := [text for key, text in before.items() if key not in after]:
        yield _("Queries close: %(queries)s") % {"queries": _named(closed)}
    if opened := [text for key, text in after.items() if key not in before]:
        yield _("Queries open: %(queries)s") % {"queries": _named(opened)}


def _differing_visits(before: _Standing, after: _Standing) -> Iterator[str]:
    for key, (title, was) in before.visits.items():
        now = after.visits.get(key, (title, _("none")))[1]
        if now != was:
            yield becomes(title, was, now)
    for key, (title, now) in after.visits.items():
        if key not in before.visits:
            yield becomes(title, _("none"), now)


def becomes(what: str, before: str, after: str, why: Sentence | None = None) -> str:
    """Return the sentence of one thing that stands otherwise than before."""
    words = {"what": what, "before": before or _("empty"), "after": after or _("empty")}
    text = _("%(what)s: %(before)s becomes %(after)s.") % words
    return f"{text} {said(why)}".strip()


def _named(titles: list[str]) -> str:
    if len(titles) <= MOST_NAMED:
        return _(BETWEEN).join(titles)
    words = {"titles": _(BETWEEN).join(titles[:MOST_NAMED]), "count": len(titles) - MOST_NAMED}
    return _("%(titles)s and %(count)s more") % words
