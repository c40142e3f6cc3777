# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Checks of the types and names of documented fields, by the same schemas that editors use.

They read ``type``, ``properties``, ``additionalProperties``, ``items``, and ``$ref`` only. Every rule of the schemas
beyond that is a check of its own with a message of its own. The tests hold that whatever ``jsonschema`` finds, a check
finds as well.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import (
    ERROR,
    HINT,
    WARNING,
    Check,
    Path,
    Problem,
    Problems,
    check,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.pages import OPENAPI, PAYLOADS, sources
from ansible_collections.aep.flow_service.plugins.module_utils._checks.schemas import load_schema
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import ConnectionSpec, FlowSpec
from ansible_collections.aep.flow_service.plugins.module_utils._checks.suggest import suggest
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import OWNED

# Any: a schema is a file of this collection, and has been checked.
Schema = Mapping[str, t.Any]

_TYPES: t.Final[Mapping[str, tuple[Callable[[JSON], bool], str]]] = {
    "object": (lambda value: isinstance(value, dict), "a mapping"),
    "array": (lambda value: isinstance(value, list), "a list"),
    "string": (lambda value: isinstance(value, str), "text"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "integer": (
        lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value),
        "a whole number",
    ),
    "null": (lambda value: value is None, "empty"),
    "number": (lambda value: isinstance(value, (int, float)) and not isinstance(value, bool), "a number"),
}


class _Place(t.NamedTuple):
    """A value of a definition, its path, and the schema that describes it."""

    schema: Schema
    value: JSON
    path: Path


def _iterate_places(kind: str, content: Schema) -> t.Iterator[_Place]:
    root = load_schema(kind)
    places = [_Place({"$ref": "#/definitions/spec"}, t.cast(JSON, content), ())]
    while places:
        schema, value, path = places.pop()
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/definitions/"):
            # Any: as of Schema.
            schema = t.cast(t.Any, root)["definitions"][reference.removeprefix("#/definitions/")]
        yield _Place(schema, value, path)
        inner: list[_Place] = []
        if isinstance(value, dict):
            fields = schema.get("properties", {})
            others = schema.get("additionalProperties")
            inner = [_Place(fields.get(key, others), item, (*path, key)) for key, item in value.items()]
        elif isinstance(value, list):
            inner = [_Place(schema.get("items", False), item, (*path, str(index))) for index, item in enumerate(value)]
        places += (place for place in reversed(inner) if isinstance(place.schema, dict))


def _find_other_types(kind: str, content: Schema) -> Problems:
    for schema, value, path in _iterate_places(kind, content):
        types = schema.get("type", [])
        expected = [_TYPES[name] for name in ([types] if isinstance(types, str) else types)]
        if not expected or any(matches(value) for matches, _noun in expected):
            continue
        nouns = " or ".join(noun for _matches, noun in expected)
        if value is not None:
            yield Problem(path, f"`{path[-1]}` must be {nouns}, and it is {_noun_of(value)}.")
        elif len(path) > 1:
            yield Problem(path, f"`{path[-1]}` is empty: write {nouns}, or leave it out.", WARNING)
        else:
            yield Problem(path, f"`{path[-1]}` is empty, so the modules remove it: leave it out to keep it.", HINT)


def _find_unknown_keys(kind: str, content: Schema) -> Problems:
    for schema, value, path in _iterate_places(kind, content):
        fields = schema.get("properties")
        if not isinstance(value, dict) or not fields or schema.get("additionalProperties") is not None:
            continue
        for key in value:
            if key not in fields and (path or key not in OWNED):
                place = f"of `{path[-1]}`" if path else "of a definition"
                suggestion = suggest(key, fields.keys() - value.keys(), cutoff=0.8)
                yield Problem((*path, key), f"`{key}` is no documented field {place}.{suggestion}")


def _noun_of(value: JSON) -> str:
    """Return what a value is, without its content."""
    names = ("object", "array", "string", "boolean", "number")
    return next(noun for matches, noun in map(_TYPES.__getitem__, names) if matches(value))


_TYPE: t.Final = (
    "AUT005",
    ERROR,
    "Documented fields have the documented type. Empty ones are warnings, or hints at the top.",
    sources(OPENAPI, PAYLOADS),
    WARNING,
    HINT,
)


@check(*_TYPE)
def types_of_connection_spec(spec: ConnectionSpec) -> Problems:
    """Find fields of a connection spec of another type."""
    return _find_other_types("connection_spec", spec.content)


@check(*_TYPE)
def types_of_flow_spec(spec: FlowSpec) -> Problems:
    """Find fields of a flow spec of another type."""
    return _find_other_types("flow_spec", spec.content)


_KEY: t.Final = (
    "AUT006",
    HINT,
    "The keys of documented mappings are documented.",
    sources(OPENAPI, PAYLOADS),
)


@check(*_KEY)
def keys_of_connection_spec(spec: ConnectionSpec) -> Problems:
    """Find keys of a connection spec that no page documents."""
    return _find_unknown_keys("connection_spec", spec.content)


@check(*_KEY)
def keys_of_flow_spec(spec: FlowSpec) -> Problems:
    """Find keys of a flow spec that no page documents."""
    return _find_unknown_keys("flow_spec", spec.content)


OF_CONNECTION_SPECS: t.Final = (types_of_connection_spec, keys_of_connection_spec)
OF_FLOW_SPECS: t.Final = (types_of_flow_spec, keys_of_flow_spec)
SHAPES: t.Final[tuple[Check[t.Any], ...]] = (*OF_CONNECTION_SPECS, *OF_FLOW_SPECS)
"""The checks that read the schemas."""
