# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Check of the schemas inside a spec, which describe what a user gives: they are JSON Schemas of draft-07.

The library ``jsonschema`` is not used here: against the metaschema it takes longer than all other checks together,
and its messages do not name a remedy. The tests compare this check with it.
"""

from __future__ import annotations

import typing as t
import urllib.parse
from collections.abc import Callable, Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import (
    ERROR,
    HINT,
    WARNING,
    Check,
    Path,
    Problem,
    Problems,
    Severity,
    check,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.pages import EXPLORE, PAYLOADS, sources
from ansible_collections.aep.flow_service.plugins.module_utils._checks.patterns import repeats_a_repetition
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import (
    ConnectionSpec,
    FlowSpec,
    as_list,
    as_mapping,
    read,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.suggest import suggest
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

DIALECT: t.Final = "http://json-schema.org/draft-07/schema#"
TYPES: t.Final = ("array", "boolean", "integer", "null", "number", "object", "string")

Schema = Mapping[str, JSON]
Root = tuple[Path, Schema]


def _is_text(value: JSON) -> bool:
    return isinstance(value, str)


def _is_number(value: JSON) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: JSON) -> bool:
    return isinstance(value, (int, float)) and _is_number(value) and value >= 0 and value == int(value)


def _is_boolean(value: JSON) -> bool:
    return isinstance(value, bool)


def _is_list(value: JSON) -> bool:
    return isinstance(value, list)


def _is_list_of_names(value: JSON) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value) and len(set(value)) == len(value)


def _keywords(rule: tuple[Callable[[JSON], bool], str], *names: str) -> dict[str, tuple[Callable[[JSON], bool], str]]:
    return dict.fromkeys(names, rule)


_VALUES: t.Final = {
    **_keywords(
        (_is_text, "text"), "$schema", "$id", "$ref", "$comment", "title", "description", "pattern", "format",
        "contentMediaType", "contentEncoding",
    ),
    **_keywords((_is_number, "a number"), "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    **_keywords(
        (_is_count, "a whole number, 0 or more"), "minLength", "maxLength", "minItems", "maxItems", "minProperties",
        "maxProperties",
    ),
    **_keywords((_is_boolean, "true or false"), "uniqueItems", "readOnly", "writeOnly"),
    **_keywords((_is_list_of_names, "a list of different names"), "required"),
    **_keywords((_is_list, "a list"), "enum", "examples"),
    "multipleOf": (lambda value: _is_number(value) and value > 0, "a number above 0"),
}  # fmt: skip
"""By keyword, whether its value is usable, and what it must be."""
_SCHEMAS: t.Final = (
    "additionalItems",
    "additionalProperties",
    "contains",
    "propertyNames",
    "not",
    "if",
    "then",
    "else",
)
_LISTS: t.Final = ("allOf", "anyOf", "oneOf")
_MAPPINGS: t.Final = ("properties", "patternProperties", "definitions")


def _check_schema(root: Root, path: Path, schema: JSON, severity: Severity) -> Problems:
    """Find what is no draft-07 in a schema and in those below it."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        yield Problem(path, f"A schema must be a mapping, and this is {_noun(schema)}: write a mapping.", severity)
        return
    if "$ref" in schema and isinstance(schema["$ref"], str):
        # Draft-07 ignores whatever stands beside a reference.
        yield from _check_reference(root, (*path, "$ref"), schema["$ref"], severity)
        return
    for keyword, value in schema.items():
        yield from _check_keyword(root, (*path, keyword), keyword, value, severity)


def _check_keyword(root: Root, path: Path, keyword: str, value: JSON, severity: Severity) -> Problems:
    if keyword == "type":
        yield from _check_type(path, value, severity)
    elif keyword in _VALUES:
        is_usable, expected = _VALUES[keyword]
        if not is_usable(value):
            yield Problem(path, f"`{keyword}` must be {expected}, and it is {_noun(value)}.", severity)
        elif keyword == "$schema":
            yield from _check_dialect(path, str(value))
        elif keyword == "pattern" and repeats_a_repetition(str(value)):
            yield Problem(
                path,
                "The pattern repeats a group that repeats something, and can take very long on some values: "
                "write it with one repetition.",
                HINT,
            )
    elif keyword in _SCHEMAS:
        yield from _check_schema(root, path, value, severity)
    elif keyword in _MAPPINGS or keyword == "dependencies":
        yield from _check_mapping(root, path, keyword, value, severity)
    elif keyword in _LISTS or (keyword == "items" and isinstance(value, list)):
        if not isinstance(value, list) or not value:
            yield Problem(path, f"`{keyword}` must be a list of schemas with one or more entries.", severity)
        for index, item in enumerate(as_list(value)):
            yield from _check_schema(root, (*path, str(index)), item, severity)
    elif keyword == "items":
        yield from _check_schema(root, path, value, severity)


def _check_type(path: Path, value: JSON, severity: Severity) -> Problems:
    names = value if isinstance(value, list) else [value]
    for name in names:
        if name not in TYPES:
            close = suggest(name, TYPES, cutoff=0.5) if isinstance(name, str) else ""
            shown = f"`{name}`" if isinstance(name, str) else _noun(name)
            yield Problem(path, f"{shown} is no type: write one of {', '.join(TYPES)}.{close}", severity)
            return
    if not names or len(set(names)) < len(names):
        yield Problem(path, "`type` must be a type, or a list of different ones.", severity)


def _check_mapping(root: Root, path: Path, keyword: str, value: JSON, severity: Severity) -> Problems:
    if not isinstance(value, dict):
        yield Problem(path, f"`{keyword}` must be a mapping of names to schemas, and it is {_noun(value)}.", severity)
        return
    for name, item in value.items():
        if keyword == "dependencies" and _is_list_of_names(item):
            continue
        yield from _check_schema(root, (*path, name), item, severity)


def _check_dialect(path: Path, value: str) -> Problems:
    if value.rstrip("#").replace("https:", "http:") != DIALECT.rstrip("#"):
        yield Problem(path, f"The documented schemas are of draft-07: write {DIALECT}.", HINT)


def _check_reference(root: Root, path: Path, reference: str, severity: Severity) -> Problems:
    if not reference.startswith("#"):
        yield Problem(
            path,
            "The reference leads out of this schema, and no page of Adobe shows such a one: write out what it means.",
            HINT,
        )
        return
    seen = {reference}
    target = _resolve(root, reference)
    while target is not None:
        following = as_mapping(target).get("$ref")
        if not isinstance(following, str) or not following.startswith("#"):
            return
        if following in seen:
            yield Problem(path, f"`{reference}` leads round in a circle: write out what it means.", severity)
            return
        seen.add(following)
        target = _resolve(root, following)
    yield Problem(
        path, f"`{reference}` leads nowhere in this schema: correct it, or write out what it means.", severity
    )


def _resolve(root: Root, reference: str) -> JSON:
    """Return what a local reference names, or None."""
    value: JSON = root[1]
    pointer = urllib.parse.unquote(reference.removeprefix("#"))
    if pointer and not pointer.startswith("/"):
        return None
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and key.isdecimal() and len(key) < 9 and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value.get(key)
        else:
            return None
    return value


def _noun(value: JSON) -> str:
    """Return what a value is, without its content."""
    if value is None:
        return "empty"
    names = {bool: "true or false", str: "text", list: "a list", int: "a number", float: "a number"}
    return names.get(type(value), "a mapping")


def _check_fragments(found: Iterator[tuple[Path, JSON]], severity: Severity) -> Problems:
    for path, schema in found:
        if schema is not None:
            yield from _check_schema((path, as_mapping(schema)), path, schema, severity)


_CHECK: t.Final = (
    "AUT061",
    ERROR,
    "Schemas inside a spec are JSON Schemas of draft-07, and their references lead somewhere. "
    "Outside of `authSpec` and `sourceSpec`, this is a warning.",
    sources(PAYLOADS, EXPLORE),
    WARNING,
    HINT,
)


@check(*_CHECK)
def schemas_of_connection_spec(spec: ConnectionSpec) -> Problems:
    """Find what is no draft-07 in the schemas of a connection spec."""
    asked = [((*entry.path, "spec"), entry.content.get("spec")) for entry in spec.auth_entries]
    asked.append((("sourceSpec", "spec"), read(spec.content, "sourceSpec", "spec")))
    yield from _check_fragments(iter(asked), ERROR)
    explored = [
        (("exploreSpec", key), read(spec.content, "exploreSpec", key)) for key in ("requestSpec", "responseSpec")
    ]
    # A built-in spec has a mapping of schemas here.
    yield from _check_fragments(
        ((path, schema) for path, schema in explored if {"$schema", "type"} & set(as_mapping(schema))), WARNING
    )


@check(*_CHECK)
def schemas_of_flow_spec(spec: FlowSpec) -> Problems:
    """Find what is no draft-07 in the schemas of a flow spec."""
    found: list[tuple[Path, JSON]] = [
        ((name, "spec"), read(spec.content, name, "spec")) for name in ("optionSpec", "scheduleSpec", "runSpec")
    ]
    found += [
        ((field, str(index), "spec"), as_mapping(entry).get("spec"))
        for field in spec.content
        if field.startswith("transformationSpec")
        for index, entry in enumerate(as_list(spec.content[field]))
    ]
    yield from _check_fragments(iter(found), WARNING)


CHECKS: t.Final[tuple[Check[ConnectionSpec], ...]] = (schemas_of_connection_spec,)
