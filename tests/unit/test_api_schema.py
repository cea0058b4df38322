"""The description of the API holds, and describes every address that gives data."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.urls import get_resolver

from api.description import endpoints


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(file))
    return json.loads(file.read_text())


def test_the_description_is_valid_and_made_without_a_warning(schema):
    assert schema["openapi"].startswith("3.")


def test_every_address_of_data_is_described_and_only_read(schema):
    mounted = {
        str(pattern.pattern)
        for resolver in get_resolver().url_patterns
        for pattern in getattr(resolver, "url_patterns", ())
        if str(pattern.pattern).startswith("api/v1/")
    }

    assert len(schema["paths"]) == len(mounted) == 6
    assert {method for path in schema["paths"].values() for method in path} == {"get"}


def test_both_ways_in_are_described(schema):
    assert {each["type"] for each in schema["components"]["securitySchemes"].values()} == {"http", "apiKey"}
    assert all(path["get"]["security"] == [{"token": []}, {"session": []}] for path in schema["paths"].values())


def test_the_page_shows_every_address_with_its_parameters_and_fields(schema):
    shown = {endpoint.path: endpoint for endpoint in endpoints()}

    assert shown.keys() == schema["paths"].keys()
    forms = shown["/api/v1/forms/"]
    assert {each.name for each in forms.parameters} == {
        "site",
        "subject",
        "crf",
        "visit",
        "state",
        "cursor",
        "limit",
        "ordering",
    }
    assert {"id", "crf", "version"} <= {each.name for each in forms.fields}
    assert "answers" not in {each.name for each in forms.fields}
    assert "answers" in {each.name for each in shown["/api/v1/forms/{form_id}/"].fields}


def test_nothing_of_the_inside_is_described(schema):
    text = json.dumps(schema)

    assert not any(word in text for word in ("site_id", "last_row", "entered_by", "digest", "fingerprint"))
