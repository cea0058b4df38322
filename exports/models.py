"""Files that are written in the background: what was asked, how far it is, and the bytes once they are whole."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CASCADE, Q

from exports.states import DownloadKind, DownloadState

Person = settings.AUTH_USER_MODEL

CLASSES = {"Download": "machinery", "DownloadPart": "machinery"}


class Download(models.Model):
    """One file for one person, made of what this person may see. It exists for its owner alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Person, CASCADE, related_name="+")
    key = models.CharField(max_length=64)  # of the page that asked: two clicks are one download
    kind = models.CharField(max_length=16, choices=DownloadKind.choices)
    parameters = models.JSONField(default=dict)
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=DownloadState.choices, default=DownloadState.WAITING)
    asked_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)  # past it, whoever was writing is taken for dead
    done_at = models.DateTimeField(null=True, blank=True)
    failure = models.JSONField(default=dict)  # a sentence of protocol.words
    file_name = models.CharField(max_length=120, blank=True)
    content_type = models.CharField(max_length=60, blank=True)
    size = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="download_asked_once"),
            models.CheckConstraint(condition=Q(state__in=DownloadState.values), name="download_state_known"),
            models.CheckConstraint(condition=Q(kind__in=DownloadKind.values), name="download_kind_known"),
            models.CheckConstraint(
                condition=~Q(state=DownloadState.READY) | ~Q(digest="") & ~Q(file_name="") & Q(done_at__isnull=False),
                name="download_ready_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=DownloadState.FAILED) | ~Q(failure={}), name="download_failed_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state__in=["waiting", "running"]), name="download_to_write"),
            models.Index(fields=["owner", "-asked_at"], name="download_of_owner"),
        ]

    def __str__(self) -> str:
        return self.title


class DownloadPart(models.Model):
    """A piece of the bytes of a file: the database keeps them, so any machine can offer what any worker wrote."""

    download = models.ForeignKey(Download, CASCADE, related_name="parts")
    owner = models.ForeignKey(Person, CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["download", "number"], name="download_part_once")]
