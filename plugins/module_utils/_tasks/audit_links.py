# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The links of a sandbox: which flow specs support which connection specs, and what is wrong with that."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from ansible_collections.aep.flow_service.plugins.module_utils._engine.approval import digest_of
from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Identity
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import texts_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import id_key, is_same_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
    SOURCES,
    TARGETS,
    Kind,
    Spec,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_findings import Finding, count, finding_of
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_result import LinksResult

# How the type of a connection spec begins that is a source of the Sources SDK.
_SOURCE_TYPES: t.Final = ("generic-rest", "generic-streaming")


class Links:
    """Which flow specs support which connection specs, gathered from what is listed of both."""

    def __init__(self) -> None:
        self._flow_specs: list[tuple[Identity, list[str], list[str]]] = []
        self._connection_specs: dict[str, Identity] = {}
        self._digests: dict[str, str] = {}
        self._supported: set[str] = set()
        self._sources: set[str] = set()
        self._may_be_sources: set[str] = set()
        self._managed: set[str] = set()

    def observer(self, kind: Kind) -> t.Callable[[LiveSpec], None]:
        """Return the function that receives every live spec of a kind."""
        return self._see_flow_spec if kind is FLOW_SPEC else self._see_connection_spec

    def manage(self, kind: Kind, spec_id: str) -> None:
        """Take it that a definition is for this spec."""
        if kind is CONNECTION_SPEC:
            self._managed.add(id_key(spec_id))

    def _see_flow_spec(self, live: LiveSpec) -> None:
        self._supported.update(map(id_key, texts_of(live.spec.get(SOURCES))))
        self._flow_specs.append(
            (Identity.of_spec(live.spec), texts_of(live.spec.get(SOURCES)), texts_of(live.spec.get(TARGETS)))
        )

    def _see_connection_spec(self, live: LiveSpec) -> None:
        key = id_key(live.id)
        self._connection_specs[key] = Identity.of_spec(live.spec)
        # Flow specs are listed before connection specs. Nothing is found of what one of them supports.
        if key not in self._supported:
            self._digests[key] = digest_of(CONNECTION_SPEC, live.spec)
        says = _says_source(live.spec)
        if says:
            self._sources.add(key)
        elif says is None:
            self._may_be_sources.add(key)

    def findings(self) -> Iterator[Finding]:
        """Return the links to missing connection specs, and the sources without a link."""
        targets = set[str]()
        for identity, sources, targeted in self._flow_specs:
            targets.update(map(id_key, targeted))
            dangling = [one for one in dict.fromkeys(sources) if id_key(one) not in self._connection_specs]
            if dangling:
                message = f"It supports {count(len(dangling), 'id')} that no connection spec has."
                yield finding_of(identity, "dangling", FLOW_SPEC, message, dangling)
        # A connection spec without isSource is a source if it has a definition and is the target of no flow spec.
        sources_here = self._sources | (self._may_be_sources & self._managed - targets)
        for key, identity in self._connection_specs.items():
            if key in sources_here and key not in self._supported:
                message = "It is a source, and no flow spec supports it: no dataflow can be made for it."
                yield finding_of(identity, "unlinked", CONNECTION_SPEC, message, digest=self._digests[key])

    def sources_of(self, flow_spec_id: str) -> set[str] | None:
        """Return the keys of the sources that a flow spec supports; None where no flow spec has the ID."""
        found = [sources for identity, sources, _targets in self._flow_specs if is_same_id(identity.id, flow_spec_id)]
        return set(map(id_key, found[0])) if found else None

    def as_result(self) -> list[LinksResult]:
        """Return each flow spec that supports sources, with their names, for a report."""
        names = {key: identity.name for key, identity in self._connection_specs.items()}
        return [
            {
                "id": identity.id,
                "name": identity.name,
                "sources": [{"id": one, "name": names.get(id_key(one))} for one in dict.fromkeys(sources)],
            }
            for identity, sources, _targets in sorted(self._flow_specs, key=lambda one: (one[0].name or "", one[0].id))
            if sources
        ]


def _says_source(spec: Spec) -> bool | None:
    """Return whether a connection spec states that it is a source; None if it states nothing."""
    attributes = spec.get("attributes")
    said = attributes.get("isSource") if isinstance(attributes, dict) else None
    if isinstance(said, bool):
        return said
    return True if str(spec.get("type") or "").startswith(_SOURCE_TYPES) or spec.get("sourceSpec") else None
