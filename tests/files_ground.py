"""Files as a hospital makes them: with a name in every corner where a program leaves one."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

NAME = b"ZhangWei19700501"
ORIENTATION, ARTIST, DESCRIPTION = 0x0112, 0x013B, 0x010E


def a_jpeg(size: tuple[int, int] = (32, 24), orientation: int = 1) -> bytes:
    """Return a photograph that names the patient in its EXIF and in a comment."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[ARTIST], exif[DESCRIPTION] = orientation, NAME.decode(), NAME.decode()
    target = BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(target, "JPEG", exif=exif, comment=NAME)
    return target.getvalue()


def a_png(size: tuple[int, int] = (32, 24)) -> bytes:
    """Return a picture that names the patient in its texts."""
    words = PngInfo()
    words.add_text("Author", NAME.decode())
    words.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{NAME.decode()}</x:xmpmeta>")
    target = BytesIO()
    Image.new("RGB", size, "white").save(target, "PNG", pnginfo=words)
    return target.getvalue()


def a_pdf(pages: int = 1) -> bytes:
    """Return a report with an author, a script, an action and metadata that name the patient."""
    return pdf_of(_wordy, pages=pages)


def pdf_of(change: Callable[[PdfWriter], None], pages: int = 1) -> bytes:
    """Return a PDF of plain pages after a change."""
    writer = PdfWriter()
    for number in range(1, pages + 1):
        _add_page(writer, f"Report {number}")
    change(writer)
    target = BytesIO()
    writer.write(target)
    return target.getvalue()


def with_jpeg_inside(jpeg: bytes) -> bytes:
    """Return a PDF whose page shows this photograph."""

    def place(writer: PdfWriter) -> None:
        stream = StreamObject()
        stream._data = jpeg
        with Image.open(BytesIO(jpeg)) as picture:
            sides = {"/Width": picture.width, "/Height": picture.height, "/BitsPerComponent": 8}
        names = {"/Type": "/XObject", "/Subtype": "/Image", "/ColorSpace": "/DeviceRGB", "/Filter": "/DCTDecode"}
        stream.update({NameObject(key): NumberObject(value) for key, value in sides.items()})
        stream.update({NameObject(key): NameObject(value) for key, value in names.items()})
        resources = writer.pages[0]["/Resources"]
        resources[NameObject("/XObject")] = DictionaryObject({NameObject("/Photo"): writer._add_object(stream)})

    return pdf_of(place)


def _add_page(writer: PdfWriter, text: str) -> None:
    page = writer.add_blank_page(width=200, height=100)
    page.rotate(90)
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    held = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(held)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 50 Td ({text}) Tj ET".encode())
    page[NameObject("/Contents")] = writer._add_object(stream)


def _wordy(writer: PdfWriter) -> None:
    writer.add_metadata({"/Author": NAME.decode(), "/Title": NAME.decode()})
    root, page = writer.root_object, writer.pages[0]
    script = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): _text()})
    scripts = DictionaryObject({NameObject("/Names"): ArrayObject([_text(), writer._add_object(script)])})
    root[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): scripts})
    launch = DictionaryObject({NameObject("/S"): NameObject("/Launch"), NameObject("/F"): _text()})
    root[NameObject("/OpenAction")] = launch
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): launch})
    page[NameObject("/PieceInfo")] = DictionaryObject({NameObject("/Owner"): _text()})
    metadata = DecodedStreamObject()
    metadata.set_data(b"<x:xmpmeta>" + NAME + b"</x:xmpmeta>")
    root[NameObject("/Metadata")] = page[NameObject("/Metadata")] = writer._add_object(metadata)
    link = DictionaryObject({NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Link")})
    link[NameObject("/T")] = _text()
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(link)])


def _text() -> TextStringObject:
    return TextStringObject(NAME.decode())
