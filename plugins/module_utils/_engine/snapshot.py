# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""A snapshot of a sandbox: each kind is listed once, when it is first needed, and every read is answered from that."""

from __future__ import annotations

import collections
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import (
    Collection,
    LiveSpec,
    Service,
    fits,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import id_key
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind

# How a filter for one or more names begins.
_BY_NAME: t.Final = "name=="


class Snapshot(Service):
    """A service for tasks that read many objects and write none."""

    def __init__(self, service: Service) -> None:
        # The same transport, token, and request statistics: a snapshot is the service, seen once.
        self.__dict__.update(service.__dict__)
        self._listed: dict[Kind, dict[str, LiveSpec]] = {}
        self._named: dict[Kind, dict[JSON, list[LiveSpec]]] = {}

    def collection(self, kind: Kind) -> Collection:
        """Return the objects of one kind, as they were listed."""
        return _ListedCollection(self, kind)

    def listed(self, kind: Kind) -> dict[str, LiveSpec]:
        """Return the objects of one kind by the keys of their IDs."""
        if kind not in self._listed:
            live = Collection(self, kind).listing()
            self._listed[kind] = {id_key(each.id): each for each in live}
        return self._listed[kind]

    def named(self, kind: Kind, names: Iterable[str]) -> list[LiveSpec]:
        """Return the objects of one kind that have one of the names."""
        if kind not in self._named:
            by_name = self._named[kind] = collections.defaultdict(list)
            for live in self.listed(kind).values():
                by_name[text_of(live.spec.get("name"))].append(live)
        return [live for name in names for live in self._named[kind].get(name, ())]


class _ListedCollection(Collection):
    """The objects of one kind in a snapshot."""

    def __init__(self, snapshot: Snapshot, kind: Kind) -> None:
        super().__init__(snapshot, kind)
        self._snapshot = snapshot

    def get(self, spec_id: str) -> LiveSpec | None:
        return self._snapshot.listed(self.kind).get(id_key(spec_id))

    def listing(self, filters: Sequence[str] = (), options: Mapping[str, str] | None = None) -> Iterator[LiveSpec]:
        names = next((text.removeprefix(_BY_NAME).split(",") for text in filters if text.startswith(_BY_NAME)), None)
        # Without an index, so many definitions would each go through so many objects.
        snapshot = self._snapshot
        for live in snapshot.listed(self.kind).values() if names is None else snapshot.named(self.kind, names):
            if all(fits(text, live.spec) for text in filters):
                yield live
