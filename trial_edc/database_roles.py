"""The two database roles in SQL: one owns and migrates, one works. Standard library only, for the set-up scripts."""

from __future__ import annotations

GROUP = "edc_app"


def name(text: str) -> str:
    """Return an identifier, quoted."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text value, quoted."""
    return "'" + text.replace("'", "''") + "'"


def for_cluster(*, owner: str, owner_password: str, login: str, login_password: str) -> list[str]:
    """Return what makes the roles, or gives existing ones their password and takes their powers away."""
    powerless = "nosuperuser nobypassrls nocreaterole noreplication"
    return [
        _unless_there(GROUP, f"create role {name(GROUP)} nologin"),
        _unless_there(owner, f"create role {name(owner)}"),
        _unless_there(login, f"create role {name(login)}"),
        f"alter role {name(owner)} login {powerless} password {literal(owner_password)}",
        f"alter role {name(login)} login nocreatedb {powerless} password {literal(login_password)}",
        f"grant {name(GROUP)} to {name(login)}",
    ]


def for_database(*, owner: str) -> list[str]:
    """Return what the working role may do by default in this database with tables that the owner will make.

    Each migration that makes a clinical table narrows this; nothing here lets anyone but the owner make tables.
    """
    default = f"alter default privileges for role {name(owner)} in schema public"
    return [
        "revoke create on schema public from public",
        f"grant usage, create on schema public to {name(owner)}",
        f"grant usage on schema public to {name(GROUP)}",
        f"{default} grant select, insert, update, delete on tables to {name(GROUP)}",
        f"{default} grant usage, select on sequences to {name(GROUP)}",
    ]


def _unless_there(role: str, statement: str) -> str:
    return (
        f"do $$ begin if not exists (select from pg_roles where rolname = {literal(role)}) "
        f"then {statement}; end if; end $$"
    )
