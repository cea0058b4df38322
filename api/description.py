"""Folds the OpenAPI description into what the page of the API shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator


@dataclass(frozen=True)
class Named:
    """A parameter or a field: its name, its kind, what it means, and the values it may have."""

    name: str
    kind: str
    says: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """One address that can be asked."""

    path: str
    says: str
    parameters: tuple[Named, ...]
    fields: tuple[Named, ...]


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """Return what can be asked, in the order of the addresses. It depends on the code alone."""
    schema: Mapping[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    shapes = schema["components"]["schemas"]
    return tuple(_endpoint(path, asked["get"], shapes) for path, asked in schema["paths"].items() if "get" in asked)


def _endpoint(path: str, asked: Mapping[str, Any], shapes: Mapping[str, Any]) -> Endpoint:
    answer = next(iter(asked["responses"]["200"]["content"].values()))["schema"]
    shape = _row(answer, shapes)
    parameters = (each for each in asked.get("parameters", ()) if each["in"] == "query")
    return Endpoint(
        path=path,
        says=asked.get("description", ""),
        parameters=tuple(_named(each["name"], {**each["schema"], **each}, shapes) for each in parameters),
        fields=tuple(_named(name, field, shapes) for name, field in shape.get("properties", {}).items()),
    )


def _row(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the shape of a row: of the address itself, or of what its pages hold."""
    shape = _resolved(schema, shapes)
    rows = shape.get("properties", {}).get("results")
    return _resolved(rows["items"], shapes) if rows else shape


def _resolved(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Mapping[str, Any]:
    found = dict(schema)
    for part in [schema, *schema.get("allOf", ())]:
        if "$ref" in part:
            found = {**shapes[part["$ref"].rpartition("/")[2]], **found}
    return found


def _named(name: str, schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Named:
    found = _resolved(schema, shapes)
    # What a field means stands first in its own line; the list of values follows it and stands in `values`.
    says = str(schema.get("description", "")).partition("\n\n* ")[0].removeprefix("* ")
    return Named(name, " / ".join(_kinds(found, shapes)), says, tuple(str(each) for each in found.get("enum", ())))


def _kinds(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Iterator[str]:
    if "items" in schema:
        yield f"{schema['type']}: {', '.join(_resolved(schema['items'], shapes).get('properties', {}))}"
    elif schema.get("properties"):
        yield f"object: {', '.join(schema['properties'])}"
    else:
        yield str(schema.get("format") or schema.get("type", ""))
    if schema.get("nullable"):
        yield "null"
