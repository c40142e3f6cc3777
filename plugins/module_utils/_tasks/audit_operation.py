# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Audit a sandbox: the operation of ``audit_info``."""

from __future__ import annotations

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import (
    Entry,
    read_entries,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import Params
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
    Kind,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks import options as arguments
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit import AuditTask, audit
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_definitions import read_dataflow_entries
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.finding_classes import (
    DEFAULT_FAIL_ON,
    FLAWED,
    SELECTABLE,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.rules import read_rules


def audit_operation() -> Operation[AuditTask]:
    """Set a sandbox against its definitions: the operation of ``audit_info``."""

    def read(params: Params) -> AuditTask:
        entries = [(kind, _read_entries_of(kind, params)) for kind in (FLOW_SPEC, CONNECTION_SPEC)]
        rules = read_rules(params["ignore_rules"], params["ignore_rules_src"])
        label = params["label"] or params["sandbox_name"]
        fail_on = frozenset(params["fail_on"])
        return AuditTask(
            label,
            entries,
            rules,
            fail_on,
            has_checks=params["definition_checks"] or FLAWED in fail_on,
            has_dataflows=params["dataflows"],
            dataflow_entries=read_dataflow_entries(params),
        )

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
            "definition_checks": {"type": "bool", "default": False},
            "dataflows": {"type": "bool", "default": False},
            "dataflow_definitions": {"type": "list", "elements": "dict", "default": []},
            "dataflow_definitions_src": {"type": "path"},
            "dataflow_overrides": {"type": "dict", "default": {}},
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
    return read_entries(kind, params, definitions_option=plural, src_option=f"{plural}_src")
