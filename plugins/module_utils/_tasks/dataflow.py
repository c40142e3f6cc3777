# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""A dataflow, that is, a source connection, a target connection, and a flow: decide what to do, then do it."""

from __future__ import annotations

import time

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.patch import patch_object
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan
from ansible_collections.aep.flow_service.plugins.module_utils._engine.wait import read_settled
from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError, InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import ABSENT, Change, value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import mapping_of, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import FLOW
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_create import Context, decide_creation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_find import Finder, Found
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_objects import LivePair, Objects, trio
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_options import (
    Dataflow,
    check_schedule,
    dataflow_options,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_plan import (
    DataflowPlan,
    Trio,
    managed_fields,
    plan_flow,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_references import Resolver, with_dataset
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_replace import (
    Replacement,
    is_replacement,
    replaced_pair,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_result import Decision, as_result
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_values import check_schedule_values
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result


def dataflow_operation() -> Operation[Dataflow]:
    """Create, update, replace, enable, disable, or delete a dataflow: the operation of ``dataflow``."""
    return Operation(
        argument_spec=dataflow_options(),
        read=Dataflow.from_params,
        perform=_perform,
        mutually_exclusive=(
            ("flow_spec_id", "flow_spec_name"),
            ("connection_id", "connection_name"),
            ("connection_spec_id", "connection_spec_name"),
        ),
        required_one_of=(("id", "name"),),
    )


def compare_dataflow(service: Service, wanted: Dataflow) -> tuple[LiveSpec | None, list[Change]]:
    """Return the live flow of the dataflow that a definition means, if there is one, and how the dataflow differs.

    Raises FlowServiceError.
    """
    wanted = with_dataset(service, wanted)
    objects = Objects(service, 0)
    resolver = Resolver(service, wanted, check_mode=True)
    finder = Finder(objects, wanted, check_mode=True)
    context = Context(wanted, resolver.resolve(), objects, resolver, finder, time.time())
    flow = finder.find(context.references.flow_spec_id).flow
    if flow is None or not wanted.is_present:
        return flow, []
    return flow, context.plan(flow, objects.pair(flow)).changes


def _perform(service: Service, wanted: Dataflow, check_mode: bool) -> Result:
    """Decide, and carry out the decision unless this is check mode."""
    wanted = with_dataset(service, wanted)
    objects = Objects(service, wanted.wait_timeout)
    resolver = Resolver(service, wanted, check_mode)
    finder = Finder(objects, wanted, check_mode)
    task = DataflowTask(Context(wanted, resolver.resolve(), objects, resolver, finder, time.time()))
    looked_at = time.monotonic()
    decision = task.decide()
    if check_mode or decision.write is None:
        return as_result(decision, decision.after, objects.warnings, service.backup)
    patience = objects.flows.settings.lock_patience + wanted.wait_timeout
    with objects.flows.lock("dataflow", wanted.name or str(wanted.id)).held(patience) as lock:
        # Another process of this controller may have written it since this task looked.
        if not lock.unchanged_since(looked_at):
            decision = task.decide()
        with lock.writing():
            after = _carry_out(decision)
    return as_result(decision, after, objects.warnings, service.backup)


def _carry_out(decision: Decision) -> Trio | None:
    if decision.write is None:
        return decision.after
    try:
        return decision.write()
    except FlowServiceError as error:
        error.add(previous=decision.previous)
        raise


class DataflowTask:
    """Decides what to do to one dataflow."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._wanted = context.wanted
        self._objects = context.objects
        self._managed = managed_fields(context.wanted)
        self._replacement = Replacement(context, self._managed, self.decide)

    def decide(self) -> Decision:
        """Read the dataflow, and decide what to do.

        Raises FlowServiceError.
        """
        found = self._context.finder.find(self._context.references.flow_spec_id)
        if found.replacement is not None and not is_replacement(self._objects, found.flow, found.replacement):
            # It only has a name as if.
            found = Found(found.flow, None)
        return self._decide_present(found) if self._wanted.is_present else self._decide_absent(found)

    def _decide_present(self, found: Found) -> Decision:
        flow, replacement = found.flow, found.replacement
        if replacement is not None:
            return self._replacement.resume(flow, replacement, lambda: self._decide_present(Found(flow, None)))
        if flow is None:
            return decide_creation(self._context)
        if self._wanted.is_enabled is not None and flow.spec.get("state") in FLOW.busy_states:
            flow = read_settled(self._objects.flows, flow, self._wanted.wait_timeout)
        pair = self._objects.pair(flow)
        plan = self._context.plan(flow, pair)
        if plan.frozen:
            return self._decide_replacement(flow, pair, plan)
        return self._decide_update(flow, pair, plan)

    def _decide_replacement(self, flow: LiveSpec, pair: LivePair, plan: DataflowPlan) -> Decision:
        def replace() -> Decision:
            return self._replacement.decide(flow, pair, plan)

        new = self._context.finder.replacement_of(flow)
        if new is None:
            return replace()
        if not is_replacement(self._objects, flow, new):
            raise InputError(
                f"Could not replace {FLOW.label(flow.spec)}: the name of the new flow is that of"
                f" {FLOW.label(new.spec)}, which is another dataflow. No changes were made. Next step: rename"
                f" {FLOW.label(new.spec)}.",
                ids=[flow.id, new.id],
            )
        return self._replacement.resume(flow, new, replace)

    def _decide_update(self, flow: LiveSpec, pair: LivePair, plan: DataflowPlan) -> Decision:
        if any(change.path[0] == "scheduleParams" for change in plan.flow.changes):
            check_schedule(mapping_of(plan.flow.spec["scheduleParams"]))
            flow_spec = self._context.resolver.read_flow_spec(str(value_at(flow.spec, ("flowSpec", "id"))))
            check_schedule_values(plan.flow.spec, flow_spec, self._wanted.label)
        if any(change.path[0] == "transformations" for change in plan.flow.changes):
            target = None if pair.target is None else pair.target.spec
            self._context.resolver.check_mapping(text_of(value_at(target, ("data", "schema", "id"))))
        write = (lambda: self._update(flow, pair, plan)) if plan.changes else None
        return Decision(trio(flow, pair), plan.spec, plan.changes, write, self._managed)

    def _update(self, flow: LiveSpec, pair: LivePair, plan: DataflowPlan) -> Trio:
        flows, timeout = self._objects.flows, self._wanted.wait_timeout
        if plan.flow.changes:
            if flow.spec.get("state") in FLOW.busy_states:
                flow = read_settled(flows, flow, timeout)

            def planner(spec: Spec) -> Plan:
                return plan_flow(spec, self._wanted, self._context.references, self._context.now)

            updated = patch_object(flows, flow, planner, wait_timeout=timeout)
            self._objects.warnings += updated.warnings
            flow = updated.live
        if plan.switch is not None:
            flow = self._objects.switch(flow, str(plan.switch.after), self._wanted.can_wait)
        return trio(flow, pair)

    def _decide_absent(self, found: Found) -> Decision:
        """Decide what to delete: flows with their connections, and connections whose flow is gone."""
        objects = self._objects
        flows = [flow for flow in (found.flow, found.replacement) if flow is not None]
        pairs = [objects.pair(flow) for flow in flows]
        rest: list[LivePair] = []
        if not flows:
            rest = self._context.finder.leftovers(self._context.references)
        elif found.flow is None:
            rest = [replaced_pair(self._context, pairs[0])]
        gone = [trio(flow, pair) for flow, pair in zip(flows, pairs, strict=True)]
        gone += [trio(None, pair) for pair in rest]
        changes = [
            Change((part,), body, ABSENT) for one in gone for part, body in one.writable().items() if body is not None
        ]

        def write() -> None:
            for flow, pair in zip(flows, pairs, strict=True):
                objects.delete_dataflow(flow, pair)
            for pair in rest:
                objects.delete_pair(pair)

        return Decision(gone[0] if changes else None, None, changes, write if changes else None)
