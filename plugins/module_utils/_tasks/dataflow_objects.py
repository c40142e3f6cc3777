# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The three objects of a dataflow on the service: create each of them once, see it, switch it, and delete it."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import (
    Collection,
    LiveSpec,
    Service,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.create import create
from ansible_collections.aep.flow_service.plugins.module_utils._engine.delete import delete_object
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Candidate, ambiguous
from ansible_collections.aep.flow_service.plugins.module_utils._engine.wait import (
    WaitTimeoutError,
    poll,
    read,
    read_settled,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.write import lost_write, normalised_warnings
from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import (
    ServiceError,
    is_transient,
    short_code,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import ABSENT, Change, value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, items_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import (
    DATA_LAKE,
    DELETING,
    FLOW,
    SOURCE_CONNECTION,
    TARGET_CONNECTION,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import has_id, is_same_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_bodies import (
    plan_stored_flow,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_plan import (
    DISABLED,
    ENABLED,
    Trio,
    plan_part,
)

ID_LISTS: t.Final = {SOURCE_CONNECTION: "sourceConnectionIds", TARGET_CONNECTION: "targetConnectionIds"}
"""The field of a flow that names its connection of a kind."""
_OPERATIONS: t.Final = {ENABLED: "enable", DISABLED: "disable"}
# What the service answers for an object that another one needs, and for a state that does not allow a deletion.
_IN_USE: t.Final = ("1418", "1447")
_WRONG_STATE: t.Final = "1458"
_START_TIME_HAS_PASSED: t.Final = "1360"


class LivePair(t.NamedTuple):
    """The two connections of a flow; None for one that does not exist."""

    source: LiveSpec | None
    target: LiveSpec | None


class Objects:
    """The flows, source connections, and target connections of one task."""

    def __init__(self, service: Service, wait_timeout: float) -> None:
        self.flows = service.collection(FLOW)
        self.sources = service.collection(SOURCE_CONNECTION)
        self.targets = service.collection(TARGET_CONNECTION)
        self.wait_timeout = wait_timeout
        self.warnings: list[str] = []

    def _of(self, kind: Kind) -> Collection:
        return self.sources if kind is SOURCE_CONNECTION else self.targets

    # Reading.

    def pair(self, flow: LiveSpec) -> LivePair:
        """Read the connections of a flow."""
        return LivePair(self._end(flow, SOURCE_CONNECTION), self._end(flow, TARGET_CONNECTION))

    def _end(self, flow: LiveSpec, kind: Kind) -> LiveSpec | None:
        ids = flow.spec.get(ID_LISTS[kind])
        return self._of(kind).get(ids[0]) if isinstance(ids, list) and ids and isinstance(ids[0], str) else None

    def users(self, connection: LiveSpec, kind: Kind) -> list[LiveSpec]:
        """Return the flows of a connection."""
        field = ID_LISTS[kind]
        found = self.flows.listing([f"{field}[]=={connection.id}"])
        return [flow for flow in found if has_id(flow.spec.get(field), connection.id)]

    def unused(self, kind: Kind, names: Sequence[str], filters: Sequence[str] = ()) -> list[LiveSpec]:
        """Return the connections of these names that belong to no flow, the newest first."""
        found = [
            live
            for live in self._of(kind).listing(filters)
            if live.spec.get("name") in names and live.spec.get("state") not in (*kind.hidden_states, DELETING)
        ]
        free = [live for live in found if not self.users(live, kind)]
        return sorted(free, key=lambda live: _created_at(live.spec), reverse=True)

    # Creating.

    def create_connection(self, kind: Kind, body: Spec) -> LiveSpec:
        """Create a connection, or adopt one that is just so and belongs to no flow: that of a task that was cut off."""
        collection = self._of(kind)
        filters = _filters(kind, body)
        free = self.unused(kind, [str(body["name"])], filters)
        equal = [live for live in free if not plan_part(kind, live.spec, body).changes]
        if equal:
            return equal[0]
        if free:
            self.warnings.append(
                f"{kind.label(free[0].spec)} belongs to no flow and differs from the definition, so it is not used."
                f" To stop this warning, delete it, or set another name."
            )
        known = {live.id for live in free}

        def find() -> LiveSpec | None:
            new = [live for live in self.unused(kind, [str(body["name"])], filters) if live.id not in known]
            for other in new[1:]:
                self.warnings.append(
                    f"{kind.label(other.spec)} was created in vain, because the service did not answer the request."
                    " It belongs to no flow. To stop this warning, delete it."
                )
            return new[0] if new else None

        live, _is_adopted = create(collection, body, find)
        return self._verified(collection, live, lambda stored: plan_part(kind, stored, body).changes)

    def create_flow(self, body: Spec, fallback: Spec) -> LiveSpec:
        """Create a flow. The body ``fallback`` is sent where the service rejects a start time that has passed."""
        ids = {field: str(items_of(body[field])[0]) for field in ID_LISTS.values()}

        def find() -> LiveSpec | None:
            found = [
                live
                for live in self.flows.find(name=str(body["name"]))
                if all(has_id(live.spec.get(field), ids[field]) for field in ID_LISTS.values())
            ]
            if len(found) > 1:
                raise ambiguous(FLOW, f"name {body['name']!r}", [Candidate.of_spec(FLOW, live.spec) for live in found])
            return found[0] if found else None

        try:
            live, _is_adopted = create(self.flows, body, find)
        except ServiceError as error:
            if not _has_code(error, _START_TIME_HAS_PASSED) or body == fallback:
                raise
            self.warnings.append(
                f"The service does not accept the start time of the new {FLOW.label(body)}, which has passed. The flow"
                " starts in a minute. To stop this warning, remove schedule.start_time, or set a time in the future."
            )
            live, _is_adopted = create(self.flows, fallback, find)
        return self._verified(self.flows, live, lambda stored: plan_stored_flow(stored, body))

    def _verified(
        self, collection: Collection, live: LiveSpec, differences: Callable[[Spec], list[Change]]
    ) -> LiveSpec:
        """Read a new object until it is there, and compare it with what was sent."""
        stored = poll(lambda: collection.get(live.id), self.wait_timeout)
        if stored is None:
            raise WaitTimeoutError(
                f"Could not read the new {collection.kind.noun} {live.id}: the service accepted it, and does not show"
                f" it after {self.wait_timeout:g} s. Next step: run again. The task adopts it.",
                id=live.id,
            )
        made = differences(stored.spec)
        lost = [change for change in made if change.before is ABSENT or change.before is None]
        if lost:
            raise lost_write(collection, stored, lost)
        self.warnings += normalised_warnings(collection, stored, made)
        return stored

    # States.

    def see_enabled(self, flow: LiveSpec) -> LiveSpec:
        """Wait until a new flow is enabled.

        Raises FlowServiceError where it ends up in another state, or does not get there in time.
        """
        live = flow
        if live.spec.get("state") in FLOW.busy_states:
            live = read_settled(self.flows, flow, self.wait_timeout)
        state = live.spec.get("state", ENABLED)
        if state in (ENABLED, DISABLED):
            return live
        errors = value_at(live.spec, ("lastOperation", "status", "errors"))
        raise FlowServiceError(
            f"Could not enable {FLOW.label(live.spec)}: its state is {state}"
            f"{f', and the service reports {errors}' if isinstance(errors, list) and errors else ''}. Next step:"
            " correct what the service reports, then run again.",
            id=live.id,
        )

    def switch(self, flow: LiveSpec, state: str, can_wait: bool) -> LiveSpec:
        """Enable or disable a flow. After an action with an unknown outcome, the state is read first."""
        budget = self.flows.transport.budget()
        live = flow
        while live.spec.get("state") != state:
            try:
                self.flows.act(live.id, _OPERATIONS[state], f"{_OPERATIONS[state]} {FLOW.label(live.spec)}")
            except FlowServiceError as error:
                live = read_settled(self.flows, live, self.wait_timeout)
                if live.spec.get("state") == state:
                    break
                if not is_transient(error):
                    raise
                budget.wait(error)
                continue
            live = read(self.flows, live)
            if not can_wait:
                break
            if live.spec.get("state") in FLOW.busy_states:
                live = read_settled(self.flows, live, self.wait_timeout)
            if live.spec.get("state") != state:
                raise FlowServiceError(
                    f"Could not {_OPERATIONS[state]} {FLOW.label(live.spec)}: the service accepted the request, and the"
                    f" state is {live.spec.get('state')}. Next step: run again.",
                    id=live.id,
                )
        return live

    # Deleting.

    def delete_dataflow(self, flow: LiveSpec, pair: LivePair) -> None:
        """Delete a flow, then its connections, and see each of them gone."""
        if flow.spec.get("state") == DELETING:
            self._see_gone(self.flows, flow)
        else:
            if flow.spec.get("state") in FLOW.busy_states:
                flow = read_settled(self.flows, flow, self.wait_timeout)
            self._delete(FLOW, flow)
        self.delete_pair(pair)

    def delete_pair(self, pair: LivePair) -> None:
        """Delete the target connection and the source connection of a flow that is gone."""
        for kind, live in ((TARGET_CONNECTION, pair.target), (SOURCE_CONNECTION, pair.source)):
            if live is not None and live.spec.get("state") == DELETING:
                self._see_gone(self._of(kind), live)
            elif live is not None:
                self._delete(kind, live)

    def _delete(self, kind: Kind, live: LiveSpec) -> None:
        collection = self.flows if kind is FLOW else self._of(kind)
        try:
            delete_object(collection, live, self.wait_timeout)
        except ServiceError as error:
            if _has_code(error, _WRONG_STATE) and self._is_deleting(collection, live):
                # An earlier deletion whose answer was lost.
                self._see_gone(collection, live)
                return
            raise self._explained(kind, live, error) from None

    def _is_deleting(self, collection: Collection, live: LiveSpec) -> bool:
        found = collection.get(live.id)
        return found is None or found.spec.get("state") == DELETING

    def _see_gone(self, collection: Collection, live: LiveSpec) -> None:
        if poll(lambda: True if collection.get(live.id) is None else None, self.wait_timeout) is None:
            raise WaitTimeoutError(
                f"Could not see {collection.kind.label(live.spec)} deleted: it is still in the state {DELETING} after"
                f" {self.wait_timeout:g} s. Next step: run again later.",
                id=live.id,
            )

    def _explained(self, kind: Kind, live: LiveSpec, error: ServiceError) -> FlowServiceError:
        """Return the failure of a deletion, with what is in the way."""
        if _has_code(error, *_IN_USE) and kind is not FLOW:
            users = self.users(live, kind)
            named = ", ".join(FLOW.label(flow.spec) for flow in users) or "another object"
            return FlowServiceError(
                f"Could not delete {kind.label(live.spec)}: {named} uses it, and the service answered HTTP"
                f" {error.status}, code {error.code}. Next step: delete {named} first, then run again.",
                **error.facts,
                id=live.id,
                ids=[flow.id for flow in users],
            )
        if _has_code(error, _WRONG_STATE):
            return FlowServiceError(
                f"Could not delete {kind.label(live.spec)}: its state {live.spec.get('state')} does not allow it, and"
                f" the service answered HTTP {error.status}, code {error.code}. Next step: run again when the service"
                " has ended its work on it.",
                **error.facts,
                id=live.id,
            )
        return error


def trio(flow: LiveSpec | None, pair: LivePair) -> Trio:
    """Return a live dataflow, or what is left of one."""
    source, target = (None if live is None else live.spec for live in pair)
    return Trio({} if flow is None else flow.spec, source, target)


def _filters(kind: Kind, body: Spec) -> list[str]:
    """Return the filters for connections like a new one: no table of the API has their names."""
    if kind is TARGET_CONNECTION:
        return [f"connectionSpec.id=={DATA_LAKE}", f"params.dataSetId=={value_at(body, ('params', 'dataSetId'))}"]
    account = body.get("baseConnectionId")
    filters = [f"connectionSpec.id=={value_at(body, ('connectionSpec', 'id'))}"]
    return [*filters, f"baseConnectionId=={account}"] if account else filters


def _has_code(error: ServiceError, *codes: str) -> bool:
    return short_code(error.code).partition("-")[0] in codes


def _created_at(spec: Spec) -> float:
    value: JSON = spec.get("createdAt")
    return value if isinstance(value, (int, float)) else 0


def is_of_flow_spec(flow: LiveSpec, flow_spec_id: str | None) -> bool:
    """Return whether a flow has this flow spec, or whether it does not matter."""
    return flow_spec_id is None or is_same_id(value_at(flow.spec, ("flowSpec", "id")), flow_spec_id)
