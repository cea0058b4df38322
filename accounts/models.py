"""Who works on the trial, where, and by whose leave: all of it data, through the door, never deleted."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.roles import CLINICAL, SYSTEM_USERS, Permission, permissions_of, title_of

SYSTEM_DOMAIN = "system.invalid"

CLASSES = {
    "User": "reference",
    "Site": "reference",
    "SiteProtocol": "reference",
    "Grant": "action-only",
    "Delegation": "action-only",
    "Training": "action-only",
    "Signature": "append-only",
}


def validate_time_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("%(name)s is not a time zone; write one such as Asia/Shanghai."), params={"name": name}
        )


def paired(moment: str, person: str, *, name: str) -> models.CheckConstraint:
    """Return the constraint that a moment and its person are known together or not at all."""
    together = Q(**{f"{moment}__isnull": True, f"{person}__isnull": True}) | Q(
        **{f"{moment}__isnull": False, f"{person}__isnull": False}
    )
    return models.CheckConstraint(condition=together, name=name)


def ordered(first: str, last: str, *, name: str) -> models.CheckConstraint:
    """Return the constraint that a period, where it has an end, does not end before it begins."""
    condition = Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": F(first)})
    return models.CheckConstraint(condition=condition, name=name)


class DatabaseClock(models.Func):
    """The moment this is asked, by the database's clock: what stands now is not for the caller to say."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = models.DateTimeField()


class UserManager(BaseUserManager["User"]):
    """Finds a user by the e-mail address, however it was typed."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user with this address; capital letters make no difference."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person, or a named part of the system that cannot log in. Deactivated, never deleted."""

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        CHINESE = "zh-hans", "简体中文"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    language = models.CharField(
        _("language"), max_length=10, choices=Language.choices, default=Language.ENGLISH
    )
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            # One spelling is stored, so that "unique" means one person however the address is typed.
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(condition=~Q(name=""), name="user_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """Return the name as printed beside a signature."""
        return self.name

    def holds(self, permission: Permission, *, at: Site | int | None) -> bool:
        """Whether a standing role includes this at a site; without a site, whether a role for all sites does."""
        if self.is_system:
            return permission in self._system_permissions
        site_id = at.pk if isinstance(at, Site) else at
        return any(
            permission in permissions_of(grant.role)
            for grant in self.standing_grants
            if grant.site_id is None or grant.site_id == site_id
        )

    def holds_anywhere(self, permission: Permission) -> bool:
        """Whether a standing role includes this at any site."""
        if self.is_system:
            return permission in self._system_permissions
        return any(permission in permissions_of(grant.role) for grant in self.standing_grants)

    def site_ids(self) -> frozenset[int]:
        """Return the sites whose clinical data exist for this user; a role for all sites covers future ones."""
        return self._clinical_site_ids

    @property
    def actor_id(self) -> str:
        """Return what the trail names this user by."""
        return str(self.pk)

    @property
    def actor_name(self) -> str:
        """Return the name the trail keeps, as it is now."""
        return self.name

    @property
    def actor_role(self) -> str:
        """Return the roles held now, with their sites and the organisation, as the trail keeps them."""
        if self.is_system:
            return "System"
        held = [
            f"{title_of(grant.role)} ({grant.site.code})" if grant.site else title_of(grant.role)
            for grant in self.standing_grants
        ]
        return ", ".join([*held, self.organisation] if self.organisation else held)

    @cached_property
    def standing_grants(self) -> tuple[Grant, ...]:
        """Return the grants in force now. Read once per instance, and a request has one instance of its user."""
        if not self.is_active:
            return ()
        standing = Grant.objects.filter(user_id=self.pk, valid_from__lte=DatabaseClock()).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=DatabaseClock())
        )
        return tuple(standing.select_related("site").order_by("granted_at", "id"))

    @cached_property
    def _clinical_site_ids(self) -> frozenset[int]:
        if self.is_system:
            return _every_site() if self._system_permissions & CLINICAL else frozenset()
        clinical = [grant for grant in self.standing_grants if permissions_of(grant.role) & CLINICAL]
        if any(grant.site_id is None for grant in clinical):
            return _every_site()
        return frozenset(grant.site_id for grant in clinical if grant.site_id is not None)

    @property
    def _system_permissions(self) -> frozenset[Permission]:
        return SYSTEM_USERS.get(self.email.removesuffix(f"@{SYSTEM_DOMAIN}"), frozenset())

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """Read the row anew, and with it what the user holds."""
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        for cached in ("standing_grants", "_clinical_site_ids"):
            self.__dict__.pop(cached, None)


def _every_site() -> frozenset[int]:
    return frozenset(Site.objects.values_list("pk", flat=True))


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
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "version"], name="one_date_per_site_and_version"),
            models.UniqueConstraint(fields=["site", "effective_on"], name="one_version_per_site_and_date"),
        ]

    def __str__(self) -> str:
        return f"{self.version} from {self.effective_on}"


class Grant(models.Model):
    """A role of a person, at one site or at every site (no site), for a time."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(_("role"), max_length=40)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="grants", null=True, blank=True)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "site"],
                condition=Q(valid_to__isnull=True),
                nulls_distinct=False,
                name="one_standing_grant_of_a_role",
            ),
            ordered("valid_from", "valid_to", name="grant_ends_after_it_begins"),
            paired("ended_at", "ended_by", name="grant_ended_at_and_by"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(valid_to__isnull=False),
                name="an_ended_grant_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.user_id}"


class Signature(models.Model):
    """What a person put their name to. Only ever added: an edit makes a signature void, not gone."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=200)
    meaning = models.CharField(max_length=400)
    signed_at = models.DateTimeField()
    about_kind = models.CharField(max_length=60)
    about_id = models.UUIDField()
    content_hash = models.CharField(max_length=64)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    # No foreign key: subjects belong to an app above. The form's own row ties the two together.
    subject_id = models.UUIDField(null=True, blank=True)
    form_version = models.IntegerField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["about_kind", "about_id"], name="signature_about")]
        constraints = [
            models.CheckConstraint(
                condition=Q(content_hash__regex=r"^[0-9a-f]{64}$"), name="signature_hash_is_sha256"
            ),
            models.CheckConstraint(condition=~Q(printed_name=""), name="signature_has_a_printed_name"),
            models.CheckConstraint(condition=~Q(meaning=""), name="signature_has_a_meaning"),
        ]

    def __str__(self) -> str:
        return f"{self.about_kind} signed by {self.printed_name}"


class Delegation(models.Model):
    """A task that the principal investigator of a site hands to a person, by signature, from day to day."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="delegations")
    task = models.CharField(_("task"), max_length=40)
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"), null=True, blank=True)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="delegation")
    delegated_at = models.DateTimeField()
    delegated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "site", "task"],
                condition=Q(to_on__isnull=True),
                name="one_standing_delegation_of_a_task",
            ),
            ordered("from_on", "to_on", name="delegation_ends_after_it_begins"),
            paired("ended_at", "ended_by", name="delegation_ended_at_and_by"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(to_on__isnull=False),
                name="an_ended_delegation_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} of {self.user_id} at {self.site_id}"


class Training(models.Model):
    """That a person was trained for a role under a version of the protocol, and when."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="trainings")
    role = models.CharField(_("role"), max_length=40)
    protocol_version = models.CharField(_("protocol version"), max_length=40)
    trained_on = models.DateField(_("trained on"))
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "protocol_version", "trained_on"], name="one_record_per_training"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.role}, protocol {self.protocol_version}"
