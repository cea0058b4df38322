"""Draws a picture anew: only what is seen goes over, no EXIF, XMP, IPTC, comment, preview, nor bytes after its end."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

from casebook.files.kinds import Kind
from casebook.files.limits import MOST_PIXELS
from protocol.words import N_, Sentence, sentence

BROKEN = N_("This picture cannot be read; it may be damaged. Open it, save it anew as PNG or JPEG, and bring that.")
TOO_MANY_PIXELS = N_(
    "This picture is larger than %(most)s million pixels. Make it smaller before bringing it; it stays readable."
)
MOVES = N_("This picture has several frames. Save the one that counts as PNG and bring that.")
FORMATS = {Kind.JPEG: "JPEG", Kind.PNG: "PNG"}
KEPT_MODES = {Kind.JPEG: ("L", "RGB", "CMYK"), Kind.PNG: ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")}


def clean_picture(content: bytes, kind: Kind) -> bytes | Sentence:
    """Return the picture drawn anew, upright as its camera meant it; or why it cannot be."""
    try:
        # Only the header is read here: nothing is unpacked before its size is known.
        with Image.open(BytesIO(content), formats=[FORMATS[kind]]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return _too_many()
            if kind == Kind.PNG and getattr(picture, "is_animated", False):
                return sentence(MOVES)
            return _drawn(picture, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return _too_many()
    except Exception:
        # Hostile bytes raise whatever the decoder stumbles over; each of it means the same to a person.
        return sentence(BROKEN)


def _drawn(picture: Image.Image, kind: Kind) -> bytes:
    transparent = picture.info.get("transparency") if kind == Kind.PNG else None
    # In place: a large picture is unpacked once, and not three times beside itself.
    ImageOps.exif_transpose(picture, in_place=True)
    bare = picture if picture.mode in KEPT_MODES[kind] else picture.convert("RGB" if kind == Kind.JPEG else "RGBA")
    # Whatever a file says beside its pixels is carried here, and would be written again.
    bare.info = {} if transparent is None else {"transparency": transparent}
    target = BytesIO()
    if kind == Kind.JPEG:
        bare.save(target, "JPEG", quality=95, exif=b"")
    else:
        bare.save(target, "PNG")
    return target.getvalue()


def _too_many() -> Sentence:
    return sentence(TOO_MANY_PIXELS, most=MOST_PIXELS // 1_000_000)
