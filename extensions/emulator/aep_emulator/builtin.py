# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The specs of a new sandbox: the well-known flow specs, and the connection specs that they name.

``builtin.json`` has the published facts: IDs, names, sources, attributes, and authentication. Adobe publishes some
connection specs by ID and product only. These have the name of the product, or a part of the ID.
"""

from __future__ import annotations

import copy
import json
import typing as t
from collections.abc import Callable
from importlib import resources

Spec = dict[str, t.Any]

PROVIDERS = {
    "batch": "0ed90a81-07f4-4586-8190-b40eccef1c5a",
    "streaming": "521eee4d-8cbe-4906-bb48-fb6bd4450033",
}
BATCH_PROVIDER = PROVIDERS["batch"]

_DRAFT_07 = "http://json-schema.org/draft-07/schema#"
_STRING: Spec = {"type": "string"}
_DELTA_COLUMN: Spec = {
    "type": "object",
    "properties": {"name": _STRING, "dateFormat": _STRING, "timezone": _STRING},
    "required": ["name"],
}
_OPTIONS: dict[str, Spec] = {
    "errorDiagnosticsEnabled": {
        "title": "Error diagnostics.",
        "description": "Whether to store a summary of sampled errors.",
        "type": "boolean",
        "default": False,
    },
    "partialIngestionPercent": {
        "title": "Partial ingestion threshold.",
        "description": "The percentage of errors above which a run fails.",
        "type": "number",
        "exclusiveMinimum": 0,
    },
    "inletUrl": {"title": "Inlet Url.", "description": "The URL that receives events.", "type": "string"},
}


def _schema(properties: Spec, required: list[str] | None = None, description: str = "") -> Spec:
    schema: Spec = {"$schema": _DRAFT_07, "type": "object", "properties": properties}
    if description:
        schema["description"] = description
    if required:
        schema["required"] = required
    return schema


_MAPPING = "The mapping set that maps fields of the source to fields of the target."
_TRANSFORMATIONS: dict[str, Spec] = {
    "Copy": {"name": "Copy", "spec": _schema({"deltaColumn": _DELTA_COLUMN}, ["deltaColumn"])},
    "Mapping": {
        "name": "Mapping",
        "spec": _schema({"mappingId": _STRING, "mappingVersion": _STRING}, description=_MAPPING),
    },
    "Mapping without a version": {"name": "Mapping", "spec": _schema({"mappingId": _STRING}, description=_MAPPING)},
    "Encryption": {
        "name": "Encryption",
        "spec": _schema({"publicKeyId": _STRING}, description="The key pair of an encrypted source."),
    },
}


def _epoch(description: str) -> Spec:
    return {"type": "integer", "description": description}


def _minimum_interval(minimum: int) -> Spec:
    return {"properties": {"interval": {"minimum": minimum}}}


_SCHEDULE: Spec = {
    "name": "PeriodicSchedule",
    "type": "Periodic",
    "spec": {
        **_schema(
            {
                "startTime": _epoch("epoch time"),
                "frequency": {"type": "string", "enum": ["once", "minute", "hour", "day", "week"]},
                "interval": {"type": "integer"},
                "backfill": {"type": "boolean", "default": True},
            },
            ["startTime", "frequency"],
        ),
        "if": {"properties": {"frequency": {"const": "once"}}},
        "then": {"allOf": [{"not": {"required": ["interval"]}}, {"not": {"required": ["backfill"]}}]},
        "else": {
            "required": ["interval"],
            "if": {"properties": {"frequency": {"const": "minute"}}},
            "then": _minimum_interval(15),
            "else": _minimum_interval(1),
        },
    },
}
_RUN: Spec = {
    "name": "ProviderParams",
    "spec": _schema(
        {
            "startTime": _epoch("The start of the run, in epoch time."),
            "windowStartTime": _epoch("The start of the window of data, in epoch time."),
            "windowEndTime": _epoch("The end of the window of data, in epoch time."),
            "deltaColumn": {**_DELTA_COLUMN, "description": "The column that tells new rows from old ones."},
        },
        ["startTime", "windowStartTime", "windowEndTime", "deltaColumn"],
        "The parameters of a run on demand.",
    ),
}
_PERMISSIONS = {"batch": "EnterpriseSource", "streaming": "StreamingSource"}


def _permissions(name: str) -> Spec:
    def entry(permission: str) -> list[Spec]:
        return [{"@type": "lowLevel", "name": name, "permissions": [permission]}]

    return {"manage": entry("write"), "view": entry("read")}


def _facts(kind: str) -> list[Spec]:
    text = resources.files(__package__).joinpath("builtin.json").read_text(encoding="utf-8")
    return t.cast(list[Spec], json.loads(text)[kind])


def _flow_spec(facts: Spec) -> Spec:
    spec: Spec = {
        "id": facts["id"],
        "name": facts["name"],
        "providerId": PROVIDERS[facts["family"]],
        "version": "1.0",
        "sourceConnectionSpecIds": facts["sources"],
        "targetConnectionSpecIds": facts["targets"],
    }
    if "options" in facts:
        spec["optionSpec"] = {
            "name": "OptionSpec",
            "spec": _schema({name: _OPTIONS[name] for name in facts["options"]}),
        }
    spec["transformationSpecs"] = [_TRANSFORMATIONS[name] for name in facts["transformations"]]
    if facts.get("schedule"):
        spec["scheduleSpec"] = _SCHEDULE
    if facts.get("run"):
        spec["runSpec"] = _RUN
    spec["attributes"] = facts["attributes"]
    spec["permissionsInfo"] = _permissions(_PERMISSIONS[facts["family"]])
    return copy.deepcopy(spec)


def _connection_spec(facts: Spec) -> Spec:
    content = {name: value for name, value in facts.items() if name not in ("id", "name", "family", "permission")}
    spec = {
        "id": facts["id"],
        "name": facts["name"],
        "providerId": PROVIDERS[facts["family"]],
        "version": "1.0",
        **content,
    }
    if "permission" in facts:
        spec["permissionsInfo"] = _permissions(facts["permission"])
    return spec


def flow_specs() -> list[Spec]:
    """Return the built-in flow specs."""
    return [_flow_spec(facts) for facts in _facts("flowSpecs")]


def connection_specs() -> list[Spec]:
    """Return the connection specs that the built-in flow specs name, so that each link has a target."""
    return [_connection_spec(facts) for facts in _facts("connectionSpecs")]


_SCHEMA_ID = "https://ns.adobe.com/emulator/schemas/customers"
RESOURCES: dict[str, list[Spec]] = {
    "schemas": [
        {
            "id": "_emulator.schemas.customers",
            "$id": _SCHEMA_ID,
            "meta:altId": "_emulator.schemas.customers",
            "title": "Emulator customers",
            "type": "object",
            "version": "1.0",
        }
    ],
    "dataSets": [
        {
            "id": "5e8e0a1bf2d5b718f4cc0001",
            "name": "Emulator customers",
            "version": "1.0.0",
            "schemaRef": {"id": _SCHEMA_ID, "contentType": "application/vnd.adobe.xed-full+json;version=1"},
            "tags": {"adobe/pqs/table": ["emulator_customers"]},
            "classification": {"dataBehavior": "record", "managedBy": "CUSTOMER"},
        }
    ],
}
"""A schema and a dataset for first steps, by their kind."""


class Kind(t.NamedTuple):
    """A kind of spec: its noun, and the specs of it in a new sandbox."""

    noun: str
    specs: Callable[[], list[Spec]]


KINDS: dict[str, Kind] = {
    "flowSpecs": Kind("flow spec", flow_specs),
    "connectionSpecs": Kind("connection spec", connection_specs),
}
"""The kinds of spec that are served, by the segment of their path."""
