# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Check of the types of documented fields, by the same schemas that editors use.

It reads ``type``, ``properties``, ``items``, and ``$ref`` only. Every rule of the schemas beyond that is a check of
its own with a message of its own. The tests hold that whatever ``jsonschema`` finds, a check finds as well.
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
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

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


def _iterate_mismatches(root: Schema, schema: Schema, value: JSON, path: Path) -> Problems:
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/definitions/"):
        schema = root["definitions"][reference.removeprefix("#/definitions/")]
    types = schema.get("type", [])
    expected = [_TYPES[name] for name in ([types] if isinstance(types, str) else types)]
    if expected and not any(matches(value) for matches, _noun in expected):
        nouns = " or ".join(noun for _matches, noun in expected)
        if value is not None:
            yield Problem(path, f"`{path[-1]}` must be {nouns}, and it is {_noun_of(value)}.")
        elif len(path) > 1:
            yield Problem(path, f"`{path[-1]}` is empty: write {nouns}, or leave it out.", WARNING)
        else:
            yield Problem(path, f"`{path[-1]}` is empty, so the modules remove it: leave it out to keep it.", HINT)
        return
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        others = schema.get("additionalProperties")
        for key, item in value.items():
            inner = fields.get(key, others)
            if isinstance(inner, dict):
                yield from _iterate_mismatches(root, inner, item, (*path, key))
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            yield from _iterate_mismatches(root, schema["items"], item, (*path, str(index)))


def _noun_of(value: JSON) -> str:
    """Return what a value is, without its content."""
    names = ("object", "array", "string", "boolean", "number")
    return next(noun for matches, noun in map(_TYPES.__getitem__, names) if matches(value))


def _check_types(kind: str, content: Schema) -> Problems:
    root = load_schema(kind)
    yield from _iterate_mismatches(root, {"$ref": "#/definitions/spec"}, content, ())


_CHECK: t.Final = (
    "AUT005",
    ERROR,
    "Documented fields have the documented type. Empty ones are warnings, or hints at the top.",
    sources(OPENAPI, PAYLOADS),
    WARNING,
    HINT,
)


@check(*_CHECK)
def types_of_connection_spec(spec: ConnectionSpec) -> Problems:
    """Find fields of a connection spec of another type."""
    return _check_types("connection_spec", spec.content)


@check(*_CHECK)
def types_of_flow_spec(spec: FlowSpec) -> Problems:
    """Find fields of a flow spec of another type."""
    return _check_types("flow_spec", spec.content)


SHAPES: t.Final[tuple[Check[t.Any], ...]] = (types_of_connection_spec, types_of_flow_spec)
