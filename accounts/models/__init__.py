"""Who works on the trial, where, and by whose leave: all of it data, through the door, never deleted."""

from accounts.models.constraints import DatabaseClock
from accounts.models.filters import SavedFilter
from accounts.models.held import AccessReview, Delegation, Grant, Signature, Training
from accounts.models.sites import Site, SiteProtocol, validate_time_zone
from accounts.models.users import SYSTEM_DOMAIN, User

__all__ = [
    "CLASSES",
    "SYSTEM_DOMAIN",
    "AccessReview",
    "DatabaseClock",
    "Delegation",
    "Grant",
    "SavedFilter",
    "Signature",
    "Site",
    "SiteProtocol",
    "Training",
    "User",
    "validate_time_zone",
]

CLASSES = {
    "User": "reference",
    "Site": "reference",
    "SiteProtocol": "reference",
    "Grant": "action-only",
    "Delegation": "action-only",
    "Training": "action-only",
    "Signature": "append-only",
    "SavedFilter": "machinery",
    "AccessReview": "append-only",
}
