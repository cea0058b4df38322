"""Recognises what a file is, by its first bytes and never by what its name or the browser says."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from protocol.words import N_, Sentence, sentence


class Kind(StrEnum):
    """What is kept: these three and nothing else."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"


CONTENT_TYPES: Mapping[Kind, str] = {
    Kind.PDF: "application/pdf",
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
}
NAME_ENDINGS: Mapping[Kind, str] = {Kind.PDF: "pdf", Kind.JPEG: "jpg", Kind.PNG: "png"}
ACCEPTED_ENDINGS = ("pdf", "jpg", "jpeg", "jpe", "png")
BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (b"%PDF-", Kind.PDF),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
)

EMPTY = N_("This file is empty. Choose the file that you mean.")
DICOM = N_(
    "This is a DICOM file; its header names the patient. "
    "Export the picture as PNG or PDF, without the patient's name, and bring that."
)
PACKED = N_(
    "This is an archive or an office document (zip, docx, xlsx). "
    "Save the document as PDF, or take the picture out, and bring that."
)
WEB_PAGE = N_("This is a web page or a drawing with scripts (html, svg, xml). Save it as PDF or PNG and bring that.")
PROGRAM = N_("This is a program. Only PDF, JPEG and PNG are kept.")
OTHER_PICTURE = N_("This kind of picture is not kept. Save it as PNG or JPEG, or as PDF where it has many pages.")
UNKNOWN = N_("Only PDF, JPEG and PNG are kept; this is none of them. Save the document as PDF and bring that.")

DICOM_MARK_AT = 128  # a preamble of any bytes, then the four letters
REFUSED_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"PK", PACKED),
    (b"\xd0\xcf\x11\xe0", PACKED),  # office documents of before 2007
    (b"\x1f\x8b", PACKED),
    (b"7z\xbc\xaf", PACKED),
    (b"Rar!", PACKED),
    (b"{\\rtf", PACKED),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"#!", PROGRAM),
    (b"II*\x00", OTHER_PICTURE),
    (b"MM\x00*", OTHER_PICTURE),
    (b"GIF8", OTHER_PICTURE),
    (b"BM", OTHER_PICTURE),
    (b"RIFF", OTHER_PICTURE),
    # DICOM without its preamble: the group of the header, or of the identifying elements, comes first.
    (b"\x02\x00\x00\x00", DICOM),
    (b"\x08\x00\x05\x00", DICOM),
    (b"\x08\x00\x08\x00", DICOM),
)
REFUSED_ENDINGS: Mapping[str, str] = {
    **dict.fromkeys(("dcm", "dicom", "ima"), DICOM),
    **dict.fromkeys(
        ("zip", "7z", "rar", "gz", "tar", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods"), PACKED
    ),
    **dict.fromkeys(("html", "htm", "xhtml", "svg", "xml", "mht"), WEB_PAGE),
    **dict.fromkeys(("exe", "com", "bat", "cmd", "js", "vbs", "ps1", "sh", "msi", "scr", "jar", "apk"), PROGRAM),
    **dict.fromkeys(("tif", "tiff", "gif", "bmp", "webp", "heic", "heif", "eps", "psd"), OTHER_PICTURE),
}


def recognised(content: bytes, *, name: str = "") -> Kind | Sentence:
    """Return what the bytes are, or the sentence that refuses them.

    The name decides nothing that is accepted: it only refuses what calls itself something else.
    """
    if not content:
        return sentence(EMPTY)
    if content[DICOM_MARK_AT : DICOM_MARK_AT + 4] == b"DICM":
        return sentence(DICOM)
    kind = next((kind for beginning, kind in BEGINNINGS if content.startswith(beginning)), None)
    ending = _ending(name)
    if kind is None:
        return sentence(_refusal_of(content) or REFUSED_ENDINGS.get(ending, UNKNOWN))
    if ending and ending not in ACCEPTED_ENDINGS:
        return sentence(REFUSED_ENDINGS.get(ending, UNKNOWN))
    return kind


def _refusal_of(content: bytes) -> str:
    for beginning, said in REFUSED_BEGINNINGS:
        if content.startswith(beginning):
            return said
    if content[4:8] == b"ftyp":
        return OTHER_PICTURE
    return WEB_PAGE if content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else ""


def _ending(name: str) -> str:
    _stem, dot, ending = name.replace("\0", "").rpartition(".")
    return ending.strip().lower() if dot else ""
