# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""One listing of the live specs, set against many definitions: which is for which, and what no definition names."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection, LiveSpec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import Definition
from ansible_collections.aep.flow_service.plugins.module_utils._engine.ensure import EnsureSpec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import (
    Candidate,
    Identity,
    check_candidates,
    key_of,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import Change
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import id_key, is_same_id


@dataclasses.dataclass(frozen=True)
class Match:
    """A live spec that a definition might mean, and what the definition would change; the spec only if it would."""

    candidate: Candidate
    live: LiveSpec | None
    changes: Sequence[Change]
    changes_identity: bool
    """Whether the definition gives the spec the name, or the other values, by which it matches another one."""

    @property
    def identity(self) -> Identity:
        """The identity of the live spec."""
        return self.candidate.identity


class Listing:
    """One listing of the live specs, gone through once; kept of it is what the definitions need."""

    def __init__(
        self,
        specs: Collection,
        definitions: Sequence[Definition],
        observe: Callable[[LiveSpec], None] = lambda _live: None,
    ) -> None:
        """List the live specs; each is shown to ``observe`` as well."""
        self._specs = specs
        self._by_id: dict[str, list[Definition]] = collections.defaultdict(list)
        self._by_key: dict[tuple[Path, ...], dict[tuple[str | None, ...], list[Definition]]] = collections.defaultdict(
            lambda: collections.defaultdict(list)
        )
        for definition in definitions:
            if definition.id is not None:
                self._by_id[id_key(definition.id)].append(definition)
            if definition.matcher is not None:
                self._by_key[definition.matcher.paths][definition.matcher.key].append(definition)
        self._of_id: dict[Definition, list[Match]] = collections.defaultdict(list)
        self._of_key: dict[Definition, list[Match]] = collections.defaultdict(list)
        self._all: list[Identity] = []
        self.lookalikes: dict[str, str] = {}
        """The IDs of live specs whose names are not plain letters, and these names: they may look like another."""
        self._managed: set[str] = set()
        for live in specs.listing():
            observe(live)
            self._take(live)

    def _take(self, live: LiveSpec) -> None:
        identity = Identity.of_spec(live.spec)
        self._all.append(identity)
        if identity.name and not identity.name.isascii():
            self.lookalikes[identity.id] = identity.name
        for definition in self._by_id.get(id_key(live.id), ()):
            self._of_id[definition].append(self._match(definition, live))
        for paths, definitions in self._by_key.items():
            for definition in definitions.get(key_of(paths, live.spec), ()):
                if not is_same_id(definition.id, live.id):
                    self._of_key[definition].append(self._match(definition, live))

    def _match(self, definition: Definition, live: LiveSpec) -> Match:
        changes = EnsureSpec(self._specs, definition).plan(live.spec).changes
        matcher = definition.matcher
        return Match(
            Candidate.of_spec(self._specs.kind, live.spec),
            live if changes else None,
            changes,
            matcher is not None and not matcher.matches(live.spec),
        )

    def find(self, definition: Definition) -> Match | None:
        """Return the live spec that a definition means: the one of its ID, or else the one that it matches.

        Raises AmbiguousNameError where it leaves open which one that is.
        """
        found = self._of_id.get(definition) or self._of_key.get(definition, [])
        self._managed.update(match.identity.id for match in found)
        if definition.matcher is not None and definition not in self._of_id:
            check_candidates(definition.matcher, definition, [match.candidate for match in found])
        return found[0] if found else None

    def unmanaged(self) -> list[Identity]:
        """Return the live specs that were no match for any definition, by name."""
        unmanaged = (identity for identity in self._all if identity.id not in self._managed)
        return sorted(unmanaged, key=lambda identity: (identity.name or "", identity.id))
