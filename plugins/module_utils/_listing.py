# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""One listing of the live specs, set against many definitions: which is for which, and what no definition names."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._compare import Change
from ansible_collections.aep.flow_service.plugins.module_utils._definitions import Definition
from ansible_collections.aep.flow_service.plugins.module_utils._ensure import EnsureSpec
from ansible_collections.aep.flow_service.plugins.module_utils._flow_service import Live, Specs
from ansible_collections.aep.flow_service.plugins.module_utils._outcome import Identity


@dataclasses.dataclass(frozen=True)
class Match:
    """A live spec that a definition may mean, and what the definition would change; the spec only if it would."""

    identity: Identity
    live: Live | None
    changes: Sequence[Change]


class Listing:
    """One listing of the live specs, gone through once; kept of it is what the definitions need."""

    def __init__(
        self, specs: Specs, definitions: Sequence[Definition], observe: Callable[[Live], None] = lambda _live: None
    ) -> None:
        """List the live specs; each is shown to ``observe`` as well."""
        self._specs = specs
        self._by_id: dict[str, list[Definition]] = collections.defaultdict(list)
        self._by_name: dict[str, list[Definition]] = collections.defaultdict(list)
        for definition in definitions:
            if definition.id is not None:
                self._by_id[definition.id].append(definition)
            if definition.name is not None:
                self._by_name[definition.name].append(definition)
        self._of_id: dict[Definition, list[Match]] = collections.defaultdict(list)
        self._of_name: dict[Definition, list[Match]] = collections.defaultdict(list)
        self._all: list[Identity] = []
        self._named: set[str] = set()
        for live in specs.listing():
            observe(live)
            self._take(live)

    def _take(self, live: Live) -> None:
        identity = Identity.of(live)
        self._all.append(identity)
        for definition in self._by_id.get(identity.id, ()):
            self._of_id[definition].append(self._match(definition, identity, live))
        for definition in self._by_name.get(identity.name or "", ()):
            if definition.id != identity.id and definition.provider_id in (None, identity.provider_id):
                self._of_name[definition].append(self._match(definition, identity, live))

    def _match(self, definition: Definition, identity: Identity, live: Live) -> Match:
        changes = EnsureSpec(self._specs, definition).plan(live.spec).changes
        return Match(identity, live if changes else None, changes)

    def matches(self, definition: Definition) -> list[Match]:
        """The live specs that a definition may mean: the one of its id, or else those of its name."""
        found = self._of_id.get(definition) or self._of_name.get(definition, [])
        self._named.update(match.identity.id for match in found)
        return found

    def unnamed(self) -> list[Identity]:
        """The live specs that were no match for any definition, by name."""
        unnamed = (identity for identity in self._all if identity.id not in self._named)
        return sorted(unnamed, key=lambda identity: (identity.name or "", identity.id))
