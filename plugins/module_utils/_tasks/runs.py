# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The dataflow that is meant, and its runs, newest first."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable, Iterable, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.find import named
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    AmbiguousNameError,
    InputError,
    NotFoundError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import DELETING, FLOW
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import (
    check_id,
    check_name,
    is_same_id,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import FLOW_SPEC, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.runs import RUN, created_at
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import ArgumentSpec

_LARGEST_PAGE: t.Final = 100


@dataclasses.dataclass(frozen=True)
class DataflowReference:
    """Which dataflow is meant: by its ID, or by its name and the flow spec, given by ID or name."""

    id: str | None
    name: str | None
    flow_spec_id: str | None
    flow_spec_name: str | None

    @classmethod
    def from_params(cls, params: Params) -> DataflowReference | None:
        """Return the reference in the options; None where there is none.

        Raises InputError.
        """
        flow_spec = [name for name in ("flow_spec_id", "flow_spec_name") if params[name] is not None]
        if flow_spec and params["dataflow_name"] is None:
            raise InputError(
                f"Could not use {flow_spec[0]}: it tells dataflows with the same name apart, and dataflow_name is not"
                " set. Next step: set dataflow_name, or remove the option."
            )
        reference = cls(
            id=optional(check_id, params, "dataflow_id"),
            name=optional(check_name, params, "dataflow_name"),
            flow_spec_id=optional(check_id, params, "flow_spec_id"),
            flow_spec_name=optional(check_name, params, "flow_spec_name"),
        )
        return None if reference.id is None and reference.name is None else reference

    def __str__(self) -> str:
        if self.id is not None:
            return f"dataflow {self.id}"
        spec = self.flow_spec_name or self.flow_spec_id
        return f"dataflow {self.name!r}" + (f" of the flow spec {spec}" if spec else "")

    def missing(self, service: Service) -> NotFoundError:
        """Return the failure for a dataflow that does not exist."""
        return NotFoundError(
            f"Could not find the {self}: sandbox {service.settings.sandbox_name} has no such dataflow. No changes"
            f" were made. Next step: check {'dataflow_name' if self.id is None else 'dataflow_id'} and sandbox_name."
        )


def reference_options() -> ArgumentSpec:
    """Return the options that name a dataflow."""
    return {name: {"type": "str"} for name in ("dataflow_id", "dataflow_name", "flow_spec_id", "flow_spec_name")}


def optional(check: Callable[[JSON, str], str], params: Params, option: str) -> str | None:
    """Return an option that was checked; None where it is not set."""
    return None if params[option] is None else check(params[option], option)


def find_dataflow(service: Service, reference: DataflowReference) -> LiveSpec | None:
    """Return the flow that is meant, or None where there is none.

    Raises AmbiguousNameError where several dataflows fit.
    """
    flows = service.collection(FLOW)
    if reference.id is not None:
        return flows.get(reference.id)
    spec_id = reference.flow_spec_id
    if reference.flow_spec_name is not None:
        spec = named(service.collection(FLOW_SPEC), reference.flow_spec_name)
        if spec is None:
            return None
        spec_id = spec.id
    visible = [
        live
        for live in flows.find(name=reference.name)
        if live.spec.get("state") not in FLOW.hidden_states
        and (spec_id is None or is_same_id(_flow_spec_id(live.spec), spec_id))
    ]
    # A dataflow that is being deleted may have a successor of the same name.
    found = [live for live in visible if live.spec.get("state") != DELETING] or visible
    if len(found) > 1:
        ids = [live.id for live in found]
        flow_specs = {_flow_spec_id(live.spec) for live in found}
        step = ", or flow_spec_id to tell them apart" if len(flow_specs) == len(found) else ""
        raise AmbiguousNameError(
            f"Could not find one {reference}: {len(found)} dataflows match, {', '.join(ids)}. No changes were made."
            f" Next step: set dataflow_id{step}.",
            ids=ids,
        )
    return found[0] if found else None


def _flow_spec_id(flow: Spec) -> str:
    spec = flow.get("flowSpec")
    return str(spec.get("id")) if isinstance(spec, Mapping) else ""


def newest_runs(service: Service, flow_id: str, limit: int | None) -> list[LiveSpec]:
    """Return the runs of a dataflow, newest first, as many as ``limit`` allows."""
    options = {"orderby": "-createdAt"}
    if limit is not None:
        options["limit"] = str(min(limit, _LARGEST_PAGE))
    found: list[LiveSpec] = []
    for live in service.collection(RUN).listing([f"flowId=={flow_id}"], options):
        if is_same_id(live.spec.get("flowId"), flow_id):
            found.append(live)
        if limit is not None and len(found) >= limit:
            break
    return newest_first(found)


def newest_first(runs: Iterable[LiveSpec]) -> list[LiveSpec]:
    """Return runs in the order of their creation, the newest first."""
    return sorted(runs, key=lambda live: created_at(live.spec), reverse=True)
