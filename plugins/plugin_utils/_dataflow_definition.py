# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The options of the module ``dataflow`` that make a live dataflow: pure functions."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import (
    JSON,
    JSONObject,
    items_of,
    mapping_of,
    text_of,
)

_MAPPING: t.Final = "Mapping"
# Options that the service sets.
_OWNED_OPTIONS: t.Final = ("inletUrl", "isSampleDataflow")
# What only the sandbox of a dataflow has.
_OF_SANDBOX: t.Final = ("connection_id", "mapping")

Part = Mapping[str, JSON]


def dataflow_options(flow: Part, source: Part | None, target: Part | None) -> JSONObject:
    """Return the options of a flow and of its connections. Without a connection, its options are left out."""
    transformations = [mapping_of(each) for each in items_of(flow.get("transformations"))]
    mapping = next((mapping_of(each.get("params")) for each in transformations if each.get("name") == _MAPPING), None)
    schedule = mapping_of(flow.get("scheduleParams"))
    options: JSONObject = {
        "description": flow.get("description"),
        "flow_spec_id": mapping_of(flow.get("flowSpec")).get("id"),
        "labels": flow.get("labels"),
        "options": {
            name: value for name, value in mapping_of(flow.get("options")).items() if name not in _OWNED_OPTIONS
        }
        or None,
        "mapping": _without_none({"id": mapping.get("mappingId"), "version": mapping.get("mappingVersion")})
        if mapping
        else None,
        "transformations": [dict(each) for each in transformations if each.get("name") != _MAPPING] or None,
        "schedule": _without_none(
            {
                "frequency": schedule.get("frequency"),
                "interval": schedule.get("interval"),
                "backfill": schedule.get("backfill"),
            }
        )
        or None,
        **_source_options(source),
        **_target_options(target),
    }
    return _without_none(options)


def portable_definition(dataflow: Part) -> JSONObject:
    """Return the options of a dataflow, as the module returns it, without what only its sandbox has.

    These are the account, the mapping set, the dataset, and the schema.
    Raises ValueError where this is no dataflow with both connections.
    """
    flow, source, target = (
        mapping_of(dataflow.get(part)) for part in ("flow", "source_connection", "target_connection")
    )
    if not (flow and source and target):
        raise ValueError("the input has no flow, no source connection, or no target connection")
    options = {
        "name": flow.get("name"),
        **{name: value for name, value in dataflow_options(flow, source, target).items() if name not in _OF_SANDBOX},
    }
    for part in ("source", "target"):
        # The module names connections after the dataflow.
        whole = {name: value for name, value in mapping_of(options.get(part)).items() if name != "name"}
        whole.pop("dataset_id", None)
        if part == "target":
            whole = _without_schema(whole)
        options[part] = whole
    return {name: value for name, value in options.items() if value not in ({}, [])}


def _without_schema(target: JSONObject) -> JSONObject:
    data = {name: value for name, value in mapping_of(target.get("data")).items() if name != "schema"}
    return {**target, "data": data} if data else {name: value for name, value in target.items() if name != "data"}


def _source_options(source: Part | None) -> JSONObject:
    if source is None:
        return {}
    account = text_of(source.get("baseConnectionId"))
    spec_id = mapping_of(source.get("connectionSpec")).get("id")
    whole = _without_none({name: source.get(name) for name in ("name", "data", "params")})
    return {"source": whole, **({"connection_id": account} if account else {"connection_spec_id": spec_id})}


def _target_options(target: Part | None) -> JSONObject:
    if target is None:
        return {}
    dataset = mapping_of(target.get("params")).get("dataSetId")
    return {"target": _without_none({"name": target.get("name"), "dataset_id": dataset, "data": target.get("data")})}


def _without_none(values: Mapping[str, JSON]) -> JSONObject:
    return {name: value for name, value in values.items() if value is not None}
