"""Everything known of a subject, as the protocol reads it: a constant number of queries for any number of subjects."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, cast
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Case, IntegerField, OuterRef, QuerySet, Value, When

from accounts.models import Signature
from audit.rows import rows_by
from casebook.models import Form, Subject, Visit
from casebook.states import FormState
from protocol.record import Answer, ConsentVersion, Conversion, FormRecord, Record, ReferenceRange
from protocol.trial import TRIAL

# One query for three small tables that every judgement needs. Only confirmed ranges are judged by, until they left.
REFERENCE_SQL = """
SELECT coalesce((SELECT json_agg(json_build_object(
         'id', r.id::text, 'laboratory', l.code, 'analyte', r.analyte, 'unit', r.unit, 'low', trim_scale(r.low)::text,
         'high', trim_scale(r.high)::text, 'valid_from', r.valid_from, 'valid_to', r.valid_to, 'sex', r.sex,
         'age_from', r.age_from, 'age_to', r.age_to, 'method', r.method,
         'assumed', r.note ILIKE '%%assumed%%') ORDER BY r.id)
         FROM casebook_referencerange r JOIN casebook_laboratory l ON l.id = r.laboratory_id
        WHERE r.confirmed_at IS NOT NULL AND r.left_at IS NULL), '[]')::text,
       coalesce((SELECT json_agg(json_build_object(
         'laboratory', l.code, 'analyte', f.analyte, 'unit_from', f.unit_from, 'unit_to', f.unit_to,
         'factor', trim_scale(f.factor)::text) ORDER BY f.id)
         FROM casebook_conversionfactor f JOIN casebook_laboratory l ON l.id = f.laboratory_id
        WHERE f.withdrawn_at IS NULL), '[]')::text,
       coalesce((SELECT json_agg(json_build_object(
         'site', c.site_id, 'version', c.version, 'effective_on', c.effective_on) ORDER BY c.effective_on, c.id)
         FROM casebook_consentform c WHERE c.site_id = ANY(%s) AND c.withdrawn_at IS NULL), '[]')::text
"""
PLACING = ("id", "subject_id", "site_id", "code", "repeat")
# Every save reads the whole subject, of which it changes one form: what was converted last is compared and used again.
CONVERTED_AT_MOST = 500  # forms, some ten subjects
_converted_last: dict[UUID, tuple[tuple[Any, ...], FormRecord]] = {}
VISIT_ORDER = {visit.code: visit.number for visit in TRIAL.visits}


def visit_number(field: str) -> Case:
    """Return what sorts rows by the place of their visit in the schedule; what belongs to no visit comes first."""
    whens = (When(**{field: code}, then=Value(number)) for code, number in VISIT_ORDER.items())
    return Case(*whens, default=Value(-1), output_field=IntegerField())


@dataclass(frozen=True)
class Reference:
    """Reference data as the protocol reads it; consent versions by site."""

    ranges: tuple[ReferenceRange, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    consents: Mapping[int, tuple[ConsentVersion, ...]] = ()  # type: ignore[assignment]


def record_of(subject: Subject) -> Record:
    """Return everything known of one subject. Two queries."""
    return records_of([subject])[subject.pk]


def lay_at_hand(subject: Subject, forms: Iterable[Form]) -> None:
    """Let this very instance, locked by its action, answer with forms already read; no other instance knows them."""
    subject.forms_at_hand, subject.record_at_hand = tuple(forms), None  # type: ignore[attr-defined]


def read_once(subject: Subject) -> None:
    """Let this very instance keep the record that is read of it next: who reacts to one change asks for the same."""
    subject.record_at_hand = None  # type: ignore[attr-defined]


def records_of(subjects: Iterable[Subject]) -> dict[UUID, Record]:
    """Return everything known of these subjects, by subject. Two queries, however many they are."""
    known = {subject.pk: subject for subject in subjects}
    # Everyone who reacts to one save asks for the same record of the same instance.
    laid = {pk: found for pk, subject in known.items() if (found := getattr(subject, "record_at_hand", None))}
    fresh = _read({pk: subject for pk, subject in known.items() if pk not in laid})
    for pk, found in fresh.items():
        if hasattr(known[pk], "record_at_hand"):
            known[pk].record_at_hand = found  # type: ignore[attr-defined]
    return laid | fresh


def _read(known: Mapping[UUID, Subject]) -> dict[UUID, Record]:
    if not known:
        return {}
    by_subject: dict[UUID, list[FormRecord]] = defaultdict(list)
    for form in in_order(_forms(known.values())):
        by_subject[form.subject_id].append(form_record(form))
    reference = _reference_of(known.values())
    return {
        pk: Record(
            subject=subject.number,
            forms=tuple(by_subject[pk]),
            ranges=reference.ranges,
            conversions=reference.conversions,
            consent_versions=reference.consents.get(subject.site_id, ()),
        )
        for pk, subject in known.items()
    }


def reference_once(subject: Subject) -> Reference:
    """Return the reference data of this very instance; an action that checks and judges reads them once."""
    if getattr(subject, "reference_at_hand", None) is None:
        subject.reference_at_hand = reference_for({subject.site_id})  # type: ignore[attr-defined]
    return cast(Reference, subject.reference_at_hand)  # type: ignore[attr-defined]


def _reference_of(subjects: Collection[Subject]) -> Reference:
    at_hand = [found for each in subjects if (found := getattr(each, "reference_at_hand", None)) is not None]
    if len(subjects) == 1 and at_hand:
        return cast(Reference, at_hand[0])
    return reference_for({subject.site_id for subject in subjects})


def _forms(subjects: Iterable[Subject]) -> Iterable[Form]:
    unread = []
    for subject in subjects:
        if (at_hand := getattr(subject, "forms_at_hand", None)) is None:
            unread.append(subject.pk)
        else:
            yield from at_hand
    if unread:
        yield from read_forms(unread)


def forms_with_signers(subjects: Iterable[Any]) -> QuerySet[Form]:
    """Return the forms of these subjects with `signers`: who signed the version that stands."""
    signatures = Signature.objects.filter(about_kind="form", about_id=OuterRef("pk"), form_version=OuterRef("version"))
    signers = ArraySubquery(signatures.order_by("signed_at", "id").values("signer_id"))
    return Form.objects.filter(subject__in=list(subjects)).annotate(signers=signers)


def read_forms(subjects: Iterable[Any], *, also: str = "", named: Mapping[str, Any] | None = None) -> list[Any]:
    """Return the forms of these subjects with `signers` and with what places them; `also` are further columns of `f`."""
    read: list[Any] = rows_by(Form, _forms_sql(also), {"subjects": list(subjects), **(named or {})})
    visits: dict[UUID, Visit] = {}
    for form in read:
        if (key := form.visit_id) is None:
            continue
        if key not in visits:
            values = (key, form.subject_id, form.site_id, form.visit_code, form.visit_repeat)
            visits[key] = Visit.from_db(form._state.db, PLACING, values)
        form._state.fields_cache["visit"] = visits[key]  # shared by the forms of one visit
    return read


@cache
def _forms_sql(also: str) -> str:
    # Asked several times by every save: the words stand as they are, for composing them anew costs more than asking.
    columns = ", ".join(f"f.{field.column}" for field in Form._meta.concrete_fields)
    return f"""
SELECT {columns}, v.code AS visit_code, v.repeat AS visit_repeat,
       ARRAY(SELECT s.signer_id FROM accounts_signature s
              WHERE s.about_kind = 'form' AND s.about_id = f.id AND s.form_version = f.version
              ORDER BY s.signed_at, s.id) AS signers{also}
  FROM casebook_form f LEFT JOIN casebook_visit v ON v.id = f.visit_id
 WHERE f.subject_id = ANY(%(subjects)s::uuid[])
"""  # noqa: S608 -- columns of the model and words of this project


def in_order(forms: Iterable[Form]) -> list[Form]:
    """Return forms in the order of visits, then of the forms of one CRF."""
    return sorted(forms, key=_place)


def _place(form: Form) -> tuple[int, int, str, int, str]:
    visit = form.visit if form.visit_id is not None else None
    number, again = (VISIT_ORDER.get(visit.code, 0), visit.repeat) if visit is not None else (-1, 0)
    return number, again, form.crf, form.repeat, str(form.pk)


def answers_of(form: Form) -> dict[str, Answer]:
    """Return the answers of a form by path."""
    return {path: Answer.from_json(said) for path, said in form.answers.items()}


def form_record(form: Form) -> FormRecord:
    """Return the form as the protocol reads it; it comes from `read_forms` or `forms_with_signers`."""
    # What places a form never changes; of the rest, all that the record says is compared.
    as_of = (form.version, form.state, form.signers, form.completed_by_id, form.answers)  # type: ignore[attr-defined]
    held = _converted_last.get(form.pk)
    if held is None or held[0] != as_of:
        if len(_converted_last) >= CONVERTED_AT_MOST:
            _converted_last.clear()
        held = _converted_last[form.pk] = (as_of, _converted(form))
    return held[1]


def _converted(form: Form) -> FormRecord:
    return FormRecord(
        id=str(form.pk),
        crf=form.crf,
        visit=visit_name(form),
        repeat=form.repeat,
        complete=form.state == FormState.COMPLETE,
        version=form.version,
        answers=answers_of(form),
        entered_by=str(form.completed_by_id or ""),
        signed_by=tuple(str(signer) for signer in form.signers),  # type: ignore[attr-defined]
    )


def visit_name(form: Form) -> str:
    """Return the code of the form's visit, with its number where it came again; empty for a log."""
    if form.visit is None:
        return ""
    return form.visit.code if form.visit.repeat == 1 else f"{form.visit.code}/{form.visit.repeat}"


def reference_for(site_ids: Iterable[int]) -> Reference:
    """Return the reference data that the subjects of these sites are judged by. One query."""
    with connection.cursor() as cursor:
        cursor.execute(REFERENCE_SQL, [sorted(site_ids)])
        return _reference(*cursor.fetchone())


@lru_cache(maxsize=16)
def _reference(in_force: str, between_units: str, versions_of: str) -> Reference:
    """Return what these texts of the database mean; while nothing changes they are the same for every save."""
    ranges, conversions, consents = (json.loads(part) for part in (in_force, between_units, versions_of))
    by_site: dict[int, list[ConsentVersion]] = defaultdict(list)
    for row in consents:
        effective = date.fromisoformat(row["effective_on"])
        by_site[row["site"]].append(ConsentVersion(version=row["version"], effective_from=effective))
    return Reference(
        ranges=tuple(_range(row) for row in ranges),
        conversions=tuple(Conversion(**{**row, "factor": Decimal(row["factor"])}) for row in conversions),
        consents={site: tuple(versions) for site, versions in by_site.items()},
    )


def _range(row: Mapping[str, Any]) -> ReferenceRange:
    numbers = {name: Decimal(row[name]) if row[name] is not None else None for name in ("low", "high")}
    days = {name: date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to")}
    return ReferenceRange(**{**row, **numbers, **days})
