# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What the modules do, each as one operation: its options, and its way from parameters to a result.

An operation knows nothing of who calls it: a module of its own process, or an action in Ansible's worker process.
"""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.backup import Backup
from ansible_collections.aep.flow_service.plugins.module_utils._engine.bulk import (
    BulkResult,
    Definitions,
    EntryResult,
    ensure_many,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import (
    Definition,
    Entry,
    checked_match_on,
    read_entries,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.ensure import ensure_spec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.find import Query, look_up
from ansible_collections.aep.flow_service.plugins.module_utils._engine.links import Links, ensure_links
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    FlowServiceError,
    InputError,
    NotAttemptedError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import MOST_CONNECTIONS
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import Params, texts_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id, check_ids, check_name
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
    KINDS,
    Kind,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks import options as arguments
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit import AuditTask, audit
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_definitions import read_dataflow_entries
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.check import (
    CheckTask,
    check_options,
    perform_check,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.connection_info import connection_info_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.connections import connection_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow import dataflow_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_info import dataflow_info_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.explore import explore_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.export import Export, export
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.finding_classes import DEFAULT_FAIL_ON, SELECTABLE
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.mapping_sets import mapping_set_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.mistakes import mistake_warnings
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import AnyOperation, Operation, Result
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import ArgumentSpec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.results import writer_result
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.rules import read_rules
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.run_info import run_info_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.run_start import run_operation

# How many failed definitions a message tells of.
_TOLD: t.Final = 5


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


def ensure_many_operation(kind: Kind) -> Operation[Definitions]:
    """Create or update many specs: the operation of ``flow_specs`` and ``connection_specs``."""

    def read(params: Params) -> Definitions:
        if not 1 <= params["concurrency"] <= MOST_CONNECTIONS:
            raise InputError(
                f"Could not use concurrency: it is {params['concurrency']}, and must be between 1 and"
                f" {MOST_CONNECTIONS}. Next step: set a number in this range."
            )
        return Definitions(read_entries(kind, params), params["concurrency"], params["fail_fast"])

    def perform(service: Service, definitions: Definitions, check_mode: bool) -> Result:
        many = ensure_many(service, kind, definitions, check_mode)
        # Where nothing is written, there is time to correct them.
        mistakes = mistake_warnings(kind, definitions.entries) if check_mode else []
        return _many_result(kind, many, service.backup, service.transport.account.has_changed, mistakes)

    return Operation(
        argument_spec={
            **arguments.connection_options(),
            "definitions": {"type": "list", "elements": "dict"},
            "src": {"type": "path"},
            "ignore_paths": {"type": "list", "elements": "str", "default": []},
            "match_on": {"type": "list", "elements": "str"},
            "concurrency": {"type": "int", "default": 8},
            "fail_fast": {"type": "bool", "default": False},
            **arguments.backup_options(),
            **arguments.approval_options(),
        },
        read=read,
        perform=perform,
        required_one_of=(("definitions", "src"),),
    )


def link_operation() -> Operation[Links]:
    """Link connection specs to a flow spec: the operation of ``flow_spec_source_link``."""

    def read(params: Params) -> Links:
        flow_spec_name = params["flow_spec_name"]
        return Links(
            flow_spec_id=_optional_id(params, "flow_spec_id"),
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


def info_operation(kind: Kind) -> Operation[Query]:
    """Look specs up: the operation of ``flow_spec_info`` and ``connection_spec_info``."""
    of_flow_specs: ArgumentSpec = {"connection_spec_id": {"type": "str"}} if kind is FLOW_SPEC else {}

    def read(params: Params) -> Query:
        spec_id = _optional_id(params, "id")
        ids = None if params["ids"] is None else check_ids(params["ids"], "ids")
        source = params.get("connection_spec_id")
        return Query(
            ids=ids if spec_id is None else (spec_id,),
            name=None if params["name"] is None else check_name(params["name"], "name"),
            provider_id=_optional_id(params, "provider_id"),
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


def audit_operation() -> Operation[AuditTask]:
    """Set a sandbox against its definitions: the operation of ``audit_info``."""

    def read(params: Params) -> AuditTask:
        entries = [(kind, _read_entries_of(kind, params)) for kind in (FLOW_SPEC, CONNECTION_SPEC)]
        rules = read_rules(params["ignore_rules"], params["ignore_rules_src"])
        label = params["label"] or params["sandbox_name"]
        fail_on, dataflows = frozenset(params["fail_on"]), read_dataflow_entries(params)
        return AuditTask(label, entries, rules, fail_on, params["dataflows"], dataflows)

    def perform(service: Service, task: AuditTask, _check_mode: bool) -> Result:
        return {"changed": False, "audit": audit(service, task), "warnings": task.warnings}

    return Operation(
        argument_spec={
            **arguments.connection_options(),
            "flow_specs": {"type": "list", "elements": "dict", "default": []},
            "flow_specs_src": {"type": "path"},
            "connection_specs": {"type": "list", "elements": "dict", "default": []},
            "connection_specs_src": {"type": "path"},
            "ignore_paths": {"type": "list", "elements": "str", "default": []},
            "match_on": {"type": "list", "elements": "str"},
            "dataflows": {"type": "bool", "default": False},
            "dataflow_definitions": {"type": "list", "elements": "dict", "default": []},
            "dataflow_definitions_src": {"type": "path"},
            "ignore_rules": {"type": "list", "elements": "dict", "default": []},
            "ignore_rules_src": {"type": "path"},
            "fail_on": {
                "type": "list",
                "elements": "str",
                "choices": list(SELECTABLE),
                "default": list(DEFAULT_FAIL_ON),
            },
            "label": {"type": "str"},
        },
        read=read,
        perform=perform,
        is_read_only=True,
    )


def _read_entries_of(kind: Kind, params: Params) -> list[Entry]:
    plural = f"{kind.result_key}s"
    paths = checked_match_on(params)
    # One list is for both kinds; what names a field of one kind is for the definitions of that kind only.
    match_on = params["match_on"] if all(kind.may_have(path[0]) for path in paths) else None
    of_kind = {**params, "match_on": match_on}
    return read_entries(kind, of_kind, definitions_option=plural, src_option=f"{plural}_src")


def export_operation() -> Operation[Export]:
    """Keep live specs as files: the operation of ``spec_export``."""

    def read(params: Params) -> Export:
        return Export(
            folder=params["dest"],
            file_format=params["format"],
            kinds=tuple(kind for kind in (FLOW_SPEC, CONNECTION_SPEC) if f"{kind.result_key}s" in params["kinds"]),
            ids=check_ids(params["ids"], "ids"),
            names=tuple(check_name(name, f"names[{index}]") for index, name in enumerate(params["names"])),
            provider_id=_optional_id(params, "provider_id"),
            connection_spec_id=_optional_id(params, "connection_spec_id"),
            with_connection_specs=params["with_connection_specs"],
        )

    def perform(service: Service, task: Export, check_mode: bool) -> Result:
        files = export(service, task, check_mode)
        return {
            "changed": any(file.changed for file in files),
            "files": [file.as_result() for file in files],
            "count": len(files),
            "diff": [file.diff for file in files if file.changed],
        }

    return Operation(
        argument_spec={
            **arguments.connection_options(),
            "dest": {"type": "path", "required": True},
            "format": {"type": "str", "choices": ["yaml", "json"], "default": "yaml"},
            "kinds": {
                "type": "list",
                "elements": "str",
                "choices": ["flow_specs", "connection_specs"],
                "default": ["flow_specs", "connection_specs"],
            },
            "ids": {"type": "list", "elements": "str", "default": []},
            "names": {"type": "list", "elements": "str", "default": []},
            "provider_id": {"type": "str"},
            "connection_spec_id": {"type": "str"},
            "with_connection_specs": {"type": "bool", "default": False},
        },
        read=read,
        perform=perform,
        is_read_only=True,
    )


def check_operation() -> Operation[CheckTask]:
    """Check definitions without the service: the operation of ``definition_check``."""

    def perform(_no_service: None, task: CheckTask, _check_mode: bool) -> Result:
        return perform_check(task)

    return Operation(
        argument_spec=check_options(),
        read=CheckTask.from_params,
        perform=perform,
        is_read_only=True,
        is_offline=True,
        required_one_of=(("src", "definitions"),),
    )


def _optional_id(params: Params, option: str) -> str | None:
    return None if params[option] is None else check_id(params[option], option)


def _many_result(kind: Kind, many: BulkResult, backup: Backup, has_changed: bool, mistakes: Sequence[str]) -> Result:
    values: Result = {
        "changed": has_changed or any(result.action in ("created", "updated") for result in many.results),
        "summary": many.summary,
        "results": [_entry_result(result, backup) for result in many.results],
        "unmanaged": [identity._asdict() for identity in many.unmanaged],
        "diff": [result.diff for result in many.results if result.diff],
        "warnings": [
            *(warning for result in many.results for warning in (*result.entry.warnings, *result.warnings)),
            *mistakes,
        ],
    }
    failures = [result for result in many.results if result.failure]
    if not failures:
        return values
    told = [result for result in failures if not isinstance(result.failure, NotAttemptedError)]
    left = len(failures) - len(told)
    parts = [_failure_of(result).partition(" Next step: ") for result in told]
    reasons, steps = (
        [reason for reason, _separator, _step in parts[:_TOLD]],
        {step for _reason, _separator, step in parts},
    )
    step = (
        steps.pop() if len(steps) == 1 else "correct each definition as described in results, and run the task again."
    )
    raise FlowServiceError(
        f"Could not create or update {len(told)} of {len(many.results)} {kind.noun}s"
        + (f", and {left} were not attempted: " if left else ": ")
        + " ".join(reasons)
        + (f" And {len(told) - _TOLD} more, see results." if len(told) > _TOLD else "")
        + f" Next step: {step}",
        **values,
        **next((facts for facts in map(_traceback_of, told) if facts), {}),
    )


def _traceback_of(result: EntryResult) -> Result:
    facts = result.failure.facts if result.failure else {}
    return {name: value for name, value in facts.items() if name == "traceback"}


def _failure_of(result: EntryResult) -> str:
    """Return the message of one definition. What other definitions changed is stated for the task."""
    message = result.failure.message.replace(" No changes were made.", "") if result.failure else ""
    origin = result.entry.origin
    return message if not message or origin in message else f"{origin}: {message}"


def _entry_result(result: EntryResult, backup: Backup) -> Result:
    facts = result.failure.facts if result.failure else {}
    return {
        **{name: value for name, value in facts.items() if name != "traceback"},
        "id": result.id,
        "name": result.name,
        "src": result.entry.src,
        "action": result.action,
        "changes": result.changes,
        "previous": result.previous,
        "backup_file": backup.file_of(result.id),
        "msg": _failure_of(result),
    }


def _operations_of(kind: Kind) -> dict[str, AnyOperation]:
    """What can be done with any kind of spec, by the names of the modules."""
    name = kind.result_key
    return {
        name: ensure_operation(kind),
        f"{name}s": ensure_many_operation(kind),
        f"{name}_info": info_operation(kind),
    }


OPERATIONS: t.Final[dict[str, AnyOperation]] = {
    **{name: operation for kind in KINDS for name, operation in _operations_of(kind).items()},
    "audit_info": audit_operation(),
    "connection": connection_operation(),
    "connection_info": connection_info_operation(),
    "dataflow": dataflow_operation(),
    "dataflow_info": dataflow_info_operation(),
    "dataflow_run": run_operation(),
    "dataflow_run_info": run_info_operation(),
    "connection_explore_info": explore_operation(),
    "definition_check": check_operation(),
    "flow_spec_source_link": link_operation(),
    "mapping_set": mapping_set_operation(),
    "spec_export": export_operation(),
}
"""Each operation by the name of its module."""
