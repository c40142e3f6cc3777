# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Look whether what was just created has become the second of its name.

The API knows neither a lock nor a unique name: two controllers that look at the same moment both find nothing, and
both create. Nobody can prevent that, and none can be deleted; but whoever comes last sees both, if it looks.
"""

from __future__ import annotations

import time
import typing as t
from collections.abc import Collection, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._errors import AmbiguousNameError, FlowServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._flow_service import Specs
from ansible_collections.aep.flow_service.plugins.module_utils._kinds import Kind
from ansible_collections.aep.flow_service.plugins.module_utils._outcome import Identity

# How often settle_time is waited for a listing to show what was created.
_LOOKS: t.Final = (0, 1, 2, 4)


def second_ones(specs: Specs, created: Collection[Identity]) -> Mapping[Identity, FlowServiceError]:
    """The failure for each created spec that is not the only one of its name and provider, or may not be.

    Without a time to settle, the user vouches for being the only writer, and nothing is looked at.
    """
    settle_time = specs.connection.settle_time
    if not created or settle_time == 0:
        return {}
    seen: dict[tuple[str | None, str | None], list[Identity]] = {}
    for pause in _LOOKS:
        time.sleep(pause * settle_time)
        try:
            seen = _seen(specs, created)
        except FlowServiceError as error:
            return {one: _unknown(specs.kind, one, error.message) for one in created}
        if all(one in seen[one[1:]] for one in created):
            break
    failures: dict[Identity, FlowServiceError] = {}
    for one in created:
        others = [other for other in seen[one[1:]] if other != one]
        if others:
            failures[one] = _two(specs.kind, one, others)
        elif one not in seen[one[1:]]:
            failures[one] = _unknown(specs.kind, one, "The listing does not show it yet.")
    return failures


def _seen(specs: Specs, created: Collection[Identity]) -> dict[tuple[str | None, str | None], list[Identity]]:
    """The live specs that bear the name of a created one, by name and provider."""
    found: dict[tuple[str | None, str | None], list[Identity]] = {one[1:]: [] for one in created}
    names = {one.name for one in created}
    for live in specs.find(name=names.pop()) if len(names) == 1 else specs.listing():
        identity = Identity.of(live)
        if identity[1:] in found:
            found[identity[1:]].append(identity)
    return found


def _two(kind: Kind, one: Identity, others: Collection[Identity]) -> AmbiguousNameError:
    ids = [one.id, *(other.id for other in others)]
    return AmbiguousNameError(
        f"The {kind.noun} {one.name!r} was created as {one.id}, and somebody else created one of the same name at the"
        f" same time: {', '.join(ids)}. Neither can be deleted. Next step: agree on one of them, give its id from now"
        " on, and rename the other.",
        id=one.id,
        ids=ids,
    )


def _unknown(kind: Kind, one: Identity, reason: str) -> FlowServiceError:
    return FlowServiceError(
        f"The {kind.noun} {one.name!r} was created as {one.id}, but whether somebody else created one of the same name"
        f" at the same time is not known. {reason} Next step: run again; it makes nothing twice, and names both if"
        " there are two.",
        id=one.id,
    )
