# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""A flow and the two connections that belong to it, declared.

Source: Adobe's published OpenAPI description of the Flow Service, and the payloads in its documentation.
"""

from __future__ import annotations

import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import parse_path
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import OWNED, Field, JsonPatch, Kind

DATA_LAKE: t.Final = "c604ff05-7f1a-43c0-8e18-33bf874cb11c"
"""The connection spec of every target connection."""
STREAMING_PROVIDER: t.Final = "521eee4d-8cbe-4906-bb48-fb6bd4450033"
"""The provider of a source connection without an account."""
REST_STORAGE: t.Final = "6499120c-0b15-42dc-936e-847ea3c24d72"
GENERIC_STREAMING: t.Final = "e77fde5a-22a8-11ed-861d-0242ac120002"
DELETING: t.Final = "delete-finalizing"

_OWNED: t.Final = OWNED | {"state", "version", "inheritedAttributes", "lastOperation", "providerRefId"}
_BUSY: t.Final = ("pending", "inProgress", "updating", "enabling", "disabling", "initializing")

FLOW: t.Final = Kind(
    noun="flow",
    collection="flows",
    fields=(
        Field("name", "str", is_required=True),
        Field("description", "str"),
        Field("flowSpec", "dict", is_required=True, immutable=True),
        Field("sourceConnectionIds", "list", "str", is_required=True, immutable=True),
        Field("targetConnectionIds", "list", "str", is_required=True, immutable=True),
        Field("transformations", "list", "dict"),
        Field("options", "dict", immutable=True),
        Field("scheduleParams", "dict"),
        Field("labels", "list", "str"),
        Field("policy", "dict"),
    ),
    sets=(("labels",),),
    writes=JsonPatch(
        whole=(("transformations", "*"), ("labels",), ("scheduleParams", "*"), ("policy",)),
    ),
    deletable=True,
    identity=(("name",), ("flowSpec", "id")),
    hidden_states=("draft",),
    busy_states=(*_BUSY, "enabled-finalizing", "disabled-finalizing"),
    owned=_OWNED | {"runs", "lastRunDetails"},
)

SOURCE_CONNECTION: t.Final = Kind(
    noun="source connection",
    collection="sourceConnections",
    fields=(
        Field("name", "str", is_required=True),
        Field("description", "str"),
        Field("baseConnectionId", "str", refers_to="connection", immutable=True),
        Field("providerId", "str", refers_to="provider", immutable=True),
        Field("connectionSpec", "dict", is_required=True, immutable=True),
        Field("data", "dict", immutable=True),
        Field("params", "dict", immutable=True),
    ),
    sets=(parse_path("params.columns"),),
    writes=JsonPatch(),
    deletable=True,
    identity=(("connectionSpec", "id"), ("baseConnectionId",), ("name",)),
    hidden_states=("draft",),
    busy_states=_BUSY,
    owned=_OWNED,
)

TARGET_CONNECTION: t.Final = Kind(
    noun="target connection",
    collection="targetConnections",
    fields=(
        Field("name", "str", is_required=True),
        Field("description", "str"),
        Field("connectionSpec", "dict", is_required=True, immutable=True),
        Field("data", "dict", immutable=True),
        Field("params", "dict", immutable=True),
    ),
    sets=(),
    writes=JsonPatch(),
    deletable=True,
    identity=(("connectionSpec", "id"), ("params", "dataSetId"), ("name",)),
    hidden_states=("draft",),
    busy_states=_BUSY,
    owned=_OWNED,
)
