# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Patch an object whose etag protects it, and see the change kept."""

from __future__ import annotations

import random
import time
import typing as t
from collections.abc import Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection, LiveSpec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan, Planner, Updated
from ansible_collections.aep.flow_service.plugins.module_utils._engine.wait import read, read_settled
from ansible_collections.aep.flow_service.plugins.module_utils._engine.write import (
    MAX_WRITE_ATTEMPTS,
    is_conflict,
    lost_write,
    normalised_warnings,
)
from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError, LostWriteError
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import ServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import ABSENT, Change, value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.patch import patch
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import JsonPatch, Spec


def patch_object(
    collection: Collection, live: LiveSpec, plan: Planner, *, unseen: Sequence[Change] = (), wait_timeout: float = 60.0
) -> Updated:
    """Bring an object in line, starting from what was read.

    ``unseen`` holds changes that no read shows, such as those of secrets: they are sent in any case. ``wait_timeout``
    is how many seconds the service may take to carry out the change.
    Raises FlowServiceError, with the fact ``previous`` once a patch was sent.
    """
    before = live.spec
    first = plan(before)
    if not first.changes and not unseen:
        return Updated(before, first, live, [])
    strategy = t.cast(JsonPatch, collection.kind.writes)
    budget = collection.transport.budget()
    try:
        for _attempt in range(MAX_WRITE_ATTEMPTS):
            planned = plan(live.spec)
            if not planned.changes and not unseen:
                # A patch whose answer was lost, and which took effect.
                return Updated(before, first, live, [])
            operations = patch(live.spec, planned.spec, [*planned.changes, *unseen], strategy.whole)
            try:
                etag = collection.patch(live, operations, budget)
            except ServiceError as error:
                if not is_conflict(error):
                    raise
                time.sleep(random.uniform(0, min(0.1, collection.settings.settle_time)))
                live = read(collection, live)
                _check_unchanged(collection, live, first, plan(live.spec))
                continue
            live = read_settled(collection, live, wait_timeout)
            warnings = _check_stored(collection, live, before, plan(live.spec).changes, etag)
            return Updated(before, Plan(first.spec, [*first.changes, *unseen]), live, warnings)
    except FlowServiceError as error:
        error.add(id=live.id, previous=collection.kind.writable(before))
        raise
    raise LostWriteError(
        f"Could not update {collection.kind.label(live.spec)}: another client changed it before each of"
        f" {MAX_WRITE_ATTEMPTS} attempts. Next step: run again when no other client writes it.",
        id=live.id,
    )


def _check_stored(
    collection: Collection, live: LiveSpec, before: Spec, left: Sequence[Change], etag: str | None
) -> list[str]:
    """Check what still differs after a patch, whose answer had the etag.

    After another write, it is that of another client. Otherwise, a value as it was before is lost, and another one is
    the form in which the service stores it.
    """
    if left and etag is not None and live.etag is not None and live.etag != etag:
        raise _changed_by_others(collection, live, left, "Other values were updated.")
    lost = [change for change in left if change.before in (ABSENT, None, value_at(before, change.path))]
    if lost:
        raise lost_write(collection, live, lost)
    return normalised_warnings(collection, live, list(left))


def _check_unchanged(collection: Collection, live: LiveSpec, first: Plan, now: Plan) -> None:
    """Check that another client changed no managed value of an object, unless to the wanted value."""
    if not now.changes or _by_path(now) == _by_path(first):
        return
    raise _changed_by_others(collection, live, now.changes, "No changes were made.")


def _changed_by_others(
    collection: Collection, live: LiveSpec, changes: Sequence[Change], effect: str
) -> FlowServiceError:
    paths = ", ".join(format_path(change.path) for change in changes)
    who = live.spec.get("updatedBy") or live.spec.get("updatedClient")
    return FlowServiceError(
        f"Could not update {collection.kind.label(live.spec)}: {who or 'another client'} changed it at the same time,"
        f" at {paths}. {effect} Next step: decide which client manages these values, then run again.",
    )


def _by_path(plan: Plan) -> dict[tuple[str, ...], object]:
    return {change.path: (change.before, change.after) for change in plan.changes}
