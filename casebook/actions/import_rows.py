"""The rows of a file become subjects and forms, through the same door as typing. Runs inside an action's transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid5

from accounts.models import User
from audit.decision import Refusal
from casebook.actions.judging import Invalid
from casebook.actions.saving import Saved, import_form
from casebook.actions.subjects import add_form, add_subject
from casebook.imports.deciding import Decided, decide
from casebook.imports.order import IN_MAPPING, Order
from casebook.imports.report import Entry, ImportRefused, Kind, Report, refusal_of, refused, shortened
from casebook.imports.rows import Answers, RowAnswers
from casebook.mapping import FormPlan
from casebook.mapping_checks import laboratories_of
from casebook.models import Form, ImportBatch, ImportedRow, Laboratory, Query, Subject
from casebook.selectors.imports import imported_keys
from casebook.selectors.queries import LEFT_OPEN_CHECK
from casebook.selectors.records import answers_of
from casebook.states import FormState
from protocol.language import Severity
from protocol.record import BLANK, Answer
from protocol.trial import TRIAL
from protocol.words import N_, Sentence, sentence

CORRECTED = N_("Corrected here to %(value)s since the last import; the file says what it said then, so it stays.")
DISPUTED = N_(
    "Answered here as %(value)s; the file says something else. The answer here stays: compare with the source."
)
NO_LABORATORY = N_(
    "There is no laboratory %(code)s. Load it with its reference ranges first: manage.py load_ranges FILE."
)
REPLACES = N_("%(new)s replaces %(old)s.")
REPLACES_COMPLETE = N_("%(new)s replaces %(old)s in a form that was complete.")
NOT_DONE = N_("Form %(crf)s was marked as not done here; nothing was imported into it.")
NO_VISIT = N_("Subject %(subject)s has no visit %(visit)s; plan it first.")
GONE = N_("The subject of row %(row)s was transferred to another site; nothing was imported for it.")
REASON = N_("Import of %(file)s, row %(row)s")


@dataclass
class Run:
    """One run over a file: what is known of its rows, and what it has to report."""

    order: Order
    batch: ImportBatch
    by: User
    at: datetime
    report: Report = field(default_factory=Report)
    known: dict[str, ImportedRow] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()  # the subject is at another site by now
    asked: dict[str, RowAnswers] = field(default_factory=dict)  # opened query: the row it came from


def import_rows(order: Order, batch: ImportBatch, *, by: User, at: datetime) -> Report:
    """Import every row, or raise ImportRefused with all that was refused: the caller's transaction undoes the rest."""
    run = Run(order, batch, by, at)
    rows = ImportedRow.objects.filter(site=batch.site_id, source=order.mapping.source).select_related("subject__site")
    run.known = {row.key: row for row in rows if row.subject.site_id == batch.site_id}
    run.gone = imported_keys(batch.site_id, order.mapping.source) - run.known.keys()
    _demand_laboratories(order)
    reading = order.reading()
    for row in order.source.rows:
        said, entries = reading.read(row)
        run.report.add(entries)
        run.report.count("rows")
        if not any(entry.kind is Kind.REFUSED for entry in entries):
            _import_row(run, said)
    run.report.add(_asked_about(run))
    run.report.add(reading.declarations())
    if run.report.is_refused:
        raise ImportRefused(run.report)
    return run.report


def _demand_laboratories(order: Order) -> None:
    # One sentence before any row is read, not one per form.
    named = set(laboratories_of(order.mapping, TRIAL))
    known = set(Laboratory.objects.filter(code__in=named).values_list("code", flat=True))
    if absent := sorted(named - known):
        raise refusal_of(*(refused(NO_LABORATORY, column=IN_MAPPING, value=code, code=code) for code in absent))


def _import_row(run: Run, said: RowAnswers) -> None:
    if said.row.key in run.gone:
        run.report.add([_doubt(said, "", "", sentence(GONE, row=said.row.key))])
        return
    known = run.known.get(said.row.key)
    try:
        subject = known.subject if known else _new_subject(run, said)
    except Refusal as refusal:
        run.report.add([_refusal(said, "", refusal.sentence)])
        return
    run.report.count("subjects known" if known else "subjects added")
    kept = dict(known.said) if known else {}
    forms = _forms_of(subject)
    for plan in run.order.mapping.forms:
        if theirs := said.forms.get(plan.name):
            _import_form(run, said, plan, theirs, subject=subject, forms=forms, last=kept.get(plan.name, {}))
            kept[plan.name] = kept.get(plan.name, {}) | {path: each.to_json() for path, each in theirs.items()}
    _keep_row(run, said, known, subject, kept)


def _new_subject(run: Run, said: RowAnswers) -> Subject:
    return add_subject(run.batch.site, by=run.by, at=run.at, key=_key(run, said.row.key))


def _forms_of(subject: Subject) -> dict[tuple[str, str, int], Form]:
    forms = Form.objects.filter(subject=subject).select_related("visit")
    return {(form.crf, form.visit.code if form.visit else "", form.repeat): form for form in forms}


def _import_form(
    run: Run,
    said: RowAnswers,
    plan: FormPlan,
    theirs: Answers,
    *,
    subject: Subject,
    forms: dict[tuple[str, str, int], Form],
    last: dict[str, Any],
) -> None:
    try:
        form = forms.get((plan.crf, plan.visit, plan.repeat)) or _added(run, said, plan, subject)
        now, was_complete = answers_of(form), form.state == FormState.COMPLETE
        decided = decide(theirs, now=now, said=last)
        run.report.add(_left_as_they_are(said, plan, decided))
        if form.state == FormState.NOT_DONE:
            run.report.add([_doubt(said, "", "", sentence(NOT_DONE, crf=plan.crf))])
        elif decided.save:
            _count(run, said, _saved(run, said, plan, form, decided.save))
            run.report.add(_replaced(said, plan, decided, now, was_complete=was_complete))
        else:
            run.report.count("forms unchanged")
    except Invalid as invalid:
        run.report.add(_impossible(said, plan, theirs, invalid))
    except Refusal as refusal:
        run.report.add([_refusal(said, "", refusal.sentence)])


def _added(run: Run, said: RowAnswers, plan: FormPlan, subject: Subject) -> Form:
    visit = None
    if plan.visit:
        visit = subject.visits.filter(code=plan.visit, repeat=1).first()
        if visit is None:
            raise Refusal(sentence(NO_VISIT, subject=subject.number, visit=plan.visit))
    key = _key(run, f"{said.row.key}/{plan.name}")
    return add_form(subject, by=run.by, at=run.at, visit=visit, crf=plan.crf, key=key)


def _saved(run: Run, said: RowAnswers, plan: FormPlan, form: Form, answers: dict[str, Answer]) -> Saved:
    reason = REASON % {"file": run.order.file_name, "row": said.row.number}
    return import_form(
        form,
        by=run.by,
        at=run.at,
        answers=answers,
        based_on=form.version,
        key=_key(run, f"{form.pk}/{form.version}"),
        complete=plan.complete or form.state == FormState.COMPLETE,
        reasons=dict.fromkeys(answers, reason),
    )


def _count(run: Run, said: RowAnswers, saved: Saved) -> None:
    run.report.count("forms saved")
    run.report.count("values saved", len(saved.changed))
    run.report.count("queries opened", len(saved.opened) + len(saved.elsewhere))
    run.report.count("queries closed", len(saved.mended))
    run.asked.update(dict.fromkeys(saved.opened, said))


def _keep_row(run: Run, said: RowAnswers, known: ImportedRow | None, subject: Subject, kept: dict[str, Any]) -> None:
    if known is None:
        ImportedRow.objects.create(
            site=run.batch.site,
            source=run.order.mapping.source,
            key=said.row.key,
            subject=subject,
            batch=run.batch,
            said=kept,
        )
    elif known.said != kept:
        known.said, known.batch = kept, run.batch
        known.save(update_fields=["said", "batch"])


def _key(run: Run, name: str) -> str:
    """Return an idempotency key of this batch, the same whenever its release is tried again."""
    return uuid5(run.batch.pk, name).hex


def _asked_about(run: Run) -> Iterator[Entry]:
    """Yield what the checks asked about, and a summary of what was left open. One query for all rows."""
    plans = {(plan.crf, plan.visit, plan.repeat): plan for plan in run.order.mapping.forms}
    queries = Query.objects.filter(pk__in=run.asked).select_related("form__visit").order_by("pk")
    left_open: Counter[tuple[str, Sentence]] = Counter()
    for query in queries.iterator(chunk_size=500):
        said, form = run.asked[str(query.pk)], query.form
        plan = plans[form.crf, form.visit.code if form.visit else "", form.repeat]
        words = Sentence.from_json(query.sentence)
        if query.check_id == LEFT_OPEN_CHECK:
            left_open[plan.name, words] += 1
        else:
            yield _doubt(said, plan.name, query.path, words)
    for (form_name, words), times in left_open.items():
        yield Entry(kind=Kind.NOTED, sentence=words, column=f"[{form_name}]", times=times)


def _left_as_they_are(said: RowAnswers, plan: FormPlan, decided: Decided) -> Iterator[Entry]:
    for path, here in decided.corrected.items():
        words = sentence(CORRECTED, value=_shown(here))
        yield _entry(Kind.NOTED, said, plan.name, path, words)
    for path, here in decided.disputed.items():
        yield _doubt(said, plan.name, path, sentence(DISPUTED, value=_shown(here)))


def _replaced(
    said: RowAnswers, plan: FormPlan, decided: Decided, now: Mapping[str, Answer], *, was_complete: bool
) -> Iterator[Entry]:
    """Yield what no longer stands: whoever releases the file sees each value that it overwrites."""
    kind, message = (Kind.DOUBTFUL, REPLACES_COMPLETE) if was_complete else (Kind.NOTED, REPLACES)
    for path, new in decided.save.items():
        if not (old := now.get(path, BLANK)).is_blank:
            words = sentence(message, new=_shown(new), old=_shown(old))
            yield _entry(kind, said, plan.name, path, words, value=new.value)


def _impossible(said: RowAnswers, plan: FormPlan, theirs: Answers, invalid: Invalid) -> Iterator[Entry]:
    hard = [finding for finding in invalid.findings if finding.severity is Severity.HARD]
    for finding in hard:
        value = theirs[finding.path].value if finding.path in theirs else ""
        yield _entry(Kind.REFUSED, said, plan.name, finding.path, finding.sentence, value=value)
    if not hard:
        yield _refusal(said, f"[{plan.name}]", invalid.sentence)


def _doubt(said: RowAnswers, form: str, path: str, words: Sentence) -> Entry:
    return _entry(Kind.DOUBTFUL, said, form, path, words)


def _entry(kind: Kind, said: RowAnswers, form: str, path: str, words: Sentence, *, value: str = "") -> Entry:
    # A constant has no column: then the report names the item of the form.
    column = said.columns.get((form, path), "")
    cell = said.row.cells[column] if column else value
    place = column or (f"[{form}.{path}]" if path else "")
    return Entry(kind=kind, sentence=words, row=said.row.number, key=said.row.key, column=place, value=shortened(cell))


def _refusal(said: RowAnswers, column: str, words: Sentence) -> Entry:
    return Entry(kind=Kind.REFUSED, sentence=words, row=said.row.number, key=said.row.key, column=column)


def _shown(answer: Answer) -> str:
    if answer.missing is not None:
        return str(answer.missing.value)
    return f"{answer.comparator}{answer.value} {answer.unit}".strip() or "–"
