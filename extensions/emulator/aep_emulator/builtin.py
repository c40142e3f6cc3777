# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The specs that a sandbox has from the start: the well-known flow specs, and the connection specs they name."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

Spec = dict[str, t.Any]

BATCH_PROVIDER = "0ed90a81-07f4-4586-8190-b40eccef1c5a"
STREAMING_PROVIDER = "521eee4d-8cbe-4906-bb48-fb6bd4450033"
DATA_LAKE = "c604ff05-7f1a-43c0-8e18-33bf874cb11c"
REST_STORAGE = "6499120c-0b15-42dc-936e-847ea3c24d72"
GENERIC_STREAMING = "e77fde5a-22a8-11ed-861d-0242ac120002"
CLOUD_STORAGE = "9753525b-82c7-4dce-8a9b-5ccfce2b9876"
CRM = "14518937-270c-4525-bdec-c2ba7cce3860"

_DRAFT_07 = "http://json-schema.org/draft-07/schema#"
# By the flow spec that supports them; the ids are those of Adobe's documentation, the names ours where it has none.
_SOURCES = {
    REST_STORAGE: {
        "2d46966e-4fcc-4015-9f9e-a67594e395a3": "rest-source",
        "2e8580db-6489-4726-96de-e33f5f60295f": "mailchimp-members",
    },
    GENERIC_STREAMING: {"e77fd9d2-22a8-11ed-861d-0242ac120002": "generic-streaming-source"},
    CLOUD_STORAGE: {
        "ecadc60c-7455-4d87-84dc-2a0e293d997b": "cloud-storage-one",
        "b3ba5556-48be-44b7-8b85-ff2b69b46dc4": "cloud-storage-two",
    },
    CRM: {"44c6e8ec-54e8-4813-a472-93c6cf29c3d7": "crm-source"},
}


def _permissions(name: str) -> Spec:
    def of(permission: str) -> list[Spec]:
        return [{"@type": "lowLevel", "name": name, "permissions": [permission]}]

    return {"manage": of("write"), "view": of("read")}


def _options(**more: Spec) -> Spec:
    properties: Spec = {
        "errorDiagnosticsEnabled": {
            "title": "Error diagnostics.",
            "description": "Whether a summary of sampled errors is kept.",
            "type": "boolean",
            "default": False,
        },
        "partialIngestionPercent": {
            "title": "Partial ingestion threshold.",
            "description": "The share of errors from which on a run counts as failed.",
            "type": "number",
            "exclusiveMinimum": 0,
        },
        **more,
    }
    return {"name": "OptionSpec", "spec": {"$schema": _DRAFT_07, "type": "object", "properties": properties}}


def _transformations() -> list[Spec]:
    spec = {
        "$schema": _DRAFT_07,
        "type": "object",
        "description": "How fields of the source are mapped to fields of the target.",
        "properties": {"mappingId": {"type": "string"}, "mappingVersion": {"type": "string"}},
    }
    return [{"name": "Mapping", "spec": spec}]


def _schedule() -> Spec:
    def interval(minimum: int) -> Spec:
        return {"properties": {"interval": {"minimum": minimum}}}

    spec = {
        "$schema": _DRAFT_07,
        "type": "object",
        "properties": {
            "startTime": {"description": "epoch time", "type": "integer"},
            "frequency": {"type": "string", "enum": ["once", "minute", "hour", "day", "week"]},
            "interval": {"type": "integer"},
            "backfill": {"type": "boolean", "default": True},
        },
        "required": ["startTime", "frequency"],
        "if": {"properties": {"frequency": {"const": "once"}}},
        "then": {"allOf": [{"not": {"required": ["interval"]}}, {"not": {"required": ["backfill"]}}]},
        "else": {
            "required": ["interval"],
            "if": {"properties": {"frequency": {"const": "minute"}}},
            "then": interval(15),
            "else": interval(1),
        },
    }
    return {"name": "PeriodicSchedule", "type": "Periodic", "spec": spec}


def _batch_flow_spec(spec_id: str, name: str) -> Spec:
    return {
        "id": spec_id,
        "name": name,
        "providerId": BATCH_PROVIDER,
        "version": "1.0",
        "sourceConnectionSpecIds": list(_SOURCES[spec_id]),
        "targetConnectionSpecIds": [DATA_LAKE],
        "optionSpec": _options(),
        "transformationSpecs": _transformations(),
        "scheduleSpec": _schedule(),
        "attributes": {"notification": {"category": "sources", "flowRun": {"enabled": True}}},
        "permissionsInfo": _permissions("EnterpriseSource"),
    }


def flow_specs() -> list[Spec]:
    """The built-in flow specs."""
    streaming = {
        **_batch_flow_spec(GENERIC_STREAMING, "GenericStreamingAEP"),
        "providerId": STREAMING_PROVIDER,
        "optionSpec": _options(inletUrl={"title": "Inlet Url.", "description": "Where events go.", "type": "string"}),
        "attributes": {
            "isSourceFlow": True,
            "flacValidationSupported": True,
            "frequency": "streaming",
            "uiAttributes": {"apiFeatures": {"updateSupported": True, "flowRunsSupported": True}},
        },
        "permissionsInfo": _permissions("StreamingSource"),
    }
    del streaming["scheduleSpec"]
    return [
        _batch_flow_spec(REST_STORAGE, "RestStorageToAEP"),
        streaming,
        _batch_flow_spec(CLOUD_STORAGE, "CloudStorageToAEP"),
        _batch_flow_spec(CRM, "CRMToAEP"),
    ]


def connection_specs() -> list[Spec]:
    """The connection specs that the built-in flow specs name, so that no link dangles."""
    names = {spec_id: name for sources in _SOURCES.values() for spec_id, name in sources.items()}
    return [
        {
            "id": spec_id,
            "name": name,
            "providerId": STREAMING_PROVIDER if spec_id in _SOURCES[GENERIC_STREAMING] else BATCH_PROVIDER,
            "version": "1.0",
            "attributes": {"isSource": spec_id != DATA_LAKE, "category": "built-in"},
            "permissionsInfo": _permissions("EnterpriseSource"),
        }
        for spec_id, name in {**names, DATA_LAKE: "data-lake"}.items()
    ]


class Kind(t.NamedTuple):
    """A kind of spec: what a person calls it, and the specs of it that every sandbox has."""

    noun: str
    specs: Callable[[], list[Spec]]


KINDS: dict[str, Kind] = {
    "flowSpecs": Kind("flow spec", flow_specs),
    "connectionSpecs": Kind("connection spec", connection_specs),
}
"""The kinds of spec that are served, by the segment of their path."""
