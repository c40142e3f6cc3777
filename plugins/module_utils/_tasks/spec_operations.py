# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The operations on single specs: create or update one, look specs up, and link sources."""

from __future__ import annotations

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import (
    Definition,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.ensure import ensure_spec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.find import Query, look_up
from ansible_collections.aep.flow_service.plugins.module_utils._engine.links import Links, ensure_links
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    InputError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import Params, texts_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id, check_ids, check_name
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    FLOW_SPEC,
    Kind,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks import options as arguments
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import ArgumentSpec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.results import writer_result


def ensure_operation(kind: Kind) -> Operation[Definition]:
    """Create or update one spec: the operation of ``flow_spec`` and ``connection_spec``."""

    def read(params: Params) -> Definition:
        if params["state"] == "absent":
            raise InputError(
                f"Could not delete the {kind.noun}: the Flow Service does not support this. No changes were made."
                " Next step: to stop its use, remove its links."
            )
        return Definition.from_params(kind, params)

    def perform(service: Service, definition: Definition, check_mode: bool) -> Result:
        outcome = ensure_spec(service.collection(kind), definition, check_mode)
        result = writer_result(outcome, service.backup)
        return {**result, "match": outcome.match, "warnings": [*definition.warnings, *texts_of(result["warnings"])]}

    return Operation(
        argument_spec={
            **arguments.connection_options(),
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "id": {"type": "str"},
            **arguments.backup_options(),
            **arguments.approval_options(),
            **arguments.field_options(kind),
            **arguments.definition_options(),
        },
        read=read,
        perform=perform,
        mutually_exclusive=(("definition", "src"),),
        required_one_of=(("id", "name", "definition", "src"),),
    )


def info_operation(kind: Kind) -> Operation[Query]:
    """Look specs up: the operation of ``flow_spec_info`` and ``connection_spec_info``."""
    of_flow_specs: ArgumentSpec = {"connection_spec_id": {"type": "str"}} if kind is FLOW_SPEC else {}

    def read(params: Params) -> Query:
        spec_id = arguments.optional_id(params, "id")
        ids = None if params["ids"] is None else check_ids(params["ids"], "ids")
        source = params.get("connection_spec_id")
        return Query(
            ids=ids if spec_id is None else (spec_id,),
            name=None if params["name"] is None else check_name(params["name"], "name"),
            provider_id=arguments.optional_id(params, "provider_id"),
            properties=tuple(params["properties"]),
            connection_spec_id=None if source is None else check_id(source, "connection_spec_id"),
        )

    def perform(service: Service, query: Query, _check_mode: bool) -> Result:
        found = look_up(service.collection(kind), query)
        return {"changed": False, f"{kind.result_key}s": found, "count": len(found)}

    return Operation(
        argument_spec={
            **arguments.connection_options(),
            "id": {"type": "str"},
            "ids": {"type": "list", "elements": "str"},
            "name": {"type": "str"},
            "provider_id": {"type": "str"},
            "properties": {"type": "list", "elements": "str", "default": []},
            **of_flow_specs,
        },
        read=read,
        perform=perform,
        is_read_only=True,
        mutually_exclusive=(("id", "ids"),),
    )


def link_operation() -> Operation[Links]:
    """Link connection specs to a flow spec: the operation of ``flow_spec_source_link``."""

    def read(params: Params) -> Links:
        flow_spec_name = params["flow_spec_name"]
        return Links(
            flow_spec_id=arguments.optional_id(params, "flow_spec_id"),
            flow_spec_name=None if flow_spec_name is None else check_name(flow_spec_name, "flow_spec_name"),
            connection_spec_ids=check_ids(params["connection_spec_ids"], "connection_spec_ids"),
            present=params["state"] == "present",
            check_connection_specs=params["check_connection_specs"],
        )

    def perform(service: Service, links: Links, check_mode: bool) -> Result:
        return writer_result(ensure_links(service, links, check_mode), service.backup)

    return Operation(
        argument_spec={
            **arguments.connection_options(),
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "flow_spec_id": {"type": "str"},
            "flow_spec_name": {"type": "str"},
            "connection_spec_ids": {
                "type": "list",
                "elements": "str",
                "required": True,
                "aliases": ["connection_spec_id"],
            },
            "check_connection_specs": {"type": "bool", "default": True},
            **arguments.backup_options(),
        },
        read=read,
        perform=perform,
        mutually_exclusive=(("flow_spec_id", "flow_spec_name"),),
        required_one_of=(("flow_spec_id", "flow_spec_name"),),
    )
