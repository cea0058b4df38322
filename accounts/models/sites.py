"""The hospitals of the trial, and the version of the protocol each works under."""

from __future__ import annotations

import zoneinfo
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not a time zone; write one such as Asia/Shanghai."), params={"name": name})


class Site(models.Model):
    """A hospital of the trial. `counts` is False for an exercise, which stands outside every figure."""

    id = models.AutoField(primary_key=True)
    code = models.SlugField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=200)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    country = models.CharField(_("country"), max_length=2, blank=True)
    counts = models.BooleanField(_("counts in the trial's figures"), default=True)
    synthetic = models.BooleanField(_("synthetic subjects only"), default=False)
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="site_has_a_name"),
            models.CheckConstraint(condition=~Q(time_zone=""), name="site_has_a_time_zone"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """Return the time zone in which this site's calendar days are counted."""
        return zoneinfo.ZoneInfo(self.time_zone)


class SiteProtocol(models.Model):
    """From which day a site works under which version of the protocol."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="protocols")
    version = models.CharField(_("protocol version"), max_length=40)
    effective_on = models.DateField(_("effective on"))
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "version"], name="one_date_per_site_and_version"),
            models.UniqueConstraint(fields=["site", "effective_on"], name="one_version_per_site_and_date"),
        ]

    def __str__(self) -> str:
        return f"{self.version} from {self.effective_on}"
