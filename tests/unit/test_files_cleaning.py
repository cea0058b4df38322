"""Files are what their bytes say, and what is kept of them is only what is seen."""

from __future__ import annotations

from io import BytesIO
from zlib import crc32

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

from casebook.files import cleaning, papers, pictures
from casebook.files.cleaning import Unclean, cleaned
from casebook.files.kinds import Kind, recognised
from protocol.words import Sentence
from tests.files_ground import NAME, a_jpeg, a_pdf, a_png, pdf_of, with_jpeg_inside


def refusal(content: bytes, name: str = "") -> str:
    with pytest.raises(Unclean) as caught:
        cleaned(content, name=name)
    return caught.value.sentence.english()


# --- what it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"), [(a_pdf(), Kind.PDF), (a_jpeg(), Kind.JPEG), (a_png(), Kind.PNG)], ids=["pdf", "jpeg", "png"]
)
@pytest.mark.parametrize("name", ["", "report", "scan.PDF", "photo.jpeg", "../../x.png"])
def test_a_file_is_what_its_bytes_say(content, kind, name):
    assert recognised(content, name=name) == kind


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This file is empty."),
        (b"\0" * 128 + b"DICM\x02\0\0\0UL", "This is a DICOM file; its header names the patient."),
        (b"%PDF-1.4".ljust(128, b" ") + b"DICM", "This is a DICOM file"),
        (b"\x08\0\x05\0CS\n\0ISO_IR 100", "This is a DICOM file"),
        (b"PK\x03\x04word/document.xml", "This is an archive or an office document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is an archive or an office document"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "This is a web page or a drawing with scripts"),
        (b"\xef\xbb\xbf\n <!DOCTYPE html><script>", "This is a web page or a drawing with scripts"),
        (b"MZ\x90\0", "This is a program."),
        (b"#!/bin/sh\n", "This is a program."),
        (b"II*\0\x08\0\0\0", "This kind of picture is not kept."),
        (b"\0\0\0\x18ftypheic", "This kind of picture is not kept."),
        (b"name,born\nWang,1970", "Only PDF, JPEG and PNG are kept; this is none of them."),
        (b" %PDF-1.4", "Only PDF, JPEG and PNG are kept; this is none of them."),
    ],
)
def test_what_is_not_kept_is_refused_by_its_bytes(content, said):
    assert refusal(content, "report.pdf").startswith(said)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("scan.dcm", "This is a DICOM file"),
        ("page.html", "This is a web page"),
        ("picture.svg", "This is a web page"),
        ("report.docx", "This is an archive or an office document"),
        ("report.pdf.exe", "This is a program."),
        ("scan.tiff", "This kind of picture is not kept."),
        ("report.xyz", "Only PDF, JPEG and PNG are kept"),
    ],
)
def test_a_picture_that_calls_itself_something_else_is_refused(name, said):
    assert refusal(a_png(), name).startswith(said)


# --- pictures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [a_jpeg(), a_png()], ids=["jpeg", "png"])
def test_a_picture_is_kept_without_words_and_without_what_follows_its_end(content):
    assert NAME in content

    kept = cleaned(content + b"<html><script>alert(1)</script>" + NAME).content

    assert NAME not in kept
    assert b"<script>" not in kept
    with Image.open(BytesIO(kept)) as picture:
        assert not picture.getexif()
        assert {"icc_profile", "comment", "xmp", "photoshop", "Author", "exif"} & set(picture.info) == set()


def test_a_photograph_stands_upright_as_its_camera_meant_it():
    lying = a_jpeg(size=(40, 20), orientation=6)

    with Image.open(BytesIO(cleaned(lying).content)) as picture:
        assert picture.size == (20, 40)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pixels_of_a_png_stay_as_they_are(mode):
    source = Image.linear_gradient("L").resize((16, 16))
    source = Image.new("I;16", (16, 16), 40000) if mode == "I;16" else source.convert("RGBA").convert(mode)
    target = BytesIO()
    source.save(target, "PNG")

    with Image.open(BytesIO(cleaned(target.getvalue()).content)) as picture:
        assert picture.mode == mode
        assert picture.tobytes() == source.tobytes()


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = bytearray(a_png(size=(1, 1)))
    bomb[16:24] = (30_000).to_bytes(4, "big") * 2
    bomb[29:33] = crc32(bomb[12:29]).to_bytes(4, "big")

    assert refusal(bytes(bomb)).startswith("This picture is larger than 60 million pixels.")


@pytest.mark.parametrize(("side", "is_kept"), [(20, True), (21, False)])
def test_the_limit_of_pixels_has_two_sides(monkeypatch, side, is_kept):
    monkeypatch.setattr(pictures, "MOST_PIXELS", 400)

    assert isinstance(pictures.clean_picture(a_png(size=(side, 20)), Kind.PNG), bytes) is is_kept


@pytest.mark.parametrize("content", [a_jpeg()[:400], a_png()[:60], b"\xff\xd8\xff\xe0junk", b"\x89PNG\r\n\x1a\n"])
def test_a_damaged_picture_is_refused_with_what_to_do(content):
    assert refusal(content).startswith("This picture cannot be read; it may be damaged.")


def test_a_moving_picture_is_refused():
    target = BytesIO()
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(target, "PNG", save_all=True, append_images=frames[1:])

    assert refusal(target.getvalue()).startswith("This picture has several frames.")


# --- PDF --------------------------------------------------------------------------------------------------------


def test_a_pdf_is_kept_without_author_metadata_scripts_and_actions():
    content = a_pdf()
    assert NAME in content

    kept = cleaned(content).content

    assert NAME not in kept
    reader = PdfReader(BytesIO(kept))
    assert not reader.metadata
    assert set(reader.root_object) <= {"/Type", "/Pages"}
    for word in (b"/JavaScript", b"/JS", b"/OpenAction", b"/Launch", b"/AA", b"/Annots", b"/Metadata", b"/PieceInfo"):
        assert word not in kept


def test_what_the_pages_of_a_pdf_show_stays():
    kept = PdfReader(BytesIO(cleaned(a_pdf(pages=3)).content))

    assert [page.extract_text().strip() for page in kept.pages] == ["Report 1", "Report 2", "Report 3"]
    assert [float(side) for side in kept.pages[0].mediabox] == [0, 0, 200, 100]
    assert kept.pages[0].rotation == 90


def test_a_photograph_inside_a_pdf_loses_its_words_and_stays_the_same_picture():
    content = with_jpeg_inside(a_jpeg())
    assert NAME in content

    kept = cleaned(content).content

    assert NAME not in kept
    [image] = PdfReader(BytesIO(kept)).pages[0].images
    with Image.open(BytesIO(a_jpeg())) as source:
        assert image.image.tobytes() == source.tobytes()


def test_what_is_appended_to_a_pdf_is_gone():
    assert b"<script>" not in cleaned(a_pdf() + b"<html><script>alert(1)</script>").content


def _closed(writer: PdfWriter) -> None:
    writer.encrypt("secret", algorithm="RC4-128")


def _carrying(writer: PdfWriter) -> None:
    writer.add_attachment("source.docx", NAME)


def _noted(writer: PdfWriter) -> None:
    writer.add_annotation(0, FreeText(text="Wang", rect=(0, 0, 50, 50)))


def _layered(writer: PdfWriter) -> None:
    writer.root_object[NameObject("/OCProperties")] = DictionaryObject()


def _portfolio(writer: PdfWriter) -> None:
    writer.root_object[NameObject("/Collection")] = DictionaryObject()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_closed, "This PDF is protected by a password."),
        (_carrying, "This PDF carries other files inside."),
        (_portfolio, "This PDF carries other files inside."),
        (_noted, "This PDF holds form fields, notes or layers"),
        (_layered, "This PDF holds form fields, notes or layers"),
    ],
)
def test_a_pdf_of_which_something_would_be_lost_is_refused(change, said):
    assert refusal(pdf_of(change)).startswith(said)


def test_a_script_hidden_in_a_resource_is_emptied():
    def hide(writer: PdfWriter) -> None:
        action = DictionaryObject()
        action[NameObject("/S")] = NameObject("/JavaScript")
        action[NameObject("/JS")] = TextStringObject("app.alert(1)")
        stream = DecodedStreamObject()
        stream.set_data(b"")
        stream[NameObject("/Hidden")] = writer._add_object(action)
        writer.pages[0]["/Resources"][NameObject("/XObject")] = DictionaryObject(
            {NameObject("/X"): writer._add_object(stream)}
        )

    assert b"alert" not in cleaned(pdf_of(hide)).content


@pytest.mark.parametrize(("pages", "is_kept"), [(2, True), (3, False)])
def test_the_limit_of_pages_has_two_sides(monkeypatch, pages, is_kept):
    monkeypatch.setattr(papers, "MOST_PAGES", 2)

    assert isinstance(papers.clean_pdf(a_pdf(pages=pages)), bytes) is is_kept


def test_a_pdf_of_too_many_objects_is_refused(monkeypatch):
    monkeypatch.setattr(papers, "MOST_OBJECTS", 3)

    assert refusal(a_pdf()).startswith("This PDF is too intricate to be looked through.")


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.4\n" + b"x" * 500, a_pdf()[:300]])
def test_a_damaged_pdf_is_refused_with_what_to_do(content):
    assert refusal(content).startswith("This PDF")


# --- size, digests ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("room", "is_kept"), [(0, True), (-1, False)])
def test_the_limit_of_bytes_has_two_sides(monkeypatch, room, is_kept):
    content = a_png(size=(64, 64))
    monkeypatch.setattr(cleaning, "MOST_BYTES", len(content) + room)

    if is_kept:
        assert cleaned(content).kind == Kind.PNG
    else:
        assert refusal(content).startswith("This file has 1 MB; at most 0 MB are kept.")


def test_the_same_file_becomes_the_same_bytes():
    assert cleaned(a_pdf()).sha256 == cleaned(a_pdf()).sha256
    assert cleaned(a_jpeg()).sha256 == cleaned(a_jpeg()).sha256


def test_every_refusal_says_what_to_do():
    said = recognised(b"junk")
    assert isinstance(said, Sentence)
    assert said.english().endswith("bring that.")
