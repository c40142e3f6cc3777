# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What a dataflow is given, against the schemas that its flow spec and its connection spec have for it."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path, format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, items_of, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import CONNECTION_SPEC, FLOW_SPEC, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.values import check_values

_SCHEDULE_OPTIONS: t.Final = {"startTime": "start_time"}
"""The options that are named otherwise than in the API."""


def check_flow(flow: Mapping[str, JSON], flow_spec: Spec, label: str) -> None:
    """Check the schedule, the options, and the transformations of a flow.

    Raises InputError.
    """
    check_schedule_values(flow, flow_spec, label)
    source = FLOW_SPEC.label(flow_spec)
    options = _schema_of(flow_spec.get("optionSpec"))
    check_values(options, flow.get("options"), f"use options of the {label}", source, _below("options"))
    described = {
        each.get("name"): _schema_of(each)
        for each in map(mapping_of, items_of(FLOW_SPEC.fold(flow_spec).get("transformationSpecs")))
    }
    for each in map(mapping_of, items_of(flow.get("transformations"))):
        name = each.get("name")
        check_values(
            described.get(name),
            each.get("params"),
            f"use the transformation {name!r} of the {label}",
            source,
            _below("params"),
        )


def check_schedule_values(flow: Mapping[str, JSON], flow_spec: Spec, label: str) -> None:
    """Check the schedule of a flow.

    Raises InputError.
    """
    check_values(
        _schema_of(flow_spec.get("scheduleSpec")),
        flow.get("scheduleParams"),
        f"use schedule of the {label}",
        FLOW_SPEC.label(flow_spec),
        lambda path: format_path(("schedule", *(_SCHEDULE_OPTIONS.get(step, step) for step in path))),
    )


def check_source_params(params: Mapping[str, JSON], connection_spec: Spec, label: str) -> None:
    """Check the values that a source connection is given. The caller reports what is missing.

    Raises InputError.
    """
    schema = {**mapping_of(value_at(connection_spec, ("sourceSpec", "spec"))), "required": []}
    source = CONNECTION_SPEC.label(connection_spec)
    check_values(schema, params, f"use source.params of the {label}", source, _below("source.params"))


def _schema_of(described: JSON) -> JSON:
    return mapping_of(described).get("spec")


def _below(option: str) -> Callable[[Path], str]:
    return lambda path: ".".join((option, *filter(None, (format_path(path),))))
