# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Find live specs: by ID, by name, or by a query."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection, LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import Definition
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Candidate, ambiguous, missing_paths
from ansible_collections.aep.flow_service.plugins.module_utils._errors import NotFoundError
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import has_id, is_same_id, is_uuid
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import SOURCES, Kind, Spec


def named(specs: Collection, name: str, provider_id: str | None = None) -> LiveSpec | None:
    """Return the live spec of a name, and of a provider if one is given.

    Raises FlowServiceError where several live specs fit.
    """
    found = [
        live
        for live in specs.find(name=name)
        if provider_id is None or is_same_id(live.spec.get("providerId"), provider_id)
    ]
    if len(found) > 1:
        candidates = [Candidate.of_spec(specs.kind, live.spec) for live in found]
        raise ambiguous(specs.kind, f"name {name!r}", candidates)
    return found[0] if found else None


def unknown_id(specs: Collection, definition: Definition) -> NotFoundError:
    """Return the failure for an ID that no live spec has."""
    missing = missing_paths(definition.fields, definition.match_on) if not definition.id_is_given else []
    more = f" The definition has no value at {', '.join(missing)}, which match_on names." if missing else ""
    return NotFoundError(
        f"Could not find the {specs.kind.noun} with ID {definition.id}: sandbox {specs.settings.sandbox_name} has no"
        f" such {specs.kind.noun}, and the service does not accept an ID for a new one.{more} No changes were made."
        " Next step: check id and sandbox_name, or set name instead of id."
    )


@dataclasses.dataclass(frozen=True)
class Query:
    """Which specs to look up; what is not given does not narrow the search."""

    ids: tuple[str, ...] | None
    name: str | None
    provider_id: str | None
    properties: tuple[str, ...]
    connection_spec_id: str | None


def look_up(specs: Collection, query: Query) -> list[JSON]:
    """Return the live specs that match a query, in the order of the service.

    Raises FlowServiceError.
    """
    if query.ids is not None and not query.ids:
        found: list[LiveSpec] = []
    elif query.ids is not None and len(query.ids) == 1 and not query.properties:
        live = specs.get(query.ids[0])
        found = [live] if live else []
    else:
        found = specs.find(name=query.name, ids=query.ids or (), properties=query.properties)
    return [
        live.spec
        for live in found
        if (query.name is None or live.spec.get("name") == query.name)
        and (query.provider_id is None or is_same_id(live.spec.get("providerId"), query.provider_id))
        and (query.connection_spec_id is None or has_id(live.spec.get(SOURCES), query.connection_spec_id))
    ]


def look_up_one(specs: Collection, wanted: str, provider_id: str | None) -> LiveSpec:
    """Return the live spec with this ID, or else with this name.

    Raises FlowServiceError where there is none, or where the name leaves open which one it is.
    """
    # An id costs one small request; for what cannot be one, that is not spent.
    by_id = specs.get(wanted.lower()) if is_uuid(wanted) else None
    if by_id is not None and (provider_id is None or is_same_id(by_id.spec.get("providerId"), provider_id)):
        return by_id
    found = named(specs, wanted, provider_id)
    if found is None:
        of_provider = "" if provider_id is None else f" of the provider {provider_id}"
        raise NotFoundError(
            f"Could not find the {specs.kind.noun} {wanted!r}{of_provider}: sandbox {specs.settings.sandbox_name} has"
            f" no {specs.kind.noun} with this ID or name. Next step: check the name and sandbox_name."
            f" {specs.kind.result_key}_info lists the {specs.kind.noun}s."
        )
    return found


def resolve_references(service: Service, kind: Kind, fields: Spec, targets: Iterable[Kind]) -> Spec:
    """Return the fields with the IDs of what they refer to by name, for references to objects of these kinds.

    Raises FlowServiceError where there is no such object, or where a name leaves open which one it is.
    """
    by_noun = {target.noun: target for target in targets}
    resolved = dict(fields)
    for field in kind.fields:
        value = fields.get(field.name)
        if field.refers_to in by_noun and isinstance(value, str):
            resolved[field.name] = look_up_one(service.collection(by_noun[field.refers_to]), value, None).id
    return resolved
