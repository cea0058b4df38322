"""Filters of lists kept under a name: a convenience of one person, no data of the trial."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import QueryDict
from django.urls import NoReverseMatch, reverse

from accounts.models import SavedFilter, User
from audit.decision import Refusal
from protocol.identifiers import holds_identifier
from protocol.words import N_, sentence

NAME_LENGTH, QUERY_LENGTH, MOST = 60, 1000, 20
NAMELESS = N_("Give the filter a name of at most %(most)s characters.")
IDENTIFIES = N_("This name holds what looks like a number or name of a person. Give the filter another one.")
SEEKS = N_("This filter seeks what looks like a number or name of a person; nothing that identifies a person is kept.")
NOT_OF_A_LIST = N_("This filter belongs to no list that can be opened.")
TOO_MANY = N_("You keep %(most)s filters of this list. Take one off first.")
WITHOUT = ("page", "csrfmiddlewaretoken")


# Asked by every list: composing these words anew costs more than their answer.
KEPT_SQL = "SELECT * FROM accounts_savedfilter WHERE owner_id = %s AND list_name = %s ORDER BY name"


def filters_of(user: User, list_name: str) -> list[SavedFilter]:
    """Return the filters the user keeps of a list, by name. One query."""
    return list(SavedFilter.objects.raw(KEPT_SQL, [user.pk, list_name]))


def address_of(list_name: str) -> str | None:
    """Return the address of a list, named alone or with what stands in its address; None where there is none."""
    name, *places = list_name.split("/")
    try:
        return reverse(name, args=places)
    except NoReverseMatch:
        return None


def plain_query(query: str) -> str:
    """Return what narrows the list, without which page of it is open."""
    kept = QueryDict(query, mutable=True)
    for name in WITHOUT:
        kept.pop(name, None)
    return kept.urlencode()


def seeks_a_person(query: str) -> bool:
    """Return whether a list is narrowed to what identifies a person, as it does who types a telephone number there."""
    return any(holds_identifier(value) for _name, values in QueryDict(query).lists() for value in values)


def save_filter(user: User, *, at: datetime, list_name: str, name: str, query: str) -> SavedFilter:
    """Keep a filter; the same name again replaces what it said. Raises Refusal."""
    name, query = name.strip(), plain_query(query)
    if not name or len(name) > NAME_LENGTH:
        raise Refusal(sentence(NAMELESS, most=NAME_LENGTH))
    if holds_identifier(name):
        raise Refusal(sentence(IDENTIFIES))
    if seeks_a_person(query):
        raise Refusal(sentence(SEEKS))
    if address_of(list_name) is None or len(query) > QUERY_LENGTH:
        raise Refusal(sentence(NOT_OF_A_LIST))
    if sum(each.name != name for each in filters_of(user, list_name)) >= MOST:
        raise Refusal(sentence(TOO_MANY, most=MOST))
    said = {"query": query, "saved_at": at}
    return SavedFilter.objects.update_or_create(owner=user, list_name=list_name, name=name, defaults=said)[0]


def forget_filter(user: User, key: UUID) -> SavedFilter | None:
    """Take a filter of the user off and return it; None where it is not theirs."""
    found = SavedFilter.objects.filter(owner=user, pk=key).first()
    if found is not None:
        SavedFilter.objects.filter(pk=key).delete()
    return found
