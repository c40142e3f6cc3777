# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Compare the live dataflows and accounts of a sandbox with their definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Identity
from ansible_collections.aep.flow_service.plugins.module_utils._engine.snapshot import Snapshot
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    FlowServiceError,
    InputError,
    NotFoundError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import Change
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import mapping_of, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.connections import CONNECTION
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_findings import Finding, count
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_health import DATAFLOW, Listed
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.connections import compare_account
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow import compare_dataflow
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_definitions import DataflowEntry


class DataflowAudit:
    """Sets the dataflows and accounts of a sandbox against definitions."""

    def __init__(self, snapshot: Snapshot, listed: Listed) -> None:
        self._snapshot = snapshot
        self._listed = listed
        self._managed: dict[str, set[str]] = {CONNECTION.result_key: set(), DATAFLOW: set()}

    def findings(self, entries: Sequence[DataflowEntry]) -> Iterator[Finding]:
        """Return what is found of each definition, and which live objects no definition is for."""
        for entry in entries:
            yield from self._of_entry(entry)
        for kind, specs in ((CONNECTION.result_key, self._listed.accounts), (DATAFLOW, self._listed.dataflows)):
            # A team that defines no accounts does not manage any.
            if any(entry.content.get(kind) is not None for entry in entries):
                yield from self._unmanaged(kind, specs)

    def _of_entry(self, entry: DataflowEntry) -> Iterator[Finding]:
        if entry.problem is not None:
            yield Finding("invalid", DATAFLOW, None, entry.problem.message, src=entry.src)
            return
        account_id: str | None = None

        def of_account() -> tuple[LiveSpec | None, Sequence[Change]] | None:
            nonlocal account_id
            account = entry.account()
            compared = None if account is None else compare_account(self._snapshot, account)
            account_id = compared[0].id if compared and compared[0] else None
            return compared

        def of_dataflow() -> tuple[LiveSpec | None, Sequence[Change]] | None:
            dataflow = entry.dataflow(account_id)
            return None if dataflow is None else compare_dataflow(self._snapshot, dataflow)

        for kind, compare in ((CONNECTION.result_key, of_account), (DATAFLOW, of_dataflow)):
            finding = self._of_part(entry, kind, compare)
            if finding is not None:
                yield finding

    def _of_part(
        self,
        entry: DataflowEntry,
        kind: str,
        compare: Callable[[], tuple[LiveSpec | None, Sequence[Change]] | None],
    ) -> Finding | None:
        name = text_of(mapping_of(entry.content.get(kind)).get("name"))
        try:
            compared = compare()
        except NotFoundError as error:
            # What it refers to is not live, so neither is what refers to it.
            return Finding("missing" if entry.is_present else "in_sync", kind, name, error.message, src=entry.src)
        except (InputError, FlowServiceError) as error:
            return Finding("invalid", kind, name, error.message, src=entry.src)
        if compared is None:
            return None
        live, changes = compared
        if live is None:
            finding = "missing" if entry.is_present else "in_sync"
            return Finding(finding, kind, name, f"No live {kind} is meant by the definition.", src=entry.src)
        self._managed[kind].add(live.id)
        identity = Identity.of_spec(live.spec)
        finding, message = _judge(entry, changes)
        return Finding(finding, kind, identity.name, message, identity.id, src=entry.src, changes=changes)

    def _unmanaged(self, kind: str, specs: Sequence[Spec]) -> Iterator[Finding]:
        for identity in map(Identity.of_spec, specs):
            if identity.id not in self._managed[kind]:
                message = "It is live, and no definition is for it."
                yield Finding("unmanaged", kind, identity.name, message, identity.id)


def _judge(entry: DataflowEntry, changes: Sequence[Change]) -> tuple[str, str]:
    if not entry.is_present:
        return "drifted", "It is live, and its definition has the state absent."
    if changes:
        return "drifted", f"It differs from its definition in {count(len(changes), 'place')}."
    return "in_sync", "It is as defined."
