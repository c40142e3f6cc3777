# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Replace a dataflow where the service does not let it change, so that a task that is cut off can be completed.

A replacement goes through these steps, and a task that finds one of them goes on from there:

1. Create a source connection and a target connection, whose descriptions name those that they replace.
2. Create a flow with the suffix ``.replacement`` in its name, and see it enabled.
3. Delete the old flow, its target connection, and its source connection.
4. Rename the new flow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.patch import patch_object
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import Change, value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import mapping_of, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import (
    FLOW,
    SOURCE_CONNECTION,
    TARGET_CONNECTION,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import has_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_bodies import (
    final_name,
    marker,
    new_flow,
    new_source,
    new_target,
    other_name,
    replaced_id,
    replacement_name,
    source_name,
    target_name,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_create import (
    Context,
    create_objects,
    predicted,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_objects import (
    ID_LISTS,
    LivePair,
    Objects,
    trio,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_options import check_new_schedule
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_plan import (
    DISABLED,
    DataflowPlan,
    Trio,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_result import Decision
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_values import check_flow


class Replacement:
    """The replacement of one dataflow."""

    def __init__(self, context: Context, managed: dict[str, list[str]], decide: Callable[[], Decision]) -> None:
        """Accept ``decide``, which reads the dataflow again and returns the remaining changes."""
        self._context = context
        self._wanted = context.wanted
        self._objects = context.objects
        self._managed = managed
        self._decide = decide

    def decide(self, flow: LiveSpec, pair: LivePair, plan: DataflowPlan) -> Decision:
        """Decide how to replace a flow.

        Raises FlowServiceError where the task does not allow it, or where the service would reject it.
        """
        if not self._wanted.can_replace:
            raise _not_replaced(flow, plan)
        bodies = self._bodies(flow, pair)
        named = dataclasses.replace(bodies, flow={**bodies.flow, "name": self._name(flow)})
        return Decision(
            trio(flow, pair),
            predicted(named, self._will_be_enabled(flow)),
            plan.changes,
            lambda: self._replace(flow, pair, bodies),
            self._managed,
            is_replaced=True,
        )

    def _name(self, flow: LiveSpec) -> str:
        """Return the name that the flow has in the end."""
        return self._wanted.name or final_name(str(flow.spec["name"]))

    def _will_be_enabled(self, old: LiveSpec | None) -> bool:
        if self._wanted.is_enabled is not None:
            return self._wanted.is_enabled
        return old is None or old.spec.get("state") != DISABLED

    def _bodies(self, flow: LiveSpec, pair: LivePair) -> Trio:
        """Return the bodies of the objects that replace those of a dataflow."""
        wanted, live, name = self._wanted, trio(flow, pair), self._name(flow)
        references = self._context.references
        if references.flow_spec_id is None:
            references = dataclasses.replace(references, flow_spec_id=text_of(value_at(flow.spec, ("flowSpec", "id"))))
        params = {**mapping_of((live.target or {}).get("params")), **(wanted.target.params or {})}
        _check_ends(flow, live, has_source=wanted.has_source, has_target="dataSetId" in params)
        checked = self._context.resolver.check(references, live.source, params["dataSetId"])
        body = new_flow(wanted, references, replacement_name(name), self._context.now, flow.spec)
        if checked.has_schedule:
            check_new_schedule(mapping_of(body.get("scheduleParams")))
        check_flow(body, checked.flow_spec, wanted.label)
        # Two connections of one name can be rejected, so the old one and the new one take turns.
        source = new_source(
            wanted,
            references,
            checked.connection_spec_id,
            other_name(source_name(wanted, name), live.source),
            live.source,
        )
        target = new_target(
            wanted,
            checked.schema,
            other_name(target_name(wanted, name), live.target),
            not source.get("baseConnectionId"),
            live.target,
        )
        if live.source is not None:
            source["description"] = marker(SOURCE_CONNECTION, str(live.source["id"]))
        if live.target is not None:
            target["description"] = marker(TARGET_CONNECTION, str(live.target["id"]))
        return Trio(body, source, target)

    def _replace(self, flow: LiveSpec, pair: LivePair, bodies: Trio) -> Trio:
        new, new_pair = create_objects(self._context, bodies, must_wait=True)
        return self._finish(flow, pair, new, new_pair)

    def _finish(self, old: LiveSpec | None, old_pair: LivePair, new: LiveSpec, new_pair: LivePair) -> Trio:
        """Put the new flow in the place of the old one."""
        objects = self._objects
        new = objects.see_enabled(new)
        if not self._will_be_enabled(old):
            new = objects.switch(new, DISABLED, True)
        if old is None:
            objects.delete_pair(old_pair)
        else:
            objects.delete_dataflow(old, old_pair)
        name = self._name(new)

        def planner(spec: Spec) -> Plan:
            changes = [] if spec.get("name") == name else [Change(("name",), spec.get("name"), name)]
            return Plan({**spec, "name": name}, changes)

        new = patch_object(objects.flows, new, planner, wait_timeout=self._wanted.wait_timeout).live
        return trio(new, new_pair)

    # What a task that was cut off left.

    def resume(self, old: LiveSpec | None, new: LiveSpec, without_it: Callable[[], Decision]) -> Decision:
        """Decide how to go on with a replacement; ``without_it`` decides as if the new flow did not exist.

        Raises InputError where the task does not allow it.
        """
        if not self._wanted.can_replace:
            raise InputError(
                f"Could not change the {self._wanted.label}: {FLOW.label(new.spec)} is about to replace it, and was not"
                " completed. No changes were made. Next step: set on_replace to replace, which completes it.",
                ids=[live.id for live in (old, new) if live is not None],
            )
        new_pair = self._objects.pair(new)
        plan = self._context.plan(new, new_pair)
        if old is None:
            return self._last_steps(new, new_pair, plan)
        if plan.frozen:
            self._objects.warnings.append(
                f"{FLOW.label(new.spec)}, an incomplete replacement, differs from the definition, so it is deleted."
                " The next task finds none."
            )
            write = self._then_again(lambda: self._objects.delete_dataflow(new, new_pair))
            return dataclasses.replace(without_it(), write=write)
        old_pair = self._objects.pair(old)
        return Decision(
            trio(old, old_pair),
            self._renamed(plan.spec, new),
            self._context.plan(old, old_pair).changes,
            self._then_again(lambda: self._finish(old, old_pair, new, new_pair)),
            self._managed,
            is_replaced=True,
        )

    def _last_steps(self, new: LiveSpec, new_pair: LivePair, plan: DataflowPlan) -> Decision:
        """Decide how to go on where the replaced flow is gone, and its connections may be there."""
        old_pair = replaced_pair(self._context, new_pair)
        write = self._then_again(lambda: self._finish(None, old_pair, new, new_pair))
        changes = plan.changes
        if not any(change.path == ("flow", "name") for change in changes):
            changes = [Change(("flow", "name"), new.spec["name"], self._name(new)), *changes]
        after = self._renamed(plan.spec, new)
        return Decision(trio(new, new_pair), after, changes, write, self._managed, is_replaced=True)

    def _renamed(self, spec: Trio, new: LiveSpec) -> Trio:
        return dataclasses.replace(spec, flow={**spec.flow, "name": self._name(new)})

    def _then_again(self, first: Callable[[], object]) -> Callable[[], Trio | None]:
        """Return a write that goes on with whatever is left to do after a first step."""

        def write() -> Trio | None:
            first()
            rest = self._decide()
            return rest.after if rest.write is None else rest.write()

        return write


def is_replacement(objects: Objects, old: LiveSpec | None, new: LiveSpec) -> bool:
    """Return whether the connections of a flow say that they replace those of the old one, or of one that is gone."""
    for (kind, field), live in zip(ID_LISTS.items(), objects.pair(new), strict=True):
        marked = replaced_id(live.spec if live else None, kind)
        if marked is not None and (old is None or has_id(old.spec.get(field), marked)):
            return True
    return False


def replaced_pair(context: Context, pair: LivePair) -> LivePair:
    """Read the connections that these ones replace, by their descriptions."""
    source_id, target_id = (
        replaced_id(live.spec if live else None, kind) for kind, live in zip(ID_LISTS, pair, strict=True)
    )
    return LivePair(
        context.objects.sources.get(source_id) if source_id else None,
        context.objects.targets.get(target_id) if target_id else None,
    )


def _check_ends(flow: LiveSpec, live: Trio, *, has_source: bool, has_target: bool) -> None:
    """Check that a connection that no longer exists is defined by the task."""
    missing = [] if live.source is not None or has_source else ["connection_id, connection_name, or connection_spec_id"]
    missing += [] if has_target else ["target.dataset_id"]
    if missing:
        raise InputError(
            f"Could not replace {FLOW.label(flow.spec)}: a connection of it does not exist. No changes were made."
            f" Next step: set {' and '.join(missing)}."
        )


def _not_replaced(flow: LiveSpec, plan: DataflowPlan) -> InputError:
    paths = [format_path(change.path) for change in plan.frozen]
    return InputError(
        f"Could not change {FLOW.label(flow.spec)}: the service does not let an existing dataflow change at"
        f" {', '.join(paths)}. No changes were made. Next step: restore these values in the definition, or set"
        " on_replace to replace. This creates a new source connection, target connection, and flow, waits until the"
        " flow is enabled, and then deletes the current ones. The new flow reads the data of the source again.",
        id=flow.id,
        frozen_paths=paths,
    )
