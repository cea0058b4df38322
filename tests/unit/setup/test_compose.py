"""The compose file: valid, and every name in it exists. No container engine is needed to know that."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from scripts.embedded_postgres import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "edc:latest"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def known_settings() -> set[str]:
    """Return the names that the product reads from the environment."""
    sources = [*(ROOT / "trial_edc").glob("*.py"), *(ROOT / "trial_edc" / "management" / "commands").glob("*.py")]
    reading = re.compile(r"\b(?:required|optional|listed|switched_on|database|mail)\(\s*\"([A-Z_]+)\"")
    return {"EDC_ENVIRONMENT", *(name for path in sources for name in reading.findall(path.read_text()))}


def test_the_file_follows_the_compose_specification():
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*checker, str(ROOT / "docker-compose.yml")], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_everything_the_product_needs_is_a_service():
    assert set(SERVICES) == {"postgres", "redis", "mail", "migrate", "web", "worker", "beat"}
    assert set(OURS) == {"migrate", "web", "worker", "beat"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_only_for_services_and_for_states_they_reach(name):
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        assert other in SERVICES
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_uses_only_volumes_networks_and_secrets_that_are_declared(name):
    service = SERVICES[name]

    assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])


def test_every_declared_volume_network_and_secret_is_used():
    volumes = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    networks = {network for service in SERVICES.values() for network in service["networks"]}
    secrets = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}

    assert (volumes, networks, secrets) == tuple(set(COMPOSE[kind]) for kind in ("volumes", "networks", "secrets"))


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_of_the_product(name):
    assert set(OURS[name]["environment"]) <= known_settings()


def test_only_the_migration_knows_the_owner_and_the_superuser():
    for name, service in OURS.items():
        assert ({"OWNER_DATABASE_URL", "SUPERUSER_DATABASE_URL"} <= set(service["environment"])) is (name == "migrate")


def test_every_substituted_variable_stands_in_the_example():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    offered = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert asked == offered


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_lasting_service_has_a_health_check_and_comes_back(name):
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "worker"])
def test_any_number_of_replicas_can_run(name):
    assert "container_name" not in SERVICES[name]
    assert "WEB_REPLICAS" in str(SERVICES[name]["deploy"]) or "WORKER_REPLICAS" in str(SERVICES[name]["deploy"])


def test_the_replicas_of_web_do_not_quarrel_about_one_port():
    (ports,) = SERVICES["web"]["ports"]

    assert re.fullmatch(r"127\.0\.0\.1:(\d+)-(\d+):8000", ports)


def test_every_command_exists():
    commands = " ".join(str(service.get("command", "")) for service in OURS.values()) + DOCKERFILE

    for command in re.findall(r"manage\.py (\w+)", commands):
        assert command in get_commands()
    for module in set(re.findall(r"trial_edc\.\w+", commands)) - {"trial_edc.settings", "trial_edc.wsgi"}:
        assert import_module(module)


@pytest.mark.parametrize("name", OURS)
def test_no_container_of_ours_may_do_more_than_it_needs(name):
    service = OURS[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_image_does_not_run_as_root():
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["edc"]


def test_the_image_holds_every_app_and_neither_tests_nor_demonstration():
    copied = set(re.findall(r"^COPY (\w+)/ ", DOCKERFILE, re.MULTILINE))
    apps = {app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()}

    assert copied == (apps - {"rehearsal"}) | {"protocol", "paper", "templates", "static", "locale"}
    assert "develop.txt" not in DOCKERFILE
