"""Writes a PDF anew: its pages and what they show go over; scripts, actions, attachments, authors and dates do not.

What goes over is named, and everything else stays behind: a new way of hiding something in a PDF stays behind too.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, cast

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, PdfObject, StreamObject

from casebook.files.limits import MOST_OBJECTS, MOST_PAGES
from casebook.files.pictures_inside import without_words
from protocol.words import N_, Sentence, sentence

BROKEN = N_("This PDF cannot be read; it may be damaged. Open it, print it to a new PDF, and bring that.")
CLOSED = N_("This PDF is protected by a password. Save it without protection and bring that.")
LOOSE = N_(
    "This PDF holds form fields, notes or layers that lie over its pages. "
    "Print it to a new PDF, so that what counts becomes part of the page, and bring that."
)
CARRIES = N_("This PDF carries other files inside. Take them out and bring each one that counts on its own.")
NO_PAGES = N_("This PDF has no page.")
TOO_MANY_PAGES = N_("This PDF has more than %(most)s pages. Bring it in parts.")
TOO_INTRICATE = N_("This PDF is too intricate to be looked through. Print it to a new PDF and bring that.")

SHOWN = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Group", "/Resources", "/Contents")
# Beside a page, a picture or a letter's shape: who made it, when, with what, and what else belongs to it.
STAYS_BEHIND = (
    "/Metadata",
    "/PieceInfo",
    "/LastModified",
    "/AF",
    "/OPI",
    "/Alternates",
    "/Ref",
    "/PS",
    "/AA",
    "/Annots",
)
NEVER_TYPES = ("/Annot", "/Action", "/Filespec", "/EmbeddedFile", "/Metadata", "/Catalog", "/Page", "/Outlines", "/Sig")
HARMLESS_NOTES = ("/Link", "/Popup")


def clean_pdf(content: bytes) -> bytes | Sentence:
    """Return the PDF written anew, or why it cannot be."""
    try:
        reader = PdfReader(BytesIO(content))
        return _refusal(reader) or _written(reader)
    except Exception:
        # Hostile bytes raise whatever the parser stumbles over; each of it means the same to a person.
        return sentence(BROKEN)


def _refusal(reader: PdfReader) -> Sentence | None:
    if reader.is_encrypted:
        return sentence(CLOSED)
    if sum(map(len, reader.xref.values())) + len(reader.xref_objStm) > MOST_OBJECTS:
        return sentence(TOO_INTRICATE)
    if not reader.pages:
        return sentence(NO_PAGES)
    if len(reader.pages) > MOST_PAGES:
        return sentence(TOO_MANY_PAGES, most=MOST_PAGES)
    root = reader.root_object
    if "/Collection" in root or "/EmbeddedFiles" in _dictionary(root.get("/Names")):
        return sentence(CARRIES)
    if "/OCProperties" in root or any(_lies_over(note) for page in reader.pages for note in _notes(page)):
        return sentence(LOOSE)
    return None


def _notes(page: PageObject) -> list[DictionaryObject]:
    notes = page.get("/Annots")
    held = notes.get_object() if notes is not None else None
    return [_dictionary(note) for note in cast(Any, held or ())]


def _lies_over(note: DictionaryObject) -> bool:
    return bool(note) and note.get("/Subtype") not in HARMLESS_NOTES


def _dictionary(value: PdfObject | None) -> DictionaryObject:
    held = value.get_object() if value is not None else None
    return held if isinstance(held, DictionaryObject) else DictionaryObject()


def _written(reader: PdfReader) -> bytes:
    writer = PdfWriter()
    for page in reader.pages:
        bare = writer.add_blank_page(width=1, height=1)
        for name in SHOWN:
            if name in page:
                bare[NameObject(name)] = page.raw_get(name).clone(writer, ignore_fields=STAYS_BEHIND)
    for held in _beside_pages(writer):
        _strip(held)
    writer.metadata = None
    target = BytesIO()
    writer.write(target)
    return target.getvalue()


def _beside_pages(writer: PdfWriter) -> Iterator[DictionaryObject]:
    """Yield every dictionary and stream of the new file, but for its pages and what holds them together."""
    tree = {id(writer.root_object), id(writer.root_object["/Pages"].get_object()), *map(id, writer.pages)}
    waiting: list[Any] = [*filter(None, writer._objects), *(value for page in writer.pages for value in page.values())]
    while waiting:
        held = waiting.pop()
        if isinstance(held, DictionaryObject) and id(held) not in tree:
            yield held
            waiting.extend(held.values())  # what is referred to stands among the objects itself
        elif isinstance(held, list):
            waiting.extend(held)


def _strip(held: DictionaryObject) -> None:
    """Empty what is no part of a page, and take the words out of pictures."""
    if held.get("/Type") in NEVER_TYPES or "/JS" in held or held.get("/S") in ("/JavaScript", "/Launch", "/URI"):
        held.clear()
    if "/Properties" in held:
        marks = _dictionary(held.get("/Properties"))
        held[NameObject("/Properties")] = DictionaryObject(dict.fromkeys(marks, DictionaryObject()))
    if isinstance(held, StreamObject):
        without_words(held)
