"""Who and where: demonstration sites, one person per role, delegations, trainings, a laboratory, a consent form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from accounts import actions as accounts
from accounts.models import Site, User
from accounts.roles import SITE_ROLES, TASKS, permissions_of
from accounts.system import system_actor
from casebook.actions import consents, reference
from protocol.roles import Role, may_hold
from protocol.trial import TRIAL
from rehearsal.ranges import LABORATORY, RANGES
from rehearsal.turns import Alone, Turn

SETTLED_DAYS = 1500  # sites, trainings and delegations stand since long before the first scan
CONSENT_VERSION = "1.0"
EXERCISE = "IX"


@dataclass(frozen=True)
class Place:
    """A demonstration site."""

    code: str
    name: str
    time_zone: str
    country: str
    counts: bool = True
    synthetic: bool = True


PLACES = (
    Place("01", "Demonstration Hospital 01", "Asia/Shanghai", "CN"),
    Place("02", "Demonstration Hospital 02", "Asia/Urumqi", "CN"),
    Place(EXERCISE, "Import exercise", "Europe/Lisbon", "PT", counts=False, synthetic=False),
)


@dataclass(frozen=True)
class Part:
    """One person of the cast: a role, and the sites it is held at (none: at every site)."""

    role: Role
    sites: tuple[str, ...] = ()
    mark: str = ""

    @property
    def name(self) -> str:
        """What the person is called: by the role, for nobody is invented."""
        return f"Demo {self.role.title}{f' {self.mark}' if self.mark else ''}"

    @property
    def email(self) -> str:
        """The log-in."""
        return f"{f'{self.role.value} {self.mark}'.strip().lower().replace(' ', '-')}@example.org"


HOME = ("01", EXERCISE)
PARTS = (
    Part(Role.COORDINATOR, HOME),
    Part(Role.PRINCIPAL_INVESTIGATOR, HOME),
    Part(Role.SUB_INVESTIGATOR, ("01",)),
    Part(Role.SURGEON, ("01", "02")),
    Part(Role.SURGEON, ("01", "02"), "B"),
    Part(Role.READER, ("01",)),
    Part(Role.MONITOR),
    Part(Role.DATA_MANAGER),
    Part(Role.DATA_MANAGER, mark="B"),  # what is locked wide is unlocked by two
    Part(Role.MEDICAL_REVIEWER),
    Part(Role.SPONSOR_SAFETY),
    Part(Role.STATISTICIAN),
    Part(Role.UNBLINDED_STATISTICIAN),
    Part(Role.RANDOMIZATION_MANAGER),
    Part(Role.ADMINISTRATOR),
    Part(Role.COORDINATOR, ("02",), "02"),
    Part(Role.PRINCIPAL_INVESTIGATOR, ("02",), "02"),
)


@dataclass(frozen=True)
class Cast:
    """The sites by code, and the people with their parts."""

    sites: Mapping[str, Site]
    people: Mapping[Part, User] = field(default_factory=dict)
    turn: Turn = field(default_factory=Alone, compare=False)  # of the subject that is walked with this cast

    def one(self, role: Role, site: str = "", *, mark: str | None = None) -> User:
        """Return the person who plays a role, at a site where the role has one."""
        for part, user in self.people.items():
            fits = part.role is role and (not part.sites or not site or site in part.sites)
            if fits and mark in (None, part.mark):
                return user
        raise LookupError(f"Expected somebody as {role} at {site or 'any site'}, got nobody.")


def standing_cast() -> Cast:
    """Return the cast of a demonstration that was made before."""
    sites = {site.code: site for site in Site.objects.filter(code__in=[place.code for place in PLACES])}
    users = {user.email: user for user in User.objects.filter(email__in=[part.email for part in PARTS])}
    return Cast(sites, {part: users[part.email] for part in PARTS if part.email in users})


def assemble(*, at: datetime) -> Cast:
    """Add sites, people, roles, trainings, delegations, laboratory and consent forms; return the cast."""
    since = at.date() - timedelta(days=SETTLED_DAYS)
    sites = {place.code: _site(place, at=at, since=since) for place in PLACES}
    people = {part: _person(part, sites, at=at, since=since) for part in PARTS}
    cast = Cast(sites, people)
    for part, user in _delegated(people):
        _delegate(cast, part, user, at=at, since=since)
    _laboratory(cast, at=at, since=since)
    for code in ("01", "02"):
        _consent_form(cast, code, at=at, since=since)
    return cast


def _site(place: Place, *, at: datetime, since: date) -> Site:
    site = accounts.add_site(
        None,
        by=_set_up(),
        at=at,
        code=place.code,
        name=place.name,
        time_zone=place.time_zone,
        country=place.country,
        counts=place.counts,
        synthetic=place.synthetic,
    )
    accounts.set_site_protocol(site, by=_set_up(), at=at, version=TRIAL.version, effective_on=since)
    return site


def _person(part: Part, sites: Mapping[str, Site], *, at: datetime, since: date) -> User:
    user = accounts.add_user(None, by=_set_up(), at=at, email=part.email, name=part.name, organisation="Demonstration")
    places: list[Site | None] = [sites[code] for code in part.sites]
    for site in places or [None]:
        accounts.give_grant(user, by=_set_up(), at=at, role=part.role, site=site)
    if part.role is not Role.ADMINISTRATOR:
        accounts.record_training(
            user, by=_set_up(), at=at, role=part.role, protocol_version=TRIAL.version, trained_on=since
        )
    # Read anew: what a person holds is read once per instance.
    return User.objects.get(pk=user.pk)


def _delegated(people: Mapping[Part, User]) -> Iterator[tuple[Part, User]]:
    for part, user in people.items():
        if part.role in SITE_ROLES and part.role is not Role.PRINCIPAL_INVESTIGATOR:
            yield part, user


def _delegate(cast: Cast, part: Part, user: User, *, at: datetime, since: date) -> None:
    for code in part.sites:
        lead = cast.one(Role.PRINCIPAL_INVESTIGATOR, code)
        for task, permission in TASKS.items():
            if permission in permissions_of(part.role) and may_hold(part.role, task):
                accounts.delegate_task(cast.sites[code], by=lead, at=at, to=user, task=task, from_on=since)


def _laboratory(cast: Cast, *, at: datetime, since: date) -> None:
    """Let the data manager propose every range from the laboratory's list, and the investigator confirm it."""
    proposes, confirms = cast.one(Role.DATA_MANAGER), cast.one(Role.PRINCIPAL_INVESTIGATOR, "01")
    laboratory = reference.add_laboratory(
        None, by=proposes, at=at, code=LABORATORY, name="Demonstration laboratory (ranges assumed)"
    )
    for each in RANGES:
        proposed = reference.propose_range(
            laboratory,
            by=proposes,
            at=at,
            analyte=each.analyte,
            unit=each.unit,
            sex=each.sex,
            low=each.low,
            high=each.high,
            valid_from=since,
            note="assumed",
        )
        reference.confirm_range(proposed, by=confirms, at=at)


def _consent_form(cast: Cast, code: str, *, at: datetime, since: date) -> None:
    consents.add_consent_form(
        cast.sites[code],
        by=cast.one(Role.PRINCIPAL_INVESTIGATOR, code),
        at=at,
        version=CONSENT_VERSION,
        approved_on=since,
        effective_on=since,
    )


def _set_up() -> User:
    return system_actor("set-up")
