#!/usr/bin/env python3
"""The message catalogue: extract, update and compile; `--check` fails on a stale one and prints what is untranslated.

By Babel, because a small machine has no gettext programs; the compiled file is committed for the same reason.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = {"zh_Hans": ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"}
OURS = (
    *("protocol", "paper", "audit", "accounts", "outbox", "casebook", "eligibility", "randomization", "followup"),
    *("outcomes", "api", "exports", "reports", "desk", "rehearsal", "trial_edc"),
)
KEYWORDS = {
    **dict.fromkeys(("_", "N_", "gettext", "gettext_lazy", "gettext_noop", "sentence", "no", "Sentence")),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
SHOWN = 20
# Babel writes a date in any case; this one says nothing.
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
# A text, or its singular and plural.
Words = str | tuple[str, ...]

TRANSLATE = re.compile(
    r"""\{%\s*trans(?:late)?\s+(?P<quote>["'])(?P<text>.*?)(?P=quote)(?:\s+context\s+["'](?P<context>[^"']*)["'])?.*?%\}"""
)
BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b(?P<head>.*?)%\}(?P<body>.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.S)
PLURAL = re.compile(r"\{%\s*plural\s*%\}")
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def extracted() -> Catalog:
    """Return every string of ours that a person may see, in a fixed order and without line numbers."""
    catalog = Catalog(project="EDC NCT05349331", charset="utf-8", fuzzy=False)
    for path in sorted(path for app in OURS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts):
        for _line, message, _comments, context in extract_from_file("python", path, keywords=KEYWORDS):
            _add(catalog, message, context, path)
    for path in sorted((ROOT / "templates").rglob("*.*")):
        for message, context in _of_template(path.read_text()):
            _add(catalog, message, context, path)
    return catalog


def _add(catalog: Catalog, message: Words, context: str | None, path: Path) -> None:
    if message and message != ("", ""):
        catalog.add(message, context=context, locations=[(str(path.relative_to(ROOT)), 0)])


def _of_template(text: str) -> Iterator[tuple[Words, str | None]]:
    for found in TRANSLATE.finditer(text):
        yield found["text"].replace('\\"', '"'), found["context"]
    for found in BLOCK.finditer(text):
        parts = [_block_text(part, trimmed="trimmed" in found["head"]) for part in PLURAL.split(found["body"])]
        yield (tuple(parts) if len(parts) > 1 else parts[0]), None


def _block_text(body: str, *, trimmed: bool) -> str:
    """Return what Django looks up: variables as %(name)s, per cent signs doubled."""
    text = VARIABLE.sub(r"%(\1)s", body.replace("%", "%%"))
    return " ".join(line.strip() for line in text.splitlines() if line.strip()) if trimmed else text


def current(path: Path, locale: str) -> Catalog:
    """Return the catalogue as it should be: today's strings, the translations that we have."""
    template = extracted()
    with path.open("rb") if path.exists() else io.BytesIO() as file:
        kept = read_po(file, locale=locale)
    catalog = Catalog(locale=locale, project=template.project, charset="utf-8", fuzzy=False)
    for message in sorted((m for m in template if m.id), key=_key):
        catalog[message.id] = Message(
            message.id, _translation(kept, message), message.locations, context=message.context
        )
    return catalog


def _translation(kept: Catalog, message: Message) -> Words:
    known = kept.get(message.id, message.context)
    if known is None or known.fuzzy:
        return ("",) if isinstance(message.id, tuple) else ""
    return known.string if isinstance(known.string, str) else tuple(known.string or ())


def _key(message: Message) -> tuple[str, str]:
    return (str(message.id), message.context or "")


def as_po(catalog: Catalog) -> bytes:
    """Return the text of a catalogue; no dates and no line numbers, so that it changes only with its strings."""
    out = io.BytesIO()
    write_po(out, catalog, omit_header=True, include_lineno=False, width=110)
    forms = f"nplurals={catalog.num_plurals}; plural={catalog.plural_expr};"
    head = f'msgid ""\nmsgstr ""\n"Language: {catalog.locale}\\n"\n"Plural-Forms: {forms}\\n"\n'
    head += '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head.encode() + out.getvalue()


def as_mo(po: bytes, locale: str) -> bytes:
    """Return the compiled catalogue; without the minute of compiling, so that it changes only with its strings."""
    out = io.BytesIO()
    catalog = read_po(io.BytesIO(po), locale=locale)
    catalog.creation_date = catalog.revision_date = NO_DATE
    write_mo(out, catalog)
    return out.getvalue()


def write() -> None:
    """Bring every catalogue up to today's strings, and compile it."""
    for locale, path in LANGUAGES.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        po = as_po(current(path, locale))
        path.write_bytes(po)
        path.with_suffix(".mo").write_bytes(as_mo(po, locale))


def faults() -> list[str]:
    """Return a sentence for each catalogue that is stale; an untranslated string is none."""
    found = []
    for locale, path in LANGUAGES.items():
        po = as_po(current(path, locale))
        if not path.exists() or path.read_bytes() != po:
            found.append(f"The catalogue {locale} does not hold today's strings; run `make fix`.")
        elif path.with_suffix(".mo").read_bytes() != as_mo(po, locale):
            found.append(f"The catalogue {locale} is not compiled; run `make fix`.")
    return found


def untranslated() -> Iterator[str]:
    """Return, for each language, how much is not translated yet, and the first of it."""
    for locale, path in LANGUAGES.items():
        messages = [message for message in current(path, locale) if message.id]
        missing = [message for message in messages if not message.string or not any(message.string)]
        yield f"{locale}: {len(messages) - len(missing)} of {len(messages)} strings are translated."
        for message in missing[:SHOWN]:
            yield f"  not yet: {message.id if isinstance(message.id, str) else message.id[0]}"
        if len(missing) > SHOWN:
            yield f"  ... and {len(missing) - SHOWN} more."


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    for sentence in [*faults(), *untranslated()]:
        print(sentence)
    sys.exit(bool(faults()))
