"""Who may randomize whom and when, and who makes and opens a sealed list."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from accounts.models import User
from accounts.roles import Permission
from accounts.rules import may, may_perform, term
from audit.decision import YES, Decision, no
from casebook.models import Subject
from casebook.rules.locks import may_change
from casebook.rules.transferring import may_go_on
from casebook.rules.wording import may_say
from casebook.selectors.standing import day_at, standing_over_subject
from eligibility.rules import gate
from eligibility.selectors import judged_of
from protocol.blocks import SEED_BYTES
from protocol.roles import Task
from protocol.words import N_, Sentence
from randomization.models import Allocation, AllocationList, ListOpening, Stratum
from randomization.selectors import (
    Levels,
    allocation_of,
    counts_for_trial,
    enrolled,
    levels_of,
    serving_list,
    stratum_in,
)
from randomization.states import LIST_MOVES, ListState

NOT_AT_YOUR_SITE = N_("Subject %(subject)s is not at one of your sites.")
RANDOMIZED = N_(
    "%(subject)s was randomized already, on %(on)s at %(time)s (time of the site) by %(by)s, as number %(number)s. "
    "A subject is randomized once; nothing was changed."
)
NOT_ATTESTED = N_(
    "Confirm that nothing happened since the determination was signed and that the subject is still willing: "
    "tick the box. Nobody was randomized."
)
UNKNOWN_STRATUM = N_("The stratum of %(subject)s is not known. %(why)s Complete the casebook first.")
NO_LIST = N_("No list serves %(whom)s. Ask the unblinded statistician to make one.")
USED_UP = N_(
    "The list of this stratum is used up: %(stratum)s. Ask the unblinded statistician to make a new list; "
    "nobody was randomized."
)
FULL = N_(
    "The trial is full: %(count)s subjects are randomized, and the limit is %(cap)s. "
    "Nobody is randomized beyond it; ask the sponsor."
)
THE_TRIAL, AN_EXERCISE = N_("the subjects of the trial"), N_("synthetic subjects and exercises")
SERVES_ALREADY = N_("List %(name)s serves %(whom)s already. End it first: only one list serves at a time.")
UNEVEN_SEED = N_("A list is made from a seed of 32 bytes.")
NO_LENGTH = N_("Say how many slots each stratum gets at least: a whole number from 1 to %(most)s.")
MOST_SLOTS = 1000
NO_NAME = N_("Give the list a name.")
NO_REASON = N_("Say why the list is opened.")
NO_END_REASON = N_("Say why the list ends.")
NO_PART = N_(
    "The unused slots of a list are opened only by persons outside sites and trial team: "
    "the randomization manager and the unblinded statistician."
)
NOT_THAT_STATE = N_("This list does not serve any more.")
OPENED = N_("This list was opened already.")
ASKED = N_("Somebody asked for this already; another person has to confirm it.")
NOT_ALONE = N_("You asked for this opening: a second person has to confirm it.")


def may_randomize(user: User, subject: Subject, *, at: datetime) -> Decision:
    """Whether the user may randomize this subject now; everything is judged from what stands at this moment."""
    if not (decision := may_click(user, subject, at=at)):
        return decision
    judged = judged_of(subject, at=at)
    if not (decision := gate(subject, at=at, judged=judged)):
        return decision
    return has_slot(subject, levels_of(judged.record, on=judged.on))


def may_click(user: User, subject: Subject, *, at: datetime, attests: bool = True) -> Decision:
    """Whether the user may ask for it; the action then goes through gate and list itself, which judge once more."""
    if not (decision := may_try(user, subject)):
        return decision
    if (allocation := allocation_of(subject)) is not None:
        return already(subject, allocation)
    if not (decision := may_perform(user, Task.RANDOMIZE, subject.site, day_at(subject.site, at))):
        return decision
    if not (decision := may_change(standing_over_subject(subject)) and may_go_on(subject)):
        return decision
    return YES if attests else no(NOT_ATTESTED)


def may_try(user: User, subject: Subject) -> Decision:
    """Whether the subject exists for the user: a failed attempt on it is put on record."""
    return YES if subject.site_id in user.site_ids() else no(NOT_AT_YOUR_SITE, subject=subject.number)


def already(subject: Subject, allocation: Allocation) -> Decision:
    """Return the refusal that says when the subject was randomized; never to which arm."""
    there = allocation.allocated_at.astimezone(subject.site.zone)
    words = {"subject": subject.number, "by": allocation.allocated_by.name, "number": allocation.number}
    return no(RANDOMIZED, on=there.date(), time=f"{there:%H:%M}", **words)


def has_slot(subject: Subject, levels: Levels) -> Decision:
    """Whether a list serves the subject and has a slot left in its stratum."""
    if levels.why_not:
        return no(UNKNOWN_STRATUM, subject=subject.number, why=levels.why_not)
    for_trial = counts_for_trial(subject)
    if not (decision := has_room(for_trial=for_trial)):
        return decision
    serving = serving_list(for_trial=for_trial)
    if serving is None:
        return no(NO_LIST, whom=whom(for_trial=for_trial))
    return has_left(stratum_in(serving, levels.code), levels.code)


def has_room(*, for_trial: bool) -> Decision:
    """Whether one more subject stays within the limit of enrolment."""
    if settings.ENROLMENT_CAP is None:
        return YES
    count = enrolled(for_trial=for_trial)
    return YES if count < settings.ENROLMENT_CAP else no(FULL, count=count, cap=settings.ENROLMENT_CAP)


def has_left(stratum: Stratum | None, code: str) -> Decision:
    """Whether a slot is left in the stratum."""
    return YES if stratum is not None and stratum.used < stratum.size else no(USED_UP, stratum=code)


def whom(*, for_trial: bool) -> Sentence:
    """Return in words whom a list serves."""
    return term(THE_TRIAL if for_trial else AN_EXERCISE)


def may_make_list(
    user: User, target: None = None, *, name: str, for_trial: bool, seed: bytes, at_least: int
) -> Decision:
    """Whether the user may make such a list, which serves from now on."""
    if not (decision := may_make_some_list(user, for_trial=for_trial)):
        return decision
    if not (decision := may_say(name, otherwise=NO_NAME)):
        return decision
    if len(seed) != SEED_BYTES:
        return no(UNEVEN_SEED)
    if not 1 <= at_least <= MOST_SLOTS:
        return no(NO_LENGTH, most=MOST_SLOTS)
    return YES


def may_make_some_list(user: User, *, for_trial: bool) -> Decision:
    """Whether the user may make a list at all, where none serves yet."""
    if not (decision := may(user, Permission.LIST_MAKE, None)):
        return decision
    if (serving := serving_list(for_trial=for_trial)) is not None:
        return no(SERVES_ALREADY, name=serving.name, whom=whom(for_trial=for_trial))
    return YES


def may_end_list(user: User, allocation_list: AllocationList, *, reason: str = "words") -> Decision:
    """Whether the user may end a list, so that another one can serve. Its unused slots stay sealed."""
    if not (decision := may(user, Permission.LIST_MAKE, None)):
        return decision
    if ListState.RETIRED not in LIST_MOVES[ListState(allocation_list.state)]:
        return no(NOT_THAT_STATE)
    return may_say(reason, otherwise=NO_END_REASON)


def may_take_part(user: User) -> Decision:
    """Whether the user is one of those who open lists."""
    holds = user.is_active and (user.holds(Permission.LIST_READ, at=None) or user.holds(Permission.LIST_MAKE, at=None))
    return YES if holds else no(NO_PART)


def may_ask_opening(user: User, allocation_list: AllocationList, *, reason: str = "words") -> Decision:
    """Whether the user may ask that the unused slots of a list be opened."""
    if not (decision := may_take_part(user)):
        return decision
    if allocation_list.state == ListState.OPENED:
        return no(OPENED)
    if ListOpening.objects.filter(list=allocation_list, opened_at=None).exists():
        return no(ASKED)
    return may_say(reason, otherwise=NO_REASON)


def may_open_list(user: User, opening: ListOpening) -> Decision:
    """Whether the user may, as the second person, open what another one asked for."""
    if not (decision := may_take_part(user)):
        return decision
    if opening.opened_at is not None:
        return no(OPENED)
    if opening.asked_by_id == user.pk:
        return no(NOT_ALONE)
    return YES
