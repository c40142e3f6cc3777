# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Look dataflows up: each flow with the IDs of what it hangs together with, from one listing of the flows."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections.abc import Collection, Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, JSONObject, Params, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import FLOW
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import (
    check_id,
    check_ids,
    check_name,
    has_id,
    is_same_id,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.runs import (
    FAILED,
    PARTLY_FAILED,
    RUNNING,
    SUCCEEDED,
    UNKNOWN,
    WAITING,
    as_time,
    fold_status,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import connection_options

NO_RUN: t.Final = "none"
_LAST_RUNS: t.Final = [SUCCEEDED, PARTLY_FAILED, FAILED, RUNNING, WAITING, UNKNOWN, NO_RUN]
# A value whose filter means just one thing.
_PLAIN_VALUE: t.Final = re.compile(r"[A-Za-z0-9._-]+")


@dataclasses.dataclass(frozen=True)
class Query:
    """Which dataflows to look up; what is not given does not narrow the search."""

    ids: tuple[str, ...] | None
    name: str | None
    connection_id: str | None
    connection_spec_id: str | None
    flow_spec_id: str | None
    is_enabled: bool | None
    last_runs: Collection[str]

    @classmethod
    def from_params(cls, params: Params) -> Query:
        """Read the options of a task.

        Raises InputError.
        """
        ids = params["ids"] if params["id"] is None else None
        return cls(
            ids=(check_id(params["id"], "id"),) if params["id"] is not None else ids and check_ids(ids, "ids"),
            name=None if params["name"] is None else check_name(params["name"], "name"),
            connection_id=_optional_id(params, "connection_id"),
            connection_spec_id=_optional_id(params, "connection_spec_id"),
            flow_spec_id=_optional_id(params, "flow_spec_id"),
            is_enabled=params["enabled"],
            last_runs=params["last_run"],
        )

    @property
    def filters(self) -> list[str]:
        """The filters that the service applies. What it answers is compared again."""
        name = self.name if self.name is not None and _PLAIN_VALUE.fullmatch(self.name) else None
        account = "inheritedAttributes.sourceConnections[].baseConnection.id"
        only_id = self.ids[0] if self.ids is not None and len(self.ids) == 1 else None
        values = {"id": only_id, "name": name, "flowSpec.id": self.flow_spec_id, account: self.connection_id}
        return [f"{path}=={value}" for path, value in values.items() if value is not None]

    def fits(self, dataflow: Mapping[str, JSON]) -> bool:
        """Return whether a dataflow, as it is returned, is one of those to look up."""
        return (
            (self.ids is None or has_id(list(self.ids), str(dataflow["id"])))
            and (self.name is None or dataflow["name"] == self.name)
            and all(
                wanted is None or is_same_id(dataflow[key], wanted)
                for key, wanted in (
                    ("connection_id", self.connection_id),
                    ("connection_spec_id", self.connection_spec_id),
                    ("flow_spec_id", self.flow_spec_id),
                )
            )
            and (self.is_enabled is None or dataflow["enabled"] == self.is_enabled)
            and (not self.last_runs or mapping_of(dataflow["last_run"]).get("status", NO_RUN) in self.last_runs)
        )


def dataflow_info_operation() -> Operation[Query]:
    """Look dataflows up: the operation of ``dataflow_info``."""

    def perform(service: Service, query: Query, _check_mode: bool) -> Result:
        found = list(look_up_dataflows(service, query))
        return {"changed": False, "dataflows": found, "count": len(found)}

    return Operation(
        argument_spec={
            **connection_options(),
            "id": {"type": "str"},
            "ids": {"type": "list", "elements": "str"},
            "name": {"type": "str"},
            "connection_id": {"type": "str"},
            "connection_spec_id": {"type": "str"},
            "flow_spec_id": {"type": "str"},
            "enabled": {"type": "bool"},
            "last_run": {"type": "list", "elements": "str", "choices": _LAST_RUNS, "default": []},
        },
        read=Query.from_params,
        perform=perform,
        is_read_only=True,
        mutually_exclusive=(("id", "ids"),),
    )


def look_up_dataflows(service: Service, query: Query) -> Iterator[JSONObject]:
    """Return the dataflows that fit a query, in the service's order. Drafts are none yet, and are left out.

    Raises FlowServiceError.
    """
    if query.ids is not None and not query.ids:
        return
    for live in service.collection(FLOW).listing(query.filters):
        if live.spec.get("state") not in FLOW.hidden_states:
            dataflow = as_dataflow(live)
            if query.fits(dataflow):
                yield dataflow


def as_dataflow(flow: LiveSpec) -> JSONObject:
    """Return what a listing says of a dataflow."""
    spec = flow.spec
    inherited = mapping_of(spec.get("inheritedAttributes"))
    source = mapping_of(_first(inherited.get("sourceConnections")))
    return {
        "id": flow.id,
        "name": spec.get("name"),
        "enabled": spec.get("state") == "enabled",
        "state": spec.get("state"),
        "source_connection_id": _first(spec.get("sourceConnectionIds")),
        "target_connection_id": _first(spec.get("targetConnectionIds")),
        "connection_id": mapping_of(source.get("baseConnection")).get("id"),
        "connection_spec_id": mapping_of(source.get("connectionSpec")).get("id"),
        "flow_spec_id": mapping_of(spec.get("flowSpec")).get("id"),
        "last_run": _last_run(mapping_of(spec.get("lastRunDetails"))),
        "flow": spec,
    }


def _last_run(details: Mapping[str, JSON]) -> JSONObject | None:
    if not details:
        return None
    started, ended = details.get("startedAtUTC"), details.get("completedAtUTC")
    return {
        "id": details.get("id"),
        "status": fold_status(details.get("state")),
        "started_at": as_time(started if isinstance(started, int) else None),
        "completed_at": as_time(ended if isinstance(ended, int) else None),
    }


def _first(value: JSON) -> JSON:
    return value[0] if isinstance(value, list) and value else None


def _optional_id(params: Params, option: str) -> str | None:
    return None if params[option] is None else check_id(params[option], option)
