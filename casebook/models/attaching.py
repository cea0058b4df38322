"""Files that a site brings to a form or to a subject, and their bytes, piece by piece."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import PROTECT, Q

from casebook.files.kinds import Kind
from casebook.files.limits import TITLE_LENGTH

Person = settings.AUTH_USER_MODEL
KINDS = [(kind.value, kind.value.upper()) for kind in Kind]


class File(models.Model):
    """A PDF or picture of a form, or (with no form) of a subject. What its maker called it is not kept.

    Whoever brought it has looked: nothing in it shows who the person is. Withdrawn, it is given to nobody any more;
    erased, its bytes are gone too. The head always stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="files")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    form = models.ForeignKey("casebook.Form", PROTECT, null=True, blank=True, related_name="files")
    title = models.CharField(max_length=TITLE_LENGTH)
    kind = models.CharField(max_length=8, choices=KINDS)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    brought_sha256 = models.CharField(max_length=64)  # before it was cleaned: says whether the same comes again
    brought_at = models.DateTimeField()
    brought_by = models.ForeignKey(Person, PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    withdrawn_because = models.CharField(max_length=500, blank=True)
    erased = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "site"], name="file_with_site"),
            models.UniqueConstraint(
                fields=["subject", "form", "brought_sha256"],
                condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="file_once_at_a_place",
            ),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="file_kind_known"),
            models.CheckConstraint(condition=~Q(title=""), name="file_has_a_title"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_because="")),
                name="file_withdrawn_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(erased=False) | Q(withdrawn_at__isnull=False), name="file_erased_is_withdrawn"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class FilePart(models.Model):
    """A piece of a file's bytes. The trail keeps its digest, and the database holds the bytes to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.ForeignKey(File, PROTECT, related_name="parts")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="file_part_once")]
