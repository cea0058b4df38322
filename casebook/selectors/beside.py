"""What a save must know around its form, in one query: the other forms of the subject, and what hangs on this one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from casebook.models import Form
from casebook.selectors.checks import ACROSS
from casebook.selectors.records import read_forms

# Asked of the one form that is saved, not of those beside it.
OF_THIS_FORM = """,
       CASE WHEN f.id = %(form)s THEN EXISTS (SELECT FROM casebook_query q
            WHERE q.form_id = f.id AND q.check_id <> '') END AS is_asked,
       CASE WHEN f.id = %(form)s THEN EXISTS (SELECT FROM casebook_draft d
            WHERE d.form_id = f.id AND d.author_id = %(author)s) END AS is_drafted,
       CASE WHEN f.id = %(form)s THEN ARRAY(SELECT q.form_id FROM casebook_query q
            WHERE q.subject_id = f.subject_id AND q.form_id <> f.id AND q.state IN ('open', 'answered')
              AND q.check_id = ANY(%(across)s::text[])) END AS asked_across,
       CASE WHEN f.id = %(form)s THEN ARRAY(SELECT l.code FROM casebook_laboratory l
            WHERE l.code = ANY(%(laboratories)s::text[])) END AS laboratories"""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The other forms; whether this one has queries of checks, or a draft; which laboratories exist.

    `asked_across` are those of the others that a check asks about which looks at other forms too.
    """

    others: tuple[Form, ...]
    is_asked: bool
    asked_across: frozenset[UUID]
    is_drafted: bool
    laboratories: frozenset[str]


def beside(form: Form, *, author: User, laboratories: Iterable[str]) -> Beside:
    """Return what stands beside and on the form, and which of the laboratories exist; visit and signers are read too."""
    named = {"form": form.pk, "author": author.pk, "laboratories": list(laboratories), "across": list(ACROSS)}
    found = {each.pk: each for each in read_forms([form.subject_id], also=OF_THIS_FORM, named=named)}
    this = found.pop(form.pk)
    form.visit = this.visit
    form.signers = this.signers  # type: ignore[attr-defined]
    return Beside(
        others=tuple(found.values()),
        is_asked=this.is_asked,
        asked_across=frozenset(this.asked_across or ()),
        is_drafted=this.is_drafted,
        laboratories=frozenset(this.laboratories or ()),
    )
