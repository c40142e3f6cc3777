# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mapping sets are compared in both forms, and the options are checked."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.mapping_sets import (
    content_of,
    find_invalid,
    maps_the_same,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.mapping_set_options import read_wanted

SCHEMA, FULL = "https://ns.adobe.com/tenant/schemas/89ab", "application/vnd.adobe.xed-full+json;version=1"
FIELD = {"source": "a", "destination": "person.name", "type": "attribute", "name": None, "description": None}
NEW: dict[str, t.Any] = {
    "outputSchema": {"schemaRef": {"id": SCHEMA, "contentType": FULL}},
    "mappings": [
        {"sourceType": "ATTRIBUTE", "source": "a", "destination": "x.a"},
        {"sourceType": "EXPRESSION", "source": "b(c)", "destination": "x.b", "description": "of b"},
    ],
}
OLD: dict[str, t.Any] = {
    "xdmSchema": "_tenant.schemas.89ab",
    "xdmVersion": "1.0",
    "mappings": [
        {"sourceType": "text/x.aem-transform", "sourceAttribute": "b(c)", "destinationXdmPath": "x.b", "version": 0},
        {"sourceAttribute": "a", "destinationXdmPath": "x.a", "identity": False},
    ],
}


def test_both_forms_are_equal() -> None:
    assert maps_the_same(content_of(OLD), content_of(NEW))
    assert maps_the_same(content_of(NEW), content_of(OLD))
    blanks = {"schemaRef": {"id": SCHEMA, "contentType": FULL.replace(";", "; ")}}
    assert maps_the_same(content_of({**NEW, "outputSchema": blanks, "name": "other"}), content_of(NEW))
    referred = {"schemaRef": {"id": SCHEMA, "contentType": FULL}, "mappings": NEW["mappings"]}
    assert maps_the_same(content_of(referred), content_of(NEW))


def mapping(**changed: t.Any) -> dict[str, t.Any]:
    return {**NEW, "mappings": [{**NEW["mappings"][0], **changed}, NEW["mappings"][1]]}


@pytest.mark.parametrize(
    "live",
    [
        mapping(source="other"),
        mapping(destination="x.other"),
        mapping(sourceType="EXPRESSION"),
        mapping(source=None),
        {**NEW, "mappings": NEW["mappings"][:1]},
        {**NEW, "mappings": [*NEW["mappings"], {"source": "a", "destination": "x.c"}]},
        {**NEW, "mappings": [*NEW["mappings"], NEW["mappings"][0]]},
        {**NEW, "outputSchema": {"schemaRef": {"id": f"{SCHEMA}c", "contentType": FULL}}},
        {**NEW, "outputSchema": {"schemaRef": {"id": SCHEMA, "contentType": FULL.replace("1", "2")}}},
        {**NEW, "outputSchema": {"schemaRef": {"id": SCHEMA, "contentType": FULL.replace("-full", "")}}},
        {**OLD, "xdmVersion": "1.1"},
        # What no service says.
        {},
        {"mappings": None, "outputSchema": []},
        {"mappings": [None, {"sourceType": []}], "outputSchema": {"schemaRef": 5}, "schemaRef": "x", "xdmSchema": 1},
    ],
)
def test_what_maps_otherwise_is_not_equal(live: dict[str, t.Any]) -> None:
    assert not maps_the_same(content_of(live), content_of(NEW))


def test_the_place_of_an_invalid_mapping_is_named() -> None:
    answer = {
        "validationResponse": [
            {"status": "SUCCESS", "errors": None},
            {"status": "ERROR", "errors": ["The destination x.b is not in the schema."]},
            {"status": "ERROR", "errors": [{"message": "The expression b( has unbalanced parentheses."}]},
            {"status": "ERROR", "errors": None},
        ]
    }
    found = find_invalid(answer, [{"destination": name} for name in "abc"])
    assert found == [
        ("mappings[1].destination", "b", ["The destination x.b is not in the schema."]),
        ("mappings[2].source", "c", ["The expression b( has unbalanced parentheses."]),
        ("mappings[3].destination", "", ["The service gives no reason."]),
    ]
    assert find_invalid({"validationResponse": [{"status": "SUCCESS", "errors": None}]}, []) == []


@pytest.mark.parametrize("answer", [None, [], {}, "x", {"validationResponse": []}, {"validationResponse": [1]}])
def test_a_validation_that_cannot_be_read_is_none(answer: t.Any) -> None:
    assert find_invalid(answer, []) is None


def options(**given: t.Any) -> dict[str, t.Any]:
    names = {"id": None, "name": "n", "schema_id": SCHEMA, "dataset_name": None}
    return {**names, "schema_version": FULL, "mappings": [FIELD], **given}


def test_options_become_the_body() -> None:
    expression = {**FIELD, "source": "b(\n  c)\n", "destination": "x.b", "type": "expression", "name": "note"}
    wanted = read_wanted(options(schema_version="2", mappings=[FIELD, expression]))
    assert wanted.body == {
        "outputSchema": {"schemaRef": {"id": SCHEMA, "contentType": FULL.replace("=1", "=2")}},
        "mappings": [
            {"sourceType": "ATTRIBUTE", "source": "a", "destination": "person.name"},
            {"sourceType": "EXPRESSION", "source": "b(\n  c)", "destination": "x.b", "name": "note"},
        ],
    }
    spaced: dict[str, t.Any] = read_wanted(options(schema_version=FULL.replace(";", " ; "))).body
    assert spaced["outputSchema"]["schemaRef"]["contentType"] == FULL


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"mappings": []}, "mappings"),
        ({"mappings": [FIELD, {**FIELD, "source": "b"}]}, r"mappings\[1\].destination: mappings\[0\]"),
        ({"mappings": [{**FIELD, "source": " "}]}, r"mappings\[0\].source"),
        ({"mappings": [FIELD, {**FIELD, "destination": "x "}]}, r"mappings\[1\].destination"),
        ({"mappings": [{**FIELD, "source": "\ud800"}]}, r"mappings\[0\].source"),
        ({"schema_id": ""}, "schema_id"),
        ({"schema_id": "a b"}, "schema_id"),
        ({"schema_version": ""}, "schema_version"),
        ({"schema_version": "newest"}, "schema_version"),
        ({"id": "a/b"}, "id"),
        ({"id": ""}, "id"),
        ({"name": ""}, "name"),
    ],
)
def test_bad_options_are_named(given: dict[str, t.Any], named: str) -> None:
    with pytest.raises(InputError, match=named) as caught:
        read_wanted(options(**given))
    assert "Next step: " in caught.value.message
