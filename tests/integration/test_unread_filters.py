"""A file holds what its address asks for, or is not given: a filter that a list does not know is never left out silently."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Site, User
from casebook.models import Subject
from protocol.roles import Role
from tests.casebook_ground import a_coordinator, a_subject
from tests.integration.test_entry_pages import browser_of, text_of
from tests.people import a_user
from tests.permissions_table import ADDRESSES
from tests.rehearsal_ground import taken_back

# Of each list: what it knows, and what it does not.
LISTS = {
    "candidate-csv": ({}, {}),  # one candidate, whole
    "checks-csv": ({"crf": "DM", "order": "form"}, {"crf": "ZZ", "order": "zz", "site": "1"}),
    "comments-csv": ({"number": "01", "site": "0"}, {"site": "here", "order": "zz", "day": "2025-01-01"}),
    "consent-forms-csv": ({"show": "all", "version": "2.0"}, {"show": "some", "site": "here"}),
    "eligibility-board-csv": (
        {"stage": "screening", "verdict": "fail", "missing": "TA", "site": "0", "order": "newest"},
        {"stage": "zzz", "verdict": "maybe", "missing": "ZZ", "who": "zz", "site": "here", "order": "zz", "crf": "TA"},
    ),
    "eligibility-board-pdf": ({"stage": "screening", "criterion": "I05"}, {"stage": "zzz", "criterion": "I99"}),
    "locks-csv": ({"held": "open"}, {"held": "zz", "site": "here"}),
    "monitoring-csv": ({"state": "open", "site": "0"}, {"state": "zz", "site": "here"}),
    "queries-csv": ({"state": "all", "age": "7"}, {"state": "zz", "age": "3", "kind": "zz", "status": "open"}),
    "ranges-csv": ({"on": "2025-01-31", "show": "all"}, {"on": "2025-02-31", "show": "zz", "site": "here"}),
    "report-csv": ({"cut": "2025-01-31"}, {"cut": "zz"}),
    "reviews-csv": ({"state": "all", "crf": "DM"}, {"state": "zz", "crf": "ZZ", "visit": "ZZ", "site": "here"}),
    "safety-deviations-csv": ({"show": "all", "severity": "minor"}, {"show": "zz", "severity": "zz", "kind": "zz"}),
    "safety-events-csv": ({"grade": "3", "serious": "Y"}, {"grade": "9", "serious": "X", "outcome": "zz"}),
    "screening-log-csv": (
        {"outcome": "declined", "from": "2025-01-31", "last": "1"},
        {"outcome": "zz", "from": "2025-02-31", "to": "soon", "site": "here"},
    ),
    "second-readings-csv": ({"shown": "differing", "order": "newest"}, {"shown": "zz", "order": "zz", "site": "here"}),
    "site-people-csv": ({"on": "2025-01-31"}, {"on": "2025-02-31"}),
    "source-list-csv": ({"site": "0"}, {"site": "here", "crf": "DM"}),
    "subject-history-csv": (
        {"kind": "entered", "since": "2025-01-31"},
        {"kind": "zz", "since": "2025-02-31", "form": "zz", "flag": "zz"},
    ),
    "subjects-csv": (
        {"stage": "screening", "waiting": "overdue", "arm": "none", "site": "0"},
        {"stage": "zz", "waiting": "zz", "arm": "zz", "site": "here", "order": "zz"},
    ),
    "transfers-csv": ({"state": "asked", "sort": "oldest"}, {"state": "zz", "sort": "zz", "site": "here"}),
    "verification-csv": ({"state": "all", "plan": "all"}, {"state": "zz", "plan": "zz", "site": "here"}),
    "visits-csv": ({"state": "all", "day": "2025-01-31"}, {"state": "zz", "day": "2025-02-31", "age": "5", "visit": "Z"}),
}  # fmt: skip
FILES = [name for name, _said in LISTS.items() if name not in ("candidate-csv", "report-csv")]


@pytest.fixture(scope="module")
def subject(module_db: str) -> Subject:
    return a_subject(a_coordinator())


@pytest.fixture(scope="module")
def readers(subject: Subject) -> tuple[User, User]:
    """Return whoever reads every list: the data manager everywhere, and the lead of the site."""
    site = Site.objects.get(pk=subject.site_id)
    return a_user(Role.DATA_MANAGER, None), a_user(Role.PRINCIPAL_INVESTIGATOR, site)


def given(client: Client, name: str, subject: Subject, asked: dict[str, str]):
    about = {"subject-history-csv": [subject.pk], "site-people-csv": [subject.site.code]}.get(name, [])
    return client.get(reverse(name, args=about), asked)


def test_every_list_that_gives_a_file_is_tried_here():
    assert {each.name for each in ADDRESSES if each.name.endswith("-csv")} | {"eligibility-board-pdf"} == LISTS.keys()


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_given_for_what_the_list_knows_and_for_nothing_else(name, subject, readers):
    known, unknown = LISTS[name]
    manager, lead = map(browser_of, readers)
    client = manager if given(manager, name, subject, {}).status_code == 200 else lead

    with taken_back():
        assert given(client, name, subject, {**known, "size": "25", "page": "2"}).status_code == 200
        for filter_, value in unknown.items():
            refused = given(client, name, subject, {**known, filter_: value})
            assert refused.status_code == 400, (filter_, value)
            assert f"There is no filter “{filter_}={value}”" in text_of(refused)
            assert given(client, name, subject, {**known, filter_: " "}).status_code == 200, filter_
