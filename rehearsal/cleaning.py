"""Cleans a rehearsed trial: queries in every state, remarks, files, a draft and a kept filter, by those who do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from accounts.filters import save_filter
from audit.door import as_actor
from casebook.actions import drafts, files, queries
from casebook.files.cleaning import cleaned
from casebook.models import Form, Query, Visit
from casebook.states import VisitState
from protocol.roles import Role
from rehearsal.walk import SCREENING, Walk, correct, found

FILE_SAYS = "Synthetic picture, nobody is shown"
MISSING = "VR"


@dataclass(frozen=True)
class Step:
    """What is done about a query so many days ago, by whom, in which words."""

    does: Callable[..., Query]
    by: Role
    days_ago: int
    text: str


def _answered(days_ago: int, text: str) -> Step:
    return Step(queries.answer_query, Role.COORDINATOR, days_ago, text)


def _closed(days_ago: int, text: str = "") -> Step:
    return Step(queries.close_query, Role.DATA_MANAGER, days_ago, text)


def _reopened(days_ago: int, text: str) -> Step:
    return Step(queries.reopen_query, Role.DATA_MANAGER, days_ago, text)


def _cancelled(days_ago: int, text: str) -> Step:
    return Step(queries.cancel_query, Role.DATA_MANAGER, days_ago, text)


@dataclass(frozen=True)
class Question:
    """A query of a person on a screening form, and what became of it."""

    crf: str
    paths: tuple[str, ...]
    days_ago: int
    text: str
    by: Role = Role.DATA_MANAGER
    assigned: bool = False
    then: tuple[Step, ...] = ()


# One after the other on the earliest subjects, so that no two stand on the same form.
QUESTIONS = (
    Question("CH", ("ggt",), 31, "Twice as high as two weeks before: is this the sample of this visit?"),
    Question(
        "HCC",
        ("tumour_count", "largest_diameter"),
        17,
        "The report names three tumours. Please compare number and diameter with it.",
        by=Role.MONITOR,
        assigned=True,
    ),
    Question("MH", (), 3, "Was the history taken again after the last treatment?", by=Role.MEDICAL_REVIEWER),
    Question(
        "VS",
        ("weight",),
        21,
        "Five kilograms more than at the visit before: please check.",
        then=(_answered(4, "Checked against the chart: it is right."),),
    ),
    Question(
        "CO",
        ("pt",),
        28,
        "Is this in seconds?",
        then=(_answered(24, "Yes, in seconds."), _closed(23)),
    ),
    Question(
        "EG",
        ("performed_on",),
        26,
        "The tracing in the file has another day.",
        then=(
            _answered(22, "The day is right."),
            _closed(20),
            _reopened(9, "The monitor found a tracing of the day before."),
        ),
    ),
    Question(
        "CP",
        ("ascites",),
        19,
        "Ascites is named in the report of the scan.",
        then=(_cancelled(18, "It was the report of another subject."),),
    ),
)
REMARKS = (
    ("TA", "", 15, Role.MONITOR, "Pictures seen on site; the report is in the investigator's file."),
    ("HE", "platelets", 12, Role.COORDINATOR, "Drawn twice, the first tube had clotted."),
)


def ask(older: Sequence[Walk], *, at: datetime) -> None:
    """Let people ask about the forms of these subjects, remark on them, and go on as far as each question came."""
    for number, question in enumerate(QUESTIONS):
        _ask(older[number % len(older)], question, at=at)
    for number, (crf, path, days_ago, role, text) in enumerate(REMARKS):
        walk = older[number % len(older)]
        form = found(walk, crf, SCREENING)
        queries.comment(form, by=walk.one(role), at=at - timedelta(days=days_ago), text=text, path=path)


def _ask(walk: Walk, question: Question, *, at: datetime) -> None:
    query = queries.open_query(
        found(walk, question.crf, SCREENING),
        by=walk.one(question.by),
        at=at - timedelta(days=question.days_ago),
        text=question.text,
        paths=question.paths,
        assigned_to=walk.one(Role.COORDINATOR) if question.assigned else None,
    )
    for step in question.then:
        said = {"text": step.text} if step.text else {}
        query = step.does(query, by=walk.one(step.by), at=at - timedelta(days=step.days_ago), **said)


def ask_for_missing(walk: Walk, *, at: datetime) -> None:
    """Let the data manager ask for a form of a visit that nobody recorded."""
    manager = walk.one(Role.DATA_MANAGER)
    with as_actor(manager):
        planned = Visit.objects.filter(subject=walk.subject, state=VisitState.OPEN).exclude(code=SCREENING)
        visit = planned.earliest("opens_on", "id")
    queries.ask_for_form(
        visit,
        by=manager,
        at=at - timedelta(days=5),
        crf=MISSING,
        text="Was the subject seen? The record of this visit is missing.",
        assigned_to=walk.one(Role.COORDINATOR),
    )


def mistype_and_mend(walk: Walk, *, at: datetime) -> None:
    """Let a count be mended wrongly, in the wrong unit: a check asks, and closes its question when it is put right."""
    form = found(walk, "HE", "M1")
    with as_actor(walk.one(Role.COORDINATOR)):
        right = str(Form.objects.get(pk=form.pk).answers["platelets"]["value"])
    wrong = f"{right[0]}.{right[1]}"
    correct(
        walk, form, {"platelets": f"{wrong} 10^9/L"}, at=at - timedelta(days=10), reason="Read off the chart again."
    )
    correct(walk, form, {"platelets": f"{right} 10^9/L"}, at=at - timedelta(days=8), reason="Mistyped, wrong unit.")


def bring_papers(walk: Walk, *, at: datetime) -> None:
    """Let the coordinator bring a picture to a scan and a report to the history, both drawn here."""
    coordinator = walk.one(Role.COORDINATOR)
    papers = (("TA", a_picture(), "Slice of the scan, synthetic"), ("MH", a_report(), "Letter of discharge, synthetic"))
    for crf, content, title in papers:
        files.bring_file(
            found(walk, crf, SCREENING),
            by=coordinator,
            at=at - timedelta(days=14),
            brought=cleaned(content),
            title=title,
            looked=True,
        )


def leave_unsaved(walk: Walk, *, at: datetime) -> None:
    """Let the coordinator type half a consent and be called away."""
    typed: Mapping[str, Any] = {"version": "1.1", "copy_given": "Y"}
    form = found(walk, "ICF", "")
    drafts.keep_draft(
        form, by=walk.one(Role.COORDINATOR), at=at - timedelta(hours=1), typed=typed, based_on=form.version
    )


def keep_filter(walk: Walk, *, at: datetime) -> None:
    """Let the data manager keep the view of what has waited too long."""
    manager = walk.one(Role.DATA_MANAGER)
    with as_actor(manager):
        save_filter(manager, at=at, list_name="queries", name="Past their day", query="age=overdue&order=waiting")


def a_picture() -> bytes:
    """Return a drawn liver with two rings, which says in itself that it is synthetic."""
    picture = Image.new("L", (480, 320), 16)
    drawing = ImageDraw.Draw(picture)
    drawing.ellipse((60, 50, 420, 250), fill=96, outline=160)
    for left, top, size in ((150, 110, 46), (290, 140, 28)):
        drawing.ellipse((left, top, left + size, top + size), fill=64, outline=220, width=2)
    drawing.text((90, 280), FILE_SAYS, fill=235)
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def a_report() -> bytes:
    """Return one page that says that it is synthetic."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=420, height=200)
    face = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    font = DictionaryObject({NameObject(key): NameObject(value) for key, value in face.items()})
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    words = DecodedStreamObject()
    words.set_data(b"BT /F1 16 Tf 40 120 Td (Letter of discharge) Tj 0 -30 Td (Synthetic, nobody is meant) Tj ET")
    page[NameObject("/Contents")] = writer._add_object(words)
    target = BytesIO()
    writer.write(target)
    return target.getvalue()
