# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Delete an object, and see it gone."""

from __future__ import annotations

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection, LiveSpec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.wait import WaitTimeoutError, poll


def delete_object(collection: Collection, live: LiveSpec, wait_timeout: float) -> None:
    """Delete an object, and wait at most ``wait_timeout`` seconds until it is gone. It can be gone already.

    Raises FlowServiceError if the service rejects the request, and WaitTimeoutError if the object still exists.
    """
    collection.delete(live)

    def is_gone() -> bool | None:
        return True if collection.get(live.id) is None else None

    if poll(is_gone, wait_timeout) is None:
        raise WaitTimeoutError(
            f"Could not verify that {collection.kind.label(live.spec)} is deleted: the service accepted the request,"
            f" and still returns it after {wait_timeout:g} s. Next step: run the task again. It continues from there.",
            id=live.id,
        )
