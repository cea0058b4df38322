"""Whether anything stands beside a form: most forms have neither remark nor file, and what is not there is not read."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection

from accounts.models import User
from casebook.models import Form
from casebook.selectors.queries import STANDING
from casebook.selectors.signatures import ABOUT

BESIDE_SQL = """
SELECT EXISTS (SELECT FROM casebook_query WHERE form_id = %(form)s AND state = ANY (%(standing)s)),
       EXISTS (SELECT FROM casebook_comment WHERE form_id = %(form)s),
       EXISTS (SELECT FROM casebook_file WHERE form_id = %(form)s),
       EXISTS (SELECT FROM accounts_signature WHERE about_kind = %(about)s AND about_id = %(form)s),
       EXISTS (SELECT FROM casebook_draft WHERE form_id = %(form)s AND author_id = %(user)s)
"""


class Present(NamedTuple):
    """What there is of a form beside its answers; what of it somebody may see is asked when it is read."""

    queries: bool
    comments: bool
    files: bool
    signatures: bool
    drafts: bool


def what_is_present(form: Form, user: User) -> Present:
    """Return what there is beside the form, standing queries and the user's own drafts among it. One query."""
    asked: dict[str, Any] = {"form": form.pk, "user": user.pk, "standing": list(STANDING), "about": ABOUT}
    with connection.cursor() as cursor:
        cursor.execute(BESIDE_SQL, asked)
        return Present(*cursor.fetchone())


__all__ = ["Present", "what_is_present"]
