# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What the modules do, each as one operation: its options, and its way from parameters to a result.

An operation knows nothing of who calls it: a module of its own process, or an action in Ansible's worker process.
"""

from __future__ import annotations

import dataclasses
import io
import typing as t
from collections.abc import Callable, Iterable

from ansible.module_utils.common.yaml import HAS_YAML, yaml_dump

from ansible_collections.aep.flow_service.plugins.module_utils import _arguments as arguments
from ansible_collections.aep.flow_service.plugins.module_utils._arguments import ArgumentSpec, Connection, Params
from ansible_collections.aep.flow_service.plugins.module_utils._compare import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._definitions import Definition
from ansible_collections.aep.flow_service.plugins.module_utils._ensure import (
    Links,
    Outcome,
    Query,
    ensure_links,
    ensure_spec,
    look_up,
)
from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError, InputError
from ansible_collections.aep.flow_service.plugins.module_utils._flow_service import Service
from ansible_collections.aep.flow_service.plugins.module_utils._kinds import FLOW_SPEC, Kind, Spec

Result = dict[str, JSON]
Perform = Callable[[Service, t.Any, bool], Result]


@dataclasses.dataclass(frozen=True)
class Operation:
    """What one module does.

    ``read`` checks the parameters without a request; what it makes of them is handed to ``perform``, with the
    service and whether this is check mode.
    """

    argument_spec: ArgumentSpec
    read: Callable[[Params], t.Any]
    perform: Perform
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()


@dataclasses.dataclass
class Report:
    """How an operation ended: the values that the task returns, and what to warn of."""

    values: Result
    failed: bool = False
    warnings: list[str] = dataclasses.field(default_factory=list)
    secrets: set[str] = dataclasses.field(default_factory=set)
    """What Ansible is to censor in whatever is returned."""


def execute(operation: Operation, params: Params, check_mode: bool) -> Report:
    """Carry out an operation with checked parameters; a failure becomes a report as well."""
    secrets: set[str] = set()
    try:
        connection = Connection.from_params(params)
        secrets.update(connection.secrets)
        task = operation.read(params)
        with Service(connection) as service:
            try:
                values = operation.perform(service, task, check_mode)
            except FlowServiceError as error:
                account = service.transport.account
                error.add(api=account.as_result(), changed=account.writes > 0)
                raise
            finally:
                secrets.update(service.transport.redact.secrets)
        warnings = values.pop("warnings", [])
        return Report({**values, "api": service.transport.account.as_result()}, warnings=warnings, secrets=secrets)
    except FlowServiceError as error:
        return Report({"changed": False, **error.facts, "msg": error.message}, failed=True, secrets=secrets)


def ensure_operation(kind: Kind) -> Operation:
    """Create or update one spec: the operation of ``flow_spec`` and ``connection_spec``."""

    def read(params: Params) -> Definition:
        if params["state"] == "absent":
            raise InputError(
                f"state=absent: the Flow Service has no way to delete a {kind.noun}, so this module cannot either."
                " Nothing was written."
            )
        return Definition.from_params(kind, params)

    def perform(service: Service, definition: Definition, check_mode: bool) -> Result:
        return _writer_result(ensure_spec(service.specs(kind), definition, check_mode))

    return Operation(
        argument_spec={
            **arguments.connection_options(),
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "id": {"type": "str"},
            **arguments.field_options(kind),
            **arguments.definition_options(),
        },
        read=read,
        perform=perform,
        mutually_exclusive=(("definition", "src"),),
        required_one_of=(("id", "name", "definition", "src"),),
    )


def link_operation() -> Operation:
    """Link connection specs to a flow spec: the operation of ``flow_spec_source_link``."""

    def read(params: Params) -> Links:
        flow_spec_id, flow_spec_name = params["flow_spec_id"], params["flow_spec_name"]
        return Links(
            flow_spec_id=None if flow_spec_id is None else arguments.checked_id(flow_spec_id, "flow_spec_id"),
            flow_spec_name=None if flow_spec_name is None else arguments.checked_name(flow_spec_name, "flow_spec_name"),
            connection_spec_ids=_checked_ids(params["connection_spec_ids"], "connection_spec_ids"),
            present=params["state"] == "present",
            check_connection_specs=params["check_connection_specs"],
        )

    def perform(service: Service, links: Links, check_mode: bool) -> Result:
        return _writer_result(ensure_links(service, links, check_mode))

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
        },
        read=read,
        perform=perform,
        mutually_exclusive=(("flow_spec_id", "flow_spec_name"),),
        required_one_of=(("flow_spec_id", "flow_spec_name"),),
    )


def info_operation(kind: Kind) -> Operation:
    """Look specs up: the operation of ``flow_spec_info`` and ``connection_spec_info``."""
    of_flow_specs: ArgumentSpec = {"connection_spec_id": {"type": "str"}} if kind is FLOW_SPEC else {}

    def read(params: Params) -> Query:
        ids = params["ids"] if params["id"] is None else [params["id"]]
        source = params.get("connection_spec_id")
        return Query(
            ids=None if ids is None else _checked_ids(ids, "ids" if params["id"] is None else "id"),
            name=None if params["name"] is None else arguments.checked_name(params["name"], "name"),
            provider_id=params["provider_id"],
            properties=tuple(params["properties"]),
            connection_spec_id=None if source is None else arguments.checked_id(source, "connection_spec_id"),
        )

    def perform(service: Service, query: Query, _check_mode: bool) -> Result:
        found = look_up(service.specs(kind), query)
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
        mutually_exclusive=(("id", "ids"),),
    )


def _checked_ids(values: Iterable[str], option: str) -> tuple[str, ...]:
    return tuple(arguments.checked_id(value, option) for value in values)


def _writer_result(outcome: Outcome) -> Result:
    return {
        "changed": bool(outcome.plan.changes),
        "id": outcome.spec.get("id"),
        outcome.kind.result_key: outcome.spec,
        "changes": [change.as_result() for change in outcome.plan.changes],
        "diff": {
            "before": _shown(outcome.before, outcome.managed),
            "after": _shown(outcome.plan.spec, outcome.managed),
        },
        "previous": outcome.previous,
        "warnings": outcome.warnings,
    }


def _shown(spec: Spec | None, fields: Iterable[str]) -> str:
    """The managed fields as YAML, for a person to read."""
    shown = {name: spec[name] for name in fields if name in spec} if spec else {}
    if not shown or not HAS_YAML:
        return ""
    text = io.StringIO()
    yaml_dump(shown, stream=text, sort_keys=True, default_flow_style=False, allow_unicode=True, width=110)
    return text.getvalue()
