# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What the modules do, each as one operation: its options, and its way from parameters to a result.

An operation knows nothing of who calls it: a module of its own process, or an action in Ansible's worker process.
"""

from __future__ import annotations

import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    KINDS,
    Kind,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_operation import audit_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.bulk_operation import ensure_many_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.check import check_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.connection_info import connection_info_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.connections import connection_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow import dataflow_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_info import dataflow_info_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.explore import explore_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.export_operation import export_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.mapping_sets import mapping_set_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import AnyOperation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.run_info import run_info_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.run_start import run_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.spec_operations import (
    ensure_operation,
    info_operation,
    link_operation,
)


def _operations_of(kind: Kind) -> dict[str, AnyOperation]:
    """Return the operations of a kind of spec, by the names of the modules."""
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
