"""Settings come from the environment; what is missing stops the start and says how to cure it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from trial_edc import environment
from trial_edc.environment import CURES, MissingSetting


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDC_ENVIRONMENT", "production")


@pytest.mark.parametrize("name", sorted(CURES))
@pytest.mark.parametrize("value", [None, "", "   "])
def test_a_missing_or_empty_setting_is_refused_with_its_cure(production, monkeypatch, name, value):
    monkeypatch.delenv(name, raising=False)
    if value is not None:
        monkeypatch.setenv(name, value)

    with pytest.raises(MissingSetting) as refusal:
        environment.required(name)

    assert str(refusal.value) == f"{name} is not set. {CURES[name]}"


def test_a_given_setting_is_read(production, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "something")

    assert environment.required("SECRET_KEY") == "something"


def test_tests_need_no_deployment(monkeypatch):
    monkeypatch.setenv("EDC_ENVIRONMENT", "test")
    monkeypatch.delenv("SECRET_KEY", raising=False)

    assert environment.required("SECRET_KEY") == environment.TEST_VALUES["SECRET_KEY"]


def test_an_unset_environment_is_production(monkeypatch):
    monkeypatch.setenv("EDC_ENVIRONMENT", "")

    assert environment.environment() == "production"


def test_an_unknown_environment_is_refused(monkeypatch):
    monkeypatch.setenv("EDC_ENVIRONMENT", "staging")

    with pytest.raises(ImproperlyConfigured, match=r"Set it to one of production, demo, test"):
        environment.environment()


@pytest.mark.parametrize("address", ["sqlite:///edc.db", "mysql://edc@localhost/edc"])
def test_only_postgresql_is_a_database(production, monkeypatch, address):
    monkeypatch.setenv("DATABASE_URL", address)

    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL does not name a PostgreSQL database"):
        environment.database("DATABASE_URL")


def test_connections_are_kept_between_requests(production, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://role:pass%2Fword@host:5433/edc")

    parsed = environment.database("DATABASE_URL")

    assert parsed["CONN_MAX_AGE"] == 600
    assert (parsed["USER"], parsed["PASSWORD"], parsed["HOST"], parsed["PORT"]) == ("role", "pass/word", "host", 5433)


@pytest.mark.parametrize(
    ("word", "meaning"), [("yes", True), ("1", True), ("True", True), ("no", False), ("0", False), ("", False)]
)
def test_a_switch_is_yes_or_no(monkeypatch, word, meaning):
    monkeypatch.setenv("DEBUG", word)

    assert environment.switched_on("DEBUG", default=False) is meaning


def test_any_other_word_for_a_switch_is_refused(monkeypatch):
    monkeypatch.setenv("DEBUG", "perhaps")

    with pytest.raises(ImproperlyConfigured, match="Set it to yes or no"):
        environment.switched_on("DEBUG", default=False)
