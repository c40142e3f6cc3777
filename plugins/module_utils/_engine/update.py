# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Update an object in the way of its kind: the only place that decides how a change is written."""

from __future__ import annotations

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection, LiveSpec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.patch import patch_object
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Planner, Updated
from ansible_collections.aep.flow_service.plugins.module_utils._engine.write import Update
from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import JsonPatch, WholePut


def update_object(collection: Collection, live: LiveSpec, plan: Planner) -> Updated:
    """Update a live object as planned, and verify that the service stores the change.

    Raises FlowServiceError.
    """
    match collection.kind.writes:
        case WholePut():
            return Update(collection, plan).run(live)
        case JsonPatch():
            return patch_object(collection, live, plan)
        case _:
            raise FlowServiceError(
                f"Could not update {collection.kind.label(live.spec)}: the service has no way to change a"
                f" {collection.kind.noun}. No changes were made. Next step: remove the fields that differ from the"
                " definition."
            )
