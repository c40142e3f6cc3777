# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resources in bulk, for tests of large sandboxes."""

from __future__ import annotations

from aep_emulator import accounts, connection_pairs
from aep_emulator.builtin import BATCH_PROVIDER
from aep_emulator.objects import stored_object
from aep_emulator.store import Content

_AMAZON_S3 = {"id": "ecadc60c-7455-4d87-84dc-2a0e293d997b", "version": "1.0"}
_CLOUD_STORAGE = {"id": "9753525b-82c7-4dce-8a9b-5ccfce2b9876", "version": "1.0"}
_DATA_LAKE = {"id": connection_pairs.DATA_LAKE, "version": "1.0"}


def _seeded_id(block: int, number: int) -> str:
    return f"5eed{block:04d}-0000-4000-8000-{number:012d}"


def specs(count: int, prefix: str) -> list[Content]:
    """Return specs with numbers in their names."""
    return [
        {
            "id": _seeded_id(0, number),
            "name": f"{prefix}-{number:05d}",
            "providerId": BATCH_PROVIDER,
            "version": "1.0",
            "attributes": {"number": number},
        }
        for number in range(count)
    ]


def flows(count: int, prefix: str) -> dict[str, list[Content]]:
    """Return flows of one account, each with a source connection and a target connection, by their kinds."""
    account = {"id": _seeded_id(1, 0), "name": f"{prefix}-account", "connectionSpec": _AMAZON_S3}
    base = {"id": account["id"], "connectionSpec": _AMAZON_S3}
    found: dict[str, list[Content]] = {
        accounts.PATH: [stored_object(account)],
        connection_pairs.SOURCES.path: [],
        connection_pairs.TARGETS.path: [],
        "flows": [],
    }
    for number in range(count):
        name = f"{prefix}-{number:05d}"
        source = {"id": _seeded_id(2, number), "connectionSpec": _AMAZON_S3}
        target = {"id": _seeded_id(3, number), "connectionSpec": _DATA_LAKE}
        found[connection_pairs.SOURCES.path].append(
            stored_object(
                {
                    **source,
                    "name": name,
                    "baseConnectionId": account["id"],
                    "data": {"format": "delimited"},
                    "inheritedAttributes": {"baseConnection": base},
                }
            )
        )
        found[connection_pairs.TARGETS.path].append(
            stored_object(
                {**target, "name": name, "data": {"format": "parquet_xdm"}, "params": {"dataSetId": "seeded"}}
            )
        )
        flow = {
            "id": _seeded_id(4, number),
            "name": name,
            "flowSpec": _CLOUD_STORAGE,
            "sourceConnectionIds": [source["id"]],
            "targetConnectionIds": [target["id"]],
            "scheduleParams": {"startTime": 1700000000, "frequency": "day", "interval": 1},
            "inheritedAttributes": {
                "properties": {"isSourceFlow": True},
                "sourceConnections": [{**source, "baseConnection": base}],
                "targetConnections": [target],
            },
        }
        found["flows"].append(stored_object(flow))
    return found
