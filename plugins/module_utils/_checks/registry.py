# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""All checks, in the order of their IDs, and which of them examine which kind of definition."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._checks import (
    authentication,
    catalog,
    flow_spec,
    fragments,
    identity,
    pagination,
    schedule,
    shape,
    source,
    values,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import Check, Problems
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import ConnectionSpec, FlowSpec
from ansible_collections.aep.flow_service.plugins.module_utils._checks.text import DUPLICATE_KEYS, UNREADABLE
from ansible_collections.aep.flow_service.plugins.module_utils._checks.values import Content
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

_OF_ALL: t.Final[tuple[Check[Content], ...]] = (
    *values.CHECKS,
    identity.identity_is_given,
    catalog.permissions_are_lists,
)
_OF_CONNECTION_SPECS: t.Final[tuple[Check[ConnectionSpec], ...]] = (
    *identity.CHECKS,
    *authentication.CHECKS,
    *source.CHECKS,
    *pagination.CHECKS,
    *schedule.CHECKS,
    *catalog.CHECKS,
    *fragments.CHECKS,
)
_KIND_FIELDS: t.Final = {
    "flow_spec": frozenset(
        {
            "sourceConnectionSpecIds",
            "targetConnectionSpecIds",
            "optionSpec",
            "scheduleSpec",
            "runSpec",
            flow_spec.TRANSFORMATIONS,
            *flow_spec.OTHER_TRANSFORMATIONS,
        }
    ),
    "connection_spec": frozenset({"authSpec", "sourceSpec", "exploreSpec", "targetSpec", "encryptionSpecs", "type"}),
}
"""The fields by which a definition is recognized."""

_ALL: t.Final[tuple[Check[t.Any], ...]] = (
    *(UNREADABLE, DUPLICATE_KEYS),
    *_OF_ALL,
    *_OF_CONNECTION_SPECS,
    *flow_spec.CHECKS,
    *shape.SHAPES,
)

CHECKS: t.Final[Mapping[str, Check[t.Any]]] = {each.id: each for each in sorted(_ALL, key=lambda each: each.id)}
"""Every check by its ID."""


def recognize_kind(content: Content) -> str | None:
    """Return the kind of a definition by its fields, or None."""
    counts = {kind: len(fields & content.keys()) for kind, fields in _KIND_FIELDS.items()}
    kind = max(counts, key=lambda name: counts[name])
    return kind if counts[kind] else None


def iterate_problems(kind: str | None, content: Mapping[str, JSON]) -> t.Iterator[tuple[Check[t.Any], Problems]]:
    """Yield each check of a kind of definition with the problems that it finds.

    The shape comes last: it reports only what no other check does.
    """
    for check in _OF_ALL:
        yield check, check.find(content)
    if kind == "connection_spec":
        connection_spec = ConnectionSpec(content)
        for connection_check in _OF_CONNECTION_SPECS:
            yield connection_check, connection_check.find(connection_spec)
        for connection_check in shape.OF_CONNECTION_SPECS:
            yield connection_check, connection_check.find(connection_spec)
    elif kind == "flow_spec":
        spec = FlowSpec(content)
        for flow_check in flow_spec.CHECKS:
            yield flow_check, flow_check.find(spec)
        for flow_check in shape.OF_FLOW_SPECS:
            yield flow_check, flow_check.find(spec)
