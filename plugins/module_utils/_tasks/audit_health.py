# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The health of dataflows, from what the service lists of them: pure functions.

What no source of the service is about, such as a flow to a destination, is left out.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Identity
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, items_of, mapping_of, texts_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.connections import CONNECTION
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import (
    FLOW,
    SOURCE_CONNECTION,
    TARGET_CONNECTION,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import id_key
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.runs import FAILED, PARTLY_FAILED, fold_status
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.times import as_text
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_findings import Finding
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_links import Links

DATAFLOW: t.Final = "dataflow"
"""What a report calls a flow with its two connections."""
LISTED: t.Final = (CONNECTION, SOURCE_CONNECTION, TARGET_CONNECTION, FLOW)
"""The kinds in the order in which they are listed: whatever one that was listed is used by is listed after it."""
_SECONDS: t.Final = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_OUTCOMES: t.Final = {FAILED: "failed", PARTLY_FAILED: "failed in part"}
# So many times the interval of its schedule may pass before a dataflow counts as stale.
_PATIENCE: t.Final = 2


@dataclasses.dataclass(frozen=True)
class Listed:
    """The accounts, connections, and flows of a sandbox, without drafts but for those of flows."""

    accounts: Sequence[Spec]
    sources: Sequence[Spec]
    targets: Sequence[Spec]
    flows: Sequence[Spec]

    @classmethod
    def of_kinds(cls, listed: Mapping[Kind, Sequence[Spec]]) -> Listed:
        """Return what was listed of each kind."""
        visible = {
            kind: [spec for spec in specs if kind is FLOW or spec.get("state") not in kind.hidden_states]
            for kind, specs in listed.items()
        }
        return cls(*(visible[kind] for kind in LISTED))

    @property
    def dataflows(self) -> list[Spec]:
        """The flows that bring data in from a source. A draft is none yet, but it uses its connections."""
        return [flow for flow in self.flows if _is_of_source(flow) and flow.get("state") not in FLOW.hidden_states]


def find_health(listed: Listed, links: Links, now: float) -> Iterator[Finding]:
    """Return what is wrong with the dataflows. ``now`` is in seconds since 1970."""
    specs = {id_key(str(source["id"])): _spec_id(source) for source in listed.sources}
    for flow in listed.dataflows:
        for finding, message in (
            ("failing", _failing(flow)),
            ("stale", _stale(flow, now)),
            ("unsupported", _unsupported(flow, specs, links)),
            ("disabled", "It is disabled." if flow.get("state") == "disabled" else None),
        ):
            if message is not None:
                yield _of(finding, DATAFLOW, flow, message)
    yield from _orphaned(listed)


def _is_of_source(flow: Mapping[str, JSON]) -> bool:
    properties = mapping_of(mapping_of(flow.get("inheritedAttributes")).get("properties"))
    return properties.get("isSourceFlow") is not False


def _failing(flow: Spec) -> str | None:
    """Return how the last run of an enabled flow failed."""
    run = mapping_of(flow.get("lastRunDetails"))
    outcome = _OUTCOMES.get(fold_status(run.get("state")))
    if outcome is None or flow.get("state") != "enabled":
        return None
    ended = _seconds_of(run.get("completedAtUTC")) or _seconds_of(run.get("startedAtUTC"))
    return f"Its last run ({run.get('id')}) {outcome}{f' at {as_text(ended)}' if ended else ''}."


def _stale(flow: Spec, now: float) -> str | None:
    """Return since when an enabled flow that repeats has not run, if that is longer than its schedule allows."""
    schedule = mapping_of(flow.get("scheduleParams"))
    period = _SECONDS.get(str(schedule.get("frequency")), 0) * (_number(schedule.get("interval")) or 1)
    if not period or flow.get("state") != "enabled":
        return None
    run, operation = mapping_of(flow.get("lastRunDetails")), mapping_of(flow.get("lastOperation"))
    ran = max(_seconds_of(run.get(name)) for name in ("startedAtUTC", "completedAtUTC"))
    # A flow that was created or enabled a moment ago has had no time to run.
    is_new = operation.get("operation") in ("create", "enable")
    begun = max(
        _number(schedule.get("startTime")),
        _seconds_of(flow.get("createdAt")),
        _seconds_of(operation.get("updated")) if is_new else 0,
    )
    since = max(ran, begun)
    if now - since <= _PATIENCE * period:
        return None
    last = f"It has not run since {as_text(ran)}" if ran else f"It has not run, and started at {as_text(begun)}"
    interval = _number(schedule.get("interval")) or 1
    return f"{last}. Its schedule is every {interval} {schedule['frequency']}{'' if interval == 1 else 's'}."


def _unsupported(flow: Spec, specs: Mapping[str, str | None], links: Links) -> str | None:
    """Return that the flow spec does not list the connection spec of the source."""
    source_id = next(iter(texts_of(flow.get("sourceConnectionIds"))), "")
    inherited = items_of(mapping_of(flow.get("inheritedAttributes")).get("sourceConnections"))
    spec_id = specs.get(id_key(source_id)) or next((_spec_id(mapping_of(each)) for each in inherited), None)
    flow_spec_id = mapping_of(flow.get("flowSpec")).get("id")
    if spec_id is None or not isinstance(flow_spec_id, str):
        return None
    supported = links.sources_of(flow_spec_id)
    if supported is None:
        return f"Its flow spec {flow_spec_id} does not exist."
    if id_key(spec_id) in supported:
        return None
    return f"Its flow spec {flow_spec_id} does not list the connection spec {spec_id} of its source."


def _orphaned(listed: Listed) -> Iterator[Finding]:
    """Return the connections that no flow uses, and the accounts that no connection uses."""
    for noun, kind, connections, field in (
        ("source", SOURCE_CONNECTION, listed.sources, "sourceConnectionIds"),
        ("target", TARGET_CONNECTION, listed.targets, "targetConnectionIds"),
    ):
        used = _keys(each for flow in listed.flows for each in texts_of(flow.get(field)))
        for connection in connections:
            if id_key(str(connection["id"])) not in used:
                yield _of("orphaned", kind.result_key, connection, f"No dataflow uses this {noun} connection.")
    used = _keys(text for each in (*listed.sources, *listed.targets) for text in _account_ids(each))
    for account in listed.accounts:
        if id_key(str(account["id"])) not in used:
            yield _of("orphaned", CONNECTION.result_key, account, "No source connection uses this account.")


def _account_ids(connection: Spec) -> list[str]:
    inherited = mapping_of(mapping_of(connection.get("inheritedAttributes")).get("baseConnection"))
    return texts_of([connection.get("baseConnectionId"), inherited.get("id")])


def _keys(ids: Iterable[str]) -> set[str]:
    return set(map(id_key, ids))


def _spec_id(connection: Mapping[str, JSON]) -> str | None:
    found = mapping_of(connection.get("connectionSpec")).get("id")
    return found if isinstance(found, str) else None


def _number(value: JSON) -> int:
    """Return a whole number, which the service can hold as text; 0 for anything else."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _seconds_of(milliseconds: JSON) -> float:
    return _number(milliseconds) / 1000


def _of(finding: str, kind: str, spec: Spec, message: str) -> Finding:
    identity = Identity.of_spec(spec)
    return Finding(finding, kind, identity.name, message, identity.id)
