"""Proves every signature on a form against the trail: it was given for the content of the version that it names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from accounts import signing
from audit.trail import streamed
from casebook.content import content_of_row

SIGNATURES_SQL = """
SELECT s.id::text, s.printed_name, s.about_id::text, s.form_version, s.content_hash,
       (SELECT c.new FROM audit_change c
         WHERE c.row_id = s.about_id::text AND c.table_name = 'casebook_form'
           AND (c.new::jsonb ->> 'version')::integer = s.form_version ORDER BY c.id LIMIT 1)
  FROM accounts_signature s WHERE s.about_kind = 'form' ORDER BY s.signed_at, s.id
"""


def unbound_signatures(connection: Any) -> Iterator[str]:
    """Yield a sentence for each signature that was never given for the content it stands at, such as a copied one."""
    for key, name, form, version, kept, row in streamed(connection, SIGNATURES_SQL, name="signatures"):
        if row is None:
            yield f"Signature {key} of {name} names version {version} of form {form}, which never was."
        elif signing.content_hash(content_of_row(json.loads(row))) != kept:
            yield f"Signature {key} of {name} was not given for version {version} of form {form}."
