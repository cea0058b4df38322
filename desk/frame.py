"""What stands around every page: navigation by permission, sites, versions, environment, last seal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from time import monotonic

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.selectors import sites_in_sight
from audit.models import Seal
from protocol.trial import TRIAL

VERSION = "0.1.0"
SITE_IN_SESSION = "site"
KEPT_FILTER = "subjects filter"
KEPT_FILTERS = "filters of lists"  # of every other list, by the name of its address
SEAL_READ_AGAIN_SECONDS = 20


@dataclass(frozen=True, eq=False)
class Door:
    """One entry of the navigation, for those who hold any of the permissions (empty: everyone logged in).

    Pages of one kind share an entry and stand beside each other as tabs; the entry leads to the first that is open.
    """

    word: str | Promise
    icon: str
    url_name: str = ""
    permissions: tuple[Permission, ...] = ()
    tabs: tuple[Door, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A door that is open to the reader: where it leads, whether they stand behind it, and the tabs behind it."""

    door: Door
    address: str
    here: bool
    tabs: tuple[Entry, ...] = ()


P = Permission
READS_FORMS = (P.FORM_READ,)
READS_RANGES = (P.FORM_READ, P.RANGE_PROPOSE, P.RANGE_CONFIRM, P.ADMINISTER)
CLEANS = (P.FORM_VERIFY, P.FORM_LOCK)
QUERIES = Door(
    _("Queries"),
    "query",
    tabs=(
        Door(_("Queries"), "query", "queries", READS_FORMS),
        Door(_("Comments"), "query", "comments", READS_FORMS),
        Door(_("Checks"), "query", "checks", READS_FORMS),
    ),
)
CLEANING = Door(
    _("Cleaning"),
    "eye",
    tabs=(
        Door(_("Verification"), "eye", "verification", CLEANS),
        Door(_("Plan of verification"), "eye", "verification-plan", CLEANS),
        Door(_("Review"), "eye", "reviews", (P.FORM_REVIEW,)),
        Door(_("Freeze and lock"), "lock", "locks", (P.FORM_LOCK,)),
        Door(_("Monitoring visits"), "calendar", "monitoring", (*CLEANS, P.FORM_ENTER)),
    ),
)
SITE_PAPERS = Door(
    _("Site papers"),
    "pen",
    tabs=(
        Door(_("Screening log"), "list", "screening-log", (P.ELIGIBILITY_READ,)),
        Door(_("Consent forms"), "pen", "consent-forms", READS_FORMS),
        Door(_("Source list"), "list", "source-list", READS_FORMS),
        Door(_("Reference ranges"), "list", "ranges", READS_RANGES),
        Door(_("Transfers"), "people", "transfers", READS_FORMS),
    ),
)
DOORS = (
    Door(_("Home"), "home", "home"),
    Door(_("Subjects"), "people", "subjects", READS_FORMS),
    Door(_("Eligibility"), "check", "eligibility-board", (P.ELIGIBILITY_READ,)),
    Door(_("Randomization"), "lock", "randomization", (P.RANDOMIZE, P.ARM_READ, P.LIST_MAKE, P.LIST_READ)),
    Door(_("Visits"), "calendar", "visits", READS_FORMS),
    Door(_("Safety"), "clock", "safety", (P.SAFETY_READ,)),
    QUERIES,
    Door(_("Signatures"), "pen", "sign-forms", (P.FORM_SIGN, P.EVALUATION_SIGN)),
    CLEANING,
    SITE_PAPERS,
    Door(_("Reports"), "chart", "reports", (P.REPORT_READ,)),
    Door(_("Exports"), "download", "exports", (P.EXPORT, P.FORM_READ)),
    Door(_("Imports"), "inbox", "imports", (P.IMPORT_PREPARE, P.IMPORT_RELEASE)),
    Door(_("Audit"), "list", "audit-events", (P.AUDIT_READ,)),
    Door(_("Administration"), "gear", "administration", (P.ADMINISTER, P.PEOPLE_READ, P.TRAINING_RECORD)),
    Door(_("Mails"), "mail", "mails", (P.MAIL_READ,)),
    # In production mails leave the house, and there is no mailbox to open.
    *([] if settings.PRODUCTION else [Door(_("Mailbox"), "inbox", "mailbox", (P.MAIL_READ,))]),
)


@cache
def address_of(url_name: str) -> str | None:
    """Return the address, or None where the app that has it is not mounted."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


@dataclass
class _LastSeal:
    number: int | None = None
    read_at: float | None = None


# One seal a minute is made; reading it anew for every page would be a query for nothing.
_last_seal = _LastSeal()


class Frame:
    """What stands around one page for one request. Everything is asked only when the page shows it."""

    do_not_call_in_templates = True  # what it says to everybody is read off the class
    trial = TRIAL
    version = VERSION
    languages = settings.LANGUAGES
    demonstration = settings.EDC_ENVIRONMENT == "demo"
    environment = settings.EDC_ENVIRONMENT

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        # Absent on a page drawn before the middleware that knows who asks, such as a refused request.
        self.user: User = getattr(request, "user", None)  # type: ignore[assignment]

    @cached_property
    def known(self) -> bool:
        """Whether somebody is logged in."""
        return bool(self.user and self.user.is_authenticated)

    @cached_property
    def nav(self) -> list[Entry]:
        """Return every door that is open to the reader."""
        return list(filter(None, map(self._entry, DOORS))) if self.known else []

    @cached_property
    def tabs(self) -> tuple[Entry, ...]:
        """Return the pages that stand beside the one asked for; none where it stands alone."""
        return next((entry.tabs for entry in self.nav if entry.here and len(entry.tabs) > 1), ())

    def _entry(self, door: Door) -> Entry | None:
        return self._group(door) if door.tabs else self._single(door)

    def _single(self, door: Door) -> Entry | None:
        address = address_of(door.url_name)
        if not address or (door.permissions and not any(self.user.holds_anywhere(p) for p in door.permissions)):
            return None
        path = self.request.path
        return Entry(door, address, path == address if address == "/" else path.startswith(address))

    def _group(self, door: Door) -> Entry | None:
        found = [entry for entry in map(self._single, door.tabs) if entry]
        if len(found) < 2:  # a group of one needs no name of its own
            return found[0] if found else None
        # One address can begin another: only the longest is where the reader stands.
        here = max((entry for entry in found if entry.here), key=lambda entry: len(entry.address), default=None)
        tabs = tuple(replace(entry, here=entry is here) for entry in found)
        return Entry(door, tabs[0].address, here is not None, tabs)

    @cached_property
    def days_pass(self) -> str | None:
        """Return where days can be let pass; production has no such place."""
        return address_of("days-pass") if self.demonstration and self.known else None

    @cached_property
    def sites(self) -> list[Site]:
        """Return the sites within sight, for the switch."""
        return sites_in_sight(self.user) if self.known else []

    @cached_property
    def site(self) -> Site | None:
        """Return the site chosen with the switch; None for all within sight."""
        chosen = self.request.session.get(SITE_IN_SESSION) if self.known else None
        return next((site for site in self.sites if site.pk == chosen), None)

    @cached_property
    def seal(self) -> int | None:
        """Return the number of the last seal of the audit trail."""
        now = monotonic()
        if _last_seal.read_at is None or now - _last_seal.read_at > SEAL_READ_AGAIN_SECONDS:
            _last_seal.number = Seal.objects.order_by("-number").values_list("number", flat=True).first()
            _last_seal.read_at = now
        return _last_seal.number


def frame_of(request: HttpRequest) -> Frame:
    """Return the frame of this request, the same for view and template."""
    if not hasattr(request, "frame"):
        request.frame = Frame(request)  # type: ignore[attr-defined]
    return request.frame  # type: ignore[attr-defined]
