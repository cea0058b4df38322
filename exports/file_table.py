"""What the dataset says of files: that they are there, and which bytes they are. The bytes themselves stay inside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from accounts.models import Site, User
from casebook.selectors.files import visible_files
from casebook.selectors.records import visit_name
from exports.tables import AT_ONCE, Table, said

FILE_COLUMNS = (
    "subject", "site", "visit", "crf", "repeat", "file", "title", "kind", "bytes", "sha256", "brought_at",
    "withdrawn_at", "withdrawn_because", "erased",
)  # fmt: skip


def file_table(user: User, sites: Sequence[Site]) -> Table:
    """Return the files the user may see at these sites, withdrawn ones too."""
    return Table("files", list(FILE_COLUMNS), _rows(user, sites))


def _rows(user: User, sites: Sequence[Site]) -> Iterator[Sequence[object]]:
    files = visible_files(user).filter(site__in=sites).select_related("subject", "site", "form__visit")
    for file in files.order_by("subject__number", "brought_at", "id").iterator(chunk_size=AT_ONCE):
        form = file.form
        place = (visit_name(form), form.crf, form.repeat) if form else ("", "", "")
        yield (
            file.subject.number,
            file.site.code,
            *place,
            file.pk,
            file.title,
            file.kind,
            file.size,
            file.sha256,
            said(file.brought_at),
            said(file.withdrawn_at),
            file.withdrawn_because,
            said(file.erased),
        )
