# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What the role dataflow checks before its first request, and what it returns: pure functions."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, items_of, mapping_of

Definition = Mapping[str, JSON]

_PARTS: t.Final = ("connection", "mapping", "dataflow")
# Where the dataflow itself says what another part of its definition says as well.
_TWICE: t.Final = {
    "connection": ("connection_id", "connection_name"),
    "mapping": ("mapping",),
}


def problems(definitions: Sequence[Definition]) -> list[str]:
    """Return what is wrong with definitions, each with what to do about it."""
    return [
        f"dataflow_definitions[{number}]: {problem}; {step}."
        for number, definition in enumerate(definitions)
        for problem, step in find_problems(definition)
    ]


def find_problems(definition: Definition) -> list[tuple[str, str]]:
    """Return what is wrong with a definition across its parts, each with what to do about it."""
    flow = definition.get("dataflow")
    if not isinstance(flow, Mapping) or not (flow.get("name") or flow.get("id")):
        return [("dataflow has neither a name nor an ID", "set dataflow.name")]
    found = [
        (f"dataflow.{option} and {part} both say which {part} is meant", f"remove dataflow.{option} or {part}")
        for part, options in _TWICE.items()
        for option in options
        if definition.get(part) is not None and flow.get(option) is not None
    ]
    mapping = mapping_of(definition.get("mapping"))
    if definition.get("mapping") is not None and definition.get("state", "present") == "present":
        missing = [] if mapping.get("schema_id") or mapping.get("dataset_name") else ["schema_id"]
        missing += [] if mapping.get("mappings") else ["mappings"]
        if missing:
            found.append((f"mapping has no {' and no '.join(missing)}", "add it"))
        if not (mapping.get("id") or mapping.get("name")):
            found.append(("mapping has neither a name nor an ID", "set mapping.name"))
    return found


def results(definitions: Sequence[Definition], registered: Mapping[str, JSON]) -> list[dict[str, JSON]]:
    """Return what was done for each definition, from what the loops of the role registered, whole or in part."""
    return [_result(definition, _at(registered, number)) for number, definition in enumerate(definitions)]


def _at(registered: Mapping[str, JSON], number: int) -> dict[str, Mapping[str, JSON]]:
    """Return the registered results of each loop for one definition; none for a loop that did not run."""
    found: dict[str, Mapping[str, JSON]] = {}
    for name, loop in registered.items():
        listed = loop.get("results") if isinstance(loop, Mapping) else None
        one = mapping_of(listed[number]) if isinstance(listed, list) and number < len(listed) else {}
        found[name] = {} if one.get("skipped") else one
    return found


def _result(definition: Definition, done: Mapping[str, Mapping[str, JSON]]) -> dict[str, JSON]:
    is_absent = definition.get("state", "present") == "absent"
    flow = done["deleted_dataflow" if is_absent else "dataflow"]
    account = done["deleted_connection" if is_absent else "connection"]
    runs = items_of(done["run"].get("runs")) or [None]
    used = [one for one in done.values() if one]
    return {
        "name": mapping_of(definition["dataflow"]).get("name") or _live_name(flow),
        "state": "absent" if is_absent else "present",
        "dataflow_id": flow.get("id"),
        "dataflow_action": _action(flow, is_absent),
        "source_connection_id": flow.get("source_connection_id"),
        "target_connection_id": flow.get("target_connection_id"),
        "inlet_url": flow.get("inlet_url"),
        "connection_id": account.get("id"),
        "connection_action": _action(account, is_absent),
        "mapping_set_id": done["mapping_set"].get("id"),
        "mapping_set_action": _action(done["mapping_set"], False),
        "run": runs[0],
        "changed": any(one.get("changed", False) for one in used),
        "failed": any(one.get("failed", False) for one in used),
    }


def _live_name(flow: Mapping[str, JSON]) -> JSON:
    return mapping_of(mapping_of(flow.get("dataflow")).get("flow")).get("name")


def _action(done: Mapping[str, JSON], is_absent: bool) -> str:
    """Return what was done to an object, or would be in check mode."""
    if not done:
        return "none"
    if done.get("failed"):
        return "failed"
    if not done.get("changed"):
        return "unchanged"
    if is_absent:
        return "deleted"
    if done.get("replaced"):
        return "replaced"
    return "created" if done.get("previous") is None else "updated"
