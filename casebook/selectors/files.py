"""Files as a user may see them, and their bytes as they are given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import CharField, Count, F, Func, Q, QuerySet, Sum
from django.db.models.functions import Length

from accounts.models import User
from casebook.models import File, FilePart, Form, Subject
from casebook.selectors.sight import arm_hidden_at, hidden_keys
from protocol.trial import TRIAL

RANDOMIZATION_VISIT = "RAND"
_CODES = [visit.code for visit in TRIAL.visits]
# What a file shows nobody can check: where an arm may not be seen, only what belongs to a visit before it is.
BEFORE_ARMS = tuple(_CODES[: _CODES.index(RANDOMIZATION_VISIT)])


def visible_files(user: User) -> QuerySet[File]:
    """Return the files the user may see: with their forms, and none that could tell an arm that may not be seen."""
    files = File.objects.filter(site__in=user.site_ids()).exclude(form__in=hidden_keys(user))
    return _without_arm(files, user)


def _without_arm(files: QuerySet[File], user: User) -> QuerySet[File]:
    if unseeing := arm_hidden_at(user):
        return files.exclude(_could_tell_arm(unseeing) & ~Q(brought_by=user))
    return files


def files_of(user: User, subject: Subject) -> QuerySet[File]:
    """Return the subject's files the user may see, withdrawn ones too, the latest first. One query."""
    files = visible_files(user).filter(subject=subject)
    return files.select_related("site", "form__visit", "brought_by", "withdrawn_by").order_by("-brought_at", "-id")


def files_of_form(user: User, form: Form) -> QuerySet[File]:
    """Return the files, the latest first, of a form that is in the user's sight. One query."""
    files = _without_arm(File.objects.filter(site__in=user.site_ids(), form=form), user)
    return files.select_related("site", "brought_by", "withdrawn_by").order_by("-brought_at", "-id")


def standing_at(subject: UUID, form: UUID | None, brought_sha256: str) -> File | None:
    """Return the file that was brought to this place with these very bytes and was not withdrawn."""
    return File.objects.filter(
        subject=subject, form=form, brought_sha256=brought_sha256, withdrawn_at__isnull=True
    ).first()


def is_whole(file: File) -> bool:
    """Whether the bytes that lie there are those that were stored; the database itself adds them up. One query."""
    digest = Func(
        Func(F("content"), function="sha256"), template="encode(%(expressions)s, 'hex')", output_field=CharField()
    )
    found = FilePart.objects.filter(file=file).aggregate(
        wrong=Count("id", filter=~Q(sha256=digest)), size=Sum(Length("content"))
    )
    return found["wrong"] == 0 and found["size"] == file.size


def bytes_of(file: File) -> Iterator[bytes]:
    """Yield the bytes piece by piece, in their order."""
    parts = FilePart.objects.filter(file=file).order_by("number").values_list("content", flat=True)
    for part in parts.iterator(chunk_size=4):
        yield bytes(part)


def hidden_rows(user: User) -> set[tuple[str, str]]:
    """Return table and key of what the audit page must not show: files, and their pieces, out of the user's sight."""
    hidden = File.objects.filter(site__in=user.site_ids()).exclude(pk__in=visible_files(user).values("pk"))
    files = set(hidden.values_list("pk", flat=True))
    parts = FilePart.objects.filter(file__in=files).values_list("pk", flat=True) if files else ()
    return {*_named(File, files), *_named(FilePart, parts)}


def _named(model: type[File] | type[FilePart], keys: Iterable[UUID]) -> set[tuple[str, str]]:
    return {(model._meta.db_table, str(key)) for key in keys}


def _could_tell_arm(sites: Iterable[int]) -> Q:
    before = Q(form__isnull=False, form__visit__isnull=False, form__visit__code__in=BEFORE_ARMS)
    return Q(site__in=sites) & ~before
