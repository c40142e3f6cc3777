# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources to verify, with all that the role verify needs, stored in a lab past the service."""

from __future__ import annotations

import typing as t

from lab.dataflows import DATASET, SCHEMA, STREAMING_PROVIDER
from lab.plays import GENERIC_STREAMING, REST_STORAGE, Lab, Spec, Task

SECRET = "s3cr3t-of-the-source"
ROW = "Ada-Lovelace-of-the-rows"
CREATED = ("connections", "sourceConnections", "targetConnections", "flows")
"""The kinds of objects that a verification creates and removes."""
AUTH = {
    "name": "Basic Authentication",
    "type": "BasicAuthentication",
    "spec": {
        "properties": {"username": {"type": "string"}, "password": {"type": "string", "format": "password"}},
        "required": ["username", "password"],
    },
}


SOURCE = {
    "attributes": {
        "urlParams": {"host": "https://api.acme.example", "path": "/lists/${listId}/members", "method": "GET"},
        "contentPath": {"path": "$.members"},
        "paginationParams": {"type": "NONE"},
        "scheduleParams": {"scheduleStartParamName": "since", "scheduleEndParamName": "until"},
    },
    "spec": {"type": "object", "properties": {"listId": {"type": "string"}}, "required": ["listId"]},
}


def batch(lab: Lab, *flow_specs: str, name: str = "acme-crm", rows: int = 3) -> dict[str, t.Any]:
    """Store a batch source; returns the variables that verify it."""
    spec_id = lab.source(
        name, *(flow_specs or (REST_STORAGE,)), type="generic-rest", authSpec=[AUTH], sourceSpec=SOURCE
    )
    lab.put_state("rows", spec_id, {"rows": [{"id": number, "name": ROW} for number in range(rows)]})
    return {
        "connection_spec": name,
        "auth_spec_name": AUTH["name"],
        "auth_params": {"username": "reader"},
        "auth_secrets": {"password": SECRET},
        "source_params": {"listId": "10c097ca71"},
        "dataset_id": DATASET,
        "schema_id": SCHEMA,
        "mappings": [{"source": "id", "destination": "_id"}],
        "wait_interval": 0.1,
        "wait_timeout": 30,
    }


def streaming(lab: Lab) -> dict[str, t.Any]:
    """Store a streaming source; returns the variables that verify it."""
    spec_id = lab.source(
        "generic-streaming", GENERIC_STREAMING, type="generic-streaming", providerId=STREAMING_PROVIDER, authSpec=[]
    )
    return {
        "connection_spec": spec_id,
        "dataset_id": DATASET,
        "schema_id": SCHEMA,
        "mappings": [{"source": "id", "destination": "_id"}],
        "record": {"id": "1", "name": ROW},
        "wait_interval": 0.1,
        "wait_timeout": 30,
    }


def role(variables: Spec) -> Task:
    """The task that verifies with these variables."""
    return {
        "name": "role",
        "ansible.builtin.include_role": {"name": "aep.flow_service.verify"},
        "vars": {f"verify_{name}": value for name, value in variables.items()},
    }


def left(lab: Lab) -> dict[str, int]:
    """What is stored that a verification creates and removes."""
    return {kind: len(found) for kind in CREATED if (found := lab.state(kind))}
