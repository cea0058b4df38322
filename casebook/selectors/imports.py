"""Reads for imports: the batches of the sites where a user prepares or releases them."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import Permission
from casebook.models import ImportBatch, ImportedRow

IMPORTING = (Permission.IMPORT_PREPARE, Permission.IMPORT_RELEASE)


def visible_batches(user: User) -> QuerySet[ImportBatch]:
    """Return the imports the user may look into, the latest first; without the files themselves."""
    sites = [site for site in user.site_ids() if any(user.holds(permission, at=site) for permission in IMPORTING)]
    batches = ImportBatch.objects.filter(site__in=sites).select_related("site", "prepared_by", "released_by")
    return batches.order_by("-prepared_at", "pk")


def imported_keys(site_id: int, source: str) -> frozenset[str]:
    """Return the rows of a source that became subjects at a site, also of those who are at another one by now."""
    return frozenset(ImportedRow.objects.filter(site=site_id, source=source).values_list("key", flat=True))
