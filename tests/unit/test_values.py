# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values against the schemas of live specs: judged loosely, without a hang, and without a value in the result."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._kinds.values import find_misfits

PUBLISHED = Path(__file__).parents[1] / "fixtures" / "published" / "flow_specs"
FLOW_SPEC = json.loads((PUBLISHED / "rest-storage-to-aep.get.response.json").read_text("utf-8"))
SCHEDULE = FLOW_SPEC.get("items", [FLOW_SPEC])[0]["scheduleSpec"]["spec"]


def found(schema: t.Any, value: t.Any) -> list[str]:
    return [" ".join((".".join(misfit.path), misfit.requirement)).strip() for misfit in find_misfits(schema, value)]


@pytest.mark.parametrize(
    ("schedule", "misfits"),
    [
        ({"startTime": 1, "frequency": "once"}, []),
        ({"startTime": "1", "frequency": "minute", "interval": "15", "backfill": "true"}, []),
        ({"startTime": 1, "frequency": "hour", "interval": 1, "backfill": None}, []),
        ({"startTime": 1, "frequency": "once", "interval": 1}, ["interval must not be set"]),
        ({"startTime": 1, "frequency": "once", "backfill": True}, ["backfill must not be set"]),
        ({"startTime": 1, "frequency": "minute", "interval": 14}, ["interval must be at least 15"]),
        ({"startTime": 1, "frequency": "day", "interval": 0}, ["interval must be at least 1"]),
        ({"startTime": 1, "frequency": "day"}, ["interval must be set"]),
        (
            {"startTime": "soon", "frequency": "month", "interval": 1},
            ["startTime must be a whole number", "frequency must be once or minute or hour or day or week"],
        ),
    ],
)
def test_the_published_schema_of_schedules(schedule: t.Any, misfits: list[str]) -> None:
    assert found(SCHEDULE, schedule) == misfits


@pytest.mark.parametrize(
    ("schema", "value", "misfits"),
    [
        ({"type": "string"}, 5, []),
        ({"type": "string"}, ["x"], ["must be text"]),
        ({"type": ["integer", "null"]}, None, []),
        ({"type": "integer"}, True, ["must be a whole number"]),
        ({"type": "integer"}, "5.5", ["must be a whole number"]),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": "9"}, "0.0", ["must be more than 0"]),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": "9"}, 10, ["must be at most 9"]),
        ({"type": "boolean"}, "False", []),
        ({"type": "boolean"}, "no", ["must be true or false"]),
        ({"type": "object"}, [], ["must be a mapping"]),
        ({"type": "array", "items": {"enum": ["a", True]}}, ["a", "true", "c"], ["2 must be a or true"]),
        ({"anyOf": [{"type": "integer"}, {"enum": ["all"]}]}, "all", []),
        ({"anyOf": [{"type": "integer"}, {"enum": ["all"]}]}, "some", ["must be a whole number"]),
        # What is malformed, or said in other words, is not judged.
        ({"type": 5, "enum": "x", "required": {}, "properties": [], "items": 1, "allOf": {}, "if": 1}, {"a": 1}, []),
        ({"pattern": "^(a+)+$", "$ref": "#", "type": "unknown"}, "a" * 100 + "!", []),
        (True, 1, []),
    ],
)
def test_values_are_judged_loosely(schema: t.Any, value: t.Any, misfits: list[str]) -> None:
    assert found(schema, value) == misfits


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf", "if", "properties", "items"])
def test_deep_schemas_do_not_hang(keyword: str) -> None:
    """A schema in JSON is a tree: no part of it is there twice."""
    schema: t.Any = {"type": "integer"}
    value: t.Any = "x"
    for _level in range(200):
        if keyword == "if":
            schema = {"if": schema, "then": {"type": "integer"}, "else": {}}
        elif keyword == "properties":
            schema, value = {keyword: {"a": schema}}, {"a": value}
        elif keyword == "items":
            schema, value = {keyword: schema}, [value]
        else:
            schema = {keyword: [schema]}
    assert found(schema, value) == []
