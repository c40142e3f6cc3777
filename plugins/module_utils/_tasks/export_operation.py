# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Export live specs to files: the operation of ``spec_export``."""

from __future__ import annotations

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import Params
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_ids, check_name
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks import options as arguments
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.export import Export, export
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result


def export_operation() -> Operation[Export]:
    """Keep live specs as files: the operation of ``spec_export``."""

    def read(params: Params) -> Export:
        return Export(
            folder=params["dest"],
            file_format=params["format"],
            kinds=tuple(kind for kind in (FLOW_SPEC, CONNECTION_SPEC) if f"{kind.result_key}s" in params["kinds"]),
            ids=check_ids(params["ids"], "ids"),
            names=tuple(check_name(name, f"names[{index}]") for index, name in enumerate(params["names"])),
            provider_id=arguments.optional_id(params, "provider_id"),
            connection_spec_id=arguments.optional_id(params, "connection_spec_id"),
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
