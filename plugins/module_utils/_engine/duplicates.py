# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Check for duplicates of a new object.

The API has neither locks nor unique names, and cannot delete specs:

1. Two controllers list the objects at the same time, and find none with the name.
2. Both create one.
3. The last one lists the objects again, finds both, and reports them.
"""

from __future__ import annotations

import time
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import key_of
from ansible_collections.aep.flow_service.plugins.module_utils._engine.outcome import Created
from ansible_collections.aep.flow_service.plugins.module_utils._errors import AmbiguousNameError, FlowServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind

# How often settle_time is waited for a listing to show what was created.
_LOOKS: t.Final = (0, 1, 2, 4)


def find_duplicates(specs: Collection, created: Sequence[Created]) -> Mapping[Created, FlowServiceError]:
    """Return the failure for each created spec that has a duplicate, or might have one.

    Without a time to settle, the user vouches for being the only writer, and nothing is looked at.
    """
    settle_time = specs.settings.settle_time
    if not created or settle_time == 0:
        return {}
    seen: dict[Created, list[str]] = {}
    for pause in _LOOKS:
        time.sleep(pause * settle_time)
        try:
            seen = _find_ids(specs, created)
        except FlowServiceError as error:
            return {one: _unknown(specs.kind, one, error.reason) for one in created}
        if all(one.identity.id in seen[one] for one in created):
            break
    failures: dict[Created, FlowServiceError] = {}
    for one in created:
        others = [spec_id for spec_id in seen[one] if spec_id != one.identity.id]
        if others:
            failures[one] = _duplicated(specs.kind, one, others)
        elif one.identity.id not in seen[one]:
            failures[one] = _unknown(specs.kind, one, "The service does not list it yet.")
    return failures


def _find_ids(specs: Collection, created: Sequence[Created]) -> dict[Created, list[str]]:
    """Return the IDs of the live specs that match each created one, its own included."""
    ids: dict[tuple[Path, ...], dict[tuple[str | None, ...], list[str]]] = {}
    for one in created:
        ids.setdefault(one.matcher.paths, {})[one.matcher.key] = []
    names = {one.matcher.name for one in created}
    for live in specs.find(name=names.pop()) if len(names) == 1 else specs.listing():
        for paths, found in ids.items():
            key = key_of(paths, live.spec)
            if key in found:
                found[key].append(live.id)
    return {one: ids[one.matcher.paths][one.matcher.key] for one in created}


def _duplicated(kind: Kind, one: Created, others: Sequence[str]) -> AmbiguousNameError:
    spec_id, name, _provider_id = one.identity
    ids = [spec_id, *others]
    return AmbiguousNameError(
        f"Could not create a unique {kind.noun} {name!r}: this task created {spec_id}, but another client created a"
        f" {kind.noun} with the same {one.matcher.what} at the same time ({', '.join(ids)}). The service cannot delete"
        " either one. Next step: choose one, reference it by ID, and rename the other.",
        id=spec_id,
        ids=ids,
    )


def _unknown(kind: Kind, one: Created, reason: str) -> FlowServiceError:
    spec_id, name, _provider_id = one.identity
    return FlowServiceError(
        f"Could not verify that the new {kind.noun} {name!r} is unique: this task created {spec_id}. {reason}"
        f" Next step: run the task again. It reports each {kind.noun} with the same {one.matcher.what}.",
        id=spec_id,
    )
