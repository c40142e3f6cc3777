# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a dataflow needs, stored in a lab past the service: sources, an account, and mapping sets."""

from __future__ import annotations

import typing as t
import uuid

from lab.plays import GENERIC_STREAMING, REST_STORAGE, Lab, Spec

DATA_LAKE = "c604ff05-7f1a-43c0-8e18-33bf874cb11c"
STREAMING_PROVIDER = "521eee4d-8cbe-4906-bb48-fb6bd4450033"
# The dataset and the schema that each sandbox of the emulator has.
DATASET = "5e8e0a1bf2d5b718f4cc0001"
SCHEMA = "https://ns.adobe.com/emulator/schemas/customers"
FULL = "application/vnd.adobe.xed-full+json;version=1"
FIRST_LIST, OTHER_LIST = "10c097ca71", "57afe96172"
KINDS = ("flows", "sourceConnections", "targetConnections")


class World:
    """A batch source with an account, a streaming source, and two mapping sets."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        # No run starts by itself, so that nothing but the test changes a flow.
        lab.switch(run_outcome="never")
        required = {"sourceSpec": {"spec": {"properties": {"listId": {}}, "required": ["listId"]}}}
        self.source = lab.source("acme", REST_STORAGE, type="generic-rest", **required)
        self.streaming_source = lab.source(
            "acme-visits", GENERIC_STREAMING, type="generic-streaming", providerId=STREAMING_PROVIDER
        )
        self.account = self.add_account("acme-account")
        self.mapping, self.other_mapping = self.add_mapping(), self.add_mapping()

    def add_account(self, name: str, **more: t.Any) -> str:
        """Store an account of the batch source; returns its ID."""
        return self.put("connections", name=name, connectionSpec={"id": self.source, "version": "1.0"}, **more)

    def add_mapping(self) -> str:
        """Store a mapping set; returns its ID."""
        mapping_id = uuid.uuid4().hex
        return self.put("mappingSets", id=mapping_id, version=0, xdmSchema=SCHEMA, mappings=[])

    def put(self, kind: str, **content: t.Any) -> str:
        """Store an object; returns its ID."""
        object_id = content.setdefault("id", str(uuid.uuid4()))
        etag = f'"{uuid.uuid4()}"'
        stamps = {"createdAt": 1, "updatedAt": 1, "state": "enabled", "etag": etag, "version": etag}
        self.lab.put_state(kind, object_id, {**stamps, **content})
        return t.cast(str, object_id)

    def orders(self, **more: t.Any) -> Spec:
        """The options of a dataflow of the batch source."""
        return {
            "name": "orders",
            "connection_id": self.account,
            "source": {"params": {"listId": FIRST_LIST}},
            "target": {"dataset_id": DATASET},
            "mapping": {"id": self.mapping},
            "schedule": {"frequency": "minute", "interval": 15},
            **more,
        }

    def visits(self, **more: t.Any) -> Spec:
        """The options of a dataflow of the streaming source."""
        return {
            "name": "visits",
            "connection_spec_id": self.streaming_source,
            "target": {"dataset_id": DATASET},
            "mapping": {"id": self.mapping},
            **more,
        }


def objects(lab: Lab) -> dict[str, list[str]]:
    """The IDs of the flows and connections that are stored, by their kinds."""
    return {kind: [spec["id"] for spec in lab.state(kind)] for kind in KINDS}


def only(lab: Lab, kind: str) -> Spec:
    """The only stored object of a kind."""
    (found,) = lab.state(kind)
    return found


def mapping_of(mapping_id: str, version: int = 0) -> Spec:
    """The transformation of a flow that names a mapping set."""
    return {"name": "Mapping", "params": {"mappingId": mapping_id, "mappingVersion": version}}
