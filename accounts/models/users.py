"""A person, or a named part of the system, and what they hold now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models.held import Grant
from accounts.models.sites import Site
from accounts.roles import CLINICAL, SYSTEM_USERS, Permission, permissions_of, title_of
from audit.rows import columns_of, rows_by

SYSTEM_DOMAIN = "system.invalid"
# Asked by every request, and of everybody who acts; by the database's clock, for what stands now is not for the caller
# to say. Composing the words anew costs more than their answer.
STANDING_SQL = f"""
SELECT g.*, {columns_of(Site, "s", related="site")}
  FROM accounts_grant g LEFT JOIN accounts_site s ON s.id = g.site_id
 WHERE g.user_id = %s AND g.valid_from <= clock_timestamp() AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
 ORDER BY g.granted_at, g.id
"""  # noqa: S608 -- columns of the model and words of this project


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
    language = models.CharField(_("language"), max_length=10, choices=Language.choices, default=Language.ENGLISH)
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
        return permission in self._permissions_anywhere

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
        return tuple(rows_by(Grant, STANDING_SQL, [self.pk], related=("site",)))

    @cached_property
    def _permissions_anywhere(self) -> frozenset[Permission]:
        return frozenset().union(*(permissions_of(grant.role) for grant in self.standing_grants))

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
        for cached in ("standing_grants", "_permissions_anywhere", "_clinical_site_ids"):
            self.__dict__.pop(cached, None)


def _every_site() -> frozenset[int]:
    return frozenset(Site.objects.values_list("pk", flat=True))
