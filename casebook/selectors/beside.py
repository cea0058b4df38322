"""What a save must know around its form, in one query: the other forms of the subject, and what hangs on this one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import User
from casebook.models import Form
from casebook.selectors.records import read_forms

# Asked of the one form that is saved, not of those beside it.
OF_THIS_FORM = """,
       CASE WHEN f.id = %(form)s THEN EXISTS (SELECT FROM casebook_query q
            WHERE q.form_id = f.id AND q.check_id <> '') END AS is_asked,
       CASE WHEN f.id = %(form)s THEN EXISTS (SELECT FROM casebook_draft d
            WHERE d.form_id = f.id AND d.author_id = %(author)s) END AS is_drafted,
       CASE WHEN f.id = %(form)s THEN ARRAY(SELECT l.code FROM casebook_laboratory l
            WHERE l.code = ANY(%(laboratories)s::text[])) END AS laboratories"""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The other forms; whether this one has queries of checks, or a draft; which laboratories exist."""

    others: tuple[Form, ...]
    is_asked: bool
    is_drafted: bool
    laboratories: frozenset[str]


def beside(form: Form, *, author: User, laboratories: Iterable[str]) -> Beside:
    """Return what stands beside and on the form, and which of the laboratories exist; visit and signers are read too."""
    named = {"form": form.pk, "author": author.pk, "laboratories": list(laboratories)}
    found = {each.pk: each for each in read_forms([form.subject_id], also=OF_THIS_FORM, named=named)}
    this = found.pop(form.pk)
    form.visit = this.visit
    form.signers = this.signers  # type: ignore[attr-defined]
    return Beside(
        others=tuple(found.values()),
        is_asked=this.is_asked,
        is_asked_across=Exists(Query.objects.filter(form=OuterRef("pk"), check_id__in=ACROSS, state__in=STANDING)),
        is_drafted=this.is_drafted,
        laboratories=frozenset(this.laboratories or ()),
    )
