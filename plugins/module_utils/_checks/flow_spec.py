# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Checks of flow specs."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import (
    ERROR,
    WARNING,
    Check,
    Problem,
    Problems,
    check,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.fragments import schemas_of_flow_spec
from ansible_collections.aep.flow_service.plugins.module_utils._checks.pages import (
    OPENAPI,
    PAYLOADS,
    UPDATE_FLOW_SPECS,
    sources,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import FlowSpec, as_list, as_mapping, read
from ansible_collections.aep.flow_service.plugins.module_utils._checks.values import is_template_text
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

DATA_LAKE: t.Final = "c604ff05-7f1a-43c0-8e18-33bf874cb11c"
TRANSFORMATIONS: t.Final = "transformationSpecs"
OTHER_TRANSFORMATIONS: t.Final = ("transformationSpec", "transformationSpecDTOS")
FREQUENCIES: t.Final = ("once", "minute", "hour", "day", "week")
SHORTEST_INTERVAL: t.Final = 15
"""In minutes."""

_SCHEMA_FIELDS: t.Final = ("name", "type", "spec", "description")
_ID_LISTS: t.Final = ("sourceConnectionSpecIds", "targetConnectionSpecIds")
# Of any version: some published IDs are of version 1.
_UUID: t.Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@check("AUT070", WARNING, f"The transformations stand in `{TRANSFORMATIONS}`.", sources(PAYLOADS, UPDATE_FLOW_SPECS))
def transformations_key(spec: FlowSpec) -> Problems:
    """Find transformations under another key."""
    for name in OTHER_TRANSFORMATIONS:
        if name in spec.content:
            yield Problem((name,), f"Adobe's pages spell this key in several ways: write `{TRANSFORMATIONS}`.")


@check(
    "AUT071",
    ERROR,
    "IDs are UUIDs. An ID that stands twice, and targets without the data lake, are warnings.",
    sources(PAYLOADS),
    WARNING,
)
def ids_are_uuids(spec: FlowSpec) -> Problems:
    """Find IDs that name no connection spec."""
    for field in _ID_LISTS:
        seen: set[str] = set()
        for index, value in enumerate(as_list(spec.content.get(field))):
            if not isinstance(value, str) or is_template_text(value):
                continue
            path = (field, str(index))
            if not _UUID.fullmatch(value):
                yield Problem(path, f"`{value}` is no ID of a connection spec: write its UUID.")
            elif value.lower() in seen:
                yield Problem(path, f"{value} stands here twice: remove one of them.", WARNING)
            seen.add(value.lower())
    targets = spec.content.get("targetConnectionSpecIds")
    if isinstance(targets, list) and DATA_LAKE not in (str(value).lower() for value in targets):
        yield Problem(
            ("targetConnectionSpecIds",),
            f"A flow spec for sources has the data lake as a target: add {DATA_LAKE}, unless it is for destinations.",
            WARNING,
        )


@check(
    "AUT072",
    WARNING,
    "`optionSpec`, `scheduleSpec`, and `runSpec` have a schema in `spec`, and `flowRun` is a mapping.",
    sources(PAYLOADS, OPENAPI),
)
def schemas_not_values(spec: FlowSpec) -> Problems:
    """Find a flow's values in place of their schema."""
    for name in ("optionSpec", "scheduleSpec", "runSpec"):
        value = spec.content.get(name)
        if not isinstance(value, dict) or not value:
            continue
        others = [f"`{key}`" for key in value if key not in _SCHEMA_FIELDS]
        if not isinstance(value.get("spec"), dict):
            yield Problem(
                (name,), "These are values of a flow, where a flow spec has their schema: write the schema in `spec`."
            )
        elif others:
            yield Problem((name,), f"{', '.join(others)} beside `spec` describes nothing: move it into `spec`.")
    notification = as_mapping(read(spec.content, "attributes", "notification"))
    if not isinstance(notification.get("flowRun", {}), dict):
        yield Problem(
            ("attributes", "notification", "flowRun"),
            "`flowRun` is a mapping in the payloads: write `{enabled: true}`.",
        )


@check(
    "AUT073",
    WARNING,
    f"Frequencies are known ones, and `minute` has a minimum interval of {SHORTEST_INTERVAL}.",
    sources(PAYLOADS),
)
def schedule_is_possible(spec: FlowSpec) -> Problems:
    """Find schedules that no flow can have."""
    schema = read(spec.content, "scheduleSpec", "spec")
    values = as_list(read(schema, "properties", "frequency", "enum"))
    path = ("scheduleSpec", "spec", "properties", "frequency", "enum")
    for index, value in enumerate(values):
        if value not in FREQUENCIES:
            yield Problem((*path, str(index)), f"{value!r} is no frequency: write {', '.join(FREQUENCIES)}.")
    lowest = list(_iterate_minimums(schema))
    if "minute" in values and not any(minimum >= SHORTEST_INTERVAL for minimum in lowest):
        yield Problem(
            ("scheduleSpec", "spec"),
            f"With `minute`, the interval is {SHORTEST_INTERVAL} or more: "
            f"add a condition with `minimum: {SHORTEST_INTERVAL}`, as RestStorageToAEP has.",
        )


def _iterate_minimums(value: JSON) -> Iterator[float]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("minimum", "exclusiveMinimum") and isinstance(item, (int, float)):
                yield item + (key == "exclusiveMinimum")
            else:
                yield from _iterate_minimums(item)
    elif isinstance(value, list):
        for item in value:
            yield from _iterate_minimums(item)


CHECKS: t.Final[tuple[Check[FlowSpec], ...]] = (
    schemas_of_flow_spec,
    transformations_key,
    ids_are_uuids,
    schemas_not_values,
    schedule_is_possible,
)
