"""From when on a further scan or draw can complete the response: the rule of `protocol.completing`, as a column."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import F, Func, JSONField, TextField, Value

from protocol.completing import GOES_ON
from protocol.language import Verdict

# The same as `completes` says of one judgement; rows are counted by it, and only the first few are read.
FIRST = """(
    SELECT min(need->>'not_before')
      FROM (VALUES (%(expressions)s)) AS kept (needs, verdict, review, reason, goes_on),
           jsonb_array_elements(kept.needs) AS need
     WHERE kept.verdict = kept.review
        OR jsonb_exists(need, 'not_after')
        OR jsonb_path_exists(kept.reason, '$.**.message ? (@ == $said[*])',
                             jsonb_build_object('said', kept.goes_on::jsonb->(need->>'crf'))))"""


def first_to_complete() -> Func:
    """Return from when on the kept verdict of the response can be completed; null where only a new pair can begin."""
    by_form: dict[str, list[str]] = defaultdict(list)
    for message, crf in GOES_ON.items():
        by_form[crf].append(message)
    said = Value(dict(by_form), output_field=JSONField())
    kept = (F("needs"), F("verdict"), Value(Verdict.REVIEW.value), F("reason"), said)
    return Func(*kept, template=FIRST, output_field=TextField())
