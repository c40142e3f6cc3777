# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What the tasks of a verification of a source returned, and the facts that follow. Pure functions."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import GENERIC_STREAMING, REST_STORAGE
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import is_same_id

# Any: what tasks of the role registered, whose results are documented.
JSON = t.Any
Result = Mapping[str, JSON]

# The results of tasks that a verification is judged by, in the order of the tasks.
TASKS: t.Final = (
    "connection_spec",
    "check",
    "flow_spec",
    "earlier_dataflow",
    "earlier_connection",
    "connection",
    "explore",
    "preview",
    "mapping",
    "dataflow",
    "record",
    "run",
    "removed_dataflow",
    "removed_connection",
)

_STREAMING: t.Final = "generic-streaming"
_FLOW_SPECS: t.Final = {"generic-rest": REST_STORAGE, _STREAMING: GENERIC_STREAMING}
"""The flow spec for sources of the Sources SDK, by the first part of the type of their connection specs."""
_ID: t.Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PARTS: t.Final = {
    "id": "flow",
    "target_connection_id": "target connection",
    "source_connection_id": "source connection",
}
"""The objects of a dataflow, by the keys of their IDs in results, in the order of their deletion."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What to verify, as the variables of the role set it."""

    connection_spec: str
    flow_spec: str = ""
    auth_spec_name: str = ""
    dataset_id: str = ""
    mapping_id: str = ""
    has_mappings: bool = False
    has_record: bool = False
    is_removed: bool = True
    is_check_mode: bool = False


def lookup(reference: str) -> dict[str, str]:
    """Return the option of an info module for a spec that is given by its ID or its name."""
    return {"id" if _ID.fullmatch(reference) else "name": reference}


class Verification:
    """A verification as far as it has come: what its tasks returned, and what follows."""

    def __init__(self, wanted: Wanted, results: Mapping[str, Result]) -> None:
        """Judge by the results of tasks; those of tasks that were skipped do not count."""
        self.wanted = wanted
        self.results = {name: results[name] for name in TASKS if _has_run(results.get(name))}

    def result(self, task: str) -> Result | None:
        """Return the result of a task that has run."""
        return self.results.get(task)

    def success(self, task: str) -> Result | None:
        """Return the result of a task that has run and has not failed."""
        result = self.result(task)
        return result if result is not None and not result.get("failed") else None

    @property
    def connection_spec(self) -> Mapping[str, JSON]:
        """The connection spec of the source; empty if it is not known."""
        return _only(self.success("connection_spec"), "connection_specs")

    @property
    def flow_spec(self) -> Mapping[str, JSON]:
        """The flow spec; empty if it is not known."""
        return _only(self.success("flow_spec"), "flow_specs")

    @property
    def _type(self) -> str:
        return str(self.connection_spec.get("type") or "")

    @property
    def flow_spec_reference(self) -> str:
        """The ID or the name of the flow spec; empty if the connection spec leaves it open."""
        default = next((spec_id for start, spec_id in _FLOW_SPECS.items() if self._type.startswith(start)), "")
        return self.wanted.flow_spec or default

    @property
    def is_streaming(self) -> bool:
        """Whether the source sends its records to an inlet, so that it has no account."""
        flow_spec = self.flow_spec.get("id") or self.flow_spec_reference
        return self._type.startswith(_STREAMING) or is_same_id(flow_spec, GENERIC_STREAMING)

    @property
    def object_name(self) -> str:
        """The name of all that a verification of this source creates."""
        return f"aep-verify {self.connection_spec.get('id', '')}".strip()

    @property
    def auth_specs(self) -> list[str]:
        """The names of the authentication specs of the connection spec."""
        return [str(spec.get("name")) for spec in mappings(self.connection_spec.get("authSpec"))]


def created_objects(so_far: Verification) -> list[dict[str, str]]:
    """Return the objects that the service deletes, as far as they were created."""
    if so_far.wanted.is_check_mode:
        return []
    dataflow, connection = so_far.result("dataflow") or {}, so_far.result("connection") or {}
    found = [{"kind": kind, "id": str(dataflow[key])} for key, kind in _PARTS.items() if dataflow.get(key)]
    return found + ([{"kind": "connection", "id": str(connection["id"])}] if connection.get("id") else [])


def removed_objects(so_far: Verification, when: t.Literal["earlier", "removed"]) -> list[dict[str, str]]:
    """Return the objects that were removed, at the end or, of an earlier verification, at the beginning."""
    dataflow, connection = so_far.success(f"{when}_dataflow") or {}, so_far.success(f"{when}_connection") or {}
    found = [
        {"kind": kind, "id": str(dataflow[key])}
        for key, kind in _PARTS.items()
        if dataflow.get("changes") and dataflow.get(key)
    ]
    if connection.get("changes"):
        found.append({"kind": "connection", "id": str(connection.get("id"))})
    return found


# Reading results


def _has_run(result: Result | None) -> t.TypeGuard[Result]:
    return bool(result) and not (result or {}).get("skipped")


def mappings(value: JSON) -> list[Mapping[str, JSON]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _only(result: Result | None, key: str) -> Mapping[str, JSON]:
    found = mappings((result or {}).get(key))
    return found[0] if len(found) == 1 else {}


def value_at(value: JSON, *path: str) -> JSON:
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
