# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Create a dataflow: the two connections, then the flow. What a task that was cut off created is adopted."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec
from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError, InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import (
    SOURCE_CONNECTION,
    TARGET_CONNECTION,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_bodies import (
    new_flow,
    new_source,
    new_target,
    plan_new,
    source_name,
    start_later,
    target_name,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_find import Finder
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_objects import LivePair, Objects, trio
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_options import (
    Dataflow,
    check_new_schedule,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_plan import (
    DISABLED,
    DataflowPlan,
    References,
    Trio,
    plan_dataflow,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_references import Resolver
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_result import Decision
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_values import check_flow


@dataclasses.dataclass(frozen=True)
class Context:
    """One dataflow, and what a task works on it with."""

    wanted: Dataflow
    references: References
    objects: Objects
    resolver: Resolver
    finder: Finder
    now: float
    """The moment by which start times are judged, for the whole task."""

    def plan(self, flow: LiveSpec, pair: LivePair) -> DataflowPlan:
        """Compare a live dataflow with the definition."""
        return plan_dataflow(trio(flow, pair), self.wanted, self.references, self.now)


def decide_creation(context: Context) -> Decision:
    """Decide how to create a dataflow that does not exist.

    Raises FlowServiceError for what the service would reject, before the first write.
    """
    wanted, references = context.wanted, context.references
    _check_definition(wanted)
    name = t.cast(str, wanted.name)
    checked = context.resolver.check(references, None, t.cast(Spec, wanted.target.params)["dataSetId"])
    flow = new_flow(wanted, references, name, context.now)
    if checked.has_schedule:
        check_new_schedule(mapping_of(flow.get("scheduleParams")))
    check_flow(flow, checked.flow_spec, wanted.label)
    bodies = Trio(
        flow,
        new_source(wanted, references, checked.connection_spec_id, source_name(wanted, name)),
        new_target(wanted, checked.schema, target_name(wanted, name), wanted.is_streaming),
    )
    changes = plan_new(bodies, "startTime" in mapping_of(wanted.flow.get("scheduleParams")))
    return Decision(None, predicted(bodies, wanted.is_enabled), changes, lambda: _create(context, bodies))


def _check_definition(wanted: Dataflow) -> None:
    """Check that the definition has all that a new dataflow needs."""
    missing = [] if wanted.name is not None else ["name"]
    if not wanted.has_source:
        missing.append("connection_id, connection_name, connection_spec_id, or connection_spec_name")
    if not (wanted.target.params or {}).get("dataSetId"):
        missing.append("target.dataset_id")
    if missing:
        raise InputError(
            f"Could not create the {wanted.label}: it does not exist, and a new one needs {' and '.join(missing)}."
            f" No changes were made. Next step: set {' and '.join(missing)}, or correct name, flow spec, and"
            " sandbox_name if the dataflow exists."
        )


def _create(context: Context, bodies: Trio) -> Trio:
    flow, pair = create_objects(context, bodies, must_wait=context.wanted.is_enabled is False)
    if context.wanted.is_enabled is False:
        flow = context.objects.switch(flow, DISABLED, context.wanted.can_wait)
    return trio(flow, pair)


def create_objects(context: Context, bodies: Trio, must_wait: bool) -> tuple[LiveSpec, LivePair]:
    """Create the two connections and the flow.

    Raises FlowServiceError that names what was created before the failure.
    """
    objects = context.objects
    created: dict[str, JSON] = {}
    try:
        source = objects.create_connection(SOURCE_CONNECTION, t.cast(Spec, bodies.source))
        created["source_connection_id"] = source.id
        target = objects.create_connection(TARGET_CONNECTION, t.cast(Spec, bodies.target))
        created["target_connection_id"] = target.id
        body = {**bodies.flow, "sourceConnectionIds": [source.id], "targetConnectionIds": [target.id]}
        flow = objects.create_flow(body, start_later(body, time.time()))
        created["id"] = flow.id
        if must_wait or context.wanted.can_wait:
            flow = objects.see_enabled(flow)
        context.finder.check_unique(flow)
    except FlowServiceError as error:
        error.add(**created)
        _name_created(error, created)
        raise
    return flow, LivePair(source, target)


def _name_created(error: FlowServiceError, created: dict[str, JSON]) -> None:
    """Name in a message what was created before the failure, and belongs to no flow yet."""
    if not created or "id" in created:
        return
    nouns = {"source_connection_id": SOURCE_CONNECTION.noun, "target_connection_id": TARGET_CONNECTION.noun}
    named = " and ".join(f"{nouns[key]} {value}" for key, value in created.items())
    said, step, rest = error.message.partition(" Next step:")
    error.message = f"{said} Created before the failure: {named}. The next run uses them.{step}{rest}"


def predicted(bodies: Trio, is_enabled: bool | None) -> Trio:
    """Return new objects as check mode predicts them: the service gives the IDs."""
    state = {"state": DISABLED} if is_enabled is False else {}
    return Trio(
        {**bodies.flow, **state, "id": None},
        {**(bodies.source or {}), "id": None},
        {**(bodies.target or {}), "id": None},
    )
