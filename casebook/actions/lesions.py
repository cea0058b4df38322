"""Lesions: the first row that speaks of one gives it its identity over all scans."""

from __future__ import annotations

from audit.rows import rows_by
from casebook.actions.judging import Entry
from casebook.models import Form, Lesion
from casebook.paths import row_of
from protocol.language import Group
from protocol.record import BLANK

# Asked by every save of a scan: composing these words anew costs more than their answer.
KNOWN_SQL = "SELECT * FROM casebook_lesion WHERE subject_id = %s"
NAMED = {"lesion_class": "class", "organ": "organ", "segment": "segment"}


def keep_lesions(form: Form, entry: Entry) -> None:
    """Create the lesions that this form names first, and follow a correction of the form that named one first."""
    groups = {item.name for item in entry.crf.items if isinstance(item, Group) and item.lesions}
    rows = {row for row in map(row_of, entry.after) if row.partition("/")[0] in groups}
    if not rows:
        return
    known = {lesion.key: lesion for lesion in rows_by(Lesion, KNOWN_SQL, [form.subject_id])}
    for row in sorted(rows):
        said = {name: entry.after.get(f"{row}/{item}", BLANK).value for name, item in NAMED.items()}
        _keep(form, known.get(row.partition("/")[2]), row.partition("/")[2], said)


def _keep(form: Form, lesion: Lesion | None, key: str, said: dict[str, str]) -> None:
    if lesion is None:
        Lesion.objects.create(subject=form.subject, site_id=form.site_id, key=key, first_form=form, **said)
    elif lesion.first_form_id == form.pk and any(getattr(lesion, name) != value for name, value in said.items()):
        Lesion.objects.filter(pk=lesion.pk).update(**said)
