# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Find the flow of a dataflow, the replacement of it that was cut off, and connections that belong to no flow."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Candidate, ambiguous
from ansible_collections.aep.flow_service.plugins.module_utils._engine.wait import WaitTimeoutError, poll
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    AmbiguousNameError,
    InputError,
    NotFoundError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import mapping_of, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import (
    DATA_LAKE,
    DELETING,
    FLOW,
    SOURCE_CONNECTION,
    TARGET_CONNECTION,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_bodies import (
    replacement_name,
    source_name,
    target_name,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_objects import (
    LivePair,
    Objects,
    is_of_flow_spec,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_options import (
    REPLACEMENT_SUFFIX,
    Dataflow,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_plan import (
    References,
)

# The names whose filter means just one thing.
_PLAIN_NAME: t.Final = re.compile(r"[A-Za-z0-9._-]+")


@dataclasses.dataclass(frozen=True)
class Found:
    """The live flow of a dataflow, and the flow that is about to replace it."""

    flow: LiveSpec | None
    replacement: LiveSpec | None


class Finder:
    """Finds what a definition means."""

    def __init__(self, objects: Objects, wanted: Dataflow, check_mode: bool) -> None:
        self._objects = objects
        self._flows = objects.flows
        self._wanted = wanted
        self._check_mode = check_mode
        self._has_warned = False

    def find(self, flow_spec_id: str | None) -> Found:
        """Find the flow by its ID, or by its name and flow spec.

        Raises FlowServiceError.
        """
        found = self._by_name(flow_spec_id) if self._wanted.id is None else self._by_id(self._wanted.id)
        flow = found.flow
        if flow is None or flow.spec.get("state") != DELETING or not self._wanted.is_present or found.replacement:
            return found
        if not self._check_mode:
            self._wait_until_gone(flow)
        return Found(None, None)

    def _by_id(self, flow_id: str) -> Found:
        flow = self._flows.get(flow_id)
        if flow is None and self._wanted.is_present:
            raise NotFoundError(
                f"Could not find the flow with the ID {flow_id}: sandbox {self._flows.settings.sandbox_name} has no"
                " such flow, and the service does not accept an ID for a new one. No changes were made. Next step:"
                " check id and sandbox_name, or set name instead of id. A flow that was replaced has a new ID."
            )
        if flow is not None and not self._wanted.is_present:
            return Found(flow, self.replacement_of(flow))
        if flow is not None and str(flow.spec.get("name")).endswith(REPLACEMENT_SUFFIX):
            raise InputError(
                f"Could not change {FLOW.label(flow.spec)}: it is about to replace another flow, and was not completed."
                " No changes were made. Next step: set name without the suffix instead of id, and on_replace to"
                " replace, which completes it.",
                ids=[flow.id],
            )
        if flow is not None and flow.spec.get("state") in FLOW.hidden_states:
            raise InputError(
                f"Could not change {FLOW.label(flow.spec)}: it is a draft. No changes were made. Next step: publish it,"
                " or set the ID or name of another flow."
            )
        return Found(flow, None)

    def _by_name(self, flow_spec_id: str | None) -> Found:
        name = t.cast(str, self._wanted.name)
        names = (name, replacement_name(name))
        is_plain = bool(_PLAIN_NAME.fullmatch(name))
        listed = [
            live
            for live in self._flows.listing([f"name=={','.join(names)}"] if is_plain else [])
            if live.spec.get("name") in names
        ]
        if is_plain and not listed:
            # Before it is created: only a filter for one name is beyond doubt.
            listed = self._flows.find(name=name)
        visible = [live for live in listed if live.spec.get("state") not in FLOW.hidden_states]
        matching = [live for live in visible if is_of_flow_spec(live, flow_spec_id)]
        found = Found(self._only(matching, names[0]), self._only(matching, names[1]))
        others = [live for live in visible if live not in matching and live.spec.get("name") == name]
        if others and found.flow is None and self._wanted.is_present and not self._has_warned:
            self._has_warned = True
            self._objects.warnings.append(
                f"The new dataflow {name!r} has the name of {', '.join(FLOW.label(live.spec) for live in others)},"
                " which has another flow spec. To stop this warning, set another name, or set id to update that flow."
            )
        return found

    def _only(self, flows: list[LiveSpec], name: str) -> LiveSpec | None:
        """Return the flow of a name. One that is being deleted counts only if there is no other."""
        found = [live for live in flows if live.spec.get("name") == name]
        lasting = [live for live in found if live.spec.get("state") != DELETING]
        if len(lasting) > 1:
            raise ambiguous(FLOW, f"name {name!r}", [Candidate.of_spec(FLOW, live.spec) for live in lasting])
        return next(iter(lasting or found), None)

    def _wait_until_gone(self, flow: LiveSpec) -> None:
        timeout = self._wanted.wait_timeout
        if poll(lambda: True if self._flows.get(flow.id) is None else None, timeout) is None:
            raise WaitTimeoutError(
                f"Could not create the {self._wanted.label}: {FLOW.label(flow.spec)} is being deleted, and is still"
                f" there after {timeout:g} s. No changes were made. Next step: run again later.",
                id=flow.id,
            )

    def replacement_of(self, flow: LiveSpec) -> LiveSpec | None:
        """Return the flow that is about to replace this one, which was found by its ID."""
        name = replacement_name(str(flow.spec.get("name")))
        found = [
            live
            for live in self._flows.find(name=name)
            if live.spec.get("state") not in FLOW.hidden_states and live.id != flow.id
        ]
        return self._only(found, name)

    def check_unique(self, flow: LiveSpec) -> None:
        """Check that no other client created a flow of the same name and flow spec at the same time."""
        if self._flows.settings.settle_time == 0:
            return
        name = text_of(flow.spec.get("name"))
        flow_spec_id = text_of(mapping_of(flow.spec.get("flowSpec")).get("id"))
        found = [
            live.id
            for live in self._flows.find(name=name)
            if is_of_flow_spec(live, flow_spec_id)
            and live.spec.get("state") not in (*FLOW.hidden_states, DELETING)
            and live.id != flow.id
        ]
        if found:
            raise AmbiguousNameError(
                f"Could not create a unique {FLOW.label(flow.spec)}: another client created a flow with the same name"
                f" and flow spec at the same time: {', '.join(found)}. Next step: delete one of them, by its ID.",
                id=flow.id,
                ids=[flow.id, *found],
            )

    def leftovers(self, references: References) -> list[LivePair]:
        """Return the connections of a dataflow whose flow is gone: those of a deletion that was cut off."""
        wanted = self._wanted
        if wanted.name is None:
            return []
        filters = []
        if references.connection_spec_id is not None:
            filters.append(f"connectionSpec.id=={references.connection_spec_id}")
        if references.account_id is not None:
            filters.append(f"baseConnectionId=={references.account_id}")
        ends = []
        for kind, name, narrowed in (
            (SOURCE_CONNECTION, source_name(wanted, wanted.name), filters),
            (TARGET_CONNECTION, target_name(wanted, wanted.name), [f"connectionSpec.id=={DATA_LAKE}"]),
        ):
            ends.append(self._objects.unused(kind, (name, replacement_name(name)), narrowed))
        sources, targets = ends
        length = max(len(sources), len(targets))
        return [
            LivePair(sources[place] if place < len(sources) else None, targets[place] if place < len(targets) else None)
            for place in range(length)
        ]
