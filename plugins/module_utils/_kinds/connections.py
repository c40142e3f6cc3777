# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The account at a source, which the API calls a base connection, declared.

Source: Adobe's published OpenAPI description of the Flow Service, and the payloads in its documentation.
"""

from __future__ import annotations

import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    OWNED,
    Field,
    JsonPatch,
    Kind,
)

CONNECTION: t.Final = Kind(
    noun="connection",
    collection="connections",
    fields=(
        Field("name", "str", is_required=True),
        Field("description", "str", is_common=True),
        Field("connectionSpec", "dict", is_required=True, immutable=True),
        Field("auth", "dict"),
    ),
    sets=(),
    # A parameter that a patch leaves out is gone.
    writes=JsonPatch(whole=(("auth", "params"),)),
    deletable=True,
    identity=(("name",), ("connectionSpec", "id")),
    hidden_states=("draft",),
    busy_states=("initializing",),
    owned=OWNED | {"state", "version", "lastOperation", "inheritedAttributes", "providerRefId"},
)
